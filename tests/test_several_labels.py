"""Tests of classifiers with several labels a text, and of scores beside labels."""

import pickle

import numpy as np
import pandas as pd
import pytest
from helpers import make_classifier, make_texts
from scipy import sparse
from sklearn.metrics import f1_score

from skglove import GloveTextClassifier, persistence
from skglove._plain import InvalidStateError
from skglove.networks import Bag
from skglove.networks._bag_factors import BagFactors
from skglove.networks._calibration import tempered

NAMES = ["animal", "food", "vehicle"]


def make_labelled(n_per_class=20, seed=0):
    """Texts of one or two kinds of words, some of none, and the kinds."""
    texts, labels = make_texts(n_per_class, seed=seed)
    sets = [{label} for label in labels]
    for i in range(0, len(texts), 4):
        texts[i] += " " + texts[i - 1]
        sets[i] = sets[i] | sets[i - 1]
    return [*texts, "the near of", "and with"], [*sets, set(), set()]


def indicators(sets):
    return np.array([[name in labels for name in NAMES] for labels in sets], dtype=int)


def make_bag(**params):
    return GloveTextClassifier(8, epochs=8, random_state=0, **params)


def copy_by_state(clf):
    """A copy through what a shared model's file holds."""
    copied = GloveTextClassifier.__new__(GloveTextClassifier)
    persistence.set_state(copied, persistence.get_state(clf))
    return copied


@pytest.fixture(scope="module")
def labelled():
    return make_labelled()


@pytest.fixture(scope="module")
def of_sets(labelled):
    return make_bag().fit(*labelled)


def test_all_forms_of_labels_train_the_same_classifier(labelled, of_sets):
    texts, sets = labelled
    y = indicators(sets)
    proba = of_sets.predict_proba(texts)
    expected = (proba > 0.5).astype(int)
    assert (expected == y).mean() > 0.9
    forms = [
        (y, np.ndarray, [0, 1, 2]),
        (pd.DataFrame(y, columns=NAMES), np.ndarray, NAMES),
        (sparse.csr_matrix(y), sparse.csr_matrix, [0, 1, 2]),
    ]
    for labels, kind, classes in forms:
        clf = make_bag().fit(texts, labels)
        assert clf.classes_.tolist() == classes
        assert (clf.predict_proba(texts) == proba).all()
        predicted = clf.predict(texts)
        assert type(predicted) is kind
        dense = predicted if kind is np.ndarray else predicted.toarray()
        assert (dense == expected).all()
        assert clf.score(texts, labels) == (expected == y).all(axis=1).mean()
    predicted = of_sets.predict(texts)
    assert isinstance(predicted, list)
    assert (indicators(predicted) == expected).all()
    assert of_sets.score(texts, sets) == (expected == y).all(axis=1).mean()
    for i in (-1, 1):  # one text, without a label and with one
        right = set(predicted[i]) == set(sets[i])
        assert of_sets.score([texts[i]], [sets[i]]) == right


def test_networks_of_padded_texts_take_sparse_labels(labelled):
    texts, sets = labelled
    y = indicators(sets)
    dense = make_classifier(epochs=2).fit(texts, y, X_val=texts, y_val=y)
    sparse_y = sparse.csr_array(y)
    clf = make_classifier(epochs=2).fit(texts, sparse_y, X_val=texts, y_val=sparse_y)
    assert (clf.predict_proba(texts) == dense.predict_proba(texts)).all()
    assert clf.history_ == dense.history_


@pytest.mark.parametrize("tuned_on", ["X_val", "early_stopping"])
def test_thresholds_are_tuned_on_validation_texts(labelled, tuned_on):
    texts, sets = labelled
    if tuned_on == "X_val":
        x_val, y_val = make_labelled(seed=1)
        clf = make_bag().fit(
            texts, sets, X_val=x_val, y_val=y_val, tune_thresholds=True
        )
        truth, proba = indicators(y_val), clf.predict_proba(x_val)
        given = proba > clf.thresholds_
        for column in range(3):
            best = max(
                f1_score(truth[:, column], proba[:, column] > cut)
                for cut in np.unique(proba[:, column])[:-1]
            )
            assert f1_score(truth[:, column], given[:, column]) >= best
    else:
        clf = make_bag(early_stopping=True).fit(texts, sets, tune_thresholds=True)
        given = clf.predict_proba(texts) > clf.thresholds_
        x_val = texts
    assert clf.thresholds_.shape == (3,)
    assert (indicators(clf.predict(x_val)) == given).all()


