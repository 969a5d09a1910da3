"""What is left of a fit: a network as a specification and weights."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._keras import building, import_keras
from .._plain import (
    InvalidStateError,
    check_array,
)
from ..text import TokenIds
from ..text._validation import shown
from ._batches import padded_batches
from ._contributions import Contributions
from ._integrated_gradients import integrated_gradients
from ._last_activation import before_last_activation
from ._spec import Network, NetworkSpec
from ._state import network_state, spec_from_state, spec_state

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

    #: Options of `TextVectorizer.ids_of` that make the ids it takes.
    vectorizer_options: dict = {}

    def __init__(self, spec: NetworkSpec, model, keep_optimizer: bool):
        self.spec = spec
        self._model = model
        self._keep_optimizer = keep_optimizer
        self._traced: dict[tuple[bool, bool], Callable | None] = {}
        self._weights = self._progress = None

    @property
    def has_model(self) -> bool:
        """Whether the model is built."""
        return self._model is not None

    @property
    def model(self):
        """The keras.Model."""
        if self._model is None:
            # Seeded, so that the dropout of a warm start is the same each time.
            with building(0):
                if self._model is None:  # another thread was first
                    model = self.spec.build()
                    model.set_weights(self._weights)
                    if self._progress is not None:
                        for seed, value in zip(
                            _seeds(model), self._progress.seeds, strict=True
                        ):
                            seed.assign(value)
                    self._model = model
                    self._weights = None
        return self._model

    @property
    def n_steps(self) -> int:
        """Number of training steps made so far, where a later fit can go on."""
        if self._model is not None and self._model.compiled:
            return int(self._model.optimizer.iterations)
        return 0 if self._progress is None else self._progress.n_steps

    @property
    def progress(self) -> "Progress | None":
        """What a later fit goes on with, None where it starts with a new optimizer."""
        if self._model is not None and self._model.compiled:
            return Progress.of(self._model)
        return self._progress

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
        return self._outputs(ids, self._trace(len(ids) >= _FAST_FROM, False))

    def contributions(
        self, ids: TokenIds, wanted: np.ndarray | None = None
    ) -> Contributions:
        """Return what each word adds to the logits; see `integrated_gradients`.

        Parameters
        ----------
        ids : TokenIds
            The word ids.

        wanted : ndarray of shape (n_texts, n_outputs), dtype=bool, or None
            The logits to split; others may be NaN. None splits all.

        Returns
        -------
        contributions : Contributions
            What the words add.
        """
        return integrated_gradients(self.spec, self.model, ids, wanted)

    def logits(self, ids: TokenIds) -> np.ndarray:
        """Return the logits of the probabilities, of the same shape.

        A callable may return a model that ends in something else than a layer with the
        activation. Its logits are found from the probabilities: of a softmax, which
        leaves a constant open, the logarithms. Where a probability is rounded to 0 or
        1, the logit is that of the next one that is not.
        """
        compute = self._trace(len(ids) >= _FAST_FROM, True)
        if compute is not None:
            return self._outputs(ids, compute)
        proba = self.predict_proba(ids)
        limits = np.finfo(np.float32)
        log = np.log(np.maximum(proba, limits.smallest_normal))
        if self.spec.activation == "softmax":
            return log
        return log - np.log(np.maximum(1 - proba, limits.epsneg))

    # What the probabilities are made of are the logits themselves.
    probability_logits = logits

    def _outputs(self, ids, compute):
        """Return what a traced call gives for all texts."""
        outputs = np.empty((len(ids), self.spec.n_outputs), dtype=np.float32)
        for rows, batch in padded_batches(ids, _TEXTS_AT_ONCE, self.spec):
            outputs[rows] = compute(batch)
        return outputs

    def _trace(self, fast, before_activation):
        """Trace a call once: `Model.predict` sets up a dataset at every call.

        Without the last activation it is None where the model has no such end.
        """
        import_keras()  # refuses where a call would hang
        key = fast, before_activation
        if key not in self._traced:
            with building():
                if key not in self._traced:
                    self._traced[key] = self._traced_call(*key)
        return self._traced[key]

    def _traced_call(self, fast, before_activation):
        import tensorflow as tf

        model, end = self.model, _as_they_are
        if before_activation:
            parts = before_last_activation(model, self.spec.activation)
            if parts is None:
                return None
            model, end = parts
        call = (self.spec.fast_call(model) if fast else None) or model
        # As a concrete function, since TensorFlow warns of retracing where many
        # functions from one place in the code are called once each.
        function = tf.function(
            lambda ids: end(call(ids, training=False)), autograph=False
        ).get_concrete_function(tf.TensorSpec((None, self.spec.row_length), tf.int32))
        return lambda ids: function(tf.constant(ids)).numpy()

    @property
    def keeps_training_state(self) -> bool:
        """Whether a pickle also has what a warm start goes on from."""
        return self._keep_optimizer

    def get_state(self) -> dict:
        """Return the network and its weights as plain state.

        Returns
        -------
        state : dict
            Of strings, numbers and arrays: what :meth:`from_state` takes. The
            optimizer's state is no part of it.

        Raises
        ------
        TypeError
            If the network is none of the built-in ones.
        """
        return {
            "network": network_state(self.spec.network),
            **spec_state(self.spec),
            "weights": [_savable(value) for value in self._get_weights()],
        }

    @classmethod
    def from_state(cls, network: Network, state: dict) -> "TrainedNetwork":
        """Return the trained network whose `get_state` this is.

        No Keras model is built yet: a crafted state costs nothing.

        Parameters
        ----------
        network : Network
            What `state["network"]` says, checked.

        state : dict
            Nothing in it is believed.

        Raises
        ------
        InvalidStateError
            If types, shapes or ranges are not those of such a network.
        """
        spec = spec_from_state(network, state, ("weights",))
        trained = cls.__new__(cls)
        trained._restore(spec, _checked_weights(spec, state["weights"]), None)
        return trained

    def _get_weights(self):
        return self._weights if self._model is None else self._model.get_weights()

    def __getstate__(self):
        return {
            "spec": self.spec,
            "weights": self._get_weights(),
            "progress": self.progress if self._keep_optimizer else None,
        }

    def __setstate__(self, state):
        self._restore(state["spec"], state["weights"], state["progress"])

    def _restore(self, spec, weights, progress):
        self.spec = spec
        self._weights, self._progress = weights, progress
        self._keep_optimizer = progress is not None
        self._model, self._traced = None, {}


@dataclass(frozen=True)
class Progress:
    """What a training goes on with, beside the weights.

    Attributes
    ----------
    n_steps : int
        How many steps there were.

    learned : list of ndarray
        The optimizer's variables.

    seeds : list of ndarray
        Where the model's random generators are.
    """

    n_steps: int
    learned: list[np.ndarray]
    seeds: list[np.ndarray]

    @classmethod
    def of(cls, model) -> "Progress":
        """Return the progress of a model that is compiled."""
        return cls(
            int(model.optimizer.iterations),
            [variable.numpy() for variable in model.optimizer.variables],
            [variable.numpy() for variable in _seeds(model)],
        )

    def give_to(self, optimizer) -> None:
        """Give an optimizer what another one has learned, if it is one of its kind.

        It keeps its learning rate.
        """
        variables = optimizer.variables
        if [v.shape for v in variables] == [value.shape for value in self.learned]:
            for variable, value in zip(variables, self.learned, strict=True):
                if not variable.path.endswith("learning_rate"):
                    variable.assign(value)


def _as_they_are(outputs):
    return outputs


def _checked_weights(spec, weights):
    """Return the weights if there are those that the model has."""
    shapes = spec.network.weight_shapes(spec)
    integers = spec.network.integer_weights(spec)
    if type(weights) is not list or len(weights) != len(shapes):
        raise InvalidStateError(
            f"network.weights must be a list of {len(shapes)} arrays, got "
            f"{shown(weights)}."
        )
    checked = []
    for i, (value, shape) in enumerate(zip(weights, shapes, strict=True)):
        dtype = np.int64 if i in integers else np.float32
        # Keras's floatx may be float64.
        if dtype == np.float32 and getattr(value, "dtype", None) == np.float64:
            dtype = np.float64
        checked.append(check_array(value, f"network.weights[{i}]", dtype, shape))
    spec.network.check_weights(spec, checked)
    return checked


def _savable(value):
    """Return an array that NumPy has a format for: bfloat16 has none."""
    value = np.asarray(value)  # Keras gives a weight without dimensions as a scalar
    if value.dtype in (np.float32, np.float64, np.int64):
        return value
    return value.astype(np.float32)


def _seeds(model):
    """Return the states of the model's random generators, which are no weights."""
    return [v for v in model.variables if v.path.endswith("seed_generator_state")]
