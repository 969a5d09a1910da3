"""What "auto" stands for: a training that suits network and data."""

from typing import NamedTuple

# Below this many texts steps are scarce: each goes further.
FEW_TEXTS = 4_000

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


def auto_batch_size(n_texts: int) -> int:
    """Return the number of texts of a step."""
    return 32 if n_texts < _MANY_TEXTS else 128


def bag_defaults(n_texts: int, n_classes: int) -> TrainingDefaults:
    """Return the training of a network of bags."""
    # More classes have fewer texts each: their weights must come further in as many
    # steps.
    few = n_texts < FEW_TEXTS
    rate = 5e-3 if few else min(5e-3, 2e-3 * (n_classes / 2) ** 0.5)
    if n_texts < _MANY_TEXTS:
        epochs = min(15, max(6, 30_000 // n_texts))
    elif n_classes == 2:
        epochs = max(4, 80_000 // n_texts)
    else:
        epochs = 6
    return TrainingDefaults(auto_batch_size(n_texts), epochs, "lazy_adam", rate)
