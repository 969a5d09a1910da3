"""Saved Keras models: where the words are, and what an error looks like."""

import subprocess
import sys
import zipfile

import numpy as np
import pytest

from skglove import GloveTextClassifier
from skglove.networks import Flatten, ParallelConv

# Words that lines of text would take apart, that fixed-width arrays would cut, and
# plain ones.
WORDS = ["frog", "b\x85c", "d\u2028e", "\x1c", "nul\0", "é"]
TEXTS = [" ".join(WORDS), "frog frog", "é toad frog frog", "d\u2028e frog frog"] * 3
ASKED = [*WORDS, "b", "e", "nul", "newt frog", ""]


def column(texts):
    import tensorflow as tf

    return tf.constant(texts, shape=(len(texts), 1))


@pytest.fixture(scope="module", params=["bag", "flatten", "parallel_conv"])
def clf(request):
    network = {
        "bag": "bag",
        "flatten": Flatten(dense_units=0, padding="pre"),
        "parallel_conv": ParallelConv(filters=2),
    }[request.param]
    options = {"standardize": None, "sequence_length": 6, "epochs": 1}
    clf = GloveTextClassifier(4, network=network, random_state=0, **options)
    return clf.fit(TEXTS, [0, 0, 1, 1] * 3)


def test_words_are_no_part_of_the_configuration_and_stay_as_they_are(clf, tmp_path):
    import keras

    path = tmp_path / "model.keras"
    model = clf.to_keras()
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        config = archive.read("config.json")
        assert b"frog" not in config and b"toad" not in config
        assert any(name.endswith("words.json") for name in archive.namelist())
    again = keras.saving.load_model(path)
    np.testing.assert_array_equal(again(column(ASKED)), model(column(ASKED)))
    again.save(path)
    np.testing.assert_array_equal(
        keras.saving.load_model(path)(column(ASKED)), model(column(ASKED))
    )


WITHOUT_SKGLOVE = """
import sys, keras, numpy as np, tensorflow as tf
model = keras.saving.load_model("plain.keras")
np.save("found.npy", model(tf.constant([["A FROG"], ["é"], [""]])))
assert not any(name.startswith("skglove") for name in sys.modules)
keras.saving.load_model("long.keras")
"""


@pytest.fixture(scope="module")
def without_skglove(tmp_path_factory):
    """What plain words give, expected and in a new process, and what others end in.

    The process imports Keras, and not skglove.
    """
    folder = tmp_path_factory.mktemp("models")
    options = {"standardize": "lower", "sequence_length": 4, "epochs": 1}
    plain = GloveTextClassifier(2, network=Flatten(dense_units=0), **options)
    plain.fit(["a frog", "a toad", "é bus", "a car"], [0, 0, 1, 1])
    plain.to_keras().save(folder / "plain.keras")
    texts = [" ".join(f"word{i}" for i in range(j, 3_000, 60)) for j in range(60)]
    clf = GloveTextClassifier(2, epochs=1, network=ParallelConv(filters=1))
    clf.fit(texts, np.arange(60) % 2)
    clf.to_keras().save(folder / "long.keras")
    failed = subprocess.run(
        [sys.executable, "-c", WITHOUT_SKGLOVE],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    expected = plain.predict_proba(["A FROG", "é", ""])[:, 1:]
    return expected, folder / "found.npy", failed.stderr


def test_a_missing_import_is_an_error_of_one_screen(without_skglove):
    *_, errors = without_skglove
    message = errors[errors.rindex("TypeError: ") :]
    assert "skglove" in message
    assert len(message) < 4_000


def test_plain_words_load_without_skglove(without_skglove):
    expected, found, errors = without_skglove
    assert "AssertionError" not in errors
    np.testing.assert_allclose(np.load(found), expected, atol=1e-6)
