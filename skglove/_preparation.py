"""What a network learns from: ids, vocabulary and the matrix of word vectors."""

import os
from pickle import PicklingError
from typing import NamedTuple

import joblib
import numpy as np
from filelock import FileLock
from sklearn.utils.validation import check_memory

from .glove import Glove
from .text import TextVectorizer, TokenIds
from .vectors import Coverage
from .vectors._fallback import back_off as fill_by_known_forms


class Prepared(NamedTuple):
    """Training texts as numbers.

    Attributes
    ----------
    vectorizer : TextVectorizer
        Fitted to the training texts, and extended by words that the vectors know
        where that was asked for.

    ids : TokenIds
        The word ids of the training texts.

    matrix : ndarray of shape (len(vectorizer.vocabulary_), dim) or None
        The word vectors; None where there are none yet.

    known : ndarray of shape (len(vectorizer.vocabulary_),), dtype=bool, or None
        The words that have a vector.

    coverage : Coverage or None
        How much of the texts they know.
    """

    vectorizer: TextVectorizer
    ids: TokenIds
    matrix: np.ndarray | None
    known: np.ndarray | None
    coverage: Coverage | None


def prepare(
    texts, vectorizer, source, memory=None, *, back_off=False, unseen_words=False
):
    """Turn training texts into ids and a matrix of word vectors.

    Parameters
    ----------
    texts : list of str
        The training texts.

    vectorizer : TextVectorizer
        Not fitted.

    source : WordVectors, Glove or None
        Where the vectors come from. A Glove, not fitted, is fitted to the texts.

    memory : str, PathLike, joblib.Memory or None, default=None
        Where results are kept for the next call with the same arguments. Of several
        processes that want the same one, one makes it and the others wait.

    back_off : bool, default=False
        Whether a word that the vectors do not know gets the vector of a known form,
        as "red-hot" the mean of those of "red" and "hot". See
        :func:`~skglove.vectors._fallback.known_forms`.

    unseen_words : bool, default=False
        Whether places that `max_tokens` leaves in the vocabulary go to the most
        frequent words of the vectors that the training texts lack, so that other
        texts can use them. With `max_tokens=None` there are none.

    Returns
    -------
    prepared : Prepared
        The training texts as numbers.
    """
    if isinstance(memory, os.PathLike):
        memory = os.fspath(memory)
    memory = check_memory(memory)
    location = getattr(memory, "location", None)
    if location is None:
        return _prepare(None, texts, vectorizer, source, back_off, unseen_words)
    key = _hash(texts, vectorizer, source, back_off, unseen_words)
    os.makedirs(location, exist_ok=True)
    # The key stands for the other arguments, so that joblib need not hash them again.
    cached = memory.cache(
        _prepare, ignore=["texts", "vectorizer", "source", "back_off", "unseen_words"]
    )
    with FileLock(os.path.join(location, f"skglove-{key}.lock")):
        return cached(key, texts, vectorizer, source, back_off, unseen_words)


def _hash(texts, vectorizer, source, *options):
    """Return what tells these arguments from others."""
    try:
        return joblib.hash((texts, vectorizer, source, options))
    except PicklingError as error:
        # joblib's message holds all of the texts.
        raise TypeError(
            "memory needs parameters that other processes can import, which "
            f"standardize={vectorizer.standardize!r} or embeddings={source!r} is not: "
            "define it in a module, or use memory=None."
        ) from error.__cause__


def _prepare(key, texts, vectorizer, source, back_off, unseen_words):
    """Do the work of `prepare`; `key` names the result in a cache."""
    ids = vectorizer.fit_transform(texts)
    if source is None:
        return Prepared(vectorizer, ids, None, None, None)
    if isinstance(source, Glove):
        source = source.fit(texts).word_vectors_
    if unseen_words and vectorizer.max_tokens is not None:
        _add_unseen_words(vectorizer, source)
    vocabulary = vectorizer.vocabulary_
    matrix, known = source.look_up(vocabulary)
    backed_off = None
    if back_off:
        backed_off = fill_by_known_forms(vocabulary, matrix, known, source)
    coverage = Coverage.of(vocabulary, vectorizer.token_counts_, known, backed_off)
    return Prepared(vectorizer, ids, matrix, known, coverage)


def _add_unseen_words(vectorizer, source):
    """Fill the vocabulary with words of the vectors, as far as there are any."""
    n_words = vectorizer.max_tokens
    while len(vectorizer.vocabulary_) < vectorizer.max_tokens:
        words = source.frequent_words(n_words)
        vectorizer.extend(words)
        if len(words) < n_words:
            break
        n_words *= 2  # many were in the vocabulary, or cannot be in a text