def test_thresholds_may_be_set_and_stay_in_pickles(labelled):
    texts, sets = labelled
    clf = make_bag().fit(texts, sets)
    assert clf.thresholds_.tolist() == [0.5, 0.5, 0.5]
    clf.thresholds_ = [1, 0, 1]
    assert clf.predict(texts[:2]) == [("food",), ("food",)]
    copied = pickle.loads(pickle.dumps(clf))
    assert copied.thresholds_.tolist() == [1, 0, 1]
    assert copied.predict(texts[:2]) == [("food",), ("food",)]
    clf.fit(texts, [min(labels, default="none") for labels in sets])
    assert not hasattr(clf, "thresholds_")


def test_plain_state_keeps_form_and_thresholds(labelled):
    texts, sets = labelled
    names = ["food", "animal", "vehicle"]  # in an order of their own
    frame = pd.DataFrame(indicators(sets), columns=NAMES)[names]
    for y in (sets, frame, sparse.csr_array(frame.to_numpy())):
        clf = make_bag().fit(texts[:40], y[:40])
        clf.thresholds_ = np.array([0.2, 0.7, 0.5])
        copied = copy_by_state(clf)
        assert copied.classes_.tolist() == clf.classes_.tolist()
        assert copied.thresholds_.tolist() == [0.2, 0.7, 0.5]
        predicted, expected = copied.predict(texts), clf.predict(texts)
        assert type(predicted) is type(expected)
        difference = predicted != expected
        assert not (difference if isinstance(difference, bool) else difference.sum())


@pytest.mark.parametrize(
    ("where", "name", "value", "message"),
    [
        ("targets", "form", "dict", "targets.form must be one of"),
        ("targets", "classes", np.array([1, 1, 2]), "each there once"),
        (None, "thresholds", np.zeros(2), r"of shape \(3\)"),
        (None, "thresholds", np.full(3, np.nan), "NaN"),
    ],
)
def test_state_of_several_labels_is_not_believed(of_sets, where, name, value, message):
    state = persistence.get_state(of_sets)
    part = state["fitted"] if where is None else state["fitted"][where]
    part[name] = value
    with pytest.raises(InvalidStateError, match=message):
        persistence.set_state(GloveTextClassifier.__new__(GloveTextClassifier), state)


def test_thresholds_that_cannot_be_tuned_are_refused():
    texts, labels = make_texts()
    with pytest.raises(ValueError, match="TunedThresholdClassifierCV"):
        make_bag().fit(texts, labels, X_val=texts, y_val=labels, tune_thresholds=True)
    with pytest.raises(ValueError, match="pass X_val and y_val, or set early_stopping"):
        make_bag().fit(texts, [{label} for label in labels], tune_thresholds=True)


def test_early_stopping_names_the_class_that_has_one_text():
    texts, labels = make_texts()
    labels[0] = "mineral"
    with pytest.raises(ValueError, match="there is one of 'mineral'"):
        make_bag(early_stopping=True).fit(texts, labels)


@pytest.mark.parametrize("make", [make_bag, make_classifier])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_decisions_and_logarithms_go_with_probabilities(make, n_classes):
    texts, labels = make_texts(classes=NAMES[:n_classes])
    clf = make().fit(texts, labels)
    proba, logits = clf.predict_proba(texts), clf.decision_function(texts)
    np.testing.assert_allclose(
        np.exp(clf.predict_log_proba(texts)), proba, rtol=1e-4, atol=1e-7
    )
    if n_classes == 2:
        assert logits.shape == (len(texts),)
        np.testing.assert_allclose(1 / (1 + np.exp(-logits)), proba[:, 1], rtol=1e-4)
    else:
        if make is make_bag:
            # Its scores have a temperature of each text.
            tables = clf._network.tables
            logits = tempered(logits, tables.power, tables.typical)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(shares, proba, rtol=1e-4, atol=1e-7)


