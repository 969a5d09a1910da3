"""The convolutions side by side."""

import numpy as np
import pytest
from helpers import make_ids, make_model, make_rows, make_spec

from skglove import GloveTextClassifier
from skglove.networks import BagConv, ParallelConv

ANIMALS, VEHICLES = ["frog", "toad", "newt"], ["car", "ship", "train"]
TEXTS = [
    f"the {a} and the {b}"
    for group in (ANIMALS, VEHICLES)
    for a in group
    for b in group
]
LABELS = ["animal"] * 9 + ["vehicle"] * 9


def parallel_conv(**params):
    return ParallelConv(**{"filters": 6, "dropout": 0.5, **params})


def make_classifier(**params):
    rng = np.random.RandomState(0)
    defaults = {
        "embeddings": {word: rng.normal(size=5) for word in ANIMALS + VEHICLES},
        "network": ParallelConv(filters=8, kernel_size=3),
        "max_tokens": 50,
        "sequence_length": 8,
        "learning_rate": 0.02,
        "random_state": 0,
    }
    return GloveTextClassifier(**{**defaults, **params})


@pytest.mark.parametrize(
    ("kernel_size", "widths"), [(5, [3, 4, 5]), (3, [1, 2, 3]), (2, [1, 2]), (1, [1])]
)
def test_widths_are_the_kernel_size_and_the_two_below_it(kernel_size, widths):
    model = make_spec(parallel_conv(kernel_size=kernel_size)).build()
    kernels = [w.shape for w in model.weights if w.name == "kernel"]
    assert kernels[:-1] == [(width, 4, 6) for width in widths]
    assert kernels[-1] == (6 * len(widths), 3)


def largest_values(model, rows):
    """What a text gives, said plainly: the rows as they are, without more padding."""
    layers = [layer.get_weights() for layer in model.layers if layer.get_weights()]
    (table,), (words, word_bias), (pairs, pair_bias), (kernel, bias) = layers
    vectors = table[rows]
    one = vectors @ words[0] + word_bias
    two = vectors[:, :-1] @ pairs[0] + vectors[:, 1:] @ pairs[1] + pair_bias
    features = np.hstack([np.maximum(part, 0).max(axis=1) for part in (one, two)])
    scores = np.exp(features @ kernel + bias)
    return scores / scores.sum(axis=1, keepdims=True)


def test_a_text_is_the_largest_value_of_each_filter_over_it_and_padding():
    spec = make_spec(parallel_conv(kernel_size=2), sequence_length=9)
    model, ids = make_model(spec), make_ids(spec)
    expected = largest_values(model, ids.padded(9 + 2))
    np.testing.assert_allclose(model(make_rows(spec, ids)), expected, atol=1e-5)
    # However much padding there is: a row a text long gives the same.
    for i in range(len(ids)):
        row = ids[i : i + 1].padded(max(1, ids.lengths[i]))
        np.testing.assert_allclose(model(row), expected[i : i + 1], atol=1e-5)


@pytest.mark.parametrize("network", [ParallelConv, BagConv])
def test_texts_may_be_shorter_than_the_kernel(network):
    clf = make_classifier(
        network=network(filters=8, kernel_size=3), sequence_length=2, epochs=1
    ).fit(TEXTS, LABELS)
    together = clf.predict_proba(["", "frog", "the frog", "the frog and"])
    np.testing.assert_allclose(clf.predict_proba(["frog"]), together[1:2], atol=1e-6)
    np.testing.assert_allclose(together[2], together[3], atol=1e-6)


def test_it_learns_what_the_words_say():
    clf = make_classifier().fit(TEXTS, LABELS)
    assert clf.n_iter_ == 15
    assert clf.score(TEXTS, LABELS) == 1


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
