"""Texts to padded rows of word ids, with the meaning of Keras's TextVectorization."""

import string
from collections import defaultdict
from collections.abc import Mapping, Set
from itertools import chain, count, repeat
from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ._split_punctuation import split_punctuation

PADDING_TOKEN = ""
UNKNOWN_TOKEN = "[UNK]"
PADDING_ID = 0
UNKNOWN_ID = 1
FIRST_WORD_ID = 2

# Keras lower-cases and strips ASCII only; working on UTF-8 bytes does the same, and
# does both in one pass of `bytes.translate`.
_LOWER = bytes.maketrans(
    string.ascii_uppercase.encode(), string.ascii_lowercase.encode()
)
_PUNCTUATION = string.punctuation.encode()
_STANDARDIZE = {
    "lower_and_strip_punctuation": (_LOWER, _PUNCTUATION),
    "lower": (_LOWER, b""),
    "strip_punctuation": (None, _PUNCTUATION),
    None: (None, b""),
}
SPLIT_PUNCTUATION = "lower_and_split_punctuation"

# How many characters are split into words at once: the words of a chunk are Python
# objects, several times the size of the text.
_CHUNK_CHARACTERS = 1 << 20


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
    if len(texts) and isinstance(texts[0], (list, tuple, np.ndarray)):
        return [_only_item(i, row) for i, row in enumerate(texts)]
    return list(texts)


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


def _is_encodable(word):
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
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def tokenize(texts, standardize="lower_and_strip_punctuation"):
    """Split each text into its words, as TextVectorization does.

    Parameters
    ----------
    texts : list of str
        The texts, as `check_texts` returns them.
    standardize : {"lower_and_strip_punctuation", "lower_and_split_punctuation", \
            "lower", "strip_punctuation"}, callable or None, \
            default="lower_and_strip_punctuation"
        What is done to a text before it is split at ASCII whitespace. See
        :class:`TextVectorizer`.

    Yields
    ------
    words : list of bytes
        The words of one text, in UTF-8.
    """
    return map(bytes.split, _standardized(texts, standardize))


def _standardized(texts, standardize):
    """Yield each text in UTF-8, standardized."""
    if standardize == SPLIT_PUNCTUATION:
        for chunk in _chunks(texts):
            yield from split_punctuation([t.encode().translate(_LOWER) for t in chunk])
        return
    if not callable(standardize):
        table, deleted = _STANDARDIZE[standardize]
        for text in texts:
            yield text.encode().translate(table, deleted)
        return
    import tensorflow as tf

    for chunk in _chunks(texts):
        with tf.device("CPU:0"):
            # A column, as in TextVectorization.adapt and in an exported model.
            column = tf.constant(chunk, shape=(len(chunk), 1))
            standardized = tf.convert_to_tensor(standardize(column))
        if standardized.dtype != tf.string or tf.size(standardized) != len(chunk):
            raise ValueError(
                "`standardize` must return a string for each that it gets: for shape "
                f"{tuple(column.shape)} it returned {standardized.dtype.name} of shape "
                f"{tuple(standardized.shape)}."
            )
        yield from tf.reshape(standardized, [-1]).numpy().tolist()


def _chunks(texts):
    """Cut `texts` into runs of about `_CHUNK_CHARACTERS`, at least one text each."""
    start = characters = 0
    for i, text in enumerate(texts):
        characters += len(text)
        if characters >= _CHUNK_CHARACTERS:
            yield texts[start : i + 1]
            start, characters = i + 1, 0
    if start < len(texts):
        yield texts[start:]


