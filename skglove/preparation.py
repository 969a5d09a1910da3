"""What a network learns from: ids, vocabulary and the matrix of word vectors."""

import os
from pickle import PicklingError
from typing import NamedTuple

import joblib
import numpy as np
from filelock import FileLock
from sklearn.utils.validation import check_memory

from .coverage import Coverage
from .glove import Glove
from .vectorizer import TextVectorizer


class Prepared(NamedTuple):
    """Training texts as numbers.

    Attributes
    ----------
    vectorizer : TextVectorizer
        Fitted to the training texts.

    ids : ndarray of shape (n_samples, sequence_length), dtype=int32
        The word ids of the training texts.

    matrix : ndarray of shape (len(vectorizer.vocabulary_), dim) or None
        The word vectors; None where there are none yet.

    coverage : Coverage or None
        How much of the texts they know.
    """

    vectorizer: TextVectorizer
    ids: np.ndarray
    matrix: np.ndarray | None
    coverage: Coverage | None


def prepare(texts, vectorizer, source, memory=None):
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
        return _prepare(None, texts, vectorizer, source)
    key = _hash(texts, vectorizer, source)
    os.makedirs(location, exist_ok=True)
    # The key stands for the other arguments, so that joblib need not hash them again.
    cached = memory.cache(_prepare, ignore=["texts", "vectorizer", "source"])
    with FileLock(os.path.join(location, f"skglove-{key}.lock")):
        return cached(key, texts, vectorizer, source)


def _hash(texts, vectorizer, source):
    """Return what tells these arguments from others."""
    try:
        return joblib.hash((texts, vectorizer, source))
    except PicklingError as error:
        # joblib's message holds all of the texts.
        raise TypeError(
            "memory needs parameters that other processes can import, which "
            f"standardize={vectorizer.standardize!r} or embeddings={source!r} is not: "
            "define it in a module, or use memory=None."
        ) from error.__cause__


def _prepare(key, texts, vectorizer, source):
    """Do the work of `prepare`; `key` names the result in a cache."""
    ids = vectorizer.fit_transform(texts)
    if source is None:
        return Prepared(vectorizer, ids, None, None)
    if isinstance(source, Glove):
        source = source.fit(texts).word_vectors_
    vocabulary = vectorizer.vocabulary_
    matrix = source.matrix_for(vocabulary)
    coverage = Coverage.of(vocabulary, vectorizer.token_counts_, matrix)
    return Prepared(vectorizer, ids, matrix, coverage)
