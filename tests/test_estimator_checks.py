"""scikit-learn's check suite for estimators, run on GloveTextClassifier."""

import warnings
from collections import Counter
from contextlib import contextmanager

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neural_network import MLPClassifier
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import (
    estimator_checks_generator,
    parametrize_with_checks,
)
from text_estimator_checks import NumericRowsMixin, rows_to_texts

from skglove import GloveTextClassifier, WordVectors
from skglove.networks import Flatten

# The most columns that a check brings, and numbers as far out as they go.
_N_COLUMNS = 30
_VALUES = np.arange(-120, 120, NumericRowsMixin.bin_width)


class NumericGloveTextClassifier(NumericRowsMixin, GloveTextClassifier):
    """GloveTextClassifier that takes rows of numbers."""


def numeric_classifier(**params):
    """Return a classifier that a check can train at once, of the default network.

    The vector of a word is the number that the word represents.
    """
    rows = np.tile(_VALUES[:, np.newaxis], _N_COLUMNS)
    words = [word for text in rows_to_texts(rows) for word in text.split()]
    params = {
        "embeddings": WordVectors(words, np.arcsinh(rows).reshape(-1, 1)),
        "unseen_words": False,
        "sequence_length": _N_COLUMNS,
        "learning_rate": 0.05,
        "batch_size": 512,
        "epochs": 20,
        "random_state": 0,
    } | params
    return NumericGloveTextClassifier(**params)


def flatten_classifier(**params):
    """Return one of another network, for `_OF_FLATTEN`.

    With all texts in one batch and no dropout nothing hangs on their order: the check
    that weights are the same as repetition asks for it, as it asks for
    MLPClassifier(solver="lbfgs").
    """
    params = {
        "network": Flatten(dense_units=32, dropout=0),
        "optimizer": "sgd",
        "learning_rate": 0.5,
    } | params
    return numeric_classifier(**params)


# What the default network is not made for: it goes on from a fit if that had
# warm_start=True, twenty steps of it do not follow weights as far apart as 10,000,000
# to 1, and it starts with how many texts have a word, whatever their weights.
_OF_FLATTEN = (
    "check_fit_score_takes_y",
    "check_class_weight_classifiers",
    "check_sample_weight_equivalence",
)


@contextmanager
def double_precision():
    """Let Keras compute in float64."""
    import keras

    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)


def check_name(check):
    return getattr(check, "func", check).__name__


def names_of_checks(estimator):
    return [check_name(check) for _, check in estimator_checks_generator(estimator)]


@parametrize_with_checks([numeric_classifier()])
def test_scikit_learn_check(estimator, check):
    if check_name(check).startswith(_OF_FLATTEN):
        estimator = flatten_classifier()
    if check_name(check).startswith("check_sample_weight_equivalence"):
        # It compares to 1e-7, which is finer than sums in float32 are.
        with double_precision():
            check(estimator)
    else:
        check(estimator)


def test_weights_are_worth_repetition_to_balanced_classes_too():
    check = estimator_checks.check_sample_weight_equivalence_on_dense_data
    with double_precision():
        check("GloveTextClassifier", flatten_classifier(class_weight="balanced"))


def test_no_check_of_a_numeric_classifier_is_left_out():
    names = Counter(names_of_checks(numeric_classifier()))
    expected = Counter(names_of_checks(MLPClassifier()))
    # There is no sparse form of a text.
    sparse = {"check_sample_weight_equivalence_on_sparse_data"}
    assert set(expected - names) <= sparse
    assert names.total() >= expected.total() > 50


def test_without_the_adapter_there_are_hardly_any_checks():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(names_of_checks(GloveTextClassifier())) == 1


@pytest.mark.parametrize(
    "check_of_own_estimators",
    [
        "check_param_validation",
        "check_dataframe_column_names_consistency",
        "check_inplace_ensure_writeable",
    ],
)
def test_check_that_scikit_learn_runs_on_its_own_estimators_only(
    check_of_own_estimators,
):
    check = getattr(estimator_checks, check_of_own_estimators)
    classifier = numeric_classifier(epochs=1)
    check(type(classifier).__name__, classifier)


def test_rows_become_texts_of_a_word_a_number():
    texts = rows_to_texts([[0.0, -0.3, 100.01], [-0.0, 0.1, 0.13]])
    assert texts == ["c0v0 c1vm1 c2v400", "c0v0 c1v0 c2v1"]


def test_classifier_behind_the_adapter_gets_texts():
    classifier = numeric_classifier(epochs=1)
    classifier.fit([[1.0, 2.0], [3.0, 4.0]], ["a", "b"])
    assert set(classifier.vocabulary_[2:]) == {"c0v4", "c1v8", "c0v12", "c1v16"}
    assert classifier.coverage_.n_words_found == 4
    assert classifier.n_features_in_ == 2


class ForgetfulTextClassifier(ClassifierMixin, BaseEstimator):
    """Breaks the rules that the checks below hold."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.words = {word for text in X for word in text.split()}
        return self

    def predict(self, X):
        known = [bool(self.words.intersection(text.split())) for text in X]
        return self.classes_[np.array(known, dtype=int)]


class NumericForgetfulTextClassifier(NumericRowsMixin, ForgetfulTextClassifier):
    """ForgetfulTextClassifier that takes rows of numbers."""


@pytest.mark.parametrize(
    "broken_rule",
    [
        "check_estimators_unfitted",
        "check_dont_overwrite_parameters",
        "check_classifiers_regression_target",
        "check_classifiers_train",
    ],
)
def test_adapter_lets_a_check_find_what_is_wrong(broken_rule):
    with pytest.raises(AssertionError):
        getattr(estimator_checks, broken_rule)(
            "ForgetfulTextClassifier", NumericForgetfulTextClassifier()
        )


def test_adapter_validates_rows_as_scikit_learn_does():
    classifier = NumericForgetfulTextClassifier().fit([[1.0, 2.0], [3, 4]], [0, 1])
    with pytest.raises(ValueError, match="X has 1 features, but Numeric"):
        classifier.predict([[1.0]])
    with pytest.raises(ValueError, match="contains NaN"):
        classifier.fit([[1.0, np.nan], [3, 4]], [0, 1])
