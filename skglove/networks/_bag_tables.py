"""A trained bag network folded into tables, which score texts with NumPy."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from .._plain import InvalidStateError, check_array, check_keys
from ..text import FIRST_WORD_ID, TokenIds
from ..text._ngrams import ngram_buckets, ngram_rows
from ._rows import bigram_rows, find, sublinear, unknown_word_rows, word_rows

# Added to summed squares: a text without known words has a norm too.
EPSILON = np.float32(1e-6)
# The parts of a word and of a bigram, in the order of the tables' columns.
WORD_PARTS = ("linear", "characters", "vectors", "free")
BIGRAM_PARTS = ("linear", "free")


@dataclass(frozen=True, eq=False)
class BagTables:
    """What words, bigrams and character n-grams say of the classes.

    With u = 1 + log(count), a text's logits are the intercept and, of each part, the
    sum of `u * table` over its words and bigrams, divided by the root of the sum of
    `u**2 * squares`. The linear part of words and that of bigrams have one norm, all
    others have norms of their own. Words outside the vocabulary add the n-grams of
    their characters to the part "characters", with their count in the place of u.

    Attributes
    ----------
    words : ndarray of shape (n_tokens, 4 * n_outputs), dtype=float32
        The tables of the parts of words side by side.

    word_squares : ndarray of shape (n_tokens, 4), dtype=float32
        The squared weights.

    bigrams : ndarray of shape (n_bigrams, 2 * n_outputs), dtype=float32
        The tables of the parts of bigrams.

    bigram_squares : ndarray of shape (n_bigrams, 2), dtype=float32
        The squared weights.

    bigram_keys : ndarray of shape (n_bigrams,), dtype=int64
        `first * n_tokens + second` of each bigram, ascending.

    buckets : ndarray of shape (n_buckets, n_outputs), dtype=float32
        What hashed n-grams say.

    bucket_squares : ndarray of shape (n_buckets,), dtype=float32
        Their squared weights.

    intercept : ndarray of shape (n_outputs,), dtype=float32
        The intercept.
    """

    words: np.ndarray
    word_squares: np.ndarray
    bigrams: np.ndarray
    bigram_squares: np.ndarray
    bigram_keys: np.ndarray
    buckets: np.ndarray
    bucket_squares: np.ndarray
    intercept: np.ndarray

    @property
    def n_tokens(self) -> int:
        """Size of the vocabulary."""
        return len(self.words)

    @property
    def n_outputs(self) -> int:
        """Number of logits."""
        return len(self.intercept)

    def logits(self, ids: TokenIds) -> np.ndarray:
        """Return the logits of texts.

        Parameters
        ----------
        ids : TokenIds
            The texts, words outside the vocabulary with ids of their own.

        Returns
        -------
        logits : ndarray of shape (n_texts, n_outputs), dtype=float32
            The same bits for a text whatever the other texts are.
        """
        if len(ids) == 1:
            return self._logits_of_one(ids)
        words = word_rows(ids, self.n_tokens)
        bigrams = bigram_rows(ids, self.n_tokens, self.bigram_keys)
        return self.logits_of_rows(words, bigrams, self.unknown_buckets(ids))

    def logits_of_rows(self, words, bigrams, unknown=None) -> np.ndarray:
        """Return the logits of sparse rows of words, bigrams and unknown n-grams."""
        sums, squares = _products(sublinear(words), self.words, self.word_squares)
        bigram_sums, bigram_squares = _products(
            sublinear(bigrams), self.bigrams, self.bigram_squares
        )
        self._add_unknown(unknown, sums, squares)
        return self._total(sums, squares, bigram_sums, bigram_squares)

    def _logits_of_one(self, ids):
        """Do the same for one text, without what sparse matrices cost to set up."""
        flat, n_tokens = ids.flat, self.n_tokens
        is_known = (flat >= FIRST_WORD_ID) & (flat < n_tokens)
        sums, squares = _sums_of_one(flat[is_known], self.words, self.word_squares)
        together = is_known[:-1] & is_known[1:]
        keys = flat[:-1][together].astype(np.int64) * n_tokens + flat[1:][together]
        numbers = find(self.bigram_keys, keys)
        bigram_sums, bigram_squares = _sums_of_one(
            numbers[numbers >= 0], self.bigrams, self.bigram_squares
        )
        if ids.unknown and len(self.buckets):
            numbers = flat[flat >= n_tokens] - n_tokens
            words = [ids.unknown[number] for number in numbers.tolist()]
            _, buckets = ngram_buckets(words, len(self.buckets))
            distinct, count = _distinct(buckets)
            more = self._bucket_columns[distinct]
            more[:, : self.n_outputs] *= count[:, np.newaxis]
            more[:, -1] *= count * count
            more = np.add.reduce(more, axis=0)
            sums[:, self._columns(1)] += more[:-1]
            squares[:, 1] += more[-1]
        return self._total(sums, squares, bigram_sums, bigram_squares)

    def unknown_buckets(self, ids: TokenIds) -> csr_matrix | None:
        """Count the n-grams of each text's words outside the vocabulary, if any."""
        if not len(self.buckets) or not ids.unknown:
            return None
        words = unknown_word_rows(ids, self.n_tokens)
        counts = words @ ngram_rows(ids.unknown, len(self.buckets))
        counts.sort_indices()  # sums in another order have other bits
        return counts

    def _add_unknown(self, unknown, sums, squares):
        """Add what the n-grams of words outside the vocabulary say."""
        if unknown is not None:
            more, more_squares = _products(
                unknown, self.buckets, self.bucket_squares[:, np.newaxis]
            )
            sums[:, self._columns(1)] += more
            squares[:, 1:2] += more_squares

    @cached_property
    def _bucket_columns(self):
        """What n-grams say and their squared weights: two columns at least.

        NumPy adds up a single one in another order than SciPy.
        """
        return np.column_stack([self.buckets, self.bucket_squares])

    def _columns(self, part):
        return slice(part * self.n_outputs, (part + 1) * self.n_outputs)

    def _total(self, sums, squares, bigram_sums, bigram_squares):
        """Divide the sums of each part by their norms, and add them up."""
        k = self.n_outputs
        sums[:, :k] += bigram_sums[:, :k]
        squares[:, 0] += bigram_squares[:, 0]
        parts = sums.reshape(len(sums), len(WORD_PARTS), k)
        parts *= (1 / np.sqrt(squares + EPSILON))[:, :, np.newaxis]
        total = self.intercept + parts[:, 0]
        for part in range(1, len(WORD_PARTS)):
            total += parts[:, part]
        size = 1 / np.sqrt(bigram_squares[:, 1:] + EPSILON)
        return total + bigram_sums[:, k:] * size

    def state(self) -> dict:
        """Return the tables as plain state, rows of zeros left out.

        Words that no training text has are zero in most parts, and bigrams that the
        network does not know in its own.
        """
        keys = self.bigram_keys
        if self.n_tokens**2 < 1 << 32:
            keys = keys.astype(np.uint32)
        return {
            "words": _packed(self.words, self.word_squares),
            "bigrams": _packed(self.bigrams, self.bigram_squares),
            "bigram_keys": keys,
            "buckets": self.buckets,
            "bucket_squares": self.bucket_squares,
            "intercept": self.intercept,
        }

    @classmethod
    def from_state(cls, state: dict, n_tokens: int, n_outputs: int) -> "BagTables":
        """Return the tables whose `state` this is; nothing in it is believed."""
        names = {field.name for field in fields(cls)}
        check_keys(state, "tables", sorted(names - {"word_squares", "bigram_squares"}))
        dtype = np.uint32 if n_tokens**2 < 1 << 32 else np.int64
        keys = check_array(state["bigram_keys"], "tables.bigram_keys", dtype, [None])
        keys = keys.astype(np.int64)
        check_bigram_keys(keys, n_tokens)
        bucket_squares = check_array(
            state["bucket_squares"], "tables.bucket_squares", np.float32, [None]
        )
        n_buckets = len(bucket_squares)
        if n_buckets & (n_buckets - 1):
            raise InvalidStateError(
                f"The number of buckets must be a power of two, got {n_buckets}."
            )
        shapes = {"buckets": (n_buckets, n_outputs), "intercept": (n_outputs,)}
        arrays = {
            name: check_array(state[name], f"tables.{name}", np.float32, shape)
            for name, shape in shapes.items()
        }
        words, word_squares = _unpacked(
            state["words"], "tables.words", n_tokens, n_outputs, len(WORD_PARTS)
        )
        bigrams, bigram_squares = _unpacked(
            state["bigrams"], "tables.bigrams", len(keys), n_outputs, len(BIGRAM_PARTS)
        )
        for name, squares in (
            ("words", word_squares),
            ("bigrams", bigram_squares),
            ("bucket_squares", bucket_squares),
        ):
            if (squares < 0).any():
                raise InvalidStateError(
                    f"tables.{name} holds negative numbers where squares are due."
                )
        return cls(
            words=words,
            word_squares=word_squares,
            bigrams=bigrams,
            bigram_squares=bigram_squares,
            bigram_keys=keys,
            bucket_squares=bucket_squares,
            **arrays,
        )


