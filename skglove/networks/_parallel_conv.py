"""Convolutions of several widths side by side."""


def parallel_conv(
    embedding,
    *,
    sequence_length,
    n_outputs,
    activation,
    filters,
    kernel_size,
    dropout,
    **_,
):
    """Convolutions of three widths, each with global max pooling, into the classes.

    Their widths are `kernel_size` and the two below it, where those are there.

    References
    ----------
    .. [1] Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP
       2014.
    """
    import keras

    ids = keras.layers.Input((sequence_length,), dtype="int32")
    x = max_pooled_convolutions(ids, embedding, filters, kernel_size)
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation=activation)(x))


def max_pooled_convolutions(ids, embedding, filters, kernel_size):
    """Put the convolutions' largest values side by side."""
    from keras.layers import Concatenate, Conv1D, GlobalMaxPooling1D

    if ids.shape[1] < kernel_size:
        raise ValueError(
            f"sequence_length={ids.shape[1]} is too short for "
            f"kernel_size={kernel_size}. Make it longer, or the kernel smaller."
        )
    vectors = embedding(ids)
    widths = range(max(1, kernel_size - 2), kernel_size + 1)
    branches = [
        GlobalMaxPooling1D()(Conv1D(filters, width, activation="relu")(vectors))
        for width in widths
    ]
    return Concatenate()(branches) if len(branches) > 1 else branches[0]
