"""What "auto" stands for: a training that suits network and data."""

import math
from typing import NamedTuple

# Below this many texts steps are scarce: each goes further.
_FEW_TEXTS = 4_000

# From this many on, smaller batches cost more time than they are worth.
_MANY_TEXTS = 10_000


class TrainingDefaults(NamedTuple):
    """A training.

    Attributes
    ----------
    batch_size, epochs : int
        As in `keras.Model.fit`.

    optimizer : str
        "lazy_adam" or one of Keras's.

    learning_rate : float or None
        The highest learning rate of a rise and a fall over the training, or None for
        the optimizer's own throughout.
    """

    batch_size: int
    epochs: int
    optimizer: str
    learning_rate: float | None


def training_defaults(network, n_texts, n_classes):
    """Choose a training.

    Parameters
    ----------
    network : str or callable
        The network.

    n_texts : int
        Number of training texts.

    n_classes : int
        Number of classes.

    Returns
    -------
    defaults : TrainingDefaults
        The training.
    """
    if network not in ("bag", "bag_conv", "parallel_conv"):
        return TrainingDefaults(128, 20, "rmsprop", None)
    batch_size = 32 if n_texts < _MANY_TEXTS else 128
    few = n_texts < _FEW_TEXTS
    if network == "parallel_conv":
        return TrainingDefaults(batch_size, 15 if few else 8, "lazy_adam", 1e-3)
    # More classes have fewer texts each: their weights must come further in as many
    # steps.
    rate = 5e-3 if few else min(5e-3, 2e-3 * math.sqrt(n_classes / 2))
    if n_texts < _MANY_TEXTS:
        epochs = min(15, max(6, 30_000 // n_texts))
    elif n_classes == 2:
        epochs = max(4, 80_000 // n_texts)
    else:
        epochs = 6
    return TrainingDefaults(batch_size, epochs, "lazy_adam", rate)
