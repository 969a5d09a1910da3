"""Counting which words occur together, for GloVe.

Counts are summed as integers, in units of `_UNIT`: a sum of floats would depend on the
order of its parts, and so on chunks, threads and workers.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_array

from ..text import TokenIds

# The weight of two neighbours, as an integer; that of words at a distance is a share
# of it, rounded by less than float32 rounds up to a distance of 64. 2**33 neighbours
# of one pair of words would be too many.
_UNIT = 1 << 30
# Pairs of words counted at once; sorting them takes some 40 bytes a pair in a thread.
_PAIRS_AT_ONCE = 1 << 22
# Pairs of two of these many most frequent words are most of all pairs, and are summed
# in a full table, 32 MB in a thread; only the others are sorted.
_COMMON_WORDS = 2_000
# Non-zeros of a sum that is kept in memory, of 12 bytes each; longer ones go to a file.
_NONZEROS_IN_MEMORY = 1 << 24
# Non-zeros of the files that are added up at once.
_NONZEROS_AT_ONCE = 1 << 22


def cooccurrences(
    chunks: Iterable[TokenIds],
    folder: Callable[[], Path] | None = None,
    *,
    n_words: int,
    window_size: int,
    n_jobs: int | None = None,
    report: Callable[[int], object] = lambda n_tokens: None,
) -> csr_array:
    """Count the words that occur to the left of each word, within a text.

    Parameters
    ----------
    chunks : iterable of TokenIds
        The texts, a chunk at a time. The most frequent word is 0, and so on.

    folder : callable or None, default=None
        Returns the folder for sums that are too long for memory. None keeps all in
        memory.

    n_words : int
        Number of words of the vocabulary.

    window_size : int
        The largest distance that counts.

    n_jobs : int or None, default=None
        Number of threads.

    report : callable, default=does nothing
        Called with the number of tokens that were counted since the last call.

    Returns
    -------
    counts : csr_array of shape (n_words, n_words), dtype=int64
        Sums of 1 / distance of (word, word to its left), in units of 2**-30.
    """
    n_common = min(n_words, _COMMON_WORDS)
    common = np.zeros((n_common, n_common), dtype=np.int64)

    def parts():
        for ids in chunks:
            tasks = _tasks(ids, n_words, window_size)
            counted = Parallel(n_jobs, require="sharedmem", return_as="generator")(
                tasks
            )
            for table, others, n_tokens in counted:
                np.add(common, table, out=common)
                report(n_tokens)
                yield others
        of_common = csr_array(common)
        of_common.resize(n_words, n_words)
        yield of_common

    return add_up(parts(), folder)


def as_weights(counts: csr_array) -> csr_array:
    """Return the sums of 1 / distance as float32."""
    # In slices: float64 takes as much memory as the integers.
    data = np.empty(counts.nnz, dtype=np.float32)
    for start in range(0, counts.nnz, _NONZEROS_AT_ONCE):
        part = slice(start, start + _NONZEROS_AT_ONCE)
        data[part] = counts.data[part] / _UNIT
    return csr_array((data, counts.indices, counts.indptr), shape=counts.shape)


def both_sides(weights: csr_array) -> csr_array:
    """Add those of the words to the right to those of the words to the left."""
    return weights + weights.T.tocsr()


def add_up(
    parts: Iterable[csr_array], folder: Callable[[], Path] | None = None
) -> csr_array:
    """Add up sparse arrays; in files, where they are too long for memory.

    Parameters
    ----------
    parts : iterable of csr_array
        At least one, all of one shape, of integers.

    folder : callable or None, default=None
        Returns the folder for the files. None keeps all in memory.

    Returns
    -------
    total : csr_array
        The sum.
    """
    files: list[_Stored] = []
    sums: list[tuple[int, csr_array]] = []
    for part in parts:
        # Each sum is of two of about one size, so that few are added many times.
        n_parts = 1
        while sums and sums[-1][0] == n_parts:
            part = sums.pop()[1] + part
            n_parts *= 2
        if folder is not None and part.nnz > _NONZEROS_IN_MEMORY:
            files.append(_Stored(part, folder() / f"counts-{len(files)}"))
        else:
            sums.append((n_parts, part))
    if folder is None or not files:
        total = sums.pop()[1]
        while sums:
            total = sums.pop()[1] + total
        return total
    files += [
        _Stored(part, folder() / f"counts-{i}")
        for i, (_, part) in enumerate(sums, start=len(files))
    ]
    del part, sums
    return _stacked(_row_blocks(files), files[0].shape)


class _Stored:
    """A CSR array in two files, of which rows are read when they are wanted."""

    def __init__(self, counts: csr_array, path: Path):
        self.shape, self.indptr = counts.shape, counts.indptr
        self._files = {}
        for name in ("indices", "data"):
            array = getattr(counts, name)
            self._files[name] = path.with_suffix(f".{name}"), array.dtype
            array.tofile(self._files[name][0])

    def rows(self, start: int, stop: int) -> csr_array:
        first, last = int(self.indptr[start]), int(self.indptr[stop])
        arrays = {
            name: np.fromfile(path, dtype, last - first, offset=first * dtype.itemsize)
            for name, (path, dtype) in self._files.items()
        }
        indptr = self.indptr[start : stop + 1] - first
        return csr_array(
            (arrays["data"], arrays["indices"], indptr),
            shape=(stop - start, self.shape[1]),
        )


def _row_blocks(files: list[_Stored]) -> Iterator[csr_array]:
    """Yield the sum of the arrays, some rows at a time."""
    n_rows = files[0].shape[0]
    ends = sum(file.indptr.astype(np.int64) for file in files)
    start = 0
    while start < n_rows:
        stop = np.searchsorted(ends, ends[start] + _NONZEROS_AT_ONCE, side="right") - 1
        stop = min(max(int(stop), start + 1), n_rows)
        block = files[0].rows(start, stop)
        for file in files[1:]:
            block = block + file.rows(start, stop)
        yield block
        start = stop


def _stacked(blocks: Iterator[csr_array], shape: tuple[int, int]) -> csr_array:
    """Put blocks of rows on top of each other, without two copies of all of them."""
    data, indices, lengths = [], [], [np.zeros(1, dtype=np.int64)]
    for block in blocks:
        data.append(block.data)
        indices.append(block.indices)
        lengths.append(np.diff(block.indptr))
    data = np.concatenate(data)
    indices = np.concatenate(indices)
    return csr_array((data, indices, np.cumsum(np.concatenate(lengths))), shape=shape)


def _tasks(ids, n_words, window_size):
    """Yield what there is to count in a chunk of texts, in calls for threads."""
    if not len(ids.flat):
        return
    tokens, ends = ids.flat, ids.ends[1:]
    window_size = min(window_size, int(ids.lengths.max()))
    step = max(1, _PAIRS_AT_ONCE // window_size)
    for start in range(0, len(tokens), step):
        stop = min(start + step, len(tokens))
        yield delayed(_count_left)(tokens, ends, start, stop, n_words, window_size)


def _pairs_left(tokens, ends, start, stop, window_size):
    """Return the tokens from `start`, those to their left, and the distances."""
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
    """Sum the weights of pairs: a full table of common words, a CSR array of others."""
    words, contexts, distances = _pairs_left(tokens, ends, start, stop, window_size)
    weight_of = np.rint(_UNIT / np.arange(1, window_size + 1)).astype(np.int64)
    weight_of = np.append(0, weight_of)
    n_common = min(n_words, _COMMON_WORDS)
    common = (words < n_common) & (contexts < n_common)
    # Sums of floats, but of whole numbers below 2**53: exact.
    of_common = np.bincount(
        words[common].astype(np.int64) * n_common + contexts[common],
        weight_of[distances[common]],
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
    weights = weight_of[keys & ((1 << bits) - 1)]
    keys >>= bits
    new = np.empty(len(keys), dtype=bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    sums = np.add.reduceat(weights, starts) if len(starts) else weights
    rows, columns = np.divmod(keys[starts], n_words)
    indptr = np.searchsorted(rows, np.arange(n_words + 1))
    of_others = csr_array(
        (sums, columns.astype(np.int32), indptr.astype(np.int32)),
        shape=(n_words, n_words),
    )
    return of_common.astype(np.int64), of_others, stop - start
