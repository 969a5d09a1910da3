"""The Keras example's network: convolutions with max pooling between."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import TYPE_CHECKING, cast

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .._keras import import_keras
from .._plain import InvalidStateError
from ._dense_head import dense_head, dense_head_shapes
from ._packing import packed_conv
from ._parallel_conv import conv_shapes
from ._spec import Network, NetworkSpec

if TYPE_CHECKING:
    import keras


class Conv(Network):
    """Three convolutions with max pooling between and over all that is left.

    The network of the Keras example "Using pre-trained word embeddings" [1]_ and of
    the Keras blog's post of that name [2]_, which has no dropout. Texts are padded to
    the classifier's `sequence_length`.

    Parameters
    ----------
    filters : int, default=128
        Number of filters of each convolution.

    kernel_size : int, default=5
        Number of words that a convolution sees.

    pool_size : int, default=5
        Size of the pools between convolutions.

    dense_units : int, default=128
        Size of the hidden layer. 0 leaves it out.

    dropout : float, default=0.3
        Part of the hidden layer's outputs that is left out in training.

    padding : {"post", "pre"}, default="post"
        Which end of a short text is padded.

    truncating : {"post", "pre"}, default="post"
        Which end of a long text is cut off.

    trainable : bool, default=False
        Whether the word vectors are fine-tuned. If False they stay as they are, bit
        for bit. With `embeddings` that start from scratch they are always trained.

    References
    ----------
    .. [1] F. Chollet, "Using pre-trained word embeddings", Keras code examples, 2020.

    .. [2] F. Chollet, "Using pre-trained word embeddings in a Keras model", The Keras
       Blog, 2016.

    Examples
    --------
    >>> from skglove import GloveTextClassifier
    >>> from skglove.networks import Conv
    >>> clf = GloveTextClassifier("glove.6B.100d", network=Conv(filters=64))
    >>> clf.set_params(network__kernel_size=3).network
    Conv(filters=64, kernel_size=3)
    """

    name = "conv"
    fixed_length = True

    _parameter_constraints: dict = {
        "filters": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "pool_size": [Interval(Integral, 1, None, closed="left")],
        "dense_units": [Interval(Integral, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "padding": [StrOptions({"post", "pre"})],
        "truncating": [StrOptions({"post", "pre"})],
        "trainable": ["boolean"],
    }

    def __init__(
        self,
        filters: int = 128,
        kernel_size: int = 5,
        pool_size: int = 5,
        dense_units: int = 128,
        dropout: float = 0.3,
        padding: str = "post",
        truncating: str = "post",
        trainable: bool = False,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.dense_units = dense_units
        self.dropout = dropout
        self.padding = padding
        self.truncating = truncating
        self.trainable = trainable

    @property
    def shortest_length(self) -> int:
        """The least `sequence_length`.

        Seen from the end: the last convolution needs one window, each pool and the
        convolution before it a multiple of that.
        """
        shortest = self.kernel_size
        for _ in range(2):
            shortest = shortest * self.pool_size + self.kernel_size - 1
        return shortest

    def build(
        self,
        embedding: "keras.layers.Embedding",
        *,
        sequence_length: int,
        n_outputs: int,
        activation: str,
    ) -> "keras.Model":
        """Return the model; see :class:`Network`."""
        layers = import_keras().layers
        shortest = self.shortest_length
        if sequence_length < shortest:
            raise ValueError(
                f"sequence_length={sequence_length} is too short for network='conv' "
                f"with kernel_size={self.kernel_size} and pool_size={self.pool_size}: "
                f"it needs at least {shortest}. Make it longer, or the kernel and the "
                "pool smaller."
            )
        ids = layers.Input((sequence_length,), dtype="int32")
        x = embedding(ids)
        for _ in range(2):
            x = layers.Conv1D(self.filters, self.kernel_size, activation="relu")(x)
            x = layers.MaxPooling1D(self.pool_size)(x)
        x = layers.Conv1D(self.filters, self.kernel_size, activation="relu")(x)
        x = layers.GlobalMaxPooling1D()(x)
        return dense_head(ids, x, n_outputs, activation, self.dense_units, self.dropout)

    def weight_shapes(self, spec: NetworkSpec) -> list[tuple[int, ...]]:
        """Return the shapes of the weights; see :class:`Network`."""
        shapes, n_inputs = [(spec.n_tokens, spec.embedding_dim)], spec.embedding_dim
        for _ in range(3):
            shapes += conv_shapes(self.kernel_size, n_inputs, self.filters)
            n_inputs = self.filters
        return shapes + dense_head_shapes(n_inputs, self.dense_units, spec.n_outputs)

    def check_weights(self, spec: NetworkSpec, weights: list[np.ndarray]) -> None:
        """Check the length of a text, which no weight depends on."""
        if cast(int, spec.sequence_length) < self.shortest_length:
            raise InvalidStateError(
                f"network.sequence_length must be {self.shortest_length} or more, got "
                f"{spec.sequence_length}."
            )

    def fast_call(self, model: "keras.Model") -> Callable | None:
        """Return the same without what padding costs."""
        return packed_conv(model, self.pool_size, self.kernel_size)
