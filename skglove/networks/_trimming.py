"""Convolutions without the padding that all texts of a batch share."""

from ..text._vectorizer import PADDING_ID


def trimmed(model, kernel_size):
    """Return the function of a network with global max pooling, on shorter rows.

    As many columns of padding are left as a convolution sees words: more of them add
    nothing to the largest of all values.

    Parameters
    ----------
    model : keras.Model
        The network: ids of any length, convolutions with global max pooling, and what
        makes no difference between rows with more and with less padding.

    kernel_size : int
        How many words the widest of its convolutions sees.

    Returns
    -------
    call : callable
        Takes what `model.call` takes, gives what it gives but for rounding.
    """
    import tensorflow as tf

    own_call = model.call

    @tf.autograph.experimental.do_not_convert
    def call(ids, training=None, mask=None):
        has_words = tf.cast(tf.reduce_any(ids != PADDING_ID, axis=0), tf.int32)
        first = tf.argmax(has_words, output_type=tf.int32)
        n_after_last = tf.argmax(has_words[::-1], output_type=tf.int32)
        start = tf.maximum(first - kernel_size, 0)
        stop = tf.shape(ids)[1] - tf.maximum(n_after_last - kernel_size, 0)
        return own_call(ids[:, start:stop], training=training)

    return call
