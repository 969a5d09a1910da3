"""Trigrams of long texts, from the fit to what is made of a fitted classifier."""

import pickle

import numpy as np
import pytest

import skglove
from skglove import GloveTextClassifier
from skglove.networks import Bag
from skglove.training import _linear


def make_reviews(n_texts=60, seed=0):
    """Texts of the same words and bigrams; trigrams tell what is meant."""
    rng = np.random.RandomState(seed)
    texts, labels = [], []
    for i in range(n_texts):
        fillers = rng.choice(["film", "plot", "cast", "music", "end"], 4).tolist()
        said = ["is not good", "was so bad"] if i % 2 else ["was not bad", "is so good"]
        # Each bigram of a class is one of the other, too.
        others = ["was not , so good"] if i % 2 else ["is not , so bad"]
        texts.append(" . ".join([*said, *others, *fillers]))
        labels.append("bad" if i % 2 else "good")
    return texts, labels


@pytest.fixture(scope="module")
def fitted():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_linear, "_LONG", 5)
        patch.setattr(_linear, "_MANY", 10)
        clf = GloveTextClassifier(
            None, network=Bag(dropout=0), warm_start=True, random_state=0
        )
        return clf.fit(*make_reviews())


def test_trigrams_are_learned_and_explained(fitted):
    explanation = fitted.explain(["The end is not good"])[0]
    frame = explanation.to_frame()
    trigrams = frame[frame["kind"] == "trigram"]
    assert trigrams["term"].tolist() == ["is not good"]
    assert trigrams["contribution"].item() > 0 and explanation.labels == ["bad"]
    assert trigrams[["start", "end"]].to_numpy().tolist() == [[8, 19]]
    (score,) = fitted.decision_function(["The end is not good"])
    assert frame["contribution"].sum() == pytest.approx(-score, abs=1e-4)
    totals = explanation.token_totals.sum() + explanation.intercept[0]
    assert totals == pytest.approx(-score, abs=1e-4)
    top = {term.term for term in fitted.top_words(100)["bad"]}
    assert "is not good" in top
    assert top == {
        term.term for term in fitted.top_words(100, X=make_reviews()[0])["bad"]
    }


def test_few_texts_and_short_ones_have_none():
    clf = GloveTextClassifier(None, random_state=0).fit(*make_reviews())
    frame = clf.explain(["The end is not good"])[0].to_frame()
    assert {*frame["kind"]} == {"intercept", "word", "bigram"}


def test_what_is_made_of_a_classifier_has_them(fitted, tmp_path):
    texts = [*make_reviews(7, seed=1)[0], "is not good", "not good", "good", ""]
    expected = fitted.predict_proba(texts)
    alone = np.vstack([fitted.predict_proba([text]) for text in texts])
    assert (alone == expected).all()
    pickled = pickle.loads(pickle.dumps(fitted))
    assert (pickled.predict_proba(texts) == expected).all()
    pytest.importorskip("skops")
    fitted.save(tmp_path / "clf.skglove")
    loaded = skglove.load(tmp_path / "clf.skglove")
    assert (loaded.predict_proba(texts) == expected).all()
    assert loaded.top_words() == fitted.top_words()

    import tensorflow as tf

    outputs = fitted.to_keras()(tf.constant(texts)[:, tf.newaxis]).numpy()
    np.testing.assert_allclose(outputs[:, 0], expected[:, 1], atol=1e-5)
    small = fitted.compress()
    assert "is not good" in {term.term for term in small.explain(texts[-4:])[0].top()}


def test_fits_go_on_with_them_and_without():
    texts, labels = make_reviews()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_linear, "_LONG", 5)
        patch.setattr(_linear, "_MANY", 10)
        clf = GloveTextClassifier(None, warm_start=True, random_state=0)
        clf.fit(texts, labels).fit(texts, labels)
        explanation = clf.explain(["is not good"])[0]
        assert explanation.ngram_lengths.tolist() == [2, 3, 2]
        # The next chunks may not have them.
        clf.partial_fit(*make_reviews(20, seed=1))
    assert clf.explain(["is not good"])[0].ngram_lengths.tolist() == [2, 2]
    assert clf.score(texts, labels) > 0.9
