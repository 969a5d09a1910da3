"""Character n-grams of words, hashed: what known and unknown words have in common."""

import numpy as np
from scipy.sparse import csr_matrix

MIN_N, MAX_N = 2, 5

# The 64-bit FNV-1a hash, of code points in the place of bytes. Exported Keras models
# compute the same in TensorFlow.
HASH_START = 14695981039346656037
HASH_FACTOR = 1099511628211
# How far the bits are shifted to mix the high ones, which differ most, into the low.
HASH_SHIFTS = (29, 32)
_START, _FACTOR = np.uint64(HASH_START), np.uint64(HASH_FACTOR)
_SHIFTS = tuple(map(np.uint64, HASH_SHIFTS))


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
        How often each word has the n-grams of each bucket.

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
    buckets, inside, lengths = _hashed(words, n_buckets)
    rows = np.broadcast_to(np.arange(len(words)).repeat(lengths), inside.shape)[inside]
    pairs = np.sort((rows << 32) | buckets)
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    counts = np.diff(first, append=len(pairs)).astype(np.float32)
    pairs = pairs[first]
    starts = np.searchsorted(pairs, np.arange(len(words) + 1) << 32)
    buckets = pairs.astype(np.uint32).view(np.int32)
    return csr_matrix(
        (counts, buckets, starts.astype(np.int32)), shape=(len(words), n_buckets)
    )


def ngram_buckets(words: list[bytes], n_buckets: int) -> np.ndarray:
    """Return the buckets of all n-grams of words; see :func:`ngram_rows`."""
    return _hashed(words, n_buckets)[0]


def _hashed(words, n_buckets):
    """Return buckets, which windows of n letters they are of, and the words' lengths.

    The windows are a mask of shape (4, n_letters): by n, and by where they start in the
    words end to end, each with its spaces.
    """
    padded = [f" {word.decode()} " if word else "" for word in words]
    lengths = np.array([*map(len, padded)], dtype=np.int64)
    # Windows that start near the end reach into zeros, and those near the end of a word
    # into the next: all are hashed, and then those within words are kept.
    text = "".join(padded) + "\0" * MAX_N
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    n_letters = len(letters) - MAX_N
    left = lengths.cumsum().repeat(lengths) - np.arange(n_letters)
    sizes = np.arange(MIN_N, MAX_N + 1)[:, np.newaxis]
    hashed = np.empty((len(sizes), n_letters), dtype=np.uint64)
    one = (letters[:n_letters] ^ _START) * _FACTOR
    for n in range(2, MAX_N + 1):
        one = (one ^ letters[n - 1 : n - 1 + n_letters]) * _FACTOR
        if n >= MIN_N:
            hashed[n - MIN_N] = one
    inside = left >= sizes
    buckets = _mixed(hashed[inside]) & np.uint64(n_buckets - 1)
    return buckets.view(np.int64), inside, lengths


def _mixed(hashed):
    first, second = _SHIFTS
    hashed = (hashed ^ (hashed >> first)) * _FACTOR
    return hashed ^ (hashed >> second)
