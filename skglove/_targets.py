"""Labels to what a network learns, and its outputs back to labels."""

from itertools import chain
from numbers import Real

import numpy as np
from scipy.sparse import csr_array, csr_matrix, issparse, isspmatrix
from scipy.special import log_expit, log_softmax
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from .text._validation import is_missing, shown

_THRESHOLD = 0.5
# Thresholds are not tuned below: of most labels, most texts have less than that.
_LEAST_THRESHOLD = 0.01
# How many names an error lists.
_MAX_NAMES = 20

#: What `y` may be with several labels a text, and what predictions then are.
FORMS = ("array", "csr_array", "csr_matrix", "sets")


class Targets:
    """The classes of a training set, and how a network stands for them.

    Parameters
    ----------
    y : array-like of shape (n_samples,), list of sets of labels or indicator matrix \
            of shape (n_samples, n_classes)
        The labels. Sets may also be lists or tuples. An indicator matrix may be
        sparse, or a frame that names its columns.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, or of an indicator matrix the names or else the numbers of the
        columns.

    codes : ndarray of shape (n_samples,) or csr_array of shape (n_samples, n_classes)
        The number of each label in `classes`, or with several labels a text the
        indicator matrix.

    kind : {"binary", "multiclass", "multilabel"}
        Two classes end in one sigmoid unit, more in a softmax, several labels a text
        in a sigmoid unit a label.

    form : {"array", "csr_array", "csr_matrix", "sets"}
        What predictions of several labels a text come as: what `y` was.

    Raises
    ------
    ValueError
        If a label is missing, all texts have the same one, the labels are numbers
        that are no classes, a matrix holds something else than 0 and 1, or two
        columns have the same name.
    TypeError
        If some labels are str and others are not.
    """

    form = "array"

    def __init__(self, y):
        names = _column_names(y)
        y = _check_labels(y)
        if isinstance(y, list):
            self.kind, self.form = "multilabel", "sets"
            self.classes, flat = _encode(_flat_labels(y, "y"))
            self.codes = _indicators(flat, y, len(self.classes))
            return
        if y.ndim == 2:
            self.kind = "multilabel"
            if issparse(y):
                self.form = "csr_matrix" if isspmatrix(y) else "csr_array"
            self.classes = _column_classes(names, y.shape[1])
            self.codes = csr_array(y, dtype=np.int8)
            return
        self.classes, self.codes = _encode(y)
        if len(self.classes) < 2:
            raise ValueError(
                "The number of classes has to be greater than one; got 1 class, "
                f"{self.classes.tolist()[0]!r}."
            )
        self.kind = "binary" if len(self.classes) == 2 else "multiclass"

    @staticmethod
    def checked(y, of_sets=False):
        """Return the names of columns, if any, and labels in which nothing is missing.

        They are a 1-D array, an indicator matrix or a list of sets of labels, which
        `of_sets` takes for sets where they could also be something else.
        """
        return _column_names(y), _check_labels(y, of_sets=of_sets)

    @classmethod
    def of_indicators(cls, codes, names, form):
        """Return the targets of an indicator matrix whose columns may have names."""
        targets = cls.__new__(cls)
        targets.kind, targets.form, targets.codes = "multilabel", form, codes
        targets.classes = _column_classes(names, codes.shape[1])
        return targets

    @classmethod
    def of_classes(cls, y, classes):
        """Return the targets of a chunk of the labels, which may lack some classes.

        Parameters
        ----------
        y : array-like
            What the constructor takes.

        classes : array-like of shape (n_classes,) or None
            All classes. None is for an indicator matrix, which has a column for each.
        """
        labels = _check_labels(y)
        if not isinstance(labels, list) and labels.ndim == 2:
            targets = cls(y)
            if classes is not None:
                targets.check_classes(classes)
            return targets
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if isinstance(labels, list):
            targets = cls([{*np.asarray(classes).tolist()}])
        else:
            targets = cls(classes)
        targets.codes = targets.encode(y, "y", "classes")
        return targets

    def check_classes(self, classes):
        """Raise an error if these are other classes, in whatever order."""
        if {*np.asarray(classes).tolist()} != {*self.classes.tolist()}:
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to "
                f"partial_fit, was: {self.classes!r}"
            )

    def encode(self, y, name, known="y"):
        """Return the codes of other labels, such as those of validation texts.

        `known` says in an error which labels it knows.
        """
        names = _column_names(y)
        y = _check_labels(y, name, of_sets=self.form == "sets")
        is_multilabel = isinstance(y, list) or y.ndim == 2
        if is_multilabel != (self.kind == "multilabel"):
            expected = "several labels" if self.kind == "multilabel" else "one label"
            raise ValueError(
                f"{name} must have the form of y, which has {expected} a text."
            )
        if not is_multilabel:
            positions = range(len(y))
            labels = y.tolist()
            return np.array(self._numbers(labels, positions, name, known), dtype=int)
        if isinstance(y, list):
            positions = chain.from_iterable([i] * len(row) for i, row in enumerate(y))
            labels = _flat_labels(y, name).tolist()
            numbers = self._numbers(labels, positions, name, known)
            return _indicators(np.array(numbers, dtype=int), y, len(self.classes))
        return csr_array(y, dtype=np.int8)[:, self._columns(names, y.shape[1], name)]

    def _numbers(self, labels, positions, name, known):
        """Return the number of each label in `classes`."""
        # Not NumPy's functions for it: to them the label "1" is the class 1.
        numbers = {label: number for number, label in enumerate(self.classes.tolist())}
        for label, i in zip(labels, positions, strict=True):
            if label not in numbers:
                raise ValueError(
                    f"{name} has the label {label!r} at position {i}, which is not in "
                    f"{known}. Its labels are {self.listed()}."
                )
        return [numbers[label] for label in labels]

    def _columns(self, names, n_columns, name):
        """Return which columns of an indicator matrix are those of the classes."""
        if n_columns != len(self.classes):
            raise ValueError(
                f"{name} must have the form of y, a column for each of the "
                f"{len(self.classes)} classes; it has {n_columns} columns."
            )
        known = self.classes.tolist()
        if names is None or (names != known and known == [*range(len(known))]):
            return np.arange(n_columns)
        place = {column: i for i, column in enumerate(names)}
        missing = [label for label in known if label not in place]
        if missing:
            raise ValueError(
                f"{name} must have the columns of y: it lacks {missing[0]!r}. The "
                f"columns of y are {self.listed()}."
            )
        return np.array([place[label] for label in known])

    def listed(self):
        """Return the classes as an error shows them: the first, if there are many."""
        return listed(self.classes.tolist())

    def weights(self, class_weight, sample_weight):
        """Return the weights of the training texts.

        Parameters
        ----------
        class_weight : dict, list of dict or "balanced"
            As in scikit-learn's classifiers: with several labels a text a list has a
            dict of 0 and 1 for each, and the weights of a text's labels are
            multiplied.

        sample_weight : ndarray of shape (n_samples,)
            Weights to multiply with.

        Returns
        -------
        weight : ndarray of shape (n_samples,), dtype=float64
            The weights; only their ratios count.
        """
        if self.kind != "multilabel":
            if isinstance(class_weight, list):
                raise ValueError(
                    "class_weight as a list of dicts is for several labels a text; "
                    "with one, pass a dict of label to weight, or 'balanced'."
                )
            if class_weight == "balanced":
                total = np.bincount(self.codes, sample_weight)[self.codes]
                return sample_weight / np.where(total > 0, total, 1)
            known = self.classes.tolist()
            _check_class_weight(class_weight, known, "class_weight")
            of_class = np.array([class_weight.get(label, 1) for label in known], float)
            return sample_weight * of_class[self.codes]
        n_classes = len(self.classes)
        if isinstance(class_weight, dict) or (
            isinstance(class_weight, list) and len(class_weight) != n_classes
        ):
            raise ValueError(
                "class_weight with several labels a text must be 'balanced' or a list "
                f"of {n_classes} dicts of 0 and 1, one for each label in the order of "
                f"classes_, {self.listed()}; got {shown(class_weight)}."
            )
        if class_weight == "balanced":
            # The ratio of a label's two weights, so that those of many labels do not
            # multiply to nothing.
            n_with = self.codes.T @ sample_weight
            n_without = sample_weight.sum() - n_with
            usable = (n_with > 0) & (n_without > 0)
            ratio = np.where(usable, n_without, 1) / np.where(usable, n_with, 1)
            return sample_weight * np.exp(self.codes @ np.log(ratio))
        weight = np.array(sample_weight, dtype=float)
        columns = self.codes.tocsc()
        for i, (label, pair) in enumerate(
            zip(self.classes.tolist(), class_weight, strict=True)
        ):
            _check_class_weight(pair, [0, 1], f"class_weight of the label {label!r}")
            rows = columns.indices[columns.indptr[i] : columns.indptr[i + 1]]
            factor = np.full(len(weight), pair.get(0, 1), dtype=float)
            factor[rows] = pair.get(1, 1)
            weight *= factor
        return weight

    def check_split(self, codes, validation_fraction):
        """Raise an error where a stratified part cannot be set aside for validation."""
        if self.kind == "multilabel":
            return
        counts = np.bincount(codes, minlength=len(self.classes))
        alone = np.flatnonzero(counts == 1)
        if len(alone):
            raise ValueError(
                "early_stopping sets texts of each class aside for validation and "
                "needs two of each; there is one of "
                f"{self.classes.tolist()[alone[0]]!r}. Add texts, leave the class out, "
                "or pass X_val and y_val."
            )
        n_classes = np.count_nonzero(counts)
        n_held = int(np.ceil(validation_fraction * len(codes)))
        if min(n_held, len(codes) - n_held) < n_classes:
            raise ValueError(
                "early_stopping needs a text of each class to train on and one to "
                f"validate on: validation_fraction={validation_fraction} of "
                f"{len(codes)} texts is {n_held}, and there are {n_classes} classes. "
                "Choose another fraction, or pass X_val and y_val."
            )

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

    @property
    def default_thresholds(self):
        """The thresholds of several labels a text, before any are tuned; else None."""
        if self.kind != "multilabel":
            return None
        return np.full(len(self.classes), _THRESHOLD)

    def probabilities(self, outputs):
        """Return outputs of shape (n_samples, n_outputs) as a column a class."""
        if self.kind == "binary":
            return np.concatenate([1 - outputs, outputs], axis=1)
        return outputs

    def log_probabilities(self, logits):
        """Return the logarithms of the probabilities that logits mean."""
        if self.kind == "multiclass":
            return log_softmax(logits, axis=1)
        if self.kind == "binary":
            return log_expit(np.hstack([-logits, logits]))
        return log_expit(logits)

    def decisions(self, logits):
        """Return logits in the form of scikit-learn's `decision_function`."""
        return logits[:, 0] if self.kind == "binary" else logits

    def labels(self, logits):
        """Return the labels that logits mean, of one label a text."""
        if self.kind == "binary":
            return self.classes[(logits[:, 0] > 0).astype(np.intp)]
        return self.classes[logits.argmax(axis=1)]

    def predictions(self, probabilities, thresholds=None, form=None):
        """Return the labels that probabilities of shape (n_samples, n_classes) mean.

        With several labels a text a label is given where its probability is above its
        threshold, and `form` may ask for another form than that of `y`.
        """
        if self.kind != "multilabel":
            return self.classes[probabilities.argmax(axis=1)]
        if thresholds is None:
            thresholds = self.default_thresholds
        given = probabilities > np.asarray(thresholds)
        form = form or self.form
        if form == "array":
            return given.astype(int)
        if form == "sets":
            names = self.classes.tolist()
            return [tuple(names[i] for i in np.flatnonzero(row)) for row in given]
        kind = csr_matrix if form == "csr_matrix" else csr_array
        return kind(given, dtype=int)

    def __getstate__(self):
        # The labels of the training texts are no part of a fitted estimator.
        return {"kind": self.kind, "classes": self.classes, "form": self.form}


