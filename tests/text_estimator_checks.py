"""Run scikit-learn's estimator checks against an estimator of texts.

scikit-learn leaves out its checks for an estimator whose tags refuse two-dimensional
input, as the checks bring rows of numbers. Here a row becomes a text of one word a
number, and whatever the estimator does with that text is checked as it is::

    class NumericMyClassifier(NumericRowsMixin, MyClassifier):
        pass

    @parametrize_with_checks([NumericMyClassifier()])
    def test_scikit_learn_checks(estimator, check):
        check(estimator)
"""

import functools
import warnings

import numpy as np
from sklearn.utils.validation import check_array, validate_data

_METHODS = (
    "fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "fit_transform",
    "fit_predict",
    "score_samples",
)


class NumericRowsMixin:
    """Let an estimator of texts take rows of numbers.

    Stands before the estimator's class in the bases of a class that has no more to
    it. Each of its methods that take texts gets rows instead, which are validated as
    scikit-learn's estimators do, turned into texts and passed on; all else is
    inherited. Word `c2v7` says that the third number of a row is nearest to
    `7 * bin_width`, so that a linear function of the rows is, but for rounding, a
    linear function of the bag of words, and data that can be separated stays so.

    Attributes
    ----------
    bin_width : float, default=0.25
        The distance between numbers that are told apart.
    """

    bin_width = 0.25

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in _METHODS:
            if hasattr(cls, name) and name not in vars(cls):
                setattr(cls, name, _taking_rows(name, getattr(cls, name)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = False
        tags.input_tags.string = False
        return tags


def rows_to_texts(rows, bin_width=NumericRowsMixin.bin_width):
    """Return a text for each row: a word a number, which names column and value.

    Parameters
    ----------
    rows : array-like of shape (n_samples, n_features)
        The numbers.

    bin_width : float, default=0.25
        The distance between numbers that are told apart.

    Returns
    -------
    texts : list of str of length n_samples
        The texts. Their words are made of ASCII letters and digits.
    """
    # Adding zero makes -0. the same word as 0.
    bins = np.rint(np.asarray(rows, dtype=np.float64) / bin_width) + 0.0
    return _Texts(
        " ".join(_word(column, value) for column, value in enumerate(row))
        for row in bins.tolist()
    )


def _word(column, value):
    # Punctuation, the minus among it, is often stripped from texts.
    return f"c{column}v{value:.0f}".replace("-", "m")


class _Texts(list):
    """Texts that were rows: a method that calls another must not turn them again."""


def _taking_rows(name, method):
    """Return `method`, which takes texts, as one that takes rows."""
    is_fit = "fit" in name

    # The signature is the method's own: scikit-learn looks for sample_weight in it.
    @functools.wraps(method)
    def taking_rows(self, X, *args, **kwargs):
        if isinstance(X, _Texts):
            return method(self, X, *args, **kwargs)
        first = is_fit and not (name == "partial_fit" and hasattr(self, "classes_"))
        if first:
            rows = check_array(X, estimator=self, input_name="X")
        else:
            rows = validate_data(self, X, reset=False)
        with warnings.catch_warnings():
            # Names of columns are the rows', and have just been validated.
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            result = method(self, rows_to_texts(rows, self.bin_width), *args, **kwargs)
        if first:
            # Not before: the estimator takes what it got for input without names.
            validate_data(self, X, skip_check_array=True)
        return result

    return taking_rows
