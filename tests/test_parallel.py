"""joblib's backends, in a process of their own: TensorFlow does not go away."""

import json
import subprocess
import sys

import numpy as np
import pytest

SCRIPT = """
import json
import sys
import joblib
from sklearn.model_selection import StratifiedKFold, cross_val_score
from skglove import GloveTextClassifier
from skglove.networks import Flatten

texts = ["frog toad pond", "toad pond frog", "pond frog toad", "frog pond newt",
         "car road truck", "road truck car", "truck car road", "car truck ship"]
labels = [0, 0, 0, 0, 1, 1, 1, 1]
clf = GloveTextClassifier(4, network=Flatten(dense_units=0), sequence_length=3,
                          epochs=2, random_state=0)


splits = [*StratifiedKFold(2).split(texts, labels)]


def scores(n_jobs=None, cv=splits):
    scoring = "neg_log_loss"
    found = cross_val_score(clf, texts, labels, cv=cv, scoring=scoring, n_jobs=n_jobs)
    return found.tolist()


def predict():
    return clf.predict(texts)


if __name__ == "__main__":
    found = {}
    if sys.platform != "win32":
        with joblib.parallel_config("multiprocessing"):
            # One fit: another process would load TensorFlow only to do the same.
            found["multiprocessing"] = scores(n_jobs=2, cv=splits[:1])
        # In this process TensorFlow has not run so far, only in those.
    with joblib.parallel_config("threading"):
        found["threading"] = scores(n_jobs=2)
    found["sequential"] = scores()
    clf.fit(texts, labels)
    if sys.platform != "win32":
        with joblib.parallel_config("multiprocessing"):
            try:
                joblib.Parallel(n_jobs=2)(joblib.delayed(predict)() for _ in "12")
            except RuntimeError as error:
                found["refused"] = str(error)
    print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What the script prints: the scores of each backend, and an error."""
    script = tmp_path_factory.mktemp("parallel") / "script.py"
    script.write_text(SCRIPT)
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_threading_gives_the_scores_of_one_job(found):
    assert found["threading"] == found["sequential"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_multiprocessing_works_before_tensorflow_has_run(found):
    np.testing.assert_allclose(
        found["multiprocessing"], found["sequential"][:1], rtol=0, atol=1e-6
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_multiprocessing_is_refused_once_tensorflow_has_run(found):
    assert "Use joblib's default backend 'loky'" in found["refused"]
