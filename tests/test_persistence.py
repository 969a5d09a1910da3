"""Pickles, copies and shared models: the same classifier, and nothing else run."""

import copy
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone

from skglove import GloveTextClassifier
from skglove.networks import Conv, Flatten

TEXTS = ["a green frog", "a toad, a frog", "a frog?", "one fast car", "a bus", "cars!"]
LABELS = ["animal", "animal", "animal", "vehicle", "vehicle", "vehicle"]
VECTORS = {"frog": [1, 0], "toad": [0.9, 0.1], "car": [0, 1], "bus": [0.1, 0.9]}
MORE_TEXTS = ["toads and cars", "", "the bus", "a newt"]


def make_classifier(**params):
    defaults = {
        "embeddings": VECTORS,
        "network": Flatten(dense_units=2),
        "sequence_length": 6,
        "epochs": 2,
        "random_state": 0,
    }
    return GloveTextClassifier(**{**defaults, **params})


@pytest.fixture(scope="module")
def fitted():
    return make_classifier().fit(TEXTS, LABELS)


def through_pickle(clf):
    return pickle.loads(pickle.dumps(clf))


def through_joblib(clf, folder):
    joblib.dump(clf, folder / "clf.joblib")
    return joblib.load(folder / "clf.joblib")


def assert_same(clf, expected):
    """All that a fit has set is the same, and the predictions to the bit."""
    assert clf.vocabulary_ == expected.vocabulary_
    assert clf.coverage_ == expected.coverage_
    assert clf.history_ == expected.history_
    assert clf.n_iter_ == expected.n_iter_
    assert clf.classes_.dtype == expected.classes_.dtype
    np.testing.assert_array_equal(clf.classes_, expected.classes_)
    for name in ("best_validation_score_", "feature_names_in_"):
        assert hasattr(clf, name) == hasattr(expected, name)
    np.testing.assert_array_equal(
        clf.predict_proba(MORE_TEXTS), expected.predict_proba(MORE_TEXTS)
    )
    np.testing.assert_array_equal(clf.predict(MORE_TEXTS), expected.predict(MORE_TEXTS))


def flat_network(embedding, *, sequence_length, n_outputs, activation):
    import keras

    ids = keras.Input((sequence_length,), dtype="int32")
    x = keras.layers.Flatten()(embedding(ids))
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation)(x))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"embeddings": None, "network": "parallel_conv"},
        {"network": "bag"},
        {"network": "bag_conv"},
        {"network": Conv(filters=2, kernel_size=1, pool_size=1)},
        {"network": flat_network},
        # What no network changes; small fits of this one share a model.
        {"network": "bag", "tokenizer": str.split, "preprocessor": str.upper},
        {"network": "bag", "early_stopping": True, "validation_fraction": 0.5},
        {"network": "bag", "sequence_length": np.int64(6), "max_tokens": np.int32(20)},
        {"network": "bag", "random_state": np.random.RandomState(3)},
        {"warm_start": True},
    ],
    ids=lambda params: "_".join(params) or "defaults",
)
def test_pickle_and_copy_are_the_same(params, tmp_path):
    clf = make_classifier(**params).fit(TEXTS, LABELS)
    for again in (
        through_pickle(clf),
        copy.deepcopy(clf),
        through_joblib(clf, tmp_path),
    ):
        assert_same(again, clf)
        assert_same(through_pickle(again), clf)
        assert (
            repr(again).split("random_state")[0] == repr(clf).split("random_state")[0]
        )
    assert not hasattr(clone(clf), "classes_")


def test_copy_that_is_not_deep_shares_the_parameters(fitted):
    copied = copy.copy(fitted)
    assert copied.embeddings is fitted.embeddings
    assert_same(copied, fitted)


def test_unfitted_is_unfitted_again():
    clf = make_classifier(network=Conv(filters=3), memory="cache")
    again = through_pickle(clf)
    assert repr(again.get_params()) == repr(clf.get_params())
    assert again.network.filters == 3
    assert not hasattr(again, "classes_")


def test_pickle_keeps_what_others_have_set(fitted):
    clf = copy.deepcopy(fitted)
    clf.note = "mine"
    assert through_pickle(clf).note == "mine"


class Subclass(GloveTextClassifier):
    """A class of the user's with parameters of its own."""

    def __init__(self, more=1, *, embeddings=None, sequence_length=None):
        super().__init__(
            embeddings, network="bag", epochs=2, sequence_length=sequence_length
        )
        self.more = more


def test_pickle_of_a_subclass():
    clf = Subclass(7, embeddings=VECTORS).fit(TEXTS, LABELS)
    again = through_pickle(clf)
    assert type(again) is Subclass and again.more == 7
    assert_same(again, clf)


@pytest.mark.parametrize(
    "y",
    [
        [0, 0, 0, 1, 1, 1],
        [False, False, False, True, True, True],
        np.array(["a", "a", "b", "b", "c", "c"], dtype="U9"),
        np.array(["a", "a", "b", "b", "c\udcff", "c\udcff"], dtype=object),
        [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        [[0, 1], [0, 1], [0, 0], [1, 1], [1, 0], [1, 0]],
    ],
    ids=repr,
)
def test_labels_of_all_kinds_are_kept(y):
    # Labels are the same to all networks, and small fits of this one share a model.
    clf = make_classifier(network="bag").fit(TEXTS, np.asarray(y))
    assert_same(through_pickle(clf), clf)
    again = GloveTextClassifier()
    again.__setstate__(clf.__getstate__())
    assert_same(again, clf)


def test_pickle_holds_neither_texts_nor_module_of_the_network(fitted):
    content = pickle.dumps(fitted)
    assert b"one fast car" not in content
    assert b"_trained" not in content


def test_warm_start_from_a_pickle_is_as_if_never_stopped():
    params = {"network": Flatten(dense_units=8, dropout=0.5), "optimizer": "adam"}
    clf = make_classifier(warm_start=True, **params).fit(TEXTS, LABELS)
    copied = through_pickle(through_pickle(clf))
    clf.fit(TEXTS, LABELS)
    assert_same(copied.fit(TEXTS, LABELS), clf)


def test_warm_start_without_training_state_is_the_same_each_time():
    network = Flatten(dense_units=8, dropout=0.5)
    content = pickle.dumps(make_classifier(network=network).fit(TEXTS, LABELS))
    first, second = (
        pickle.loads(content).set_params(warm_start=True).fit(TEXTS, LABELS)
        for _ in range(2)
    )
    assert_same(first, second)
