"""Saved models, and pickles: where the words are, what a new process makes of them."""

import json
import pickle
import subprocess
import sys
import zipfile

import joblib
import numpy as np
import pytest
from helpers import export, make_classifier, make_texts, make_vectors, small_conv

from skglove import GloveTextClassifier
from skglove.networks import BagConv, Flatten, ParallelConv

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


ELSEWHERE = """
import json
import sys
import joblib
import keras
import numpy as np
import tensorflow as tf

def run(name):
    texts = tf.constant(json.load(open(f"{name}.json")))[:, tf.newaxis]
    np.save(f"{name}.npy", keras.saving.load_model(f"{name}.keras")(texts))

run("plain")
run("post")
assert not any(name.startswith("skglove") for name in sys.modules)
try:
    run("long")
except TypeError as error:
    open("error.txt", "w", encoding="utf-8").write(str(error))
import skglove.keras_layers
run("pre")
run("split")
run("bag_conv")
for name in ("joblib", "pickle"):
    clf = joblib.load(f"{name}.pkl")
    texts = json.load(open("of_pickles.json"))
    np.save(f"{name}.npy", clf.predict_proba(texts))
    clf.to_keras()
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, make_odd_texts):
    """What models give here, by name, and a folder with what they give elsewhere.

    The other process imports Keras, and skglove only for the last models and the
    pickles. The folder has the error of another model that needs it, too.
    """
    folder, models, texts, expected = tmp_path_factory.mktemp("models"), {}, {}, {}
    options = {"standardize": "lower", "sequence_length": 4, "epochs": 1}
    plain = GloveTextClassifier(2, network=Flatten(dense_units=0), **options)
    plain.fit(["a frog", "a toad", "é bus", "a car"], [0, 0, 1, 1])
    texts["plain"] = ["A FROG", "é", ""]
    models["plain"] = plain.to_keras()
    expected["plain"] = plain.predict_proba(texts["plain"])[:, 1:]
    many = [" ".join(f"word{i}" for i in range(j, 3_000, 60)) for j in range(60)]
    clf = GloveTextClassifier(2, epochs=1, network=ParallelConv(filters=1))
    models["long"] = clf.fit(many, np.arange(60) % 2).to_keras()
    texts["long"] = many
    train, test = make_odd_texts(100, seed=3), make_odd_texts(100, seed=4)
    # Words with these in them need skglove's layer.
    post = [
        text for text in train if not set(text) & set("\0\x1c\x1d\x1e\x85\u2028\u2029")
    ]
    _, _, models["post"] = export(post)
    _, _, models["pre"] = export(train, padding="pre", truncating="pre")
    _, _, models["split"] = export(train, standardize="lower_and_split_punctuation")
    bag_conv = GloveTextClassifier(4, network=BagConv(filters=2), epochs=1)
    models["bag_conv"] = bag_conv.fit(*make_texts()).to_keras()
    texts["bag_conv"] = [*make_texts(seed=1)[0], "", "[UNK] frog?"]
    expected["bag_conv"] = bag_conv.predict_proba(texts["bag_conv"])
    for name in ("post", "pre", "split"):
        texts[name] = test
        expected[name] = models[name](column(test))
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
        (folder / f"{name}.json").write_text(json.dumps(texts[name]))
    vectors = folder / "vectors.txt"
    make_vectors(dim=50).save(vectors)
    of_pickles = make_texts()
    pickled = make_classifier(embeddings=vectors, network=small_conv(), epochs=2)
    expected["pickles"] = pickled.fit(*of_pickles).predict_proba(of_pickles[0])
    joblib.dump(pickled, folder / "joblib.pkl")
    (folder / "pickle.pkl").write_bytes(pickle.dumps(pickled))
    (folder / "of_pickles.json").write_text(json.dumps(of_pickles[0]))
    vectors.unlink()
    subprocess.run([sys.executable, "-c", ELSEWHERE], cwd=folder, check=True)
    return expected, folder


def test_a_missing_import_is_an_error_of_one_screen(elsewhere):
    _, folder = elsewhere
    message = (folder / "error.txt").read_text(encoding="utf-8")
    assert "skglove" in message
    assert len(message) < 4_000


def test_plain_words_load_without_skglove(elsewhere):
    expected, folder = elsewhere
    found = np.load(folder / "plain.npy")
    np.testing.assert_allclose(found, expected["plain"], atol=1e-6)


def test_bags_beside_convolutions_give_the_same_in_a_new_process(elsewhere):
    expected, folder = elsewhere
    found = np.load(folder / "bag_conv.npy")
    np.testing.assert_allclose(found, expected["bag_conv"], atol=1e-5)


@pytest.mark.parametrize("name", ["joblib", "pickle"])
def test_pickles_predict_the_same_bits_in_a_new_process(name, elsewhere):
    expected, folder = elsewhere
    np.testing.assert_array_equal(np.load(folder / f"{name}.npy"), expected["pickles"])


@pytest.mark.parametrize("name", ["joblib", "pickle"])
def test_pickles_hold_no_texts(name, elsewhere):
    _, folder = elsewhere
    assert make_texts()[0][0].encode() not in (folder / f"{name}.pkl").read_bytes()


@pytest.mark.parametrize("name", ["post", "pre", "split"])
def test_saved_models_give_the_same_in_a_new_process(name, elsewhere):
    expected, folder = elsewhere
    np.testing.assert_array_equal(np.load(folder / f"{name}.npy"), expected[name])
