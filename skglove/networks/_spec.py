"""Keras networks from word ids to class probabilities, and what is left of a fit."""

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..text._vectorizer import PADDING_ID
from ._bag import BAG_NETWORKS, bag, bag_conv
from ._packing import packed_conv
from ._parallel_conv import parallel_conv
from ._trimming import trimmed

_PREDICTED_AT_ONCE = 512
_SHORTENED_FROM = 2_048

# Building a model draws on global random generators, which scikeras seeds for the time
# of a fit: in one process only one thread at a time does either.
GLOBAL_STATE = threading.RLock()

# TensorFlow does not survive a fork once it has run: its threads are gone.
_in_broken_fork = False


def import_keras():
    """Import Keras on first use, as TensorFlow takes seconds to load.

    Raises
    ------
    RuntimeError
        If Keras runs on another backend than TensorFlow, or this process was forked
        from one where TensorFlow had run.
    """
    if _in_broken_fork:
        raise RuntimeError(
            "This process was forked from one that had used TensorFlow already, which "
            "would hang here. Use joblib's default backend 'loky' or 'threading' "
            "instead of 'multiprocessing', or start the work before anything is "
            "fitted or predicted."
        )
    return _import_keras()


@cache
def _import_keras():
    import keras

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            "skglove needs Keras's TensorFlow backend, Keras runs on "
            f"{keras.backend.backend()!r}. Set KERAS_BACKEND=tensorflow before the "
            "first import of keras."
        )
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_mark_broken_fork)
    return keras


def _mark_broken_fork():
    global _in_broken_fork
    _in_broken_fork = True


def conv(
    embedding,
    *,
    sequence_length,
    n_outputs,
    activation,
    filters,
    kernel_size,
    pool_size,
    dense_units,
    dropout,
):
    """Three convolutions with max pooling between and over all that is left.

    The network of the Keras example "Using pre-trained word embeddings" (2020) and of
    the Keras blog's post of that name (2016, without dropout).
    """
    layers = import_keras().layers
    # Seen from the end: the last convolution needs one window, each pool and the
    # convolution before it a multiple of that.
    shortest = kernel_size
    for _ in range(2):
        shortest = shortest * pool_size + kernel_size - 1
    if sequence_length < shortest:
        raise ValueError(
            f"sequence_length={sequence_length} is too short for network='conv' with "
            f"kernel_size={kernel_size} and pool_size={pool_size}: it needs at least "
            f"{shortest}. Make it longer, or the kernel and the pool smaller."
        )
    ids = layers.Input((sequence_length,), dtype="int32")
    x = embedding(ids)
    for _ in range(2):
        x = layers.Conv1D(filters, kernel_size, activation="relu")(x)
        x = layers.MaxPooling1D(pool_size)(x)
    x = layers.Conv1D(filters, kernel_size, activation="relu")(x)
    x = layers.GlobalMaxPooling1D()(x)
    return _head(ids, x, n_outputs, activation, dense_units, dropout)


def flatten(
    embedding,
    *,
    sequence_length,
    n_outputs,
    activation,
    dense_units,
    dropout,
    **_,
):
    """The vectors side by side into a dense layer: each place has its own weights.

    The networks of the notebook "Using word embeddings" of "Deep Learning with
    Python" (2017), which has no dropout and where `dense_units=0` leaves out the
    hidden layer.
    """
    layers = import_keras().layers
    ids = layers.Input((sequence_length,), dtype="int32")
    x = layers.Flatten()(embedding(ids))
    return _head(ids, x, n_outputs, activation, dense_units, dropout)


def _head(ids, x, n_outputs, activation, dense_units, dropout):
    """Close a network: hidden layer and dropout where wanted, then the classes."""
    keras = import_keras()
    if dense_units:
        x = keras.layers.Dense(dense_units, activation="relu")(x)
    if dropout:
        x = keras.layers.Dropout(dropout)(x)
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation=activation)(x))


NETWORKS = {
    "bag": bag,
    "bag_conv": bag_conv,
    "parallel_conv": parallel_conv,
    "conv": conv,
    "flatten": flatten,
}


def _conv_shortcut(spec, model):
    return packed_conv(model, spec.pool_size, spec.kernel_size)


def _trimmed_shortcut(spec, model):
    return trimmed(model, spec.kernel_size)


# What computes the same as a network with less work, by the network's name: a function
# of the specification and the model that returns what to call in place of the model's
# own `call`. Only for networks in which padding makes no difference to a text's result
# but for where the words stand. ("bag" does not look at padding to begin with.)
SHORTCUTS = {
    "conv": _conv_shortcut,
    "bag_conv": _trimmed_shortcut,
    "parallel_conv": _trimmed_shortcut,
}


