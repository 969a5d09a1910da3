"""What words say of the classes by the words that their vectors are near.

A few texts have most of their words once, and do not have most of the words that later
texts will have. Here a word counts as a sum of landmarks: words of many training texts
that tell the classes apart, those nearest to it by the cosine of their vectors.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from ._support_vectors import support_vectors

_MAX_LANDMARKS = 1_000
_N_NEAREST = 20
# So that the nearest ones count far more than the others.
_POWER = 4
_TINY = 1e-9
# Words at a time: their cosines with all landmarks are 8 MB.
_BLOCK = 2_000


class Statistics(NamedTuple):
    """What the training texts tell of words.

    Attributes
    ----------
    df : ndarray of shape (n_tokens,)
        How many texts have a word.

    idf : ndarray of shape (n_tokens,)
        Inverse document frequencies.

    divergence : ndarray of shape (n_tokens,)
        How much a word tells of the classes.
    """

    df: np.ndarray
    idf: np.ndarray
    divergence: np.ndarray


def directions(matrix, known):
    """Return unit vectors of words, from the mean of all.

    Without that the cosines of all words would be large [1]_.

    Parameters
    ----------
    matrix : ndarray of shape (n_tokens, dim) or None
        The word vectors.

    known : ndarray of shape (n_tokens,), dtype=bool, or None
        The words that have one.

    Returns
    -------
    unit : ndarray of shape (n_tokens, dim), dtype=float32, or None
        Zero for words that have no vector; None if there are no vectors.

    References
    ----------
    .. [1] J. Mu, P. Viswanath, "All-but-the-Top: Simple and Effective Postprocessing
       for Word Representations", ICLR 2018.
    """
    if matrix is None or not known.any():
        return None
    unit = np.zeros(matrix.shape, dtype=np.float32)
    unit[known] = matrix[known]
    unit[known] -= unit[known].mean(axis=0)
    length = np.linalg.norm(unit, axis=1, keepdims=True)
    unit /= np.where(length > 0, length, 1)
    return unit


def fit_near_words(
    u, size, statistics, unit, targets, sample_weight=None, *, seed, which=None
):
    """Fit a table of words from those that are near them.

    Parameters
    ----------
    u : csr_matrix of shape (n_texts, n_tokens)
        The weighted counts of the training texts.

    size : ndarray of shape (n_texts,)
        What each text is multiplied by.

    statistics : Statistics
        Those of the words in these texts.

    unit : ndarray of shape (n_tokens, dim)
        The directions of the words' vectors.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text; one column for two classes.

    sample_weight : ndarray of shape (n_texts,), default=None
        Weights of the texts.

    seed : int
        Seeds the solver.

    which : ndarray of shape (n_tokens,), dtype=bool, default=None
        The words whose rows are asked for, all by default.

    Returns
    -------
    table : ndarray of shape (n_tokens, n_outputs), dtype=float32
        A text's scores are `size * (u @ table) + intercept`.

    intercept : ndarray of shape (n_outputs,), dtype=float32
        The intercept.
    """
    df, idf, divergence = statistics
    landmarks = _landmarks(df * divergence**2, unit)
    if not len(landmarks):
        table = np.zeros((len(idf), targets.shape[1]), dtype=np.float32)
        return table, np.zeros_like(table, shape=targets.shape[1])
    has_row = unit.any(axis=1)
    if which is not None:
        has_row &= which
    near = _nearness(unit, landmarks, np.flatnonzero(has_row))
    # A landmark tells of the classes what the words near it do on average.
    telling = (near.T @ (df * divergence)) / np.maximum(near.T @ df, _TINY)
    near.data *= telling.astype(np.float32)[near.indices] * np.repeat(
        idf, np.diff(near.indptr)
    )
    rows = (u @ near).tocsr()
    rows.data *= np.repeat(size, np.diff(rows.indptr))
    scale = np.sqrt(len(size) / max(_TINY, rows.data @ rows.data))
    rows.data *= scale
    table, intercept = support_vectors(rows, targets, sample_weight, C=1.0, seed=seed)
    return np.asarray(near @ (scale * table), dtype=np.float32), intercept


def _landmarks(weight, unit):
    """Return the numbers of the words that weigh most, of those that have a vector."""
    weight = np.where(unit.any(axis=1), weight, 0)
    order = np.argsort(-weight, kind="stable")[:_MAX_LANDMARKS]
    return order[weight[order] > 0]


def _nearness(unit, landmarks, words):
    """Return how near words are to landmarks, a csr_matrix with rows for all words."""
    n_nearest = min(_N_NEAREST, len(landmarks))
    columns, values = [], []
    for start in range(0, len(words), _BLOCK):
        cosine = unit[words[start : start + _BLOCK]] @ unit[landmarks].T
        nearest = np.argpartition(cosine, -n_nearest, axis=1)[:, -n_nearest:]
        columns.append(nearest)
        values.append(np.maximum(np.take_along_axis(cosine, nearest, axis=1), 0))
    n_of_row = np.zeros(len(unit), dtype=np.int64)
    n_of_row[words] = n_nearest
    near = csr_matrix(
        (
            np.concatenate(values).ravel() ** _POWER,
            np.concatenate(columns).ravel(),
            np.concatenate([[0], np.cumsum(n_of_row)]),
        ),
        shape=(len(unit), len(landmarks)),
    )
    near.eliminate_zeros()
    return near
