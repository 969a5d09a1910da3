"""Labels to what a network learns, and its outputs back to labels."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from .text._validation import is_missing

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
        If a label is missing, all texts have the same one, or the labels are numbers
        that are no classes.
    TypeError
        If some labels are str and others are not, or `y` is a sparse matrix.
    """

    def __init__(self, y):
        y = _check_labels(y)
        if y.ndim == 2:
            self.kind = "multilabel"
            self.classes, self.codes = np.arange(y.shape[1]), y
            return
        # Imported here: predictions and `import skglove` do without.
        from sklearn.preprocessing import LabelEncoder

        encoder = LabelEncoder()
        self.codes = encoder.fit_transform(y)
        self.classes = encoder.classes_
        if len(self.classes) < 2:
            raise ValueError(
                "The number of classes has to be greater than one; got 1 class, "
                f"{self.classes.tolist()[0]!r}."
            )
        self.kind = "binary" if len(self.classes) == 2 else "multiclass"

    def encode(self, y, name):
        """Return the codes of other labels, such as those of validation texts."""
        y = _check_labels(y, name)
        if (y.ndim == 2) != (self.kind == "multilabel") or (
            y.ndim == 2 and y.shape[1] != len(self.classes)
        ):
            raise ValueError(
                f"{name} must have the form of y, got shape {y.shape} for "
                f"{len(self.classes)} classes."
            )
        if y.ndim == 2:
            return y
        # Not NumPy's functions for it: to them the label "1" is the class 1.
        codes = {label: code for code, label in enumerate(self.classes.tolist())}
        labels = y.tolist()
        for i, label in enumerate(labels):
            if label not in codes:
                raise ValueError(
                    f"{name} has the label {label!r} at position {i}, which is not in "
                    f"y. Its labels are {self.classes.tolist()}."
                )
        return np.array([codes[label] for label in labels])

    @property
    def labels(self):
        """The labels of the training texts in NumPy's form, or the indicator matrix."""
        return self.codes if self.kind == "multilabel" else self.classes[self.codes]

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


def _check_labels(y, name="y"):
    """Return `y` as a 1-D array or an indicator matrix, nothing missing in it."""
    if y is None:
        raise ValueError(
            f"This classifier requires {name} to be passed, but the target {name} is "
            "None."
        )
    if issparse(y):
        raise TypeError(
            f"{name} is a sparse matrix. Pass an indicator matrix as an array: "
            f"{name}.toarray()."
        )
    # Lists must be looked at before NumPy turns NaN into the str "nan".
    if not isinstance(y, (list, tuple)):
        y = np.asarray(y)
    if (y.size if isinstance(y, np.ndarray) else len(y)) == 0:
        raise ValueError(f"Found no labels: {name} is empty.")
    _refuse_missing(y, name)
    y = _with_one_type(y, name)
    if type_of_target(y, input_name=name) == "multilabel-indicator":
        return check_array(y, dtype=np.int32, input_name=name)
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y


def _refuse_missing(y, name):
    """Raise an error that says where, if a label is None, NaN, NA or infinite."""
    if isinstance(y, np.ndarray) and (y.ndim == 0 or y.dtype.kind in "biuSU"):
        return
    if isinstance(y, np.ndarray) and y.dtype.kind == "f":
        finite = np.isfinite(y).reshape(len(y), -1).all(axis=1)
        positions = np.flatnonzero(~finite)[:1]
    else:
        positions = (i for i, label in enumerate(y) if _has_missing(label))
    for i in positions:
        label = y[i].tolist() if isinstance(y[i], (np.generic, np.ndarray)) else y[i]
        raise ValueError(
            f"The label at position {i} is missing or infinite: {name} holds "
            f"{label!r} there. Drop that text or label it."
        )


def _has_missing(label):
    """Tell whether a label, or one of a row of an indicator matrix, is missing."""
    if isinstance(label, (list, tuple, np.ndarray)):
        return any(map(is_missing, label))
    return is_missing(label)


def _with_one_type(y, name):
    """Return `y` in a dtype that scikit-learn knows, if its labels are of one type."""
    if isinstance(y, np.ndarray) and y.dtype.kind not in "OT":
        return y
    labels = y.ravel().tolist() if isinstance(y, np.ndarray) else y
    n_str = sum(isinstance(label, str) for label in labels)
    if 0 < n_str < len(labels):
        other = next(label for label in labels if not isinstance(label, str))
        raise TypeError(
            f"Some labels of {name} are str and others are not, such as {other!r} of "
            f"type {type(other).__name__}. Make all of them the same type."
        )
    if not isinstance(y, np.ndarray) or (n_str and y.dtype.kind == "O"):
        return y
    # NumPy's StringDType, and an array of objects that are numbers.
    return np.array(y.tolist())
