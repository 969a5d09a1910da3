"""Predictions as data frames: what Dask, Spark and Ray call on each batch of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._targets import listed
from .classifier import GloveTextClassifier

if TYPE_CHECKING:
    import pandas as pd

_PREDICTION = "prediction"
_PROBABILITY = "probability_"

# By the kind of NumPy's dtype.
_SQL_TYPES = {
    "O": "string",
    "T": "string",
    "U": "string",
    "b": "boolean",
    "f": "double",
    "i": "bigint",
    "u": "bigint",
}


class BatchPredictor:
    """Predict batches of texts, as data frames.

    Dask's `map_partitions`, Spark's pandas UDFs and `mapInPandas`, and Ray Data's
    `map_batches` call a function or an object on each batch of a large table. This is
    one for them: it can be pickled, it knows the columns of its result before there is
    any, and it takes empty batches. With the network "bag" the workers load neither
    TensorFlow nor Keras.

    Needs pandas.

    Parameters
    ----------
    classifier : classifier
        A fitted :class:`GloveTextClassifier`, or a pipeline, search or other classifier
        of texts with `predict_proba`.

    text : str, default="text"
        The column that holds the texts, where a batch is a frame.

    classes : list of labels or None, default=None
        The classes whose probabilities are wanted. None is all; an empty list leaves
        only the predictions.

    Attributes
    ----------
    meta : DataFrame of shape (0, 1 + n_classes)
        The columns of the result and their types, as Dask asks for them.

    ddl : str
        The same as a schema in Spark's language.

    Raises
    ------
    NotFittedError
        If the classifier is not fitted.
    ValueError
        If one of `classes` is not among the classifier's.

    See Also
    --------
    GloveTextClassifier.predict_proba : The same for texts in memory.

    Examples
    --------
    >>> import pandas as pd
    >>> from skglove import GloveTextClassifier
    >>> from skglove.scoring import BatchPredictor
    >>> texts = ["a frog in the pond", "the toad and the frog", "toads",
    ...          "a fast red car", "the car on the road", "fast roads"]
    >>> clf = GloveTextClassifier(None, random_state=0)
    >>> clf.fit(texts, ["animal"] * 3 + ["car"] * 3)
    GloveTextClassifier(...)
    >>> predictor = BatchPredictor(clf, classes=["car"])
    >>> scores = predictor(pd.Series(["the frog", "the road"], index=[7, 8]))
    >>> scores["prediction"].to_dict(), scores.columns.tolist()
    ({7: 'animal', 8: 'car'}, ['prediction', 'probability_car'])
    >>> predictor(pd.DataFrame({"id": [1], "text": ["the frog"]})).columns.tolist()
    ['id', 'text', 'prediction', 'probability_car']
    >>> predictor.ddl
    '`prediction` string, `probability_car` float'
    """

    def __init__(
        self, classifier: Any, *, text: str = "text", classes: list | None = None
    ):
        check_is_fitted(classifier)
        known = classifier.classes_.tolist()
        wanted = known if classes is None else list(classes)
        for label in wanted:
            if label not in known:
                raise ValueError(
                    f"There is no class {label!r}: the classes are {listed(known)}."
                )
        self.classifier = classifier
        self.text = text
        self.classes = wanted
        self._columns = [known.index(label) for label in wanted]

    def __call__(self, batch: pd.Series | pd.DataFrame) -> pd.DataFrame:
        """Predict a batch.

        Parameters
        ----------
        batch : Series of str or DataFrame
            The texts, or a frame with a column of them. It may be empty.

        Returns
        -------
        scores : DataFrame
            With the index of the batch: `prediction`, the label, or with several labels
            a text the list of them; and `probability_` with the name of a class behind
            it, dtype float32, for each of `classes`. Where the batch is a frame, its
            own columns come first.

        Raises
        ------
        ValueError
            If the frame lacks the column of texts or has one of the result's names, or
            a text is missing.
        """
        import pandas as pd

        if not isinstance(batch, pd.DataFrame):
            return self._scores(pd.Series(batch))
        if self.text not in batch.columns:
            raise ValueError(
                f"The batch has no column {self.text!r}; its columns are "
                f"{listed([*batch.columns])}. Name that of the texts with text=."
            )
        scores = self._scores(batch[self.text])
        taken = [column for column in scores.columns if column in batch.columns]
        if taken:
            raise ValueError(
                f"The batch has a column {taken[0]!r} already, which is one of those "
                "that are added. Rename it."
            )
        return pd.concat([batch, scores], axis=1)

    @property
    def meta(self) -> pd.DataFrame:
        """The columns of the result and their types, as a frame without rows."""
        import pandas as pd

        return self._scores(pd.Series([], dtype=object))

    @property
    def ddl(self) -> str:
        """The columns of the result and their types, in Spark's language."""
        kind = self.classifier.classes_.dtype.kind
        label = _SQL_TYPES.get(kind, "string")
        if self._is_multilabel:
            label = f"array<{label}>"
        columns = [(_PREDICTION, label)]
        columns += [(f"{_PROBABILITY}{name}", "float") for name in self.classes]
        return ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns)

    @property
    def _is_multilabel(self):
        targets = getattr(self.classifier, "_targets", None)
        return getattr(targets, "kind", None) == "multilabel"

    def _scores(self, texts):
        """Return the scores of a Series of texts."""
        import pandas as pd

        classes = self.classifier.classes_
        labels, proba = classes[:0], np.empty((0, len(classes)), dtype=np.float32)
        if len(texts):
            labels, proba = self._predict(texts)
        if self._is_multilabel:
            labels = pd.Series([*map(list, labels)], texts.index, dtype=object)
        columns = {_PREDICTION: pd.Series(labels, texts.index)}
        for label, i in zip(self.classes, self._columns, strict=True):
            columns[f"{_PROBABILITY}{label}"] = proba[:, i].astype(np.float32)
        return pd.DataFrame(columns, index=texts.index)

    def _predict(self, texts):
        """Return labels and probabilities."""
        classifier = self.classifier
        # One that was fitted to a frame warns where the column has no name.
        names = getattr(classifier, "feature_names_in_", None)
        if names is not None:
            texts = texts.to_frame(names[0])
        proba = classifier.predict_proba(texts)
        if isinstance(classifier, GloveTextClassifier):  # no need to read them twice
            thresholds = getattr(classifier, "thresholds_", None)
            labels = classifier._targets.predictions(proba, thresholds, form="sets")
            return labels, proba
        labels = classifier.predict(texts)
        if getattr(labels, "ndim", None) != 1:
            raise TypeError(
                "Several labels a text are supported of a GloveTextClassifier itself, "
                f"not of a {type(classifier).__name__}."
            )
        return labels, proba


def _quoted(name):
    """Return a column's name as Spark's language has it."""
    return "`" + name.replace("`", "``") + "`"
