"""Convolutions over words only: what padding adds is computed once, not a text."""

import numpy as np

from .vectorizer import PADDING_ID


def packed_conv(model, pool_size, kernel_size):
    """Return the function of a "conv" network, computed without the padding.

    The first convolution and its pool take most of a step. A cell of the pool that
    sees nothing but padding has the same value in every text; the others are computed
    over rows that hold the words of several texts, with the padding between them that
    keeps each cell where the pool has it.

    Parameters
    ----------
    model : keras.Model
        The network: ids, embedding, convolution, pool, and what follows.

    pool_size, kernel_size : int
        Its sizes.

    Returns
    -------
    call : callable
        Takes what `model.call` takes, gives what it gives but for rounding.
    """
    import tensorflow as tf

    _, embedding, convolution, pool, *rest = model.layers
    sequence_length = model.input_shape[1]
    n_cells = (sequence_length - kernel_size + 1) // pool_size
    # A cell sees its own block of ids and, through the kernel, this many after it.
    n_after = -(-(kernel_size - 1) // pool_size)
    n_blocks = n_cells + n_after
    length = n_blocks * pool_size

    @tf.autograph.experimental.do_not_convert
    def call(ids, training=None, mask=None):
        ids = ids[:, :length]
        ids = tf.pad(ids, [[0, 0], [0, length - ids.shape[1]]])
        blocks = tf.reshape(ids, [-1, n_blocks, pool_size])
        has_words = tf.reduce_any(blocks != PADDING_ID, axis=-1)
        sees_words = _any_shifted(has_words, n_after)[:, :n_cells]
        needed = _any_shifted(
            tf.pad(sees_words, [[0, 0], [n_after, n_after]]), n_after
        )[:, :n_blocks]
        packed = tf.boolean_mask(blocks, needed)
        # Rows as long as before, each with the first blocks of the next at its end.
        # They have room for one block more, so the last cell of all sees padding only.
        n_packed = tf.shape(packed)[0]
        n_rows = n_packed // n_cells + 1
        packed = tf.pad(packed, [[0, n_rows * n_cells + n_after - n_packed], [0, 0]])
        places = tf.range(n_rows)[:, None] * n_cells + np.arange(n_blocks)
        rows = tf.reshape(tf.gather(packed, places), [n_rows, length])
        cells = pool(convolution(embedding(rows)))
        cells = tf.reshape(cells, [n_rows * n_cells, cells.shape[-1]])
        number = tf.cumsum(tf.cast(tf.reshape(needed, [-1]), tf.int32)) - 1
        number = tf.reshape(number, tf.shape(needed))[:, :n_cells]
        x = tf.gather(cells, tf.where(sees_words, number, n_rows * n_cells - 1))
        for layer in rest:
            x = layer(x)
        return x

    return call


def _any_shifted(flags, n_after):
    """Tell for each place of a row whether it or one of the `n_after` next is set."""
    import tensorflow as tf

    padded = tf.pad(flags, [[0, 0], [0, n_after]])
    length = flags.shape[1]
    return tf.reduce_any(
        [padded[:, shift : shift + length] for shift in range(n_after + 1)], axis=0
    )
