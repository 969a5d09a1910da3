"""Tests of texts as features beside other columns."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from helpers import make_texts
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, LeaveOneOut, cross_val_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from skglove import GloveTextClassifier, GloveTextEncoder


def quick():
    """A classifier of texts that needs no TensorFlow."""
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


def make_encoder(estimator=None, **params):
    params = {"random_state": 0, "cv": 3, **params}
    return GloveTextEncoder(quick() if estimator is None else estimator, **params)


def noise(n_texts=60, seed=0):
    """Texts that say nothing of their labels, each with a word of its own."""
    rng = np.random.RandomState(seed)
    labels = rng.permutation(["yes", "no"] * (n_texts // 2))
    return [f"unique{i} word{rng.randint(5)}" for i in range(n_texts)], labels


def test_training_texts_have_scores_of_classifiers_that_have_not_seen_them():
    texts, labels = noise(30)
    encoder = make_encoder(cv=LeaveOneOut())
    out_of_fold = encoder.fit_transform(texts, labels)
    for i in (0, 17, 29):
        others = np.arange(len(texts)) != i
        of_others = quick().fit(np.array(texts)[others], labels[others])
        expected = of_others.decision_function([texts[i]])
        np.testing.assert_allclose(out_of_fold[i], expected, rtol=1e-5)
    seen = encoder.transform(texts)
    np.testing.assert_allclose(
        seen[:, 0], quick().fit(texts, labels).decision_function(texts), rtol=1e-5
    )
    # What was learned by heart shows in the latter only.
    truth = labels == "yes"
    assert ((seen[:, 0] > 0) == truth).mean() > 0.9
    assert ((out_of_fold[:, 0] > 0) == truth).mean() < 0.6


def test_text_that_says_nothing_does_not_drown_a_number_that_does():
    texts, labels = noise(200)
    table = pd.DataFrame({"text": texts, "number": (labels == "yes") * 1.0})
    rng = np.random.RandomState(0)
    table["number"] += rng.normal(scale=0.7, size=len(table))

    def score(encoder):
        columns = make_column_transformer((encoder, ["text"]), remainder="passthrough")
        pipeline = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=20))
        return cross_val_score(pipeline, table, labels).mean()

    class Leaky(GloveTextEncoder):
        def fit_transform(self, X, y, sample_weight=None):
            return self.fit(X, y).transform(X)

    with threadpool_limits(1):  # for trees this small, threads mostly wait
        honest = score(make_encoder())
        leaky = score(Leaky(quick()))
    assert honest > 0.65
    assert leaky < honest - 0.1


def test_default_classifier_in_a_column_transformer():
    texts, labels = make_texts()
    table = pd.DataFrame({"text": texts, "number": range(len(texts))})
    classifier = GloveTextClassifier(6, epochs=2, random_state=0)
    columns = make_column_transformer(
        (GloveTextEncoder(classifier, cv=2, random_state=0), "text"),
        ("passthrough", ["number"]),
    ).set_output(transform="pandas")
    frame = columns.fit_transform(table, labels)
    assert list(frame.columns) == [
        "glovetextencoder__text_animal",
        "glovetextencoder__text_food",
        "glovetextencoder__text_vehicle",
        "passthrough__number",
    ]
    assert frame.notna().all().all()
    assert (frame.dtypes.iloc[:3] == np.float32).all()
    classes = frame.columns[:3][frame.iloc[:, :3].to_numpy().argmax(axis=1)]
    assert (classes == "glovetextencoder__text_" + pd.Series(labels)).mean() > 0.6
    copied = pickle.loads(pickle.dumps(columns))
    pd.testing.assert_frame_equal(copied.transform(table), columns.transform(table))


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_output_is_a_frame_with_the_names_of_column_and_class(output):
    texts, labels = make_texts()
    frame = pl.DataFrame if output == "polars" else pd.DataFrame
    encoder = make_encoder(method="predict_proba").set_output(transform=output)
    result = encoder.fit_transform(frame({"body": texts}), labels)
    assert isinstance(result, frame)
    assert list(result.columns) == ["body_animal", "body_food", "body_vehicle"]
    result = encoder.transform(frame({"body": texts}))
    np.testing.assert_allclose(np.asarray(result).sum(axis=1), 1, rtol=1e-5)


def test_two_classes_are_one_feature():
    texts, labels = make_texts(classes=("animal", "food"))
    for method in ("decision_function", "predict_proba", "predict_log_proba"):
        encoder = make_encoder(method=method)
        assert encoder.fit_transform(texts, labels).shape == (len(texts), 1)
        assert encoder.get_feature_names_out().tolist() == ["x0_food"]
        assert encoder.get_feature_names_out(["a"]).tolist() == ["a_food"]


def test_several_labels_a_text_are_a_feature_each():
    texts, labels = make_texts()
    sets = [{label, "all"} for label in labels]
    encoder = make_encoder(GloveTextClassifier(6, epochs=1, random_state=0), cv=2)
    scores = encoder.fit_transform(texts, sets)
    assert scores.shape == (len(texts), 4)
    names = encoder.get_feature_names_out().tolist()
    assert names == ["x0_all", "x0_animal", "x0_food", "x0_vehicle"]


def test_same_random_state_same_scores():
    texts, labels = make_texts()
    first, again, other = (
        make_encoder(random_state=seed).fit_transform(texts, labels)
        for seed in (0, 0, 1)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_weights_reach_the_classifiers():
    texts, labels = make_texts(classes=("animal", "food"))
    weight = np.where(np.array(labels) == "food", 50.0, 1.0)
    naive_bayes = GloveTextClassifier(6, epochs=1, random_state=0)
    plain = make_encoder(naive_bayes, cv=2)
    weighted = clone(plain)
    mean = plain.fit_transform(texts, labels).mean()
    assert weighted.fit_transform(texts, labels, sample_weight=weight).mean() > mean


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"labels": None}, ValueError, "Glove encodes texts without labels"),
        ({"labels": np.linspace(0, 1, 36)}, ValueError, "pandas.qcut"),
        ({"labels": ["a"] * 35}, ValueError, r"one class|greater than one"),
        ({"labels": ["a", "b"] * 17 + ["a"]}, ValueError, "inconsistent numbers"),
        ({"labels": ["a", "b"] * 17 + ["a", "z"]}, ValueError, "there is one of 'z'"),
        ({"method": "decision"}, ValueError, "method"),
        (
            {"estimator": make_pipeline(TfidfVectorizer(), LinearSVC())}
            | {"method": "predict_proba"},
            ValueError,
            "has no predict_proba",
        ),
        (
            {"estimator": make_pipeline(TfidfVectorizer(), MultinomialNB())},
            ValueError,
            "has no decision_function",
        ),
        ({"cv": KFold(3), "sort": True}, ValueError, "class 'animal' are in the test"),
        ({"cv": [([0, 1, 2, 3, 4, 5], [6])]}, ValueError, "that at position 0 is in"),
        ({"texts": [3.5] * 36}, TypeError, "str"),
    ],
)
def test_what_cannot_be_encoded_is_refused(change, error, message):
    texts, labels = make_texts()
    change = dict(change)
    if change.pop("sort", False):
        order = np.argsort(labels)
        texts, labels = [texts[i] for i in order], [labels[i] for i in order]
    labels = change.pop("labels", labels)
    texts = change.pop("texts", texts)
    with pytest.raises(error, match=message):
        make_encoder(**change).fit_transform(texts, labels)


def test_other_column_than_in_fit_is_refused():
    texts, labels = make_texts()
    encoder = make_encoder().fit(pd.DataFrame({"body": texts}), labels)
    with pytest.raises(ValueError, match="feature names"):
        encoder.transform(pd.DataFrame({"title": texts}))