class ThresholdTuner:
    """Find the threshold of each label that is best for F1.

    Parameters
    ----------
    codes : csr_array of shape (n_samples, n_classes)
        The labels of the texts to tune on.
    """

    def __init__(self, codes):
        self.codes = codes
        self.n_seen = 0
        self.labels, self.values, self.truth = [], [], []

    def add(self, probabilities):
        """Take the probabilities of the next texts, shape (n, n_classes)."""
        rows, labels = np.nonzero(probabilities > _LEAST_THRESHOLD)
        self.labels.append(labels)
        self.values.append(probabilities[rows, labels].astype(np.float64))
        codes = self.codes[self.n_seen : self.n_seen + len(probabilities)]
        is_true = np.asarray(codes[rows, labels]).ravel() if len(rows) else np.empty(0)
        self.truth.append(is_true.astype(np.int64))
        self.n_seen += len(probabilities)

    def thresholds(self):
        """Return the thresholds, an array of shape (n_classes,).

        Each is halfway between two probabilities of the texts, or 0.5 where that is
        as good, never below 0.01. It is 0.5 for labels that no text has, or that no
        threshold finds.
        """
        n_classes = self.codes.shape[1]
        thresholds = np.full(n_classes, _THRESHOLD)
        labels, values, truth = (
            np.concatenate(parts) if parts else np.empty(0, int)
            for parts in (self.labels, self.values, self.truth)
        )
        if not len(labels):
            return thresholds
        order = np.lexsort([-values, labels])
        labels, values, truth = labels[order], values[order], truth[order]
        # Of each label, by falling probability: how many are above, and how many of
        # these have it.
        first = np.searchsorted(labels, np.arange(n_classes))
        start = first[labels]
        n_given = np.arange(len(labels)) - start + 1
        found = np.cumsum(truth)
        found -= (found - truth)[start]
        n_true = np.asarray(self.codes.sum(axis=0)).ravel()[labels]
        f1 = 2 * found / (n_given + n_true)
        # Between equal probabilities there is no threshold.
        is_last = np.append(labels[1:] != labels[:-1], True)
        below = np.where(is_last, _LEAST_THRESHOLD, np.append(values[1:], 0))
        f1[~is_last & (below == values)] = -1
        # The best of each label, of equals that with the fewest texts.
        order = np.lexsort([n_given, -f1, labels])
        best = order[np.flatnonzero(np.diff(labels[order], prepend=-1))]
        best = best[f1[best] > 0]
        above, below = values[best], below[best]
        as_good = (below <= _THRESHOLD) & (_THRESHOLD < above)
        thresholds[labels[best]] = np.where(as_good, _THRESHOLD, (above + below) / 2)
        return thresholds


