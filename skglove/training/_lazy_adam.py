"""An optimizer for tables of which a batch uses few rows."""

import keras
import tensorflow as tf


class UniqueSlices(tf.IndexedSlices):
    """Gradients of some rows of a table, of each row one."""


@keras.saving.register_keras_serializable(package="skglove")
class LazyAdam(keras.optimizers.Adam):
    """Adam that leaves alone the rows of a table that a batch does not use.

    Adam's moments move every row at every step, which for a vocabulary of 30,000
    words takes most of the time and lets vectors drift on old gradients. Where the
    gradient is dense, and with `amsgrad`, it is Adam [1]_. Takes the parameters of
    `keras.optimizers.Adam`.

    References
    ----------
    .. [1] D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
    """

    def moments_of(self, variable):
        """Return the running means of a variable's gradients and of their squares."""
        number = self._get_variable_index(variable)
        return self._momentums[number], self._velocities[number]

    def update_step(self, gradient, variable, learning_rate):
        """Move a variable by one step; the moments of rows not used stay too."""
        if self.amsgrad or not isinstance(gradient, tf.IndexedSlices):
            return super().update_step(gradient, variable, learning_rate)
        rows, gradients = gradient.indices, gradient.values
        if not isinstance(gradient, UniqueSlices):
            rows, place = tf.unique(rows)
            gradients = tf.math.unsorted_segment_sum(
                gradients, place, tf.shape(rows)[0]
            )
        step = tf.cast(self.iterations + 1, gradients.dtype)
        rate = tf.cast(learning_rate, gradients.dtype)
        beta_1, beta_2 = (tf.cast(b, rate.dtype) for b in (self.beta_1, self.beta_2))
        rate *= tf.sqrt(1 - tf.pow(beta_2, step)) / (1 - tf.pow(beta_1, step))
        first, second = (moment.value for moment in self.moments_of(variable))
        new_first = tf.gather(first, rows) * self.beta_1 + gradients * (1 - self.beta_1)
        new_second = tf.gather(second, rows) * self.beta_2 + tf.square(gradients) * (
            1 - self.beta_2
        )
        first.scatter_update(tf.IndexedSlices(new_first, rows))
        second.scatter_update(tf.IndexedSlices(new_second, rows))
        change = rate * new_first / (tf.sqrt(new_second) + self.epsilon)
        # Keras hands over its own variable or the one of TensorFlow behind it.
        if isinstance(variable, keras.Variable):
            variable = variable.value
        variable.scatter_sub(tf.IndexedSlices(change, rows))
