"""What a process does with a fitted default network without loading TensorFlow."""

import json
import pickle
import subprocess
import sys

import pytest

from skglove import GloveTextClassifier, _keras

TEXTS = ["a frog in the pond", "a toad", "a fast red car", "the road"] * 4
LABELS = ["animal", "animal", "car", "car"] * 4

ACTIONS = [
    "clf.predict(['a frog'])",
    "clf.predict_proba(['a frog', 'a car'])",
    "clf.score(['a frog', 'a car'], ['animal', 'car'])",
    "repr(clf), dir(clf), clf._repr_html_()",
    "pickle.loads(pickle.dumps(clf))",
]

SCRIPT = """
import json, pickle, sys
import skglove
with open(sys.argv[1], "rb") as file:
    content = file.read()
loaded = {}
for action in json.loads(sys.argv[2]):
    clf = pickle.loads(content)
    before = set(sys.modules)
    exec(action)
    there = set(sys.modules) if not loaded else set(sys.modules) - before
    loaded[action] = sorted({"tensorflow", "keras", "scikeras"} & there)
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    clf = GloveTextClassifier(None, epochs=1, random_state=0).fit(TEXTS, LABELS)
    path = tmp_path_factory.mktemp("fitted") / "clf.pickle"
    path.write_bytes(pickle.dumps(clf))
    return path


@pytest.fixture(scope="module")
def loaded(path):
    """What each action loads in a process that does one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), json.dumps(ACTIONS)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("action", ACTIONS)
def test_does_not_load_tensorflow(action, loaded):
    assert loaded[action] == []


def test_model_is_listed_once_it_was_built(path):
    clf = pickle.loads(path.read_bytes())
    assert "model_" not in dir(clf)
    assert clf.model_.count_params() > 0
    assert "model_" in dir(clf)


def test_where_keras_is_not_installed_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(_keras, "_import_keras", _keras._import_keras.__wrapped__)
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError, match="with: pip install keras tensorflow"):
        GloveTextClassifier(None).fit(TEXTS, LABELS)
