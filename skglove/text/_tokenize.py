"""Texts to words, with the meaning of Keras's TextVectorization."""

import string
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from .._keras import import_keras
from ._split_punctuation import split_punctuation
from ._validation import shown
from ._word_hashes import bounds_of_words, hash_words

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
STANDARDIZE_NAMES = {*filter(None, _STANDARDIZE), SPLIT_PUNCTUATION}

# How many characters are tokenized at once.
_CHUNK_CHARACTERS = 1 << 18


class TokenizedTexts(NamedTuple):
    """The words of texts, end to end.

    Attributes
    ----------
    data : bytes
        Some byte, and the words in UTF-8.

    bounds : ndarray of shape (2 * n_words,), dtype=int64
        Where each word of all texts starts and where it stops in `data`, counted from
        behind its first byte.

    lengths : ndarray of shape (n_texts,), dtype=int64
        How many words each text has.
    """

    data: bytes
    bounds: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of_texts(cls, texts: list[bytes]) -> "TokenizedTexts":
        """Take the words between ASCII whitespace."""
        data = b" %b " % b" ".join(texts)
        bounds = bounds_of_words(data)
        if len(texts) == 1:
            return cls(data, bounds, np.array([len(bounds) // 2]))
        n_bytes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        ends = np.cumsum(n_bytes + 1)
        return cls(data, bounds, np.diff(bounds[::2].searchsorted(ends), prepend=0))

    @classmethod
    def of_words(cls, texts: list[list[bytes]]) -> "TokenizedTexts":
        """Take the words of each text, none of them empty."""
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        words = [word for of_text in texts for word in of_text]
        n_bytes = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        ends = np.cumsum(n_bytes)
        bounds = np.column_stack([ends - n_bytes, ends]).ravel()
        return cls(b" " + b"".join(words), bounds, lengths)

    def hashes(self) -> np.ndarray:
        """Return the hash of each word; see :func:`hash_words`."""
        return hash_words(self.data, self.bounds)

    def words(self, numbers: np.ndarray) -> list[bytes]:
        """Return some of the words."""
        starts = (self.bounds[::2][numbers] + 1).tolist()
        ends = (self.bounds[1::2][numbers] + 1).tolist()
        data = self.data
        return [data[start:end] for start, end in zip(starts, ends, strict=True)]


def tokenize(
    texts: list[str],
    standardize: str | Callable | None = "lower_and_strip_punctuation",
    tokenizer: Callable[[str], Iterable[str]] | None = None,
    preprocessor: Callable[[str], str] | None = None,
) -> Iterator[list[bytes]]:
    """Tokenize each text, as TextVectorization does.

    Parameters
    ----------
    texts : list of str
        The texts, as `check_texts` returns them.

    standardize : {"lower_and_strip_punctuation", "lower_and_split_punctuation", \
            "lower", "strip_punctuation"}, callable or None, \
            default="lower_and_strip_punctuation"
        What is done to a text before it is split at ASCII whitespace. See
        :class:`TextVectorizer`.

    tokenizer : callable or None, default=None
        Returns the words of a standardized text, in place of the split at whitespace.

    preprocessor : callable or None, default=None
        Takes and returns a str, in place of `standardize`.

    Yields
    ------
    words : list of bytes
        The words of one text, in UTF-8.

    Raises
    ------
    TypeError
        If `preprocessor` or `tokenizer` returns something else than `str` and
        strings.
    """
    for chunk in chunks(texts):
        standardized = _standardized(chunk, standardize, preprocessor)
        if tokenizer is None:
            yield from map(bytes.split, standardized)
        else:
            yield from (_words_of(tokenizer, text) for text in standardized)


def tokenize_in_chunks(
    texts: list[str],
    standardize: str | Callable | None = "lower_and_strip_punctuation",
    tokenizer: Callable[[str], Iterable[str]] | None = None,
    preprocessor: Callable[[str], str] | None = None,
) -> Iterator[TokenizedTexts]:
    """Tokenize as :func:`tokenize` does, without a Python object for each word.

    Yields the words of a chunk of texts at once.
    """
    for chunk in chunks(texts):
        standardized = _standardized(chunk, standardize, preprocessor)
        if tokenizer is None:
            yield TokenizedTexts.of_texts(standardized)
        else:
            words = [_words_of(tokenizer, text) for text in standardized]
            yield TokenizedTexts.of_words(words)


def _words_of(tokenizer, text):
    """Return the words that a user's tokenizer makes of a text, in UTF-8."""
    words = tokenizer(text.decode())
    if isinstance(words, (str, bytes)) or not isinstance(words, Iterable):
        raise TypeError(
            "tokenizer must return a list of str, as `str.split` does; it returned "
            f"{shown(words)} of type {type(words).__name__}."
        )
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(
                "tokenizer must return a list of str; the list that it returned has "
                f"{shown(word)} of type {type(word).__name__} in it."
            )
    return [word.encode(errors="replace") for word in words if word]


def _standardized(texts, standardize, preprocessor):
    """Return texts in UTF-8, standardized."""
    if preprocessor is not None:
        return [_preprocessed(preprocessor, text) for text in texts]
    if standardize == SPLIT_PUNCTUATION:
        return split_punctuation([text.encode().translate(_LOWER) for text in texts])
    if callable(standardize):
        return _standardized_by_tensorflow(texts, standardize)
    table, deleted = _STANDARDIZE[standardize]
    return [text.encode().translate(table, deleted) for text in texts]


def _preprocessed(preprocessor, text):
    """Return what a user's preprocessor makes of a text, in UTF-8."""
    result = preprocessor(text)
    if not isinstance(result, str):
        raise TypeError(
            f"preprocessor must return a str; it returned {shown(result)} of type "
            f"{type(result).__name__}."
        )
    return result.encode(errors="replace")


def _standardized_by_tensorflow(texts, standardize):
    """Return what a function of string tensors makes of texts."""
    import_keras()
    import tensorflow as tf

    with tf.device("CPU:0"):
        # A column, as in TextVectorization.adapt and in an exported model.
        column = tf.constant(texts, shape=(len(texts), 1))
        try:
            standardized = tf.convert_to_tensor(standardize(column))
        except (TypeError, AttributeError, ValueError) as error:
            raise TypeError(
                "A callable `standardize` takes and returns a string tensor, as in "
                "keras.layers.TextVectorization; "
                f"{shown(standardize)} failed on one: {error} A Python function "
                "of one str, such as str.lower, goes to `preprocessor`."
            ) from error
    if standardized.dtype != tf.string or tf.size(standardized) != len(texts):
        raise ValueError(
            "`standardize` must return a string for each that it gets: for shape "
            f"{tuple(column.shape)} it returned {standardized.dtype.name} of shape "
            f"{tuple(standardized.shape)}."
        )
    return tf.reshape(standardized, [-1]).numpy().tolist()


def chunks(texts: list[str]) -> Iterator[list[str]]:
    """Cut `texts` into runs of about `_CHUNK_CHARACTERS`, at least one text each."""
    start = characters = 0
    for i, text in enumerate(texts):
        characters += len(text)
        if characters >= _CHUNK_CHARACTERS:
            yield texts[start : i + 1]
            start, characters = i + 1, 0
    if start < len(texts):
        yield texts[start:]