class TextVectorizer(TransformerMixin, BaseEstimator):
    """Turn texts into rows of word ids, as Keras's TextVectorization does.

    A vocabulary of the most frequent words is learned from the training texts; ties
    are broken by the words themselves, high to low. Id 0 is padding, id 1 any word
    outside the vocabulary. Memory grows with the ids, not with the number of texts
    times the longest text.

    Parameters
    ----------
    max_tokens : int or None, default=20_000
        Size of the vocabulary, padding and `[UNK]` included. None keeps every word.

    sequence_length : int, default=200
        Number of ids in a row.

    padding : {"post", "pre"}, default="post"
        Which end of a short text is padded.

    truncating : {"post", "pre"}, default="post"
        Which end of a long text is cut off.

    standardize : {"lower_and_strip_punctuation", "lower_and_split_punctuation", \
            "lower", "strip_punctuation"}, callable or None, \
            default="lower_and_strip_punctuation"
        What is done to a text before it is split at ASCII whitespace. A callable gets
        and returns a string tensor of shape (n_samples, 1), as in TextVectorization,
        which has the others too but for "lower_and_split_punctuation". That makes
        words of punctuation, as in the text that GloVe's published vectors were
        trained on: "Don't, it's..." becomes "do n't , it 's ...". Runs of dots become
        one "...", runs of "-", "=", "_" or "*" one "--"; `<br />` and its like are
        dropped; quotes, dashes and ellipses of other shapes become the ASCII ones.

    Attributes
    ----------
    vocabulary_ : list of str
        The word of each id: `""`, `"[UNK]"`, then the words by falling frequency,
        then those of `extend`.

    token_counts_ : ndarray of shape (len(vocabulary_),), dtype=int64
        How often each word stands in the training texts; 0 for those of `extend`.
        Words outside the vocabulary are counted under `[UNK]`.

    Examples
    --------
    >>> from skglove.text._vectorizer import TextVectorizer
    >>> vectorizer = TextVectorizer(sequence_length=4)
    >>> vectorizer.fit_transform(["The cat sat.", "The cat sat on the mat!"])
    array([[2, 4, 3, 0],
           [2, 4, 3, 5]], dtype=int32)
    >>> vectorizer.vocabulary_
    ['', '[UNK]', 'the', 'sat', 'cat', 'on', 'mat']
    """

    _parameter_constraints: dict = {
        "max_tokens": [Interval(Integral, 3, None, closed="left"), None],
        "sequence_length": [Interval(Integral, 1, None, closed="left")],
        "padding": [StrOptions({"post", "pre"})],
        "truncating": [StrOptions({"post", "pre"})],
        "standardize": [
            StrOptions({*filter(None, _STANDARDIZE), SPLIT_PUNCTUATION}),
            callable,
            None,
        ],
    }

    def __init__(
        self,
        max_tokens=20_000,
        *,
        sequence_length=200,
        padding="post",
        truncating="post",
        standardize="lower_and_strip_punctuation",
    ):
        self.max_tokens = max_tokens
        self.sequence_length = sequence_length
        self.padding = padding
        self.truncating = truncating
        self.standardize = standardize

    def fit(self, X, y=None):
        """Learn the vocabulary.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,)
            The training texts.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted vectorizer.
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Learn the vocabulary and return the ids, in one pass over the texts.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,)
            The training texts.
        y : None
            Ignored.

        Returns
        -------
        ids : ndarray of shape (n_samples, sequence_length), dtype=int32
            The word ids.

        Raises
        ------
        ValueError
            If there is no word in any of the texts.
        """
        texts = check_texts(X)
        # Words are numbered as they come and renumbered by rank at the end, so that
        # no text is split twice.
        numbers = defaultdict(count(FIRST_WORD_ID).__next__)
        ids = np.empty((len(texts), self.sequence_length), dtype=np.int32)
        counts = np.zeros(FIRST_WORD_ID, dtype=np.int64)
        for rows, words, lengths in self._split(texts, ids):
            flat = np.fromiter(
                map(numbers.__getitem__, chain.from_iterable(words)),
                dtype=np.int32,
                count=lengths.sum(),
            )
            seen = np.bincount(flat, minlength=len(numbers) + FIRST_WORD_ID)
            seen[: len(counts)] += counts
            counts = seen
            self._fill(rows, flat, lengths)
        words, token_counts, rank = _most_frequent(numbers, counts, self.max_tokens)
        for rows in np.array_split(ids, max(1, len(ids) // 4096)):
            np.take(rank, rows, out=rows)
        self.vocabulary_ = [PADDING_TOKEN, UNKNOWN_TOKEN, *words]
        self.token_counts_ = token_counts
        self._ids = None
        return ids

    def transform(self, X):
        """Return the word ids of texts.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,)
            The texts.

        Returns
        -------
        ids : ndarray of shape (n_samples, sequence_length), dtype=int32
            The word ids.
        """
        check_is_fitted(self)
        texts = check_texts(X)
        if self._ids is None:
            self._ids = {
                word.encode(): i
                for i, word in enumerate(self.vocabulary_)
                if i >= FIRST_WORD_ID
            }
        ids = np.empty((len(texts), self.sequence_length), dtype=np.int32)
        for rows, words, lengths in self._split(texts, ids):
            flat = np.fromiter(
                map(self._ids.get, chain.from_iterable(words), repeat(UNKNOWN_ID)),
                dtype=np.int32,
                count=lengths.sum(),
            )
            self._fill(rows, flat, lengths)
        return ids

    def extend(self, words):
        """Add words that the training texts lack, as far as `max_tokens` leaves room.

        The ids of the words there are stay as they are.

        Parameters
        ----------
        words : sequence of str
            The words, those wanted most first. One that is in the vocabulary already,
            or that no text can hold once it is standardized and split, is passed over:
            of "Frog", "e-mail" and "New York" the vectorizer never makes one word.

        Returns
        -------
        self : object
            The vectorizer.

        Examples
        --------
        >>> from skglove.text._vectorizer import TextVectorizer
        >>> vectorizer = TextVectorizer(sequence_length=3).fit(["A cat."])
        >>> vectorizer.extend(["cat", "dog", "Dog", "top-dog"]).vocabulary_
        ['', '[UNK]', 'cat', 'a', 'dog']
        >>> vectorizer.transform(["a dog"])
        array([[3, 4, 0]], dtype=int32)
        """
        check_is_fitted(self)
        known = {*self.vocabulary_}
        words = [
            word
            for word in dict.fromkeys(words)
            if word not in known and _is_encodable(word)
        ]
        split = tokenize(words, self.standardize)
        words = [
            word
            for word, tokens in zip(words, split, strict=True)
            if tokens == [word.encode()]
        ]
        if self.max_tokens is not None:
            words = words[: self.max_tokens - len(self.vocabulary_)]
        self.vocabulary_ = [*self.vocabulary_, *words]
        self.token_counts_ = np.append(
            self.token_counts_, np.zeros(len(words), dtype=np.int64)
        )
        self._ids = None
        return self

    def _split(self, texts, ids):
        """Yield by chunks the rows to fill, the words of each text, their numbers."""
        start = 0
        for chunk in _chunks(texts):
            words = list(tokenize(chunk, self.standardize))
            lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
            yield ids[start : start + len(chunk)], words, lengths
            start += len(chunk)

    def _fill(self, rows, flat, lengths):
        """Cut and pad the texts that stand end to end in `flat` into `rows`."""
        length = rows.shape[1]
        if self.truncating == "pre":
            skipped = np.maximum(lengths - length, 0)
        else:
            skipped = np.zeros_like(lengths)
        starts = np.cumsum(lengths) - lengths
        place = np.arange(len(flat)) - np.repeat(starts + skipped, lengths)
        kept = np.minimum(lengths, length)[:, np.newaxis]
        column = np.arange(length)
        filled = column >= length - kept if self.padding == "pre" else column < kept
        rows[...] = PADDING_ID
        rows[filled] = flat[(place >= 0) & (place < length)]

    def __getstate__(self):
        # The index by word is made again from the vocabulary when it is needed.
        return {**super().__getstate__(), "_ids": None}


def _most_frequent(numbers, counts, max_tokens):
    """Rank the words.

    Returns the words of the vocabulary, the count of each of its entries, and the id
    in it of every provisional number.
    """
    numbers.pop(UNKNOWN_TOKEN.encode(), None)
    if not numbers:
        raise ValueError(
            "The texts hold no words: all of them are empty once they are "
            "standardized. Check the texts and `standardize`."
        )
    words = sorted(numbers, reverse=True)
    order = np.fromiter(map(numbers.__getitem__, words), np.intp, count=len(words))
    by_count = np.argsort(-counts[order], kind="stable")
    if max_tokens is not None:
        by_count = by_count[: max_tokens - FIRST_WORD_ID]
    chosen = order[by_count]
    rank = np.full(len(counts), UNKNOWN_ID, dtype=np.int32)
    rank[PADDING_ID] = PADDING_ID
    rank[chosen] = np.arange(len(chosen)) + FIRST_WORD_ID
    token_counts = np.bincount(rank, weights=counts).astype(np.int64)
    return [words[i].decode() for i in by_count], token_counts, rank
