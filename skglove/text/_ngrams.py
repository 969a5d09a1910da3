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
    decoded = [word.decode() for word in words]
    text = "".join([f" {word} " if word else "" for word in decoded])
    lengths = np.fromiter(
        (len(word) + 2 if word else 0 for word in decoded), np.int64, len(words)
    )
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    word_at = np.repeat(np.arange(len(words)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(letters))
    hashed = np.full(len(letters), HASH_START, dtype=np.uint64)
    rows, buckets = [], []
    for n in range(1, MAX_N + 1):
        if n > 1:
            letters = np.append(letters[1:], np.uint64(0))
        hashed = (hashed ^ letters) * np.uint64(HASH_FACTOR)
        if n < MIN_N:
            continue
        place = np.flatnonzero(left >= n)
        rows.append(word_at[place])
        buckets.append(_mixed(hashed[place]) & np.uint64(n_buckets - 1))
    pairs = np.concatenate(rows).astype(np.uint64) * np.uint64(n_buckets)
    pairs, counts = np.unique(pairs + np.concatenate(buckets), return_counts=True)
    rows, buckets = np.divmod(pairs.astype(np.int64), n_buckets)
    starts = np.searchsorted(rows, np.arange(len(words) + 1))
    return csr_matrix(
        (counts.astype(np.float32), buckets.astype(np.int32), starts),
        shape=(len(words), n_buckets),
    )


def _mixed(hashed):
    first, second = map(np.uint64, HASH_SHIFTS)
    hashed = (hashed ^ (hashed >> first)) * np.uint64(HASH_FACTOR)
    return hashed ^ (hashed >> second)
