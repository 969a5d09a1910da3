"""What a network is: its parameters, the hooks a fit calls, and how to rebuild it."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator

from .._keras import import_keras
from ..text import TokenIds
from ._contributions import Contributions
from ._defaults import TrainingDefaults

if TYPE_CHECKING:
    import keras

    from ._trained import TrainedNetwork
    from ._trained_bag import TrainedBag


class Network(BaseEstimator):
    """What the networks have in common.

    A network's parameters are those of its constructor, as with any scikit-learn
    estimator: it is cloned, shown and searched over like one. A new network is a
    subclass with `name`, `build` and, where they differ from what is here, the other
    hooks, and a line in :data:`skglove.networks.NETWORKS`.

    Attributes
    ----------
    name : str
        What `GloveTextClassifier(network=...)` calls it.

    fixed_length : bool
        Whether it takes rows of `sequence_length` ids only. Others take rows as long
        as a batch's longest text.

    padding, truncating : {"post", "pre"}
        Which end of short texts is padded, and which end of long ones cut off.

    trainable : bool
        Whether the word vectors are fine-tuned.

    size_names : tuple of str
        The keys of the `sizes` of its start.

    before : dict
        Parameters that files of earlier versions do not have, and what they were.
    """

    name: str
    fixed_length = False
    padding = "post"
    truncating = "post"
    trainable = False
    size_names: tuple[str, ...] = ()
    before: dict[str, Any] = {}

    def check(self) -> None:
        """Raise scikit-learn's InvalidParameterError for a parameter out of range."""
        self._validate_params()

    def training_defaults(self, n_texts: int, n_classes: int) -> TrainingDefaults:
        """Return what "auto" is for this many texts and classes."""
        return TrainingDefaults(128, 20, "rmsprop", None)

    def start(
        self, ids: TokenIds, n_tokens: int, matrix: np.ndarray | None, known: np.ndarray
    ) -> Any:
        """Return what the network starts with beside the word vectors, or None.

        It has `sizes`, a dict of int that `build` takes, and `assign(model)`, which
        puts the values into the weights.
        """
        return None

    def build(
        self,
        embedding: "keras.layers.Embedding",
        *,
        sequence_length: int,
        n_outputs: int,
        activation: str,
    ) -> "keras.Model":
        """Return a keras.Model around an embedding layer.

        It takes ids of shape (n_samples, length), `length` being `sequence_length`
        with `fixed_length` and anything otherwise, and ends in `n_outputs` units with
        `activation`. `build` also takes the `sizes` of the start.
        """
        raise NotImplementedError

    def direct_contributions(
        self, model: "keras.Model", ids: TokenIds
    ) -> Contributions | None:
        """Return what words and n-grams add beside what goes through rows of vectors.

        What a network adds up exactly, such as bags, need not be found by integrated
        gradients. None is nothing.
        """
        return None

    def fast_call(self, model: "keras.Model") -> Callable | None:
        """Return what computes the same as `model.call` with less work, or None.

        Called on a CPU only.
        """
        return None

    def weight_shapes(self, spec: "NetworkSpec") -> list[tuple[int, ...]]:
        """Return the shapes of what `model.get_weights()` gives, without a model.

        A shared model's weights are compared with them before one is built.
        """
        raise NotImplementedError

    def integer_weights(self, spec: "NetworkSpec") -> tuple[int, ...]:
        """Return which of the weights are int64; the others are floats."""
        return ()

    def check_weights(self, spec: "NetworkSpec", weights: list[np.ndarray]) -> None:
        """Raise an InvalidStateError for values that training does not lead to.

        Shapes, dtypes and NaN have been seen to.
        """

    def trained_from_state(self, state: dict) -> "TrainedNetwork | TrainedBag":
        """Return the trained network whose `get_state` this is.

        A network whose training ends in something else than a keras.Model overrides
        it; see :func:`skglove.networks.trained_from_state`.
        """
        from ._trained import TrainedNetwork

        return TrainedNetwork.from_state(self, state)


