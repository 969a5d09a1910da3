"""Counting which words stand together, for GloVe."""

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_array

# Pairs of words counted at once; sorting them takes some 40 bytes a pair in a thread.
_PAIRS_AT_ONCE = 1 << 22
# Pairs of two of these many most frequent words are most of all pairs, and are summed
# in a full table, 32 MB in a thread; only the others are sorted.
_COMMON_WORDS = 2_000


def cooccurrences(ids, *, n_words, window_size, symmetric, n_jobs):
    """Count the words that stand together, a CSR array of (word, context), float32."""
    tokens, ends = ids.flat, ids.ends[1:]
    window_size = min(window_size, int(ids.lengths.max()))
    step = max(1, _PAIRS_AT_ONCE // max(1, window_size))
    parts = Parallel(n_jobs=n_jobs, require="sharedmem", return_as="generator")(
        delayed(_count_left)(tokens, ends, start, start + step, n_words, window_size)
        for start in range(0, len(tokens), step)
    )
    n_common = min(n_words, _COMMON_WORDS)
    common = np.zeros((n_common, n_common))

    def of_others():
        for table, rest in parts:
            np.add(common, table, out=common)
            yield rest

    counts = _merge(of_others())
    common = csr_array(common, dtype=np.float32)
    common.resize(counts.shape)
    counts = counts + common
    return counts + counts.T.tocsr() if symmetric else counts


def _pairs_left(tokens, ends, start, stop, window_size):
    """Return the tokens from `start`, those to their left, and the distances."""
    stop = min(stop, len(tokens))
    positions = np.arange(start, stop)
    text = np.searchsorted(ends, positions, side="right")
    n_before = positions - np.where(text > 0, ends[text - 1], 0)
    words, contexts, distances = [], [], []
    for distance in range(1, window_size + 1):
        first = max(start, distance)
        inside = n_before[first - start :] >= distance
        words.append(tokens[first:stop][inside])
        contexts.append(tokens[first - distance : max(stop - distance, 0)][inside])
        distances.append(np.full(len(words[-1]), distance, dtype=np.intc))
    return tuple(map(np.concatenate, (words, contexts, distances)))


def _count_left(tokens, ends, start, stop, n_words, window_size):
    """Sum 1 / distance: a full table of the common words, a CSR array of the others."""
    words, contexts, distances = _pairs_left(tokens, ends, start, stop, window_size)
    n_common = min(n_words, _COMMON_WORDS)
    common = (words < n_common) & (contexts < n_common)
    of_common = np.bincount(
        words[common].astype(np.int64) * n_common + contexts[common],
        1 / distances[common],
        minlength=n_common**2,
    ).reshape(n_common, n_common)

    # A pair and its distance in one integer: one plain sort brings the like together,
    # and is far quicker than an argsort.
    np.logical_not(common, out=common)
    bits = int(distances.max(initial=1)).bit_length()
    keys = words[common].astype(np.int64)
    keys *= n_words
    keys += contexts[common]
    keys <<= bits
    keys |= distances[common]
    keys.sort()
    weights = 1 / (keys & ((1 << bits) - 1))
    keys >>= bits
    new = np.empty(len(keys), dtype=bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    sums = np.add.reduceat(weights, starts) if len(starts) else weights
    rows, columns = np.divmod(keys[starts], n_words)
    indptr = np.searchsorted(rows, np.arange(n_words + 1))
    of_others = csr_array(
        (sums.astype(np.float32), columns.astype(np.int32), indptr),
        shape=(n_words, n_words),
    )
    return of_common, of_others


def _merge(parts):
    """Add up sparse arrays, each sum of two of about one size."""
    sums = []
    for part in parts:
        n_parts = 1
        while sums and sums[-1][0] == n_parts:
            part = sums.pop()[1] + part
            n_parts *= 2
        sums.append((n_parts, part))
    total = sums.pop()[1]
    while sums:
        total = sums.pop()[1] + total
    return total
