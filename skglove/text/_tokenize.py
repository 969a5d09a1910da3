"""Texts to words, with the meaning of Keras's TextVectorization."""

import string
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from .._keras import import_keras
from ._split_punctuation import split_punctuation
from ._validation import shown

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
_CHUNK_CHARACTERS = 1 << 20


class TokenizedTexts(NamedTuple):
    """The words of texts, end to end.

    Lists of each text would be so many that Python's garbage collector looks through
    all objects again and again.

    Attributes
    ----------
    words : list of bytes
        The words of all texts, in UTF-8.

    lengths : ndarray of shape (n_texts,), dtype=int64
        How many each text has.
    """

    words: list[bytes]
    lengths: np.ndarray


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
    standardized = _standardized(texts, standardize, preprocessor)
    if tokenizer is None:
        return map(bytes.split, standardized)
    return (_words_of(tokenizer, text) for text in standardized)


def tokenize_in_chunks(
    texts: list[str],
    standardize: str | Callable | None = "lower_and_strip_punctuation",
    tokenizer: Callable[[str], Iterable[str]] | None = None,
    preprocessor: Callable[[str], str] | None = None,
) -> Iterator[TokenizedTexts]:
    """Tokenize as :func:`tokenize` does; yield the words of a chunk of texts at once.

    The words of a chunk are Python objects, several times the size of its texts: the
    caller makes numbers of them before it takes the next.
    """
    for chunk in chunks(texts):
        words: list[bytes] = []
        lengths = np.empty(len(chunk), dtype=np.int64)
        tokenized = tokenize(chunk, standardize, tokenizer, preprocessor)
        for i, of_text in enumerate(tokenized):
            words += of_text
            lengths[i] = len(of_text)
        yield TokenizedTexts(words, lengths)


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
    """Yield each text in UTF-8, standardized."""
    if preprocessor is not None:
        for text in texts:
            yield _preprocessed(preprocessor, text)
        return
    if standardize == SPLIT_PUNCTUATION:
        for chunk in chunks(texts):
            yield from split_punctuation([t.encode().translate(_LOWER) for t in chunk])
        return
    if not callable(standardize):
        table, deleted = _STANDARDIZE[standardize]
        for text in texts:
            yield text.encode().translate(table, deleted)
        return
    yield from _standardized_by_tensorflow(texts, standardize)


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
    """Yield what a function of string tensors makes of each text."""
    import_keras()
    import tensorflow as tf

    for chunk in chunks(texts):
        with tf.device("CPU:0"):
            # A column, as in TextVectorization.adapt and in an exported model.
            column = tf.constant(chunk, shape=(len(chunk), 1))
            try:
                standardized = tf.convert_to_tensor(standardize(column))
            except (TypeError, AttributeError, ValueError) as error:
                raise TypeError(
                    "A callable `standardize` takes and returns a string tensor, as in "
                    "keras.layers.TextVectorization; "
                    f"{shown(standardize)} failed on one: {error} A Python function "
                    "of one str, such as str.lower, goes to `preprocessor`."
                ) from error
        if standardized.dtype != tf.string or tf.size(standardized) != len(chunk):
            raise ValueError(
                "`standardize` must return a string for each that it gets: for shape "
                f"{tuple(column.shape)} it returned {standardized.dtype.name} of shape "
                f"{tuple(standardized.shape)}."
            )
        yield from tf.reshape(standardized, [-1]).numpy().tolist()


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
