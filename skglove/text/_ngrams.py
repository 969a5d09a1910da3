"""Character n-grams of words, hashed: what known and unknown words have in common."""

import numpy as np
from scipy.sparse import csr_matrix

MIN_N, MAX_N = 2, 5

# What the code points of an n-gram are multiplied by, one after the other; odd numbers.
# The sum modulo 2**64 without its last bits is the hash. Exported Keras models compute
# the same in TensorFlow.
_FACTOR = 0x9E3779B97F4A7C15
FACTORS = tuple(pow(_FACTOR, 3 + n, 1 << 64) for n in range(MAX_N))
SHIFT = 32
_FACTORS, _SHIFT = np.array(FACTORS, dtype=np.uint64), np.uint64(SHIFT)
# Stands for no letter of an n-gram.
END = "\0"


def ngram_rows(words: list[bytes], n_buckets: int) -> csr_matrix:
    """Hash the character n-grams of words.

    A word counts with a space before and behind it, as in scikit-learn's
    `analyzer="char_wb"`; n-grams have 2 to 5 characters.

    Parameters
    ----------
    words : list of bytes
        The words, in UTF-8. Of an empty one there are none.

    n_buckets : int
        Number of buckets, a power of two.

    Returns
    -------
    rows : csr_matrix of shape (n_words, n_buckets), dtype=float32
        The buckets of the n-grams of each word, each 1, in the order of
        :func:`ngram_buckets`; some are there several times.

    References
    ----------
    .. [1] P. Bojanowski, E. Grave, A. Joulin, T. Mikolov, "Enriching Word Vectors with
       Subword Information", TACL 2017: hashed n-grams of words.

    Examples
    --------
    >>> from skglove.text._ngrams import ngram_rows
    >>> ngram_rows([b"cat", b"cats"], 1 << 16).sum(axis=1).ravel().tolist()
    [[10.0, 14.0]]
    """
    padded = _padded(words)
    buckets, inside = _hashed(padded, n_buckets)
    n_before = np.concatenate([[0], np.cumsum(np.count_nonzero(inside, axis=1))])
    ends = np.cumsum([0, *map(len, padded)])
    return csr_matrix(
        (np.ones(len(buckets), np.float32), buckets, n_before[ends]),
        shape=(len(words), n_buckets),
    )


def ngram_buckets(words: list[bytes], n_buckets: int) -> np.ndarray:
    """Return the buckets of all n-grams of words; see :func:`ngram_rows`."""
    return _hashed(_padded(words), n_buckets)[0]


def _padded(words):
    """Return words with their spaces, and what parts each from the next."""
    return [f" {word.decode()} {END}" if word else "" for word in words]


def _hashed(padded, n_buckets):
    """Return buckets, and which windows of letters they are of.

    The windows are a mask of shape (n_letters, 4): by where they start in the words end
    to end, and by n.
    """
    text = "".join(padded)
    letters = np.frombuffer(f"{text}{END * MAX_N}".encode("utf-32-le"), np.uint32)
    letters = letters.astype(np.uint64)
    # Each letter and those that follow.
    windows = np.ndarray((len(text), MAX_N), np.uint64, letters, strides=(8, 8))
    hashed = windows * _FACTORS
    np.add.accumulate(hashed, axis=1, out=hashed)
    inside = np.logical_and.accumulate(windows != 0, axis=1)[:, MIN_N - 1 :]
    buckets = (hashed[:, MIN_N - 1 :][inside] >> _SHIFT) & np.uint64(n_buckets - 1)
    return buckets.view(np.int64), inside
