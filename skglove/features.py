"""GloveTextEncoder: a column of texts as class scores, for tables and pipelines."""

from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    MetaEstimatorMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import (
    _check_feature_names,
    _check_feature_names_in,
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
)

from ._targets import Targets
from ._typing import Labels, RandomState, Texts, fit_context
from .classifier import GloveTextClassifier
from .text import check_texts

if TYPE_CHECKING:
    from sklearn.model_selection import BaseCrossValidator

_METHODS = ("decision_function", "predict_proba", "predict_log_proba")


class GloveTextEncoder(MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Encode texts as the scores that a classifier of texts gives the classes.

    A text column becomes a few numbers, one a class, to be used beside the other
    columns of a table: in a :class:`~sklearn.compose.ColumnTransformer`, before
    gradient-boosted trees. As with :class:`sklearn.preprocessing.TargetEncoder`,
    `fit(X, y).transform(X)` is not `fit_transform(X, y)`: the latter gives each
    training text the scores of a classifier that was not trained on it. With those of
    one that was, and has seen their labels, the next step of the pipeline would trust
    the texts more than it should [1]_.

    The scores are features of the classes, the same from classifier to classifier,
    unlike the hidden units of a network, whose order differs from fit to fit. For
    features without labels see the mean vectors of :class:`Glove`.

    Parameters
    ----------
    estimator : classifier or None, default=None
        The classifier of texts, cloned for each fit. None is
        :class:`GloveTextClassifier` with its defaults.

    method : {"decision_function", "predict_proba", "predict_log_proba"}, \
            default="decision_function"
        Which scores. Logits suit linear models better than probabilities; trees are
        alike with both.

    cv : int, cross-validation generator or iterable, default=5
        How `fit_transform` splits the training texts. An int is the number of folds,
        stratified if each text has one label, and shuffled.

    random_state : int, RandomState instance or None, default=None
        Shuffles the texts before they are split. Pass an int for the same folds from
        every fit; the classifier has a `random_state` of its own.

    Attributes
    ----------
    estimator_ : classifier
        The classifier that was trained on all texts, whose scores `transform` returns.

    classes_ : ndarray of shape (n_classes,)
        The classes.

    feature_names_in_ : ndarray of shape (1,)
        The name of the column that held the texts. Only where `fit` got a frame.

    n_features_in_ : int
        1.

    See Also
    --------
    Glove : Its `transform` gives mean word vectors, without labels.
    sklearn.preprocessing.TargetEncoder : Does the like with categories.

    References
    ----------
    .. [1] D. Wolpert, "Stacked generalization", Neural Networks, 1992.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.compose import make_column_transformer
    >>> from skglove import GloveTextClassifier, GloveTextEncoder
    >>> table = pd.DataFrame({"price": [3, 9, 4, 8, 2, 7, 3, 9],
    ...                       "text": ["a frog", "a car", "the frog", "cars", "frogs",
    ...                                "the car", "frog", "car"]})
    >>> labels = ["pet", "car"] * 4
    >>> texts = GloveTextClassifier(None, epochs=2, random_state=0)
    >>> columns = make_column_transformer(
    ...     (GloveTextEncoder(texts, cv=2, random_state=0), ["text"]),
    ...     ("passthrough", ["price"]), verbose_feature_names_out=False)
    >>> columns.set_output(transform="pandas").fit_transform(table, labels).shape
    (8, 2)
    >>> columns.get_feature_names_out()
    array(['text_pet', 'price'], dtype=object)
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "method": [StrOptions(set(_METHODS))],
        "cv": ["cv_object"],
        "random_state": ["random_state"],
    }

    estimator_: BaseEstimator
    classes_: np.ndarray
    feature_names_in_: np.ndarray
    n_features_in_: int

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        method: str = "decision_function",
        cv: "int | Iterable | BaseCrossValidator | None" = 5,
        random_state: RandomState = None,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.cv = cv
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Texts, y: Labels, sample_weight: ArrayLike | None = None) -> Self:
        """Train the classifier on all texts.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts: a Series, a list, or a frame of one column.

        y : array-like of shape (n_samples,)
            Their labels, or what else the classifier takes. Numbers that are no
            classes are not supported.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the texts.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If the labels are numbers that are no classes: cut them into classes, as
            with :func:`pandas.qcut`, or use :class:`Glove`.
        TypeError
            If `X` is not a sequence of str.
        """
        self._fit(X, y, sample_weight)
        return self

    @fit_context(prefer_skip_nested_validation=False)
    def fit_transform(
        self, X: Texts, y: Labels, sample_weight: ArrayLike | None = None
    ) -> np.ndarray:
        """Train on all texts, and give each the scores of a training without it.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        y : array-like of shape (n_samples,)
            Their labels.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the texts.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_features), dtype=float32
            The scores.

        Raises
        ------
        ValueError
            As `fit`; or if all texts of a class are in one fold.
        """
        texts, targets, estimator = self._fit(X, y, sample_weight)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, texts)
        y = targets.classes[targets.codes] if targets.codes.ndim == 1 else y
        scores = np.full((len(texts), self._n_scores), np.nan, dtype=np.float32)
        for number, (train, test) in enumerate(self._folds(targets)):
            weights = (
                {} if sample_weight is None else {"sample_weight": sample_weight[train]}
            )
            of_fold = clone(estimator).fit(
                [texts[i] for i in train], _safe_indexing(y, train), **weights
            )
            self._check_classes(of_fold, number)
            scores[test] = self._scores(of_fold, [texts[i] for i in test])
        left_out = np.flatnonzero(np.isnan(scores).any(axis=1))
        if len(left_out):
            raise ValueError(
                f"cv={self.cv!r} must put each text into one test part; that at "
                f"position {left_out[0]} is in none."
            )
        return scores

    def transform(self, X: Texts) -> np.ndarray:
        """Return the scores that the classifier gives texts.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_features), dtype=float32
            The scores: one column a class; of two classes the second alone.
        """
        check_is_fitted(self)
        _check_feature_names(self, X, reset=False)
        return self._scores(self.estimator_, check_texts(X))

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> np.ndarray:
        """Return the names of the features: that of the column, "_" and the class.

        Parameters
        ----------
        input_features : array-like of one str or None, default=None
            The name of the column. None is what `fit` saw, or else "x0".

        Returns
        -------
        names : ndarray of shape (n_features,), dtype=object
            The names.
        """
        check_is_fitted(self)
        (column,) = _check_feature_names_in(self, input_features)
        classes = self.classes_[-self._n_scores :]
        return np.array([f"{column}_{label}" for label in classes], dtype=object)

    def _fit(self, X, y, sample_weight):
        """Train on all texts; return texts, targets and the classifier as it was."""
        texts = check_texts(X)
        estimator = self.estimator
        if estimator is None:
            estimator = GloveTextClassifier()
        if not hasattr(estimator, self.method):
            raise ValueError(
                f"{type(estimator).__name__} has no {self.method}: choose another "
                f"method of {[*_METHODS]} or another estimator."
            )
        if y is None:
            raise ValueError(
                "This GloveTextEncoder requires y to be passed, but the target y is "
                "None. Glove encodes texts without labels."
            )
        targets = _targets_of(y)
        check_consistent_length(texts, targets.codes)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        fitted = clone(estimator).fit(texts, y, **weights)
        _check_feature_names(self, X, reset=True)
        self.estimator_ = fitted
        self.classes_ = fitted.classes_
        self.n_features_in_ = 1
        self._kind = targets.kind
        self._n_scores = targets.n_outputs
        return texts, targets, estimator

    def _folds(self, targets):
        """Return the training and the test part of each fold."""
        # Slow to import.
        from sklearn.model_selection import KFold, StratifiedKFold, check_cv

        codes = targets.codes
        texts = np.arange(codes.shape[0])
        n_folds = 5 if self.cv is None else self.cv
        if not isinstance(n_folds, Integral):
            return check_cv(n_folds, codes, classifier=True).split(texts, codes)
        random_state = check_random_state(self.random_state)
        if targets.kind == "multilabel":
            return KFold(n_folds, shuffle=True, random_state=random_state).split(texts)
        counts = np.bincount(codes)
        if counts.min() == 1:
            raise ValueError(
                "fit_transform scores a text by a classifier that has learned from "
                "others of its class, and needs two texts of each; there is one of "
                f"{targets.classes.tolist()[counts.argmin()]!r}. Leave it out, or add "
                "texts."
            )
        folds = StratifiedKFold(
            min(n_folds, counts.max()), shuffle=True, random_state=random_state
        )
        return folds.split(texts, codes)

    def _check_classes(self, of_fold, number):
        """Raise an error if a classifier has not seen all classes."""
        seen = of_fold.classes_.tolist()
        missing = [label for label in self.classes_.tolist() if label not in seen]
        if missing:
            raise ValueError(
                f"All texts of the class {missing[0]!r} are in the test part of fold "
                f"{number} of cv={self.cv!r}, so that nothing is there to learn it "
                "from. Use stratified folds, as an int makes them."
            )

    def _scores(self, classifier, X):
        """Return scores of shape (n_samples, n_features)."""
        scores = np.asarray(getattr(classifier, self.method)(X), dtype=np.float32)
        if scores.ndim == 1:
            return scores[:, np.newaxis]
        return scores[:, 1:] if self._kind == "binary" else scores

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.target_tags.required = True
        return tags


def _targets_of(y):
    try:
        return Targets(y)
    except ValueError as error:
        if "Unknown label type" not in str(error):
            raise
        raise ValueError(
            f"GloveTextEncoder needs labels: {error} Cut numbers into classes, as "
            "pandas.qcut does, or encode the texts without labels, by Glove."
        ) from None