def listed(names):
    """Return names as an error shows them: the first, if there are many."""
    more = len(names) - _MAX_NAMES
    if more <= 0:
        return f"{names}"
    first = ", ".join(map(repr, names[:_MAX_NAMES]))
    return f"[{first}, ... and {more:,} more]"


def _check_class_weight(class_weight, known, name):
    """Raise an error that says which class has no such weight."""
    if not isinstance(class_weight, dict):
        raise ValueError(f"{name} must be a dict of weights, got {class_weight!r}.")
    for label, weight in class_weight.items():
        if label not in known:
            raise ValueError(
                f"{name} has a weight for {label!r}, which is no class of y. The "
                f"classes are {listed(known)}."
            )
        if not isinstance(weight, Real) or not 0 <= weight < np.inf:
            raise ValueError(
                f"{name} must have weights of 0 or more; that of {label!r} is "
                f"{weight!r}."
            )


def _encode(labels):
    """Return the sorted classes, and the number of each label among them."""
    # Imported here: predictions and `import skglove` do without.
    from sklearn.preprocessing import LabelEncoder

    encoder = LabelEncoder()
    codes = encoder.fit_transform(labels)
    return encoder.classes_, codes


def _indicators(flat, sets, n_classes):
    """Return an indicator matrix; `flat` has the numbers of one text after another."""
    ends = np.cumsum([0, *map(len, sets)])
    matrix = csr_array(
        (np.ones(len(flat), dtype=np.int8), flat, ends), shape=(len(sets), n_classes)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _column_names(y):
    """Return the names of a frame's columns, None for what has none."""
    if issparse(y) or isinstance(y, np.ndarray) or getattr(y, "ndim", 2) != 2:
        return None
    columns = getattr(y, "column_names", None)  # pyarrow's
    if columns is None:
        columns = getattr(y, "columns", None)
    if columns is None or callable(columns):
        return None
    return [c.item() if isinstance(c, np.generic) else c for c in columns]


def _column_classes(names, n_columns):
    """Return the names of the columns, or their numbers, as an array."""
    if names is None:
        return np.arange(n_columns)
    if len({*names}) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"y has two columns of the name {twice!r}. Rename one.")
    if any(isinstance(name, str) for name in names):
        return _str_array(names, "Some columns of y have str as names and others")
    classes = np.array(names)
    if classes.ndim != 1 or classes.dtype.kind not in "biuf":
        raise TypeError(
            "The names of the columns of y become classes_ and must be str or numbers; "
            f"the first is {names[0]!r}."
        )
    return classes


