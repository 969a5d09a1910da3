"""How the learning rate goes over a training."""

import math

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="skglove")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Raise the learning rate over the first tenth of the steps, then lower it to 0.

    It falls by half a cosine [1]_. Steps after the last have the highest rate again:
    with none, a trained model could not be trained on.

    Parameters
    ----------
    learning_rate : float
        The highest rate.

    n_steps : int
        Number of training steps.

    first_step : int, default=0
        How many steps the optimizer has made before, in an earlier training.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017.
    """

    def __init__(self, learning_rate, n_steps, first_step=0):
        # A traced step reads variables: it holds for the next training, too.
        self._first = tf.Variable(first_step, trainable=False, dtype=tf.int64)
        self._numbers = tf.Variable(tf.zeros(5), trainable=False)
        self.begin(learning_rate, n_steps, first_step)

    def begin(self, learning_rate, n_steps, first_step=0):
        """Become the schedule of another training."""
        self.learning_rate = learning_rate
        self.n_steps = n_steps
        self.first_step = first_step
        n_warmup = n_steps // 10
        self._first.assign(first_step)
        # What TensorFlow makes of a division by a constant.
        of_rise = np.float32(1) / np.float32(n_warmup + 1)
        of_fall = np.float32(1) / np.float32(max(1, n_steps - n_warmup))
        self._numbers.assign([learning_rate, n_steps, n_warmup, of_rise, of_fall])

    def __call__(self, step):
        """Return the rate of a step."""
        ops = keras.ops
        step = ops.cast(ops.cast(step, "int64") - self._first, "float32")
        learning_rate, n_steps, n_warmup, of_rise, of_fall = tf.unstack(self._numbers)
        rise = (step + 1) * of_rise
        fallen = ops.maximum(step - n_warmup, 0) * of_fall
        fall = (1 + ops.cos(math.pi * ops.minimum(fallen, 1))) / 2
        share = ops.where(step < n_steps, ops.minimum(rise, fall), 1.0)
        return learning_rate * share

    def get_config(self):
        """Return the options the schedule was made with."""
        return {
            "learning_rate": self.learning_rate,
            "n_steps": self.n_steps,
            "first_step": self.first_step,
        }
