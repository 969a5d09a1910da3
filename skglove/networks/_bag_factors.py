"""A trained bag network of many classes: its vectors and the matrix they go through."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from .._key_index import KeyIndex
from .._plain import InvalidStateError, check_array, check_keys
from ..text import TokenIds
from ._bag_tables import (
    BIGRAM_PARTS,
    EPSILON,
    WORD_PARTS,
    BagTables,
    check_bigram_keys,
    half_precision,
    narrowed,
    widened,
)
from ._rows import bigram_rows, largest, sublinear, word_rows


@dataclass(frozen=True, eq=False)
class BagFactors:
    """What words and bigrams say of many classes.

    :class:`BagTables` have a column a class. With thousands of classes they would not
    fit into memory: here words and bigrams keep the vectors that were learned, whose
    bags one matrix takes to the classes. A bag is the sum of `u * vector` over the
    words or bigrams of a text, with u = 1 + log(count), divided by the root of the sum
    of `u**2 * square`.

    Attributes
    ----------
    vectors : ndarray of shape (n_tokens, embedding_dim), dtype=float32
        The word vectors that the network started with, weighted.

    free : ndarray of shape (n_tokens, free_dim), dtype=float32
        The vectors that it has learned, weighted.

    word_squares : ndarray of shape (n_tokens, 2), dtype=float32
        The squared weights of both.

    bigrams : ndarray of shape (n_bigrams, bigram_dim), dtype=float32
        The vectors of bigrams, weighted.

    bigram_squares : ndarray of shape (n_bigrams, 1), dtype=float32
        Their squared weights.

    bigram_keys : ndarray of shape (n_bigrams,), dtype=int64
        `first * n_tokens + second` of each bigram, ascending.

    kernel : ndarray of shape (embedding_dim + free_dim + bigram_dim, n_outputs), \
            dtype=float32
        What takes the bags, side by side, to the classes.

    intercept : ndarray of shape (n_outputs,), dtype=float32
        The intercept.
    """

    vectors: np.ndarray
    free: np.ndarray
    word_squares: np.ndarray
    bigrams: np.ndarray
    bigram_squares: np.ndarray
    bigram_keys: np.ndarray
    kernel: np.ndarray
    intercept: np.ndarray

    #: As :class:`BagTables` have it: the logits are left as they are.
    power, typical = 0.0, 1.0

    @property
    def n_tokens(self) -> int:
        """Size of the vocabulary."""
        return len(self.vectors)

    @property
    def n_outputs(self) -> int:
        """Number of logits."""
        return len(self.intercept)

    @cached_property
    def index(self) -> KeyIndex:
        """Where each bigram is."""
        return KeyIndex(self.bigram_keys)

    def bags(self, ids: TokenIds) -> np.ndarray:
        """Return the bags of texts, an array of shape (n_texts, len(kernel))."""
        words = sublinear(word_rows(ids, self.n_tokens))
        bigrams = sublinear(bigram_rows(ids, self.n_tokens, self.index))
        squares = words.power(2) @ self.word_squares
        bigram_squares = bigrams.power(2) @ self.bigram_squares
        return np.hstack(
            [
                words @ self.vectors / np.sqrt(squares[:, :1] + EPSILON),
                words @ self.free / np.sqrt(squares[:, 1:] + EPSILON),
                bigrams @ self.bigrams / np.sqrt(bigram_squares + EPSILON),
            ]
        )

    def logits(self, ids: TokenIds) -> np.ndarray:
        """Return the logits of texts, an array of shape (n_texts, n_outputs)."""
        return self.bags(ids) @ self.kernel + self.intercept

    def tables(self, outputs=None) -> BagTables:
        """Return the tables of some of the classes, or those of the bags themselves.

        Parameters
        ----------
        outputs : array-like of int or None, default=None
            The classes. None makes tables whose logits are the bags.
        """
        kernel, intercept = self.kernel, self.intercept
        if outputs is None:
            kernel = np.eye(len(kernel), dtype=np.float32)
            intercept = np.zeros(len(kernel), dtype=np.float32)
        else:
            kernel, intercept = kernel[:, outputs], intercept[outputs]
        dims = [self.vectors.shape[1], self.free.shape[1]]
        of_vectors, of_free, of_bigrams = np.split(kernel, np.cumsum(dims))
        n_outputs, n_bigrams = kernel.shape[1], len(self.bigrams)
        nothing = np.zeros((self.n_tokens, n_outputs), dtype=np.float32)
        of_words = {"vectors": self.vectors @ of_vectors, "free": self.free @ of_free}
        squares = dict(zip(of_words, self.word_squares.T, strict=True))
        return BagTables(
            words=np.hstack([of_words.get(part, nothing) for part in WORD_PARTS]),
            word_squares=np.column_stack(
                [squares.get(part, nothing[:, 0]) for part in WORD_PARTS]
            ),
            bigrams=_last(self.bigrams @ of_bigrams, n_bigrams, n_outputs),
            bigram_squares=_last(self.bigram_squares, n_bigrams, 1),
            bigram_keys=self.bigram_keys,
            buckets=np.zeros((0, n_outputs + 1), dtype=np.float32),
            intercept=intercept,
        )

    def compressed(self, max_bigrams: int | None = None) -> "BagFactors":
        """Return factors of half precision, with fewer bigrams.

        Parameters
        ----------
        max_bigrams : int or None, default=None
            How many to keep: those with the longest vectors. None keeps all.
        """
        kept = np.arange(len(self.bigrams))
        if max_bigrams is not None and max_bigrams < len(kept):
            kept = largest(np.linalg.norm(self.bigrams, axis=1), max_bigrams)
        fewer = {
            name: half_precision(getattr(self, name)[kept])
            for name in ("bigrams", "bigram_squares")
        }
        others = {
            name: half_precision(getattr(self, name))
            for name in ("vectors", "free", "word_squares", "kernel")
        }
        return replace(self, bigram_keys=self.bigram_keys[kept], **fewer, **others)

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays by name."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        keys = arrays.pop("bigram_keys")
        narrow = {name: narrowed(values) for name, values in arrays.items()}
        return {**narrow, "bigram_keys": keys}

    @classmethod
    def from_state(cls, state: dict, n_tokens: int, n_outputs: int) -> "BagFactors":
        """Return the factors whose `state` this is; nothing in it is believed."""
        check_keys(state, "tables", [field.name for field in fields(cls)])
        keys = check_array(state["bigram_keys"], "tables.bigram_keys", np.int64, [None])
        dims = [
            widened(state[name], f"tables.{name}", (None, None)).shape[1]
            for name in ("vectors", "free", "bigrams")
        ]
        shapes = {
            "vectors": (n_tokens, dims[0]),
            "free": (n_tokens, dims[1]),
            "word_squares": (n_tokens, 2),
            "bigrams": (len(keys), dims[2]),
            "bigram_squares": (len(keys), 1),
            "kernel": (sum(dims), n_outputs),
            "intercept": (n_outputs,),
        }
        arrays = {
            name: widened(state[name], f"tables.{name}", shape)
            for name, shape in shapes.items()
        }
        for name in ("word_squares", "bigram_squares"):
            if (arrays[name] < 0).any():
                raise InvalidStateError(f"tables.{name} holds negative numbers.")
        check_bigram_keys(keys, n_tokens)
        return cls(**arrays, bigram_keys=keys)


def _last(table, n_bigrams, n_columns):
    """Return a table of bigrams as the last of the parts, the others empty."""
    others = (len(BIGRAM_PARTS) - 1) * n_columns
    return np.hstack([np.zeros((n_bigrams, others), dtype=np.float32), table])
