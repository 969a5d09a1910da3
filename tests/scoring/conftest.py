"""What the engines' tests share: a classifier, a table, and what workers do with them.

Functions that go to workers are made by fixtures: those of a module would be pickled by
reference, and the workers cannot import the tests.
"""

import os
import sys
from pathlib import Path

import pandas as pd
import pytest
from helpers import make_texts

from skglove import GloveTextClassifier
from skglove.scoring import BatchPredictor

ROOT = Path(__file__).parents[2]
N_PARTS = 6


@pytest.fixture(scope="package")
def surroundings():
    """What Spark's processes, and the workers of all engines, find where they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        # They run for seconds: to optimize their code takes longer than that saves.
        options = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        patch.setenv("JAVA_TOOL_OPTIONS", options, prepend=" ")
        yield


@pytest.fixture(scope="package")
def classifier():
    """A default classifier."""
    return GloveTextClassifier(None, epochs=2, random_state=0).fit(*make_texts())


@pytest.fixture(scope="package")
def predictor(classifier):
    return BatchPredictor(classifier)


@pytest.fixture(scope="package")
def table():
    """A table of texts with a row number."""
    texts, _ = make_texts(n_per_class=100, seed=1)
    return pd.DataFrame({"id": range(len(texts)), "text": texts})


@pytest.fixture(scope="package")
def folder(table, tmp_path_factory):
    """The table as a folder of parquet files."""
    path = tmp_path_factory.mktemp("texts")
    for i in range(N_PARTS):
        table[i::N_PARTS].to_parquet(path / f"{i}.parquet")
    return path


@pytest.fixture(scope="package")
def expected(classifier, table):
    """What `predict` and `predict_proba` say in this process."""
    proba = classifier.predict_proba(table["text"])
    names = [f"probability_{label}" for label in classifier.classes_]
    return pd.concat(
        [
            table.assign(prediction=classifier.predict(table["text"])),
            pd.DataFrame(proba, columns=names),
        ],
        axis=1,
    )


@pytest.fixture(scope="package")
def assert_scored(expected):
    """Return a function that compares a frame, in any order, with what is expected."""

    def compare(scored):
        pd.testing.assert_frame_equal(
            scored.sort_values("id").reset_index(drop=True).astype({"id": int}),
            expected,
            check_dtype=False,  # a string's type is the engine's affair
            check_exact=True,
        )

    return compare


@pytest.fixture(scope="package")
def report(predictor):
    """Return a function that predicts, and says what that took of the worker."""

    def predict(batch):
        import sys

        from threadpoolctl import threadpool_info

        scores = predictor(batch)
        loaded = {"tensorflow", "keras"} & sys.modules.keys()
        threads = max([pool["num_threads"] for pool in threadpool_info()], default=1)
        return scores[["id"]].assign(loaded=" ".join(loaded), threads=threads)

    return predict


@pytest.fixture
def deadly(predictor, tmp_path):
    """Return a function that predicts, but that kills its process the first time.

    It does so in the middle of the table.
    """
    killed = tmp_path / "killed"

    def predict(batch):
        import os
        import signal

        if (batch["id"] == 150).any() and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return predictor(batch)

    predict.killed = killed
    return predict
