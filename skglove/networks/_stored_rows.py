"""The sparse rows of training texts, in few bytes a text."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

from .._key_index import KeyIndex
from .._spool import ArrayParts, is_on_disk
from ..text import TokenIds
from ._rows import bigram_rows, text_blocks, word_rows

# Of rows that are looked at one after another, how many entries at once.
_ENTRIES_AT_ONCE = 1 << 20


class StoredRows:
    """How often each of many texts has each id.

    A CSR matrix of 8 bytes an entry takes these from 3 bytes an entry on; it is made
    of the rows that are asked for. Those of texts whose ids lie in a temporary file
    lie in temporary files too.

    Parameters
    ----------
    starts : ndarray of shape (n_texts + 1,), dtype=int64
        Where each text's entries start, and where the last one's end.

    ids : ndarray of shape (n_entries,), dtype=uint16 or int32
        The different ids of each text, ascending.

    counts : ndarray of shape (n_entries,), dtype=uint8, uint16 or uint32
        How often each is there.

    n_ids : int
        Number of columns.
    """

    def __init__(self, starts, ids, counts, n_ids):
        self.starts, self.ids, self.counts = starts, ids, counts
        self.shape = len(starts) - 1, n_ids

    @classmethod
    def of_words(cls, ids: TokenIds, n_tokens: int) -> "StoredRows":
        """Count the known words of texts."""
        blocks = (word_rows(ids[block], n_tokens) for block in text_blocks(ids))
        return cls._of_blocks(blocks, ids, n_tokens)

    @classmethod
    def of_bigrams(cls, ids: TokenIds, n_tokens: int, keys) -> "StoredRows":
        """Count known bigrams and trigrams, whose keys are ascending."""
        index = KeyIndex(keys)
        blocks = (bigram_rows(ids[part], n_tokens, index) for part in text_blocks(ids))
        return cls._of_blocks(blocks, ids, len(keys))

    @classmethod
    def _of_blocks(cls, blocks, ids, n_ids):
        """Store the rows of blocks of texts."""
        on_disk = is_on_disk(ids.flat)
        # No id is in a text more often than the text has words.
        counts = ArrayParts(np.min_scalar_type(ids.lengths.max(initial=0)), on_disk)
        numbers = ArrayParts(np.uint16 if n_ids <= 1 << 16 else np.int32, on_disk)
        lengths = []
        for rows in blocks:
            counts.add(rows.data)
            numbers.add(rows.indices)
            lengths.append(np.diff(rows.indptr))
        starts = np.zeros(len(ids) + 1, dtype=np.int64)
        np.cumsum(np.concatenate([[0], *lengths]), out=starts)
        return cls(starts, numbers.joined(), counts.joined(), n_ids)

    @classmethod
    def of_matrix(cls, rows: csr_matrix) -> "StoredRows":
        """Store a matrix of counts."""
        counts = rows.data.astype(np.uint32)
        return cls(rows.indptr.astype(np.int64), rows.indices, counts, rows.shape[1])

    @property
    def nnz(self) -> int:
        """Number of entries."""
        return int(self.starts[-1])

    def __getitem__(self, rows) -> csr_matrix:
        """Return the rows of a slice or of an array of numbers, in float32."""
        ids, counts, lengths = self.entries(rows)
        starts = np.zeros(len(lengths) + 1, dtype=np.int32)
        np.cumsum(lengths, out=starts[1:])
        return csr_matrix((counts, ids, starts), shape=(len(lengths), self.shape[1]))

    def entries(self, rows):
        """Return the entries of texts, one text after another.

        Parameters
        ----------
        rows : slice or ndarray of shape (n,)
            The numbers of the texts.

        Returns
        -------
        ids : ndarray of shape (n_entries,), dtype=int32
            The ids.

        counts : ndarray of shape (n_entries,), dtype=float32
            How often each is there.

        lengths : ndarray of shape (n,), dtype=int64
            The number of entries of each text.
        """
        if isinstance(rows, slice):
            start, stop, step = rows.indices(self.shape[0])
            if step != 1:
                return self.entries(np.arange(start, stop, step))
            stop = max(start, stop)
            places = slice(self.starts[start], self.starts[stop])
            lengths = np.diff(self.starts[start : stop + 1])
        else:
            first = self.starts[:-1][rows]
            lengths = self.starts[1:][rows] - first
            places = _places(first, lengths)
        ids = np.asarray(self.ids[places], dtype=np.int32)
        return ids, np.asarray(self.counts[places], dtype=np.float32), lengths

    def block_slices(self) -> Iterator[slice]:
        """Cut the texts into blocks, and yield which texts are in each."""
        n_texts, start = self.shape[0], 0
        while start < n_texts:
            up_to = self.starts[start] + _ENTRIES_AT_ONCE
            stop = int(np.searchsorted(self.starts, up_to, side="right")) - 1
            stop = min(max(stop, start + 1), n_texts)
            yield slice(start, stop)
            start = stop

    def document_counts(self) -> np.ndarray:
        """Return how many texts have each id."""
        counts = np.zeros(self.shape[1], dtype=np.int64)
        for start in range(0, len(self.ids), _ENTRIES_AT_ONCE):
            ids = self.ids[start : start + _ENTRIES_AT_ONCE]
            counts += np.bincount(ids, minlength=len(counts))
        return counts

    def chosen(self, rows) -> "StoredRows":
        """Return some of the texts, in memory."""
        first = self.starts[:-1][rows]
        lengths = self.starts[1:][rows] - first
        starts = np.concatenate([[0], np.cumsum(lengths)])
        ids = np.empty(starts[-1], dtype=self.ids.dtype)
        counts = np.empty(starts[-1], dtype=self.counts.dtype)
        parts = StoredRows(starts, ids, counts, self.shape[1])
        for texts in parts.block_slices():
            of_part = slice(starts[texts.start], starts[texts.stop])
            places = _places(first[texts], lengths[texts])
            ids[of_part], counts[of_part] = self.ids[places], self.counts[places]
        return parts


def _places(first, lengths):
    """Return the places of entries, of which each text has a run."""
    places = np.repeat(first - (np.cumsum(lengths) - lengths), lengths)
    places += np.arange(len(places))
    return places
