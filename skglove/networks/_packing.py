"""Convolutions over words only: what padding adds is computed once, not a text."""

from functools import partial

import numpy as np

from ..text import PADDING_ID
from ._reduced_precision import training_dtype


def packed_conv(model, pool_size, kernel_size):
    """Return the function of a "conv" network, computed without the padding.

    The convolutions and their pools take most of a step. A cell of a pool that sees
    nothing but padding has the same value in every text; the others are computed over
    rows that hold the words of several texts, with the padding between them that keeps
    each cell where the pool has it. In training the convolutions multiply in
    :func:`~skglove.networks._reduced_precision.training_dtype`.

    Parameters
    ----------
    model : keras.Model
        The network: ids, embedding, two times a convolution and a pool, a third
        convolution and global pool, and what follows.

    pool_size, kernel_size : int
        Its sizes.

    Returns
    -------
    call : callable
        Takes what `model.call` takes, gives what it gives but for rounding.
    """
    import tensorflow as tf

    _, embedding, first, _, second, _, third, _, *rest = model.layers

    @tf.autograph.experimental.do_not_convert
    def call(ids, training=None, mask=None):
        def convolve(layer, x, pool):
            """Add the bias after the pool, where there is less to add it to."""
            dtype = layer.compute_dtype
            factor = training_dtype(dtype) if training else dtype
            kernel = tf.cast(layer.kernel, factor)
            x = pool(tf.nn.conv1d(tf.cast(x, factor), kernel, 1, "VALID"))
            return tf.nn.relu(tf.cast(x, dtype) + tf.cast(layer.bias, dtype))

        def pool(x):
            return tf.nn.max_pool1d(x, pool_size, pool_size, "VALID")

        values, places = embedding, ids
        has_words, padding = ids != PADDING_ID, PADDING_ID
        for layer in (first, second):
            rows, cells_of = _pack(places, has_words, padding, pool_size, kernel_size)
            cells, places, has_words, padding = cells_of(
                convolve(layer, values(rows), pool)
            )
            values = partial(tf.gather, cells)
        x = convolve(third, values(places), partial(tf.reduce_max, axis=1))
        for layer in rest:
            x = layer(x)
        return x

    return call


def _pack(places, has_words, padding, pool_size, kernel_size):
    """Lay out rows without padding, for a convolution and a pool.

    Parameters
    ----------
    places : int tensor of shape (n_texts, length)
        Where the value of each position of each text is found.

    has_words : bool tensor of shape (n_texts, length)
        Whether a position sees words; the others are all alike.

    padding : int or int tensor of shape ()
        The place of their value.

    pool_size, kernel_size : int
        Sizes of pool and convolution.

    Returns
    -------
    rows : int tensor of shape (n_rows, row_length)
        The places of the values to compute over.

    cells_of : callable
        Takes what was computed, of shape (n_rows, n_cells, n_channels), and returns
        it as a table of cells, and the texts' cells as this function takes them:
        `places` in that table, `has_words` and `padding`.
    """
    import tensorflow as tf

    n_cells = (places.shape[1] - kernel_size + 1) // pool_size
    # A cell sees its own block and, through the kernel, this many after it.
    n_after = -(-(kernel_size - 1) // pool_size)
    n_blocks = n_cells + n_after
    length = n_blocks * pool_size

    def in_blocks(values, filler):
        values = values[:, :length]
        n_missing = length - values.shape[1]
        values = tf.pad(values, [[0, 0], [0, n_missing]], constant_values=filler)
        return tf.reshape(values, [-1, n_blocks, pool_size])

    has_words = tf.reduce_any(in_blocks(has_words, False), axis=-1)
    sees_words = _any_shifted(has_words, n_after)[:, :n_cells]
    around = tf.pad(sees_words, [[0, 0], [n_after, n_after]])
    needed = _any_shifted(around, n_after)[:, :n_blocks]
    packed = tf.boolean_mask(in_blocks(places, padding), needed)
    # Rows as long as before, each with the first blocks of the next at its end.
    # They have room for one block more, so the last cell of all sees padding only.
    n_packed = tf.shape(packed)[0]
    n_rows = n_packed // n_cells + 1
    n_free = n_rows * n_cells + n_after - n_packed
    packed = tf.pad(packed, [[0, n_free], [0, 0]], constant_values=padding)
    blocks = tf.range(n_rows)[:, None] * n_cells + np.arange(n_blocks)
    rows = tf.reshape(tf.gather(packed, blocks), [n_rows, length])

    def cells_of(computed):
        cells = tf.reshape(computed, [n_rows * n_cells, computed.shape[-1]])
        empty = n_rows * n_cells - 1
        number = tf.cumsum(tf.cast(tf.reshape(needed, [-1]), tf.int32)) - 1
        number = tf.reshape(number, tf.shape(needed))[:, :n_cells]
        return cells, tf.where(sees_words, number, empty), sees_words, empty

    return rows, cells_of


def _any_shifted(flags, n_after):
    """Tell for each place of a row whether it or one of the `n_after` next is set."""
    import tensorflow as tf

    padded = tf.pad(flags, [[0, 0], [0, n_after]])
    length = flags.shape[1]
    return tf.reduce_any(
        [padded[:, shift : shift + length] for shift in range(n_after + 1)], axis=0
    )
