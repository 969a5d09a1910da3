"""The notebook's network: word vectors side by side."""

from numbers import Integral, Real
from typing import TYPE_CHECKING, cast

from sklearn.utils._param_validation import Interval, StrOptions

from .._keras import import_keras
from ._dense_head import dense_head, dense_head_shapes
from ._spec import Network, NetworkSpec

if TYPE_CHECKING:
    import keras


class Flatten(Network):
    """The vectors side by side into a dense layer: each place has its own weights.

    The networks of the notebook "Using word embeddings" [1]_, which has no dropout and
    where `dense_units=0` leaves out the hidden layer. Texts are padded to the
    classifier's `sequence_length`.

    Parameters
    ----------
    dense_units : int, default=128
        Size of the hidden layer. 0 leaves it out.

    dropout : float, default=0.3
        Part of the hidden layer's outputs that is left out in training.

    padding : {"post", "pre"}, default="post"
        Which end of a short text is padded.

    truncating : {"post", "pre"}, default="post"
        Which end of a long text is cut off.

    trainable : bool, default=False
        Whether the word vectors are fine-tuned.

    References
    ----------
    .. [1] F. Chollet, "Deep Learning with Python", Manning, 2017, section 6.1.

    Examples
    --------
    >>> from skglove.networks import Flatten
    >>> Flatten(dense_units=32, dropout=0)
    Flatten(dense_units=32, dropout=0)
    """

    name = "flatten"
    fixed_length = True

    _parameter_constraints: dict = {
        "dense_units": [Interval(Integral, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "padding": [StrOptions({"post", "pre"})],
        "truncating": [StrOptions({"post", "pre"})],
        "trainable": ["boolean"],
    }

    def __init__(
        self,
        dense_units: int = 128,
        dropout: float = 0.3,
        padding: str = "post",
        truncating: str = "post",
        trainable: bool = False,
    ) -> None:
        self.dense_units = dense_units
        self.dropout = dropout
        self.padding = padding
        self.truncating = truncating
        self.trainable = trainable

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
        ids = layers.Input((sequence_length,), dtype="int32")
        x = layers.Flatten()(embedding(ids))
        return dense_head(ids, x, n_outputs, activation, self.dense_units, self.dropout)

    def weight_shapes(self, spec: NetworkSpec) -> list[tuple[int, ...]]:
        """Return the shapes of the weights; see :class:`Network`."""
        n_inputs = cast(int, spec.sequence_length) * spec.embedding_dim
        head = dense_head_shapes(n_inputs, self.dense_units, spec.n_outputs)
        return [(spec.n_tokens, spec.embedding_dim), *head]
