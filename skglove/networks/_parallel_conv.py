"""Convolutions of several widths side by side."""

from numbers import Integral, Real
from typing import TYPE_CHECKING

from sklearn.utils._param_validation import Interval

from .._keras import import_keras
from ._defaults import FEW_TEXTS, TrainingDefaults, auto_batch_size
from ._spec import Network, NetworkSpec

if TYPE_CHECKING:
    import keras


class ParallelConv(Network):
    """Convolutions of three widths, each with global max pooling, into the classes.

    Their widths are `kernel_size` and the two below it, where those are there [1]_.
    For short texts.

    Parameters
    ----------
    filters : int, default=128
        Number of filters of each convolution.

    kernel_size : int, default=5
        Number of words that the widest convolution sees.

    dropout : float, default=0.3
        Part of the convolutions' outputs that is left out in training.

    trainable : bool, default=False
        Whether the word vectors are fine-tuned.

    References
    ----------
    .. [1] Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP
       2014.

    Examples
    --------
    >>> from skglove.networks import ParallelConv
    >>> ParallelConv(filters=100)
    ParallelConv(filters=100)
    """

    name = "parallel_conv"

    _parameter_constraints: dict = {
        "filters": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "trainable": ["boolean"],
    }

    def __init__(
        self,
        filters: int = 128,
        kernel_size: int = 5,
        dropout: float = 0.3,
        trainable: bool = False,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.trainable = trainable

    def training_defaults(self, n_texts: int, n_classes: int) -> TrainingDefaults:
        """Return what "auto" is; see :class:`Network`."""
        epochs = 15 if n_texts < FEW_TEXTS else 8
        return TrainingDefaults(auto_batch_size(n_texts), epochs, "lazy_adam", 1e-3)

    def build(
        self,
        embedding: "keras.layers.Embedding",
        *,
        sequence_length: int,
        n_outputs: int,
        activation: str,
    ) -> "keras.Model":
        """Return the model; see :class:`Network`."""
        keras = import_keras()
        ids = keras.layers.Input((None,), dtype="int32")
        x = max_pooled_convolutions(ids, embedding, self.filters, self.kernel_size)
        x = keras.layers.Dropout(self.dropout)(x)
        outputs = keras.layers.Dense(n_outputs, activation=activation)(x)
        return keras.Model(ids, outputs)

    def weight_shapes(self, spec: NetworkSpec) -> list[tuple[int, ...]]:
        """Return the shapes of the weights; see :class:`Network`."""
        convolutions = max_pooled_shapes(
            spec.embedding_dim, self.filters, self.kernel_size
        )
        n_features = len(convolutions) // 2 * self.filters
        head = [(n_features, spec.n_outputs), (spec.n_outputs,)]
        return [(spec.n_tokens, spec.embedding_dim), *convolutions, *head]


def max_pooled_convolutions(ids, embedding, filters, kernel_size):
    """Put the convolutions' largest values side by side."""
    keras = import_keras()
    layers = keras.layers
    # A window of padding alone is among those of every text, whatever the length of
    # the others in the batch: what a text gets does not depend on them.
    ids = keras.ops.pad(ids, ((0, 0), (0, kernel_size)))
    vectors = embedding(ids)
    branches = [
        layers.GlobalMaxPooling1D()(
            layers.Conv1D(filters, width, activation="relu")(vectors)
        )
        for width in _widths(kernel_size)
    ]
    return layers.Concatenate()(branches) if len(branches) > 1 else branches[0]


def max_pooled_shapes(n_inputs, filters, kernel_size):
    """Return the shapes of the convolutions' weights."""
    return [
        shape
        for width in _widths(kernel_size)
        for shape in conv_shapes(width, n_inputs, filters)
    ]


def conv_shapes(width, n_inputs, filters):
    """Return the shapes of the weights of one convolution."""
    return [(width, n_inputs, filters), (filters,)]


def _widths(kernel_size):
    return range(max(1, kernel_size - 2), kernel_size + 1)
