"""The learning rate over the steps of a training."""

import math

import numpy as np
import pytest


def rates(learning_rate, n_steps, n_more=0, first_step=0):
    """Return the rate of each step."""
    from skglove.training._learning_rate import WarmupCosine

    schedule = WarmupCosine(learning_rate, n_steps, first_step)
    steps = range(first_step, first_step + n_steps + n_more)
    return np.array([schedule(step) for step in steps])


@pytest.mark.parametrize("n_steps", [40, 100, 1_003])
def test_rate_rises_over_a_tenth_to_its_peak_and_falls_to_nothing(n_steps):
    seen = rates(0.2, n_steps)
    peak = n_steps // 10
    assert seen.argmax() == peak
    assert seen[peak] == pytest.approx(0.2)
    np.testing.assert_allclose(np.diff(seen[: peak + 1]), 0.2 / (peak + 1), rtol=1e-3)
    assert (np.diff(seen[peak:]) < 0).all()
    assert 0 < seen[-1] < 0.2 * 0.01


def test_rate_falls_by_half_a_cosine():
    halfway, end = rates(1.0, 100)[[55, 99]]
    assert halfway == pytest.approx(0.5)
    assert end == pytest.approx((1 + math.cos(math.pi * 89 / 90)) / 2, rel=1e-3)


def test_one_step_has_the_whole_rate():
    assert rates(0.5, 1).tolist() == [0.5]


def test_steps_beyond_the_last_have_the_whole_rate():
    np.testing.assert_allclose(rates(0.5, 20, n_more=3)[20:], 0.5)


def test_a_later_training_has_a_rise_and_a_fall_of_its_own():
    np.testing.assert_array_equal(rates(0.5, 20, first_step=7), rates(0.5, 20))


def test_rate_of_a_keras_training_goes_by_its_steps():
    import keras

    from skglove.training._learning_rate import WarmupCosine

    class Record(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(float(self.model.optimizer.learning_rate))

    seen = []
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(WarmupCosine(0.1, 5 * 4)), "mse")
    X, y = np.ones((10, 2)), np.ones(10)
    model.fit(X, y, batch_size=2, epochs=4, callbacks=[Record()], verbose=0)
    np.testing.assert_allclose(seen, rates(0.1, 20), rtol=1e-5)


def test_saved_with_an_optimizer_it_comes_back():
    import keras

    from skglove.training._learning_rate import WarmupCosine

    optimizer = keras.optimizers.SGD(WarmupCosine(0.1, 20, 3))
    config = keras.optimizers.serialize(optimizer)
    copied = keras.optimizers.deserialize(config)
    assert copied.get_config() == optimizer.get_config()
