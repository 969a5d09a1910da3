"""Batches of sparse rows for the Keras model that trains a bag network."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy.sparse import issparse

from ..networks._datasets import dataset_of
from ..networks._stored_rows import StoredRows

# TensorFlow is handed so many entries at once, and cuts the batches out of them: to
# make one batch at a time in Python would take longer than training.
_ENTRIES_AT_ONCE = 1 << 18

# Nothing here needs AutoGraph, which would rewrite its code at first use.
_unconverted = tf.autograph.experimental.do_not_convert


class Entries(NamedTuple):
    """What texts have: one text after another.

    Attributes
    ----------
    texts : tensor of shape (n_entries,), dtype=int64
        The number of the text in its batch.

    ids : tensor of shape (n_entries,), dtype=int32
        The word or bigram.

    values : tensor of shape (n_entries,), dtype=float32
        1 + log(count).
    """

    texts: tf.Tensor
    ids: tf.Tensor
    values: tf.Tensor


class BatchRows(NamedTuple):
    """The texts of a batch: what :class:`RowBag` takes.

    Attributes
    ----------
    n_texts : tensor of shape (), dtype=int64
        How many they are.

    words, bigrams : Entries
        What they have.
    """

    n_texts: tf.Tensor
    words: Entries
    bigrams: Entries


class RowBatches:
    """The rows of texts, for batches of them.

    Parameters
    ----------
    words, bigrams : StoredRows of shape (n_texts, n_tokens) and (n_texts, n_bigrams)
        The counts.

    used : ndarray of shape (n_used,) or None, default=None
        The columns of `bigrams` that batches have, in whose order they are numbered.
        None is all.
    """

    def __init__(self, words: StoredRows, bigrams: StoredRows, used=None):
        self.words, self.bigrams = words, bigrams
        self._number = None
        if used is not None and len(used) < bigrams.shape[1]:
            self._number = np.full(bigrams.shape[1], -1, dtype=np.int32)
            self._number[used] = np.arange(len(used))

    def __call__(self, passes, codes, sample_weight, *, batch_size):
        """Return batches of texts, pass after pass.

        Parameters
        ----------
        passes : callable
            Called where an iteration over the batches starts. Returns an iterator that
            yields the numbers of the texts of each pass in their order, an ndarray of
            shape (n,).

        codes, sample_weight : ndarray, csr_array or None
            Labels and weights of all texts. Sparse labels are dense in the batches.

        batch_size : int
            Number of texts of a batch; the last of a pass may have less.

        Returns
        -------
        batches : tf.data.Dataset
            Tuples of `BatchRows`, labels and, if there are any, weights.
        """
        form = BatchForm.of(codes, sample_weight, batch_size)

        @_unconverted
        def cut(entries, columns):
            @_unconverted
            def batch(i):
                return form.cut(entries, columns, i)

            return tf.data.Dataset.range(form.n_batches(entries)).map(batch)

        options = tf.data.Options()
        options.autotune.enabled = False
        parts = self.parts(passes, codes, sample_weight, batch_size=batch_size)
        return (
            dataset_of(parts, form.signature())
            .prefetch(1)
            .flat_map(cut)
            .prefetch(2)
            .with_options(options)
        )

    def parts(self, passes, codes, sample_weight, *, batch_size):
        """Return a generator function of what :meth:`BatchForm.cut` cuts."""
        at_once = self._n_at_once(batch_size)

        def parts():
            for texts in passes():
                for start in range(0, len(texts), at_once):
                    part = texts[start : start + at_once]
                    weight = () if sample_weight is None else (sample_weight[part],)
                    yield self._entries(part), (_labels(codes[part]), *weight)

        return parts

    def one_pass(self, codes, *, batch_size):
        """Return the batches of all texts in their order, and no more."""
        batches = self(in_order(codes), codes, None, batch_size=batch_size)
        n_batches = -(-codes.shape[0] // batch_size)
        return batches.apply(tf.data.experimental.assert_cardinality(n_batches))

    def are_one_part(self, batch_size):
        """Return whether a pass over all texts is handed to TensorFlow at once."""
        return self.words.shape[0] <= self._n_at_once(batch_size)

    def _n_at_once(self, batch_size):
        a_text = (self.words.nnz + self.bigrams.nnz) // max(1, self.words.shape[0])
        return max(1, _ENTRIES_AT_ONCE // max(1, a_text) // batch_size) * batch_size

    def _entries(self, texts):
        """Return the words and the bigrams of texts."""
        ids, counts, lengths = self.bigrams.entries(texts)
        if self._number is not None:
            ids = self._number[ids]
            is_used = ids >= 0
            n_before = np.concatenate([[0], np.cumsum(is_used)])
            lengths = np.diff(n_before[np.concatenate([[0], np.cumsum(lengths)])])
            ids, counts = ids[is_used], counts[is_used]
        return (
            _Ragged.of(*self.words.entries(texts)),
            _Ragged.of(ids, counts, lengths),
        )


class BatchForm(NamedTuple):
    """What batches are made of, and how many texts they have.

    Attributes
    ----------
    batch_size : int
        Number of texts of a batch; the last may have less.

    labels : dtype
        That of the labels.

    n_outputs : int or None
        Number of columns of sparse labels, None of others.

    is_weighted : bool
        Whether the texts have weights.
    """

    batch_size: int
    labels: np.dtype
    n_outputs: int | None
    is_weighted: bool

    @classmethod
    def of(cls, codes, sample_weight, batch_size):
        """Return that of labels and weights; see :class:`RowBatches`."""
        n_outputs = codes.shape[1] if issparse(codes) else None
        return cls(batch_size, codes.dtype, n_outputs, sample_weight is not None)

    def signature(self):
        """Return the types of what batches are cut from."""
        numbers, values = (tf.TensorSpec((None,), d) for d in (tf.int32, tf.float32))
        entries = _Ragged(tf.TensorSpec((None,), tf.int64), numbers, numbers, values)
        labels = tf.TensorSpec((None,), self.labels)
        if self.n_outputs is not None:
            labels = entries
        return (entries, entries), (labels, *[values] * self.is_weighted)

    def n_batches(self, entries):
        """Return how many batches there are."""
        return -(-_n_texts(entries) // self.batch_size)

    def cut(self, entries, columns, i):
        """Return a batch."""
        first = i * self.batch_size
        end = tf.minimum(first + self.batch_size, _n_texts(entries))
        words, bigrams = (part.cut(first, end) for part in entries)
        labels, *weight = columns
        if isinstance(labels, _Ragged):
            labels = _indicators(labels.cut(first, end), end - first, self.n_outputs)
        else:
            labels = labels[first:end]
        rows = BatchRows(end - first, words, bigrams)
        return rows, labels, *[column[first:end] for column in weight]


def _n_texts(entries):
    return tf.shape(entries[0].starts, tf.int64)[0] - 1


def in_order(codes):
    """Return passes that are one, over all texts in their order."""
    return lambda: [np.arange(codes.shape[0])]


class ShuffledPasses:
    """Numbers of texts, in another order at each pass over them.

    Parameters
    ----------
    n_texts : int
        Number of texts of a pass; with more than there are, some come twice.

    seed : int
        Determines the orders, the same ones for each iteration.

    Attributes
    ----------
    texts : ndarray of shape (n,)
        The numbers of the texts, for iterations that start from now on.
    """

    def __init__(self, n_texts, seed):
        self.n_texts, self.seed = n_texts, seed

    def __call__(self):
        """Yield the texts of a pass, without end."""
        texts, rng = self.texts, np.random.RandomState(self.seed)
        while True:
            yield np.resize(texts[rng.permutation(len(texts))], self.n_texts)


class _Ragged(NamedTuple):
    """Entries of many texts, and where those of each text start."""

    starts: tf.Tensor
    texts: tf.Tensor
    ids: tf.Tensor
    values: tf.Tensor

    @classmethod
    def of(cls, ids, counts, lengths):
        starts = np.concatenate([[0], np.cumsum(lengths)])
        texts = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        return cls(starts, texts, ids, 1 + np.log(counts))

    def cut(self, first, end):
        """Return those of the texts from `first` to `end`."""
        places = slice(self.starts[first], self.starts[end])
        texts = tf.cast(self.texts[places], tf.int64) - first
        return Entries(texts, self.ids[places], self.values[places])


def _labels(codes):
    if not issparse(codes):
        return codes
    return _Ragged.of(
        codes.indices.astype(np.int32),
        np.ones(codes.nnz, np.float32),
        np.diff(codes.indptr),
    )


def _indicators(labels, n_texts, n_outputs):
    """Return labels as an indicator matrix."""
    place = tf.stack([labels.texts, tf.cast(labels.ids, tf.int64)], axis=1)
    return tf.scatter_nd(place, labels.values, [n_texts, n_outputs])