def _check_labels(y, name="y", of_sets=False):
    """Return `y` as a 1-D array, an indicator matrix or a list of sets of labels.

    Nothing is missing in it. An indicator matrix may be sparse. With `of_sets` lists
    are sets where they could also be something else.
    """
    if y is None:
        raise ValueError(
            f"This classifier requires {name} to be passed, but the target {name} is "
            "None."
        )
    if issparse(y):
        return _check_sparse(y, name)
    # Lists must be looked at before NumPy turns NaN into the str "nan".
    if not isinstance(y, (list, tuple)):
        y = np.asarray(y)
    if (y.size if isinstance(y, np.ndarray) else len(y)) == 0:
        raise ValueError(f"Found no labels: {name} is empty.")
    _refuse_missing(y, name)
    if _are_sets(y, of_sets):
        sets = _check_sets(y, name)
        if not of_sets and not any(sets):
            raise ValueError(f"Found no labels: no set of labels in {name} has one.")
        return sets
    y = _with_one_type(y, name)
    if type_of_target(y, input_name=name) == "multilabel-indicator":
        y = check_array(y, dtype=None, input_name=name)
        _refuse_other_numbers(y, name)
        return y.astype(np.int8)
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y


def _check_sparse(y, name):
    """Return a sparse indicator matrix as CSR, without zeros that are stored."""
    if y.ndim != 2 or 0 in y.shape:
        raise ValueError(
            f"A sparse {name} must be an indicator matrix of shape (n_samples, "
            f"n_classes), got shape {y.shape}."
        )
    y = y.tocsr(copy=True)
    y.sum_duplicates()
    if y.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold 0 and 1; it is of dtype {y.dtype}.")
    if y.dtype.kind == "f" and not np.isfinite(y.data).all():
        at = np.flatnonzero(~np.isfinite(y.data))[0]
        row = np.searchsorted(y.indptr, at, side="right") - 1
        raise ValueError(
            f"The label at position {row} is missing or infinite: {name} holds "
            f"{y.data[at].item()!r} there. Drop that text or label it."
        )
    _refuse_other_numbers(y.data, name)
    y.eliminate_zeros()
    return y


