"""How the learning rate goes over a training."""

import math

import keras


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
        self.learning_rate = learning_rate
        self.n_steps = n_steps
        self.first_step = first_step

    def __call__(self, step):
        """Return the rate of a step."""
        ops = keras.ops
        step = ops.cast(step - self.first_step, "float32")
        n_warmup = self.n_steps // 10
        rise = (step + 1) / (n_warmup + 1)
        fallen = ops.maximum(step - n_warmup, 0) / max(1, self.n_steps - n_warmup)
        fall = (1 + ops.cos(math.pi * ops.minimum(fallen, 1))) / 2
        share = ops.where(step < self.n_steps, ops.minimum(rise, fall), 1.0)
        return self.learning_rate * share

    def get_config(self):
        """Return the options the schedule was made with."""
        return {
            "learning_rate": self.learning_rate,
            "n_steps": self.n_steps,
            "first_step": self.first_step,
        }
