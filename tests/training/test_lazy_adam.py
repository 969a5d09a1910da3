"""LazyAdam: Adam where all rows are used, and rows at rest where they are not."""

import numpy as np
import pytest

TABLE = np.random.RandomState(0).normal(size=(5, 3)).astype(np.float32)


def run(optimizer, gradients):
    """Return the table after a step with each of the gradients."""
    import keras

    variable = keras.Variable(TABLE)
    optimizer.build([variable])
    for gradient in gradients:
        optimizer.apply([gradient], [variable])
    return variable.numpy()


def make_gradients(n_steps=6, seed=1):
    return np.random.RandomState(seed).normal(size=(n_steps, 5, 3)).astype(np.float32)


def slices(gradient, rows):
    """The rows of a gradient as TensorFlow gives them for a lookup."""
    import tensorflow as tf

    return tf.IndexedSlices(tf.constant(gradient[rows]), tf.constant(rows), (5, 3))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3},
        {"weight_decay": 0.1},
        {"amsgrad": True},
    ],
)
@pytest.mark.parametrize("sparse", [False, True])
def test_with_all_rows_it_is_adam(sparse, options):
    import keras

    from skglove.training._lazy_adam import LazyAdam

    gradients = make_gradients()
    expected = run(keras.optimizers.Adam(0.05, **options), gradients)
    if sparse:
        gradients = [slices(gradient, [3, 1, 0, 4, 2]) for gradient in gradients]
    got = run(LazyAdam(0.05, **options), gradients)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert np.abs(got - TABLE).max() > 0.01


def test_rows_that_stand_twice_add_up():
    from skglove.training._lazy_adam import LazyAdam

    (gradient,) = make_gradients(1)
    doubled = gradient * [[2], [1], [1], [1], [1]]
    got = run(LazyAdam(), [slices(gradient, [0, 1, 0])])
    expected = run(LazyAdam(), [slices(doubled.astype(np.float32), [0, 1])])
    np.testing.assert_allclose(got, expected, atol=1e-7)


def test_rows_not_used_keep_their_bits():
    import keras

    from skglove.training._lazy_adam import LazyAdam

    gradients = make_gradients()
    first = slices(gradients[0], [0, 1, 2])
    steps = [first] + [slices(gradient, [2, 4]) for gradient in gradients[1:]]
    got = run(LazyAdam(0.05), steps)
    after_one = run(LazyAdam(0.05), [first])
    np.testing.assert_array_equal(got[3], TABLE[3])
    np.testing.assert_array_equal(got[[0, 1]], after_one[[0, 1]])
    assert (got[[2, 4]] != after_one[[2, 4]]).all()
    # Adam's moments move them.
    assert (run(keras.optimizers.Adam(0.05), steps)[:2] != after_one[:2]).all()


def test_no_rows_at_all_are_no_step():
    from skglove.training._lazy_adam import LazyAdam

    none = slices(make_gradients(1)[0], np.empty(0, dtype=np.int32))
    np.testing.assert_array_equal(run(LazyAdam(), [none]), TABLE)


def test_words_of_no_batch_keep_their_vectors_in_a_trained_model():
    import keras

    from skglove.training._lazy_adam import LazyAdam

    keras.utils.set_random_seed(0)
    table = keras.layers.Embedding(20, 3)
    layers = [table, keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((4,), dtype="int32"), *layers])
    before = table.get_weights()[0]
    model.compile(LazyAdam(0.1), "mse")
    ids = np.random.RandomState(0).randint(0, 10, size=(30, 4))
    model.fit(ids, np.arange(30) % 2, batch_size=8, epochs=2, verbose=0)
    after = table.get_weights()[0]
    np.testing.assert_array_equal(after[10:], before[10:])
    assert (after[:10] != before[:10]).all()


def test_serialized_it_comes_back_as_itself():
    import keras

    from skglove.training._lazy_adam import LazyAdam

    config = keras.optimizers.serialize(LazyAdam(0.25, beta_1=0.5))
    copied = keras.optimizers.deserialize(config)
    assert type(copied) is LazyAdam
    assert (float(copied.learning_rate), copied.beta_1) == (0.25, 0.5)
