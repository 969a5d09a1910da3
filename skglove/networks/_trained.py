"""What is left of a fit: a network as a specification and weights."""

import numpy as np

from .._keras import building, import_keras
from ..text import TokenIds
from ._batches import padded_batches
from ._spec import NetworkSpec

_TEXTS_AT_ONCE = 512
# Fewer texts do not pay for the trace of a fast call, which takes longer than the
# model's.
_FAST_FROM = 2_048


class TrainedNetwork:
    """A trained Keras model that travels as a specification and weights.

    It is rebuilt when it is first used, so that loading a pickle costs no more than
    reading the weights.

    Parameters
    ----------
    spec : NetworkSpec
        What the model was built from.

    model : keras.Model
        The model, compiled.

    keep_optimizer : bool
        Whether a pickle carries the optimizer and its state.
    """

    #: Whether it takes words outside the vocabulary.
    open_vocabulary = False

    def __init__(self, spec: NetworkSpec, model, keep_optimizer: bool):
        self.spec = spec
        self._model = model
        self._keep_optimizer = keep_optimizer
        self._traced = {}
        self._weights = self._optimizer = None

    @property
    def model(self):
        """The keras.Model."""
        if self._model is None:
            with building():
                if self._model is None:  # another thread was first
                    model = self.spec.build()
                    model.set_weights(self._weights)
                    if self._optimizer is not None:
                        optimizer = _unpack_optimizer(model, *self._optimizer)
                        self.spec.compile(model, optimizer)
                    self._model = model
                    self._weights = self._optimizer = None
        return self._model

    @property
    def n_steps(self) -> int:
        """Number of training steps made so far."""
        model = self.model
        return int(model.optimizer.iterations) if model.compiled else 0

    def predict_proba(self, ids: TokenIds) -> np.ndarray:
        """Return the model's outputs.

        Parameters
        ----------
        ids : TokenIds
            The word ids.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs), dtype=float32
            The probabilities.
        """
        import_keras()  # refuses where a call would hang
        predict = self._trace(fast=len(ids) >= _FAST_FROM)
        outputs = np.empty((len(ids), self.spec.n_outputs), dtype=np.float32)
        for rows, batch in padded_batches(ids, _TEXTS_AT_ONCE, self.spec):
            outputs[rows] = predict(batch)
        return outputs

    def _trace(self, fast):
        """Trace a call once: `Model.predict` sets up a dataset at every call."""
        if fast not in self._traced:
            with building():
                if fast not in self._traced:
                    self._traced[fast] = self._traced_call(fast)
        return self._traced[fast]

    def _traced_call(self, fast):
        import tensorflow as tf

        model = self.model
        call = (self.spec.fast_call(model) if fast else None) or model
        # As a concrete function, since TensorFlow warns of retracing where many
        # functions from one place in the code are called once each.
        function = tf.function(
            lambda ids: call(ids, training=False), autograph=False
        ).get_concrete_function(tf.TensorSpec((None, self.spec.row_length), tf.int32))
        return lambda ids: function(tf.constant(ids)).numpy()

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
        self._model, self._traced = None, {}


def _pack_optimizer(optimizer):
    """Return the optimizer as what it is made from and what it has learned."""
    config = import_keras().optimizers.serialize(optimizer)
    return config, [variable.numpy() for variable in optimizer.variables]


def _unpack_optimizer(model, config, values):
    """Return the optimizer of `_pack_optimizer` for a model that was rebuilt."""
    optimizer = import_keras().optimizers.deserialize(config)
    optimizer.build(model.trainable_variables)
    for variable, value in zip(optimizer.variables, values, strict=True):
        variable.assign(value)
    return optimizer
