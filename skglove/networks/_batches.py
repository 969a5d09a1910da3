"""What a network is trained on: batches of texts."""

from contextlib import contextmanager


@contextmanager
def fed_by_batches(model):
    """Have a model's `fit` make its batches by `batches_of`, for a while."""
    fit = model.fit

    def fit_to_batches(
        x,
        y,
        *,
        batch_size,
        shuffle=True,
        sample_weight=None,
        validation_data=None,
        **options,
    ):
        weights = () if sample_weight is None else (sample_weight,)
        batches = batches_of((x, y, *weights), batch_size, shuffle)
        if validation_data is not None:
            validation_data = batches_of(validation_data, batch_size)
        return fit(batches, shuffle=False, validation_data=validation_data, **options)

    model.fit = fit_to_batches
    try:
        yield
    finally:
        del model.fit


def batches_of(arrays, batch_size, shuffle=False):
    """Return arrays of the same length, cut into batches.

    Those that Keras makes are tuned while they are used. A thread that does so sleeps
    twice as long each time, and the end of an epoch waits until it wakes up: up to as
    long as the epoch took.

    Parameters
    ----------
    arrays : tuple of array-like
        Texts, labels and weights.

    batch_size : int
        Number of members of a batch; the last may have less.

    shuffle : bool, default=False
        Whether they come in another order each time, which TensorFlow's global seed
        determines.

    Returns
    -------
    batches : tf.data.Dataset
        Tuples of tensors.
    """
    import tensorflow as tf

    arrays = tuple(tf.convert_to_tensor(array) for array in arrays)
    rows = tf.data.Dataset.range(len(arrays[0]))
    if shuffle:
        rows = rows.shuffle(len(arrays[0]))
    batches = rows.batch(batch_size).map(
        lambda chosen: tuple(tf.gather(array, chosen) for array in arrays)
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(2).with_options(options)
