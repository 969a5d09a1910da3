"""A trained bag network folded into tables, which score texts with NumPy."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from .._key_index import KeyIndex
from .._plain import (
    InvalidStateError,
    check_array,
    check_float,
    check_ints,
    check_keys,
    narrow_ints,
)
from ..text import FIRST_WORD_ID, UNKNOWN_ID, TokenIds
from ..text._ngrams import ngram_buckets
from ._calibration import MIN_SPREAD
from ._rows import (
    MAX_TRIGRAM_TOKENS,
    bigram_rows,
    has_trigrams,
    largest,
    n_bigrams_of,
    sublinear,
    trigram_keys,
    unknown_ngram_rows,
    word_rows,
    words_of_ngrams,
)
from ._weighted_sums import add_weighted_rows

# Added to summed squares: a text without known words has a norm too.
EPSILON = np.float32(1e-6)
# The parts of a word and of a bigram, in the order of the tables' columns.
WORD_PARTS = ("linear", "characters", "vectors", "free")
BIGRAM_PARTS = ("linear", "free")
N_PARTS = len(WORD_PARTS) + len(BIGRAM_PARTS)


@dataclass(frozen=True, eq=False)
class BagTables:
    """What words, bigrams and character n-grams say of the classes.

    With u = 1 + log(count), a text's logits are the intercept and, of each part, the
    sum of `u * table` over its words and bigrams, divided by the root of the sum of
    `u**2 * squares`. The linear part of words and that of bigrams have one norm, all
    others have norms of their own. Words outside the vocabulary add the n-grams of
    their characters to the part "characters" each time that they occur, without u.

    Attributes
    ----------
    words : ndarray of shape (n_tokens, 4 * n_outputs), dtype=float32
        The tables of the parts of words side by side.

    word_squares : ndarray of shape (n_tokens, 4), dtype=float32
        The squared weights.

    bigrams : ndarray of shape (n_bigrams, 2 * n_outputs), dtype=float32
        The tables of the parts of bigrams and, behind these, trigrams.

    bigram_squares : ndarray of shape (n_bigrams, 2), dtype=float32
        The squared weights.

    bigram_keys : ndarray of shape (n_bigrams,), dtype=int64
        `first * n_tokens + second` of each bigram, and of each trigram what
        `trigram_keys` returns; ascending.

    buckets : ndarray of shape (n_buckets, n_outputs + 1), dtype=float32
        What hashed n-grams say, and in the last column their squared weights.

    intercept : ndarray of shape (n_outputs,), dtype=float32
        The intercept.

    power, typical : float, default=0.0 and 1.0
        What makes probabilities of the logits; see :func:`tempered`.
    """

    words: np.ndarray
    word_squares: np.ndarray
    bigrams: np.ndarray
    bigram_squares: np.ndarray
    bigram_keys: np.ndarray
    buckets: np.ndarray
    intercept: np.ndarray
    power: float = 0.0
    typical: float = 1.0

    @property
    def n_tokens(self) -> int:
        """Size of the vocabulary."""
        return len(self.words)

    @property
    def n_outputs(self) -> int:
        """Number of logits."""
        return len(self.intercept)

    @cached_property
    def index(self) -> KeyIndex:
        """Where each bigram and trigram is."""
        return KeyIndex(self.bigram_keys)

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
        bigrams = bigram_rows(ids, self.n_tokens, self.index)
        unknown = None
        if ids.unknown and len(self.buckets):
            unknown = unknown_ngram_rows(ids, self.n_tokens, len(self.buckets))
        return self.logits_of_rows(words, bigrams, unknown)

    def logits_of_rows(self, words, bigrams, unknown=None) -> np.ndarray:
        """Return the logits of sparse rows of words, bigrams and unknown n-grams."""
        of_words = _products(sublinear(words), self.words, self.word_squares)
        of_bigrams = _products(sublinear(bigrams), self.bigrams, self.bigram_squares)
        sums, squares = map(np.hstack, zip(of_words, of_bigrams, strict=True))
        if unknown is not None:
            more = unknown @ self.buckets
            sums[:, self._columns(1)] += more[:, :-1]
            squares[:, 1] += more[:, -1]
        return self._total(sums, squares)

    def _logits_of_one(self, ids):
        """Do the same for one text, without what sparse matrices cost to set up."""
        n_tokens, n_parts, k = self.n_tokens, len(WORD_PARTS), self.n_outputs
        words = ids.flat.astype(np.int64)
        is_unknown = words >= n_tokens
        unknown = (words[is_unknown] - n_tokens).tolist() if ids.unknown else []
        words[is_unknown] = UNKNOWN_ID
        keys = words[:-1] * n_tokens + words[1:]
        if has_trigrams(self.bigram_keys, n_tokens):
            keys = np.concatenate([keys, trigram_keys(keys[:-1], words[2:], n_tokens)])
        numbers = self.index.find(keys)  # of no n-gram [UNK] is a part
        numbers = numbers[numbers >= 0]
        # Those of n-grams behind those of words: one sort is enough for all.
        numbers += n_tokens
        numbers, count = _distinct(np.concatenate([words, numbers]))
        start, stop = numbers.searchsorted((FIRST_WORD_ID, n_tokens)).tolist()
        u = 1 + np.log(count)
        squared = u * u

        sums = np.zeros(N_PARTS * k, dtype=np.float32)
        squares = np.zeros(N_PARTS, dtype=np.float32)
        words, ngrams = numbers[start:stop], numbers[stop:] - n_tokens
        add_weighted_rows(words, u[start:stop], self.words, sums[: n_parts * k])
        add_weighted_rows(
            words, squared[start:stop], self.word_squares, squares[:n_parts]
        )
        add_weighted_rows(ngrams, u[stop:], self.bigrams, sums[n_parts * k :])
        add_weighted_rows(
            ngrams, squared[stop:], self.bigram_squares, squares[n_parts:]
        )
        if unknown and len(self.buckets):
            unknown = [ids.unknown[number] for number in unknown]
            buckets = ngram_buckets(unknown, len(self.buckets))
            ones = np.ones(len(buckets), dtype=np.float32)
            # Added to nothing first, as a sparse product is: for the same bits.
            more = np.zeros(k + 1, dtype=np.float32)
            add_weighted_rows(buckets, ones, self.buckets, more)
            sums[self._columns(1)] += more[:-1]
            squares[1] += more[-1]
        return self._total(sums, squares)[np.newaxis]

    def _columns(self, part):
        return slice(part * self.n_outputs, (part + 1) * self.n_outputs)

    def _total(self, sums, squares):
        """Divide the sums of each part by their norms, and add them up.

        `sums` and `squares` have the parts of words, then those of bigrams, in their
        last axis. They are used up.
        """
        of_bigrams = len(WORD_PARTS)
        parts = sums.reshape(*sums.shape[:-1], N_PARTS, self.n_outputs)
        parts[..., 0, :] += parts[..., of_bigrams, :]
        squares[..., 0] += squares[..., of_bigrams]
        sizes = 1 / np.sqrt(squares + EPSILON)
        sizes[..., of_bigrams] = 0  # its sums are those of the first part now
        parts *= sizes[..., np.newaxis]
        return np.add.reduce(parts, axis=-2) + self.intercept

    def state(self) -> dict:
        """Return the tables as plain state, rows of zeros left out.

        Words that no training text has are zero in most parts, and bigrams that the
        network does not know in its own.
        """
        return {
            "words": _packed(self.words, self.word_squares),
            "bigrams": _packed(self.bigrams, self.bigram_squares),
            **_packed_keys(self.bigram_keys, self.n_tokens),
            "buckets": narrowed(self.buckets[:, :-1]),
            "bucket_squares": narrowed(self.buckets[:, -1]),
            "intercept": self.intercept,
            "power": self.power,
            "typical": self.typical,
        }

    def compressed(self, max_bigrams: int | None = None) -> "BagTables":
        """Return tables of half precision, with fewer bigrams and trigrams.

        Parameters
        ----------
        max_bigrams : int or None, default=None
            How many to keep: those that add most to some class. None keeps all.
        """
        kept = np.arange(len(self.bigrams))
        if max_bigrams is not None and max_bigrams < len(kept):
            kept = largest(np.abs(self.bigrams).max(axis=1, initial=0), max_bigrams)
            kept = kept[_can_be_found(self.bigram_keys[kept], self.n_tokens)]
        return BagTables(
            words=half_precision(self.words),
            word_squares=half_precision(self.word_squares),
            bigrams=half_precision(self.bigrams[kept]),
            bigram_squares=half_precision(self.bigram_squares[kept]),
            bigram_keys=self.bigram_keys[kept],
            buckets=half_precision(self.buckets),
            intercept=self.intercept,
            power=self.power,
            typical=self.typical,
        )

    @classmethod
    def from_state(cls, state: dict, n_tokens: int, n_outputs: int) -> "BagTables":
        """Return the tables whose `state` this is; nothing in it is believed."""
        others = {"word_squares", "bigram_squares", "power", "typical"}
        names = {field.name for field in fields(cls)} - others | {"bucket_squares"}
        optional = ["power", "typical", "trigram_keys"]
        check_keys(state, "tables", sorted(names), optional)
        power = check_float(state.get("power", 0.0), "tables.power")
        typical = check_float(state.get("typical", 1.0), "tables.typical")
        if not 0 <= power <= 1 or not MIN_SPREAD <= typical < 1e9:
            raise InvalidStateError(
                "tables.power must be between 0 and 1, and tables.typical positive; "
                f"got {power} and {typical}."
            )
        keys = _unpacked_keys(state["bigram_keys"], n_tokens)
        if "trigram_keys" in state:
            more = _unpacked_trigrams(state["trigram_keys"], n_tokens)
            keys = np.concatenate([keys, more])
            if not _can_be_found(keys, n_tokens).all():
                raise InvalidStateError("A trigram lacks one of its two bigrams.")
        bucket_squares = widened(
            state["bucket_squares"], "tables.bucket_squares", [None]
        )
        n_buckets = len(bucket_squares)
        if n_buckets & (n_buckets - 1):
            raise InvalidStateError(
                f"The number of buckets must be a power of two, got {n_buckets}."
            )
        buckets = widened(state["buckets"], "tables.buckets", (n_buckets, n_outputs))
        intercept = widened(state["intercept"], "tables.intercept", (n_outputs,))
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
            buckets=np.column_stack([buckets, bucket_squares]),
            intercept=intercept,
            power=power,
            typical=typical,
        )


def half_precision(values: np.ndarray) -> np.ndarray:
    """Return float32 values rounded to those that float16 has."""
    most = np.finfo(np.float16).max
    return np.clip(values, -most, most).astype(np.float16).astype(np.float32)


def narrowed(values):
    """Return values as float16 where nothing of them is lost."""
    narrow = values.astype(np.float16)
    return narrow if (narrow == values).all() else values


def widened(values, name, shape):
    """Return the float32 values of what `narrowed` returned, or raise an error."""
    is_narrow = isinstance(values, np.ndarray) and values.dtype.itemsize == 2
    dtype = np.float16 if is_narrow else np.float32
    return check_array(values, name, dtype, shape).astype(np.float32, copy=False)


def _packed(table, squares) -> list[dict]:
    """Return the rows of each part that are not all zero, and which they are."""
    n_parts = squares.shape[1]
    parts = []
    for columns, square in zip(np.split(table, n_parts, 1), squares.T, strict=True):
        is_kept = columns.any(axis=1) | (square != 0)
        parts.append(
            {
                "kept": np.packbits(is_kept),
                "rows": narrowed(columns[is_kept]),
                "squares": narrowed(square[is_kept]),
            }
        )
    return parts


def _unpacked(parts, name, n_rows, n_outputs, n_parts):
    """Return table and squares of what `_packed` returned, or raise an error."""
    if type(parts) is not list or len(parts) != n_parts:
        raise InvalidStateError(f"{name} must be a list of {n_parts} parts.")
    checked = []
    for i, part in enumerate(parts):
        check_keys(part, f"{name}[{i}]", ("kept", "rows"), ("squares",))
        kept = check_array(
            part["kept"], f"{name}[{i}].kept", np.uint8, [(n_rows + 7) // 8]
        )
        is_kept = np.unpackbits(kept, count=n_rows).astype(bool)
        n_kept = np.count_nonzero(is_kept)
        # The first files have the squares as the last column of the rows.
        has_both = "squares" not in part
        shape = n_kept, n_outputs + has_both
        rows = widened(part["rows"], f"{name}[{i}].rows", shape)
        squares = (
            rows[:, -1]
            if has_both
            else widened(part["squares"], f"{name}[{i}].squares", [n_kept])
        )
        checked.append((is_kept, rows[:, :n_outputs], squares))
    table = np.zeros((n_rows, n_parts * n_outputs), dtype=np.float32)
    squares = np.zeros((n_rows, n_parts), dtype=np.float32)
    for i, (is_kept, rows, of_rows) in enumerate(checked):
        table[is_kept, i * n_outputs : (i + 1) * n_outputs] = rows
        squares[is_kept, i] = of_rows
    return table, squares


def _can_be_found(keys, n_tokens):
    """Tell which of ascending n-grams are bigrams, or made of two that are there."""
    n_bigrams = n_bigrams_of(keys, n_tokens)
    first, second, third = words_of_ngrams(keys[n_bigrams:], n_tokens)
    found, bigrams = np.ones(len(keys), dtype=bool), KeyIndex(keys[:n_bigrams])
    for pair in (first * n_tokens + second, second * n_tokens + third):
        found[n_bigrams:] &= bigrams.find(pair) >= 0
    return found


def _packed_keys(keys, n_tokens):
    """Return how many n-grams each word begins, and their other words, by name."""
    n_bigrams = n_bigrams_of(keys, n_tokens)
    first, second, _ = words_of_ngrams(keys[:n_bigrams], n_tokens)
    packed = {"bigram_keys": {"counts": first, "second": second}}
    if n_bigrams < len(keys):  # files of before there were any have none
        first, second, third = words_of_ngrams(keys[n_bigrams:], n_tokens)
        packed["trigram_keys"] = {"counts": first, "second": second, "third": third}
    for part in packed.values():
        part["counts"] = np.bincount(part["counts"], minlength=n_tokens)
        part.update({name: narrow_ints(values) for name, values in part.items()})
    return packed


def _unpacked_keys(packed, n_tokens):
    """Return the keys of bigrams that `_packed_keys` returned, or raise an error."""
    if isinstance(packed, np.ndarray):  # as the first files have them
        dtype = np.uint32 if n_tokens**2 < 1 << 32 else np.int64
        keys = check_array(packed, "tables.bigram_keys", dtype, [None])
        keys = keys.astype(np.int64)
    else:
        first, second = _unpacked_words(packed, "tables.bigram_keys", n_tokens, [])
        keys = first * n_tokens + second
    check_bigram_keys(keys, n_tokens)
    return keys


def _unpacked_trigrams(packed, n_tokens):
    """Return the keys of trigrams that `_packed_keys` returned, or raise an error."""
    name = "tables.trigram_keys"
    if n_tokens > MAX_TRIGRAM_TOKENS:
        raise InvalidStateError(
            f"{name} is for {MAX_TRIGRAM_TOKENS:,} words at most, got {n_tokens:,}."
        )
    first, second, third = _unpacked_words(packed, name, n_tokens, ["third"])
    keys = trigram_keys(first * n_tokens + second, third, n_tokens)
    if (np.diff(keys) <= 0).any():
        raise InvalidStateError("The keys of the trigrams must rise.")
    return keys


def _unpacked_words(packed, name, n_tokens, more):
    """Return first, second and `more` words of n-grams, or raise an error."""
    check_keys(packed, name, ["counts", "second", *more])
    counts = check_ints(packed["counts"], f"{name}.counts", n_tokens)
    n_ngrams = int(counts.sum())
    words = [np.repeat(np.arange(n_tokens), counts)]
    for which in ("second", *more):
        ids = check_ints(packed[which], f"{name}.{which}", n_ngrams)
        if len(ids) and ids.max() >= n_tokens:
            raise InvalidStateError(f"{name}.{which} holds words that there are not.")
        words.append(ids)
    return words


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


def _distinct(ids):
    """Return the different ids, ascending, and how often each is there; sorts `ids`."""
    ids.sort()
    is_first = np.empty(len(ids), dtype=bool)
    is_first[:1] = True
    np.not_equal(ids[1:], ids[:-1], out=is_first[1:])
    first = is_first.nonzero()[0]
    count = np.empty(len(first), dtype=np.float32)
    count[:-1] = first[1:] - first[:-1]
    count[-1:] = len(ids) - first[-1:]
    return ids.take(first), count
