"""Public names are all there, and imported when they are asked for."""

import importlib
import subprocess
import sys

import joblib
import pytest

import skglove
from skglove import GloveTextClassifier, datasets, vectors

PREDICTS = """
import joblib, sys
joblib.load(sys.argv[1]).predict(["a frog"])
print(*sys.modules)
"""


def test_a_process_that_predicts_does_not_load_what_it_does_not_need(tmp_path):
    texts, labels = ["a frog", "a car", "the frog", "the car"], [0, 1, 0, 1]
    vectors_of_words = {"frog": [1.0, 0.0], "car": [0.0, 1.0]}
    clf = GloveTextClassifier(vectors_of_words, epochs=1).fit(texts, labels)
    clf.embeddings = "glove.6B.50d"  # a name, as usual
    path = tmp_path / "clf.pickle"
    joblib.dump(clf, path)
    command = [sys.executable, "-c", PREDICTS, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {*done.stdout.split()}
    assert "skglove.classifier" in loaded
    for name in ("datasets", "display", "explaining", "glove", "training", "features"):
        assert f"skglove.{name}" not in loaded
    assert not loaded & {"skglove.vectors._word_vectors", "filelock", "tqdm"}
    assert not loaded & {"tensorflow", "keras", "scikeras"}


@pytest.mark.parametrize("module", [skglove, vectors, datasets])
def test_all_names_are_there(module):
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert {*module.__all__} <= {*dir(module)}


def test_subpackages_are_attributes():
    for name in ("datasets", "networks", "persistence", "text", "vectors"):
        assert getattr(skglove, name) is importlib.import_module(f"skglove.{name}")


def test_other_names_are_said_not_to_be_there():
    with pytest.raises(AttributeError, match="'skglove' has no attribute 'frog'"):
        skglove.frog  # noqa: B018
    assert not hasattr(vectors, "frog")