@dataclass(frozen=True)
class NetworkSpec:
    """All that it takes to build a network again, but for its weights."""

    network: object
    n_tokens: int
    embedding_dim: int
    trainable: bool
    sequence_length: int
    n_outputs: int
    activation: str
    loss: str
    filters: int
    kernel_size: int
    pool_size: int
    dense_units: int
    dropout: float
    n_bigrams: int = 0

    def build(self, matrix=None, start=None):
        """Build the network around an embedding layer.

        Parameters
        ----------
        matrix : ndarray of shape (n_tokens, embedding_dim), default=None
            The word vectors to start with. None starts with random ones.

        start : BagStart, default=None
            What a bag network starts with.

        Returns
        -------
        model : keras.Model
            Takes ids of shape (n_samples, sequence_length), gives probabilities of
            shape (n_samples, n_outputs). Not compiled.

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
            trainable=self.trainable,
            name="embedding",
        )
        embedding.build((None, self.sequence_length))
        if matrix is not None:
            embedding.embeddings.assign(matrix)
        ends = {
            "sequence_length": self.sequence_length,
            "n_outputs": self.n_outputs,
            "activation": self.activation,
        }
        if not callable(self.network):
            if self.network in BAG_NETWORKS:
                ends["n_bigrams"] = self.n_bigrams
            model = NETWORKS[self.network](
                embedding,
                **ends,
                filters=self.filters,
                kernel_size=self.kernel_size,
                pool_size=self.pool_size,
                dense_units=self.dense_units,
                dropout=self.dropout,
            )
            if start is not None:
                start.assign(model)
            return model
        model = self.network(embedding, **ends)
        if not isinstance(model, keras.Model):
            raise TypeError(
                f"The callable network={self.network!r} must return a keras.Model, "
                f"got {model!r} of type {type(model).__name__}."
            )
        if model.output_shape != (None, self.n_outputs):
            raise ValueError(
                f"The model of network={self.network!r} gives outputs of shape "
                f"{model.output_shape}, expected (None, {self.n_outputs})."
            )
        return model

    @property
    def has_shortcut(self):
        """Whether there is a shortcut.

        On a CPU only: its shapes depend on the texts, which keeps XLA from compiling
        it, and a GPU has less to gain.
        """
        if callable(self.network) or self.network not in SHORTCUTS:
            return False
        import tensorflow as tf

        return all(of.device_type == "CPU" for of in tf.config.list_physical_devices())

    def shortcut(self, model):
        """Return what computes the same as a model's `call` with less work, or None."""
        return SHORTCUTS[self.network](self, model) if self.has_shortcut else None

    @contextmanager
    def shortened(self, model):
        """Have a model compute by its shortcut, if it has one, for a while.

        The weights are the model's, so it learns as it would by itself.
        """
        shortcut = self.shortcut(model)
        if shortcut is None:
            yield
            return
        model.call = shortcut
        try:
            yield
        finally:
            del model.call

    def compile(self, model, optimizer):
        """Compile a model of this specification, unless its builder did."""
        if model.compiled:
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


class TrainedNetwork:
    """A trained Keras model that travels as a specification and weights.

    It is built again when it is first used, so that loading a pickle costs no more
    than reading the weights.

    Parameters
    ----------
    spec : NetworkSpec
        What the model was built from.

    model : keras.Model
        The model, compiled.

    keep_optimizer : bool
        Whether a pickle carries the optimizer and its state.
    """

    def __init__(self, spec, model, keep_optimizer):
        self.spec = spec
        self._model = model
        self._keep_optimizer = keep_optimizer
        self._predict = {}
        self._weights = self._optimizer = None

    @property
    def model(self):
        """The keras.Model."""
        with GLOBAL_STATE:
            if self._model is None:
                model = self.spec.build()
                model.set_weights(self._weights)
                if self._optimizer is not None:
                    self.spec.compile(model, _unpack_optimizer(model, *self._optimizer))
                self._model, self._weights, self._optimizer = model, None, None
        return self._model

    def predict_proba(self, ids):
        """Return the model's outputs.

        Parameters
        ----------
        ids : ndarray of shape (n_samples, sequence_length), dtype=int32
            The word ids.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs), dtype=float32
            The probabilities.
        """
        import_keras()  # refuses where a call would hang
        # Fewer texts do not pay for the trace, which takes longer than the model's.
        shortened = len(ids) >= _SHORTENED_FROM and self.spec.has_shortcut
        predict = self._traced(shortened)
        outputs = np.empty((len(ids), self.spec.n_outputs), dtype=np.float32)
        order = np.arange(len(ids))
        if shortened:  # texts of about the same length share most padding
            order = np.argsort(np.count_nonzero(ids != PADDING_ID, axis=1))
        for start in range(0, len(ids), _PREDICTED_AT_ONCE):
            batch = order[start : start + _PREDICTED_AT_ONCE]
            outputs[batch] = predict(ids[batch]).numpy()
        return outputs

    def _traced(self, shortened):
        """Trace a call once: `Model.predict` sets up a dataset at every call."""
        with GLOBAL_STATE:
            if shortened not in self._predict:
                import tensorflow as tf

                model = self.model
                call = self.spec.shortcut(model) if shortened else model
                self._predict[shortened] = tf.function(
                    lambda ids: call(ids, training=False),
                    input_signature=[
                        tf.TensorSpec((None, self.spec.sequence_length), tf.int32)
                    ],
                    autograph=False,
                )
            return self._predict[shortened]

    def __getstate__(self):
        weights, optimizer = self._weights, self._optimizer
        if self._model is not None:
            weights = self._model.get_weights()
            if self._keep_optimizer and self._model.compiled:
                optimizer = _pack_optimizer(self._model.optimizer)
        return {"spec": self.spec, "weights": weights, "optimizer": optimizer}

    def __setstate__(self, state):
        self.spec = state["spec"]
        self._weights, self._optimizer = state["weights"], state["optimizer"]
        self._keep_optimizer = self._optimizer is not None
        self._model, self._predict = None, {}


def _pack_optimizer(optimizer):
    """Return the optimizer as what it is made from and what it has learned."""
    config = import_keras().optimizers.serialize(optimizer)
    return config, [variable.numpy() for variable in optimizer.variables]


def _unpack_optimizer(model, config, values):
    """Return the optimizer of `_pack_optimizer` for a model built again."""
    optimizer = import_keras().optimizers.deserialize(config)
    optimizer.build(model.trainable_variables)
    for variable, value in zip(optimizer.variables, values, strict=True):
        variable.assign(value)
    return optimizer
