"""joblib's backends, each in a process of its own: TensorFlow does not go away."""

import subprocess
import sys

import pytest

SETUP = """
import sys
import joblib
from sklearn.model_selection import cross_val_score
from skglove import GloveTextClassifier
from skglove.networks import Flatten

texts = ["frog toad pond", "toad pond frog", "pond frog toad", "frog pond newt",
         "car road truck", "road truck car", "truck car road", "car truck ship"]
labels = [0, 0, 0, 0, 1, 1, 1, 1]
clf = GloveTextClassifier(4, network=Flatten(dense_units=0), sequence_length=3,
                          epochs=2, random_state=0)


def scores(n_jobs=None):
    scoring = "neg_log_loss"
    return cross_val_score(clf, texts, labels, cv=2, scoring=scoring, n_jobs=n_jobs)


def close(a, b):
    return abs(a - b).max() < 1e-6


if __name__ == "__main__":
"""


def run(tmp_path, body):
    """Run `body` after SETUP in a new process; return what it printed."""
    script = tmp_path / "script.py"
    script.write_text(SETUP + "\n".join(f"    {line}" for line in body.splitlines()))
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_threading_gives_the_scores_of_one_job(tmp_path):
    run(
        tmp_path,
        "with joblib.parallel_config('threading'):\n"
        "    parallel = scores(n_jobs=2)\n"
        "assert (parallel == scores()).all()\n",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_multiprocessing_works_before_tensorflow_has_run(tmp_path):
    run(
        tmp_path,
        "with joblib.parallel_config('multiprocessing'):\n"
        "    parallel = scores(n_jobs=2)\n"
        "assert close(parallel, scores())\n",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_multiprocessing_is_refused_once_tensorflow_has_run(tmp_path):
    printed = run(
        tmp_path,
        "clf.fit(texts, labels)\n"
        "def predict():\n"
        "    return clf.predict(texts)\n"
        "with joblib.parallel_config('multiprocessing'):\n"
        "    try:\n"
        "        joblib.Parallel(n_jobs=2)(joblib.delayed(predict)() for _ in '12')\n"
        "    except RuntimeError as error:\n"
        "        print(error)\n",
    )
    assert "Use joblib's default backend 'loky'" in printed
