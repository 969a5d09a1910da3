"""Labels to what a network learns, and its outputs back to labels."""

import numpy as np
from scipy.sparse import issparse
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from .vectorizer import is_missing

_THRESHOLD = 0.5


class Targets:
    """The classes of a training set, and how a network stands for them.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or indicator matrix of shape \
            (n_samples, n_classes)
        The labels.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, or the numbers of an indicator matrix's columns.

    codes : ndarray of shape (n_samples,) or (n_samples, n_classes)
        The number of each label in `classes`, or the indicator matrix.

    kind : {"binary", "multiclass", "multilabel"}
        Two classes end in one sigmoid unit, more in a softmax, an indicator matrix in
        a sigmoid unit a column.

    Raises
    ------
    ValueError
        If a label is missing, or all texts have the same one.
    """

    def __init__(self, y):
        y = _check_labels(y)
        if y.ndim == 2:
            self.kind = "multilabel"
            self.classes, self.codes = np.arange(y.shape[1]), y
            return
        encoder = LabelEncoder()
        self.codes = encoder.fit_transform(y)
        self.classes = encoder.classes_
        if len(self.classes) < 2:
            raise ValueError(
                "The number of classes has to be greater than one; got 1 class, "
                f"{self.classes[0]!r}."
            )
        self.kind = "binary" if len(self.classes) == 2 else "multiclass"

    def encode(self, y, name):
        """Return the codes of other labels, such as those of validation texts."""
        y = _check_labels(y)
        if (y.ndim == 2) != (self.kind == "multilabel") or (
            y.ndim == 2 and y.shape[1] != len(self.classes)
        ):
            raise ValueError(
                f"{name} must have the form of y, got shape {y.shape} for "
                f"{len(self.classes)} classes."
            )
        if y.ndim == 2:
            return y
        unknown = np.setdiff1d(y, self.classes)
        if len(unknown):
            raise ValueError(
                f"{name} has the label {unknown[0]!r}, which is not in y. Its labels "
                f"are {self.classes.tolist()}."
            )
        return np.searchsorted(self.classes, y)

    @property
    def n_outputs(self):
        """Number of units the network ends in."""
        return 1 if self.kind == "binary" else len(self.classes)

    @property
    def activation(self):
        """Activation of these units."""
        return "softmax" if self.kind == "multiclass" else "sigmoid"

    @property
    def loss(self):
        """Name of Keras's loss."""
        if self.kind == "multiclass":
            return "sparse_categorical_crossentropy"
        return "binary_crossentropy"

    def probabilities(self, outputs):
        """Return outputs of shape (n_samples, n_outputs) as a column a class."""
        if self.kind == "binary":
            return np.hstack([1 - outputs, outputs])
        return outputs

    def predictions(self, probabilities):
        """Return the labels that probabilities of shape (n_samples, n_classes) mean."""
        if self.kind == "multilabel":
            return (probabilities > _THRESHOLD).astype(int)
        return self.classes[probabilities.argmax(axis=1)]

    def __getstate__(self):
        # The labels of the training texts are no part of a fitted estimator.
        return {"kind": self.kind, "classes": self.classes}


def _check_labels(y):
    """Return `y` as a 1-D array or an indicator matrix, nothing missing in it."""
    if y is None:
        raise ValueError(
            "This classifier requires y to be passed, but the target y is None."
        )
    if issparse(y):
        raise TypeError(
            "y is a sparse matrix. Pass an indicator matrix as an array: y.toarray()."
        )
    # A list with NaN must be looked at before NumPy turns it into the str "nan".
    if not isinstance(y, (list, tuple)):
        y = np.asarray(y)
    if np.ndim(y) or isinstance(y, (list, tuple)):
        for i, label in enumerate(y):
            if is_missing(label):
                raise ValueError(
                    f"The label at position {i} is missing: y contains NaN or None, "
                    f"here {label!r}. Drop that text or label it."
                )
    if type_of_target(y, input_name="y") == "multilabel-indicator":
        return check_array(y, dtype=np.int32, input_name="y")
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y
