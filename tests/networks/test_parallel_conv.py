"""The convolutions side by side."""

import numpy as np
import pytest
from test_spec import make_spec as make_any_spec

from skglove import GloveTextClassifier

ANIMALS, VEHICLES = ["frog", "toad", "newt"], ["car", "ship", "train"]
TEXTS = [
    f"the {a} and the {b}"
    for group in (ANIMALS, VEHICLES)
    for a in group
    for b in group
]
LABELS = ["animal"] * 9 + ["vehicle"] * 9


def make_spec(**params):
    defaults = {
        "network": "parallel_conv",
        "n_tokens": 20,
        "trainable": False,
        "sequence_length": 9,
        "kernel_size": 5,
    }
    return make_any_spec(**{**defaults, **params})


def make_classifier(**params):
    rng = np.random.RandomState(0)
    defaults = {
        "embeddings": {word: rng.normal(size=5) for word in ANIMALS + VEHICLES},
        "network": "parallel_conv",
        "max_tokens": 50,
        "sequence_length": 8,
        "filters": 8,
        "kernel_size": 3,
        "learning_rate": 0.02,
        "random_state": 0,
    }
    return GloveTextClassifier(**{**defaults, **params})


@pytest.mark.parametrize(
    ("kernel_size", "widths"), [(5, [3, 4, 5]), (3, [1, 2, 3]), (2, [1, 2]), (1, [1])]
)
def test_widths_are_the_kernel_size_and_the_two_below_it(kernel_size, widths):
    model = make_spec(kernel_size=kernel_size).build()
    kernels = [w.shape for w in model.weights if w.name == "kernel"]
    assert kernels[:-1] == [(width, 4, 6) for width in widths]
    assert kernels[-1] == (6 * len(widths), 3)


def test_a_text_is_the_largest_value_of_each_filter():
    spec = make_spec(kernel_size=2)
    matrix = np.random.RandomState(0).normal(size=(20, 4))
    model = spec.build(matrix)
    ids = np.random.RandomState(1).randint(0, 20, size=(5, 9)).astype(np.int32)
    layers = [layer.get_weights() for layer in model.layers if layer.get_weights()]
    _, words, pairs, dense = layers
    vectors = matrix[ids]
    one = vectors @ words[0][0]
    two = vectors[:, :-1] @ pairs[0][0] + vectors[:, 1:] @ pairs[0][1]
    features = np.hstack([np.maximum(part, 0).max(axis=1) for part in (one, two)])
    scores = np.exp(features @ dense[0])
    expected = scores / scores.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model(ids), expected, atol=1e-5)


@pytest.mark.parametrize("network", ["parallel_conv", "bag_conv"])
def test_sequences_must_be_as_long_as_the_kernel(network):
    message = "sequence_length=2 is too short for kernel_size=3"
    clf = make_classifier(network=network, sequence_length=2)
    with pytest.raises(ValueError, match=message):
        clf.fit(TEXTS, LABELS)
    clf.set_params(kernel_size=2, epochs=1).fit(TEXTS, LABELS)
    assert clf.model_.input_shape == (None, 2)


def test_it_learns_what_the_words_say():
    clf = make_classifier().fit(TEXTS, LABELS)
    assert clf.n_iter_ == 15
    assert clf.score(TEXTS, LABELS) == 1
    again = make_classifier().fit(TEXTS, LABELS)
    proba = clf.predict_proba(TEXTS)
    np.testing.assert_array_equal(again.predict_proba(TEXTS), proba)


def test_saved_it_gives_the_same(tmp_path):
    import keras

    clf = make_classifier(standardize="lower", epochs=1).fit(TEXTS, LABELS)
    model = clf.to_keras()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    texts = keras.ops.convert_to_tensor(TEXTS)[:, None]
    proba = clf.predict_proba(TEXTS)[:, 1:]
    np.testing.assert_allclose(model(texts), proba, atol=1e-5)
    np.testing.assert_array_equal(loaded(texts), model(texts))