def _refuse_other_numbers(values, name):
    others = values[(values != 0) & (values != 1)]
    if len(others):
        raise ValueError(
            f"An indicator matrix has 1 where a text has a label and 0 elsewhere; "
            f"{name} holds {others[0].item()!r}."
        )


def _are_sets(y, of_sets=False):
    """Tell whether each item of `y` is a set of labels, and `y` no matrix of them.

    Lists of numbers that are all as long as each other are the rows of a matrix, those
    of one str each are a column.
    """
    if isinstance(y, np.ndarray) and (y.ndim != 1 or y.dtype != object):
        return False
    if any(isinstance(item, (set, frozenset)) for item in y):
        return True
    rows = [item for item in y if isinstance(item, (list, tuple, np.ndarray))]
    if not rows or any(np.ndim(label) for row in rows for label in row):
        return False
    lengths = {len(row) for row in rows}
    has_str = any(isinstance(label, str) for row in rows for label in row)
    return (
        of_sets
        or len(lengths) > 1
        or len(rows) < len(y)
        or lengths == {0}
        or (has_str and lengths != {1})
    )


def _check_sets(y, name):
    """Return sets of labels as a list of lists."""
    sets = []
    for i, item in enumerate(y):
        if not isinstance(item, (set, frozenset, list, tuple, np.ndarray)):
            raise TypeError(
                f"{name} has sets of labels, but {item!r} of type "
                f"{type(item).__name__} at position {i}. Make all of them sets, as "
                f"{{{item!r}}}."
            )
        sets.append(item.tolist() if isinstance(item, np.ndarray) else [*item])
    return sets


def _flat_labels(sets, name):
    """Return the labels of all sets, one after another, as an array."""
    labels = [*chain.from_iterable(sets)]
    if not labels:
        return np.array([])
    labels = _with_one_type(labels, name)
    labels = labels if isinstance(labels, np.ndarray) else np.array(labels)
    if labels.dtype.kind == "f":
        # It warns of many classes, which are usual here.
        check_classification_targets(labels)
    return labels


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
    """Tell whether a label, or one of a set or row of them, is missing."""
    if isinstance(label, (set, frozenset, list, tuple, np.ndarray)):
        return any(map(is_missing, label))
    return is_missing(label)


def _with_one_type(y, name):
    """Return `y` in a dtype that scikit-learn knows, if its labels are of one type."""
    if isinstance(y, np.ndarray) and y.dtype.kind not in "OT":
        return y
    labels = y.ravel().tolist() if isinstance(y, np.ndarray) else y
    n_str = sum(isinstance(label, str) for label in labels)
    if n_str:
        array = _str_array(labels, f"Some labels of {name} are str and others")
        return array.reshape(y.shape) if isinstance(y, np.ndarray) else array
    if not isinstance(y, np.ndarray):
        return y
    return np.array(y.tolist())  # an array of objects that are numbers


def _str_array(labels, what):
    """Return str as an array in which none is cut short."""
    other = [label for label in labels if not isinstance(label, str)]
    if other:
        raise TypeError(
            f"{what} are not, such as {other[0]!r} of type {type(other[0]).__name__}. "
            "Make all of them the same type."
        )
    # NumPy's own strings end at the last character that is not NUL.
    if any(label.endswith("\0") for label in labels):
        array = np.empty(len(labels), dtype=object)
        array[:] = labels
        return array
    return np.array(labels)