# Many labels --------------------------------------------------------------------------

N_LABELS = 600


def make_many(n_texts=400, seed=0):
    """Texts of words that each mean a label, and the labels as a sparse matrix."""
    rng = np.random.default_rng(seed)
    y = np.zeros((n_texts, N_LABELS), dtype=int)
    texts = []
    for row in y:
        labels = rng.choice(40, 3, replace=False)
        row[labels] = 1
        texts.append(" ".join(f"w{label} w{label}x" for label in labels))
    return texts, sparse.csr_array(y)


@pytest.fixture(scope="module")
def of_many():
    return GloveTextClassifier(8, epochs=50, random_state=0).fit(*make_many())


def test_hundreds_of_labels_are_learned_without_a_table_of_each(of_many):
    texts, y = make_many(seed=1)
    factors = of_many._network.tables
    assert isinstance(factors, BagFactors)
    assert factors.kernel.shape[1] == N_LABELS
    predicted = of_many.predict(texts)
    assert type(predicted) is sparse.csr_array
    assert f1_score(y, predicted, average="micro") > 0.8
    assert of_many.predict_proba(texts[:3]).shape == (3, N_LABELS)


def test_factors_and_their_tables_and_model_agree(of_many):
    texts, _ = make_many(20, seed=2)
    ids = of_many._vectorizer.transform(texts)
    factors = of_many._network.tables
    logits = factors.logits(ids)
    np.testing.assert_allclose(
        factors.tables([3, 590]).logits(ids), logits[:, [3, 590]], rtol=1e-3, atol=1e-4
    )
    np.testing.assert_allclose(
        factors.tables().logits(ids), factors.bags(ids), rtol=1e-3, atol=1e-5
    )
    probabilities = of_many.predict_proba(texts)
    for outputs in (
        of_many.model_(ids.padded(10)),
        of_many.to_keras()(np.array(texts)[:, np.newaxis]),
    ):
        np.testing.assert_allclose(outputs, probabilities, rtol=1e-3, atol=1e-6)


def test_classifier_of_many_labels_goes_through_a_pickle(of_many):
    texts, _ = make_many(20, seed=2)
    for copied in (pickle.loads(pickle.dumps(of_many)), copy_by_state(of_many)):
        assert (copied.predict_proba(texts) == of_many.predict_proba(texts)).all()


def test_factors_of_other_shapes_are_refused(of_many):
    for name in ("kernel", "bigram_squares", "free"):
        state = persistence.get_state(of_many)
        tables = state["fitted"]["network"]["tables"]
        tables[name] = tables[name][:-1]
        with pytest.raises(InvalidStateError, match=f"tables.{name} must be of shape"):
            persistence.set_state(
                GloveTextClassifier.__new__(GloveTextClassifier), state
            )


@pytest.mark.parametrize(
    "ask",
    [
        lambda clf: clf.explain(["w1"]),
        lambda clf: clf.top_words(X=["w1"]),
        lambda clf: clf.top_words(),
    ],
)
def test_what_has_no_table_of_each_class_says_so(of_many, ask):
    with pytest.raises(ValueError, match=r"up to 500 classes, and .* has 600"):
        ask(of_many)


def test_hundreds_of_classes_of_one_label_a_text():
    classes = [f"c{i}" for i in range(510)]
    texts = [f"w{i} w{i} x" for i in range(510)] * 2
    clf = GloveTextClassifier(8, network=Bag(dropout=0), epochs=15, random_state=0)
    clf.fit(texts, classes * 2)
    assert isinstance(clf._network.tables, BagFactors)
    assert clf.score(texts, classes * 2) > 0.9
