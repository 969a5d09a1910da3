"""Optimizers of a fit."""

from .._keras import import_keras


def new_optimizer(optimizer, learning_rate, *, decay_over=None, first_step=0):
    """Return an optimizer without state: one that has trained holds its moments.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        "lazy_adam", or what `keras.optimizers.get` takes. An instance is copied.

    learning_rate : float or None
        The learning rate, or None for the optimizer's own.

    decay_over : int or None, default=None
        Number of steps over which the rate rises to `learning_rate` and falls.

    first_step : int, default=0
        How many steps the optimizer has made before.

    Returns
    -------
    optimizer : keras.optimizers.Optimizer
        The optimizer. With `decay_over`, Keras refuses callbacks that set its rate.
    """
    keras = import_keras()
    if optimizer == "lazy_adam":
        from ._lazy_adam import LazyAdam

        optimizer = LazyAdam()
    optimizer = keras.optimizers.get(optimizer)
    config = optimizer.get_config()
    if decay_over is not None:
        from ._learning_rate import WarmupCosine

        config["learning_rate"] = WarmupCosine(learning_rate, decay_over, first_step)
    elif learning_rate is not None:
        config["learning_rate"] = learning_rate
    return type(optimizer).from_config(config)
