"""How the learning rate goes over a training."""

import math

import keras


class WarmupCosine(keras.callbacks.Callback):
    """Raise the learning rate over the first tenth of the steps, then lower it to 0.

    It falls by half a cosine [1]_. A callback and not a
    `keras.optimizers.schedules.LearningRateSchedule`, so that each fit of a warm start
    has a rise and a fall of its own.

    Parameters
    ----------
    learning_rate : float
        The highest rate.

    n_steps : int
        Number of training steps.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017.
    """

    def __init__(self, learning_rate, n_steps):
        super().__init__()
        self.learning_rate = learning_rate
        self.n_steps = n_steps
        self.step = 0

    def on_train_batch_begin(self, batch, logs=None):
        """Set the rate of the step."""
        n_warmup = self.n_steps // 10
        rise = (self.step + 1) / (n_warmup + 1)
        fallen = max(0, self.step - n_warmup) / max(1, self.n_steps - n_warmup)
        fall = (1 + math.cos(math.pi * min(1, fallen))) / 2
        self.model.optimizer.learning_rate = self.learning_rate * min(rise, fall)
        self.step += 1

    def on_train_end(self, logs=None):
        """Leave the highest rate behind: with none left, nobody could go on."""
        self.model.optimizer.learning_rate = self.learning_rate