def _packed(table, squares) -> list[dict]:
    """Return the rows of each part that are not all zero, and which they are.

    A part's rows are its columns of `table` with its column of `squares` behind them.
    """
    n_parts = squares.shape[1]
    parts = []
    for columns, square in zip(np.split(table, n_parts, 1), squares.T, strict=True):
        is_kept = columns.any(axis=1) | (square != 0)
        rows = np.column_stack([columns[is_kept], square[is_kept]])
        parts.append({"kept": np.packbits(is_kept), "rows": rows})
    return parts


def _unpacked(parts, name, n_rows, n_outputs, n_parts):
    """Return table and squares of what `_packed` returned, or raise an error."""
    if type(parts) is not list or len(parts) != n_parts:
        raise InvalidStateError(f"{name} must be a list of {n_parts} parts.")
    checked = []
    for i, part in enumerate(parts):
        check_keys(part, f"{name}[{i}]", ("kept", "rows"))
        kept = check_array(
            part["kept"], f"{name}[{i}].kept", np.uint8, [(n_rows + 7) // 8]
        )
        is_kept = np.unpackbits(kept, count=n_rows).astype(bool)
        shape = np.count_nonzero(is_kept), n_outputs + 1
        rows = check_array(part["rows"], f"{name}[{i}].rows", np.float32, shape)
        checked.append((is_kept, rows))
    table = np.zeros((n_rows, n_parts * n_outputs), dtype=np.float32)
    squares = np.zeros((n_rows, n_parts), dtype=np.float32)
    for i, (is_kept, rows) in enumerate(checked):
        table[is_kept, i * n_outputs : (i + 1) * n_outputs] = rows[:, :-1]
        squares[is_kept, i] = rows[:, -1]
    return table, squares


def check_bigram_keys(keys: np.ndarray, n_tokens: int) -> None:
    """Raise an error unless the keys can be looked up by bisection."""
    if len(keys) and (
        (np.diff(keys) <= 0).any() or keys[0] < 0 or keys[-1] >= n_tokens**2
    ):
        raise InvalidStateError(
            "The keys of the bigrams must rise, and be of words that are in the "
            "vocabulary."
        )


def _products(rows, table, squares):
    """Return the sums of a table's rows, and of its squared weights."""
    squared = csr_matrix(
        (rows.data * rows.data, rows.indices, rows.indptr), shape=rows.shape
    )
    return rows @ table, squared @ squares


def _sums_of_one(ids, table, squares):
    """Do the same for the ids of one text, in the same order."""
    distinct, count = _distinct(ids)
    rows, weights = table[distinct], squares[distinct]
    if len(distinct) < len(ids):
        u = (1 + np.log(count))[:, np.newaxis]
        rows *= u
        weights *= u * u
    return np.add.reduce(rows, axis=0)[np.newaxis], np.add.reduce(weights, axis=0)[
        np.newaxis
    ]


def _distinct(ids):
    """Return the different ids, ascending, and how often each is there."""
    ids = np.sort(ids)
    is_first = np.empty(len(ids), dtype=bool)
    is_first[:1] = True
    np.not_equal(ids[1:], ids[:-1], out=is_first[1:])
    first = is_first.nonzero()[0]
    count = np.empty(len(first), dtype=np.float32)
    count[:-1] = first[1:] - first[:-1]
    count[-1:] = len(ids) - first[-1:]
    return ids[first], count
