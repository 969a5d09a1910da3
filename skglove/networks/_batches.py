"""Ids to padded tensors, batch by batch: the one place where texts are padded."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import issparse

from ..text import TokenIds
from ._datasets import dataset_of

# Places of a batch of predictions, so that long texts do not take more memory than
# the texts of usual length that share a batch.
_PLACES_AT_ONCE = 1 << 18


def padded_batches(
    ids: TokenIds, batch_size: int, spec
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the texts by length, so that those of a batch share most padding.

    Parameters
    ----------
    ids : TokenIds
        The texts.

    batch_size : int
        Most texts of a batch.

    spec : NetworkSpec
        The network, which says how long rows are and which end is padded.

    Yields
    ------
    rows : ndarray of shape (n,), dtype=int64
        The numbers of the texts.

    batch : ndarray of shape (n, length), dtype=int32
        Their ids.
    """
    order = np.argsort(ids.lengths, kind="stable")
    start = 0
    while start < len(order):
        stop = min(start + batch_size, len(order))
        longest = spec.row_length or max(1, int(ids.lengths[order[stop - 1]]))
        stop = max(start + 1, min(stop, start + _PLACES_AT_ONCE // longest))
        rows = order[start:stop]
        yield rows, _padded(ids[rows], spec)
        start = stop


def training_batches(ids, codes, sample_weight, *, spec, batch_size, seed=None):
    """Return texts, labels and weights in batches, for `keras.Model.fit`.

    Those that Keras makes are tuned while they are used. A thread that does so sleeps
    twice as long each time, and the end of an epoch waits until it wakes up: up to as
    long as the epoch took.

    Parameters
    ----------
    ids : TokenIds
        The texts.

    codes : ndarray of shape (n_samples,) or csr_array of shape (n_samples, n_outputs)
        Their labels.

    sample_weight : ndarray of shape (n_samples,) or None
        Their weights.

    spec : NetworkSpec
        The network.

    batch_size : int
        Number of texts of a batch; the last may have less.

    seed : int or None, default=None
        Determines the order, another one each time. None keeps the texts in order.

    Returns
    -------
    batches : tf.data.Dataset
        Tuples of tensors.
    """
    import tensorflow as tf

    rng = None if seed is None else np.random.RandomState(seed)
    columns = [codes] if sample_weight is None else [codes, sample_weight]
    n_texts = len(ids)

    def epoch():
        order = np.arange(n_texts) if rng is None else rng.permutation(n_texts)
        for start in range(0, n_texts, batch_size):
            rows = order[start : start + batch_size]
            values = (column[rows] for column in columns)
            yield (
                _padded(ids[rows], spec),
                *(value.toarray() if issparse(value) else value for value in values),
            )

    signature = (
        tf.TensorSpec((None, spec.row_length), tf.int32),
        *(
            tf.TensorSpec((None, *column.shape[1:]), tf.as_dtype(column.dtype))
            for column in columns
        ),
    )
    batches = dataset_of(epoch, signature)
    n_batches = -(-n_texts // batch_size)
    options = tf.data.Options()
    options.autotune.enabled = False
    return (
        batches.apply(tf.data.experimental.assert_cardinality(n_batches))
        .prefetch(2)
        .with_options(options)
    )


def _padded(ids, spec):
    length = spec.row_length or max(1, int(ids.lengths.max()))
    return ids.padded(length, spec.network.padding)