class CallableNetwork(Network):
    """A user's function that builds a network."""

    name = "callable"
    fixed_length = True

    def __init__(self, function):
        self.function = function

    def check(self):
        """Accept it: what it returns is checked when it is built."""

    def build(self, embedding, **ends):
        """Call the function, and check what it returns."""
        model = self.function(embedding, **ends)
        if not isinstance(model, import_keras().Model):
            raise TypeError(
                f"The callable network={self.function!r} must return a keras.Model, "
                f"got {model!r} of type {type(model).__name__}."
            )
        if model.output_shape != (None, ends["n_outputs"]):
            raise ValueError(
                f"The model of network={self.function!r} has outputs of shape "
                f"{model.output_shape}, expected (None, {ends['n_outputs']})."
            )
        return model


@dataclass(frozen=True)
class NetworkSpec:
    """All that it takes to rebuild a network, but for its weights.

    Attributes
    ----------
    network : Network
        The network.

    n_tokens, embedding_dim : int
        Shape of the matrix of word vectors.

    from_scratch : bool
        Whether the word vectors start from random ones, and are then always trained.

    sequence_length : int or None
        Largest number of ids of a text, None without a limit.

    n_outputs : int
        Number of units that it ends in.

    activation, loss : str
        Keras's names of them.

    sizes : dict of str to int
        What `Network.build` takes beside.
    """

    network: Network
    n_tokens: int
    embedding_dim: int
    from_scratch: bool
    sequence_length: int | None
    n_outputs: int
    activation: str
    loss: str
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def row_length(self) -> int | None:
        """Length of the rows of ids, None for that of a batch's longest text."""
        return self.sequence_length if self.network.fixed_length else None

    def build(self, matrix=None, start=None):
        """Build the network around an embedding layer.

        Parameters
        ----------
        matrix : ndarray of shape (n_tokens, embedding_dim), default=None
            The word vectors to start with. None starts with random ones.

        start : object, default=None
            What :meth:`Network.start` returned.

        Returns
        -------
        model : keras.Model
            Takes ids of shape (n_samples, length), gives probabilities of shape
            (n_samples, n_outputs). Not compiled.

        Raises
        ------
        TypeError
            If `network` is a callable and does not return a keras.Model.
        ValueError
            If that model does not take the ids or give the outputs.
        """
        keras = import_keras()
        embedding = keras.layers.Embedding(
            self.n_tokens,
            self.embedding_dim,
            trainable=self.network.trainable or self.from_scratch,
            name="embedding",
        )
        embedding.build((None, self.row_length))
        if matrix is not None:
            embedding.embeddings.assign(matrix)
        model = self.network.build(
            embedding,
            sequence_length=self.sequence_length,
            n_outputs=self.n_outputs,
            activation=self.activation,
            **self.sizes,
        )
        if start is not None:
            start.assign(model)
        return model

    def fast_call(self, model):
        """Return what computes the same as a model's `call` with less work, or None.

        On a CPU only: its shapes depend on the texts, which keeps XLA from compiling
        it, and a GPU has less to gain.
        """
        import tensorflow as tf

        devices = tf.config.list_physical_devices()
        if any(device.device_type != "CPU" for device in devices):
            return None
        return self.network.fast_call(model)

    @contextmanager
    def fast(self, model):
        """Have a model compute by its fast call, if it has one, for a while.

        It relies on Keras calling the `call` of the instance. The weights are the
        model's, so it learns as it would by itself; a wrapping model in its place
        would be what callbacks save. `benchmarks/speed.py` shows what it is worth:
        the row of the whole fit.
        """
        call = self.fast_call(model)
        if call is None:
            yield
            return
        model.call = call
        try:
            yield
        finally:
            del model.call

    def compile(self, model, optimizer, *, again=False):
        """Compile a model of this specification, unless it is and not `again`."""
        if model.compiled and not again:
            return model
        metrics = import_keras().metrics
        if self.loss == "binary_crossentropy":
            accuracy = metrics.BinaryAccuracy(name="accuracy")
        else:
            accuracy = metrics.SparseCategoricalAccuracy(name="accuracy")
        model.compile(optimizer=optimizer, loss=self.loss, metrics=[accuracy])
        # Otherwise the first trace of a step makes its variables, and is thrown away.
        model.optimizer.build(model.trainable_variables)
        return model
