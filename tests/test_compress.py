"""Smaller copies of a fitted classifier."""

import pickle

import numpy as np
import pytest
from helpers import make_classifier, make_texts
from sklearn.exceptions import NotFittedError

from skglove import GloveTextClassifier, load


@pytest.fixture(scope="module")
def texts():
    return make_texts(20)[0] + ["a fröggy pond", ""]


@pytest.fixture(scope="module")
def fitted():
    return GloveTextClassifier(8, random_state=0).fit(*make_texts(20))


def test_a_compressed_copy_is_half_the_size_and_predicts_the_same(fitted, texts):
    small = fitted.compress()
    whole, halved = (
        sum(
            len(part["rows"].tobytes()) for part in clf._network.tables.state()["words"]
        )
        for clf in (fitted, small)
    )
    assert halved == whole / 2
    assert len(pickle.dumps(small)) < 0.8 * len(pickle.dumps(fitted))
    assert (small.predict(texts) == fitted.predict(texts)).all()
    np.testing.assert_allclose(
        small.predict_proba(texts), fitted.predict_proba(texts), atol=5e-3
    )
    assert (small.predict_proba(texts) != fitted.predict_proba(texts)).any()


def test_the_original_remains_as_it_is(fitted, texts):
    before = fitted.predict_proba(texts)
    fitted.compress(max_bigrams=0)
    assert (fitted.predict_proba(texts) == before).all()


def test_bigrams_that_add_most_are_kept(fitted):
    tables = fitted._network.tables
    small = fitted.compress(max_bigrams=5)._network.tables
    largest = np.abs(tables.bigrams).max(axis=1)
    strongest = tables.bigram_keys[np.argsort(-largest, kind="stable")[:5]]
    assert small.bigram_keys.tolist() == sorted(strongest.tolist())
    assert len(fitted.compress(max_bigrams=0)._network.tables.bigram_keys) == 0
    everything = fitted.compress(max_bigrams=10**9)._network.tables
    assert len(everything.bigram_keys) == len(tables.bigram_keys)


@pytest.mark.parametrize("max_bigrams", [None, 5, 0])
def test_pickles_files_and_keras_models_of_a_copy_predict_the_same(
    fitted, texts, tmp_path, max_bigrams
):
    small = fitted.compress(max_bigrams)
    expected = small.predict_proba(texts)
    assert (pickle.loads(pickle.dumps(small)).predict_proba(texts) == expected).all()
    small.save(tmp_path / "small.skglove")
    again = load(tmp_path / "small.skglove")
    assert (again.predict_proba(texts) == expected).all()
    import tensorflow as tf

    outputs = small.to_keras()(tf.constant(texts, shape=(len(texts), 1)))
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


def test_explanations_of_a_copy_add_up(fitted, texts):
    small = fitted.compress(max_bigrams=5)
    scores = small.decision_function(texts[:3])
    for explanation, row in zip(small.explain(texts[:3], "all"), scores, strict=True):
        np.testing.assert_allclose(explanation.scores, row, atol=1e-4)


def test_what_cannot_be_compressed_says_so(fitted):
    with pytest.raises(NotFittedError):
        GloveTextClassifier().compress()
    with pytest.raises(ValueError, match="max_bigrams == -1"):
        fitted.compress(-1)
    with pytest.raises(TypeError, match="max_bigrams must be an instance of"):
        fitted.compress("few")
    conv = make_classifier(epochs=1).fit(*make_texts(4))
    with pytest.raises(ValueError, match="compress is for network='bag', this one"):
        conv.compress()
