"""What texts may be given as, and what is wrong with those that are not texts."""

from collections.abc import Mapping, Set

import numpy as np
from scipy.sparse import issparse


def check_texts(texts):
    """Return `texts` as a list of str, or say what is wrong with them.

    Parameters
    ----------
    texts : array-like of str of shape (n_samples,) or (n_samples, 1)
        List, tuple, NumPy array, pandas or polars Series, pyarrow array, or a frame
        or 2-D array of one column.

    Returns
    -------
    texts : list of str
        The texts, in order.

    Raises
    ------
    ValueError
        If `texts` is a single str, is empty, has several columns, or one of its
        members is missing or has no UTF-8 form.
    TypeError
        If `texts` is not a sequence, or one of its members is not a str.
    """
    if isinstance(texts, str):
        raise ValueError(
            f"Expected a sequence of texts, got a single str: {shown(texts)}. "
            "Wrap it in a list to handle one text."
        )
    texts = _as_list(texts)
    if not texts:
        raise ValueError("Found no texts (0 samples) while at least one is required.")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            _refuse_non_text(i, text)
        if not text.isascii():
            _check_encodable(i, text)
    return texts


def _as_list(texts):
    """Take the one column out of whatever container holds the texts."""
    # A list first: to ask for all else takes time, for one text.
    return _items(texts) if isinstance(texts, list) else _values_of(texts)


def _items(texts):
    """Take what a sequence holds, out of rows of one item if it has rows."""
    if len(texts) and isinstance(texts[0], (list, tuple, np.ndarray)):
        return [_only_item(i, row) for i, row in enumerate(texts)]
    return list(texts)


def _values_of(texts):
    """Take what another container than a list holds."""
    if issparse(texts):
        raise TypeError("Expected texts, got a sparse matrix of numbers.")
    if hasattr(texts, "to_pylist") and hasattr(texts, "num_columns"):  # pyarrow table
        _check_one_column((texts.num_rows, texts.num_columns))
        return texts.column(0).to_pylist()
    if len(getattr(texts, "shape", ())) == 2 and hasattr(texts, "columns"):
        _check_one_column(texts.shape)
        return texts[texts.columns[0]].to_list()
    for method in ("to_pylist", "to_list"):  # pyarrow; pandas and polars
        if hasattr(texts, method):
            return getattr(texts, method)()
    if (
        isinstance(texts, (bytes, bytearray, Mapping, Set))
        or not hasattr(texts, "__len__")
        or not hasattr(texts, "__getitem__")
    ):
        raise TypeError(
            "Expected a sequence of texts such as a list, an array or a Series, got "
            f"{shown(texts)} of type {type(texts).__name__}."
        )
    if isinstance(texts, np.ndarray):
        if texts.ndim == 0:
            raise TypeError(f"Expected a sequence of texts, got the scalar {texts!r}.")
        if texts.ndim > 1:
            _check_one_column(texts.shape)
            texts = texts[:, 0]
        return texts.tolist()
    return _items(texts)


def _check_one_column(shape):
    if len(shape) != 2 or shape[1] != 1:
        raise ValueError(
            f"Expected texts in one dimension or in one column, got shape {shape}. "
            "Select the column that holds the texts."
        )


def _only_item(i, row):
    """Take the text out of row `i` of a nested sequence."""
    if isinstance(row, np.ndarray):
        row = row.tolist()
    if not isinstance(row, (list, tuple)) or len(row) != 1:
        raise ValueError(
            "Expected texts in one dimension or in one column, got at position "
            f"{i} {shown(row)}. Words that are split already are joined with "
            '" ".join(words).'
        )
    return row[0]


def _refuse_non_text(i, text):
    """Raise the error for member `i`, which is not a str."""
    if is_missing(text):
        raise ValueError(
            f"The text at position {i} is missing ({text!r}). Drop it, or put an "
            "empty string in its place."
        )
    hint = " Decode it first." if isinstance(text, bytes) else ""
    raise TypeError(
        f"The text at position {i} is not a str but {shown(text)} of type "
        f"{type(text).__name__}.{hint}"
    )


def _check_encodable(i, text):
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The text at position {i} has the lone surrogate {text[error.start]!r} "
            f"at character {error.start}, which UTF-8 cannot encode. Mend it with "
            'text.encode("utf-8", "replace").decode().'
        ) from None


def is_encodable(word):
    """Tell whether there is a UTF-8 form."""
    return word.isascii() or word.encode(errors="ignore").decode() == word


def is_missing(value):
    """Tell whether `value` is None, NaN, NaT or pandas.NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA has no truth value
        return True
    except ValueError:  # neither has an array
        return False


def shown(value):
    """Return a short repr for an error message."""
    try:
        text = repr(value)
    except Exception:  # of an object of the user's, or of a damaged array
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."
