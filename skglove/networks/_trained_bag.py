"""What is left of a bag network's fit: its tables."""

from functools import cached_property

import numpy as np

from .._keras import building, import_keras
from ..text import TokenIds
from ._bag_factors import BagFactors
from ._bag_tables import BagTables
from ._spec import Network, NetworkSpec
from ._state import network_state, spec_from_state, spec_state


class TrainedBag:
    """A trained bag network, which predicts with NumPy.

    Parameters
    ----------
    spec : NetworkSpec
        What it was trained as.

    tables : BagTables or BagFactors
        What it learned.

    training_state : list of ndarray or None
        What a later fit goes on with.
    """

    #: Whether it takes words outside the vocabulary.
    open_vocabulary = True

    def __init__(
        self,
        spec: NetworkSpec,
        tables: BagTables | BagFactors,
        training_state=None,
    ):
        self.spec = spec
        self.tables = tables
        self.training_state = training_state

    @property
    def n_steps(self) -> int:
        """Number of training steps made so far, where a later fit can go on."""
        return 0

    @cached_property
    def model(self):
        """The keras.Model of the tables; see :class:`BagScores` for its inputs."""
        import_keras()
        from ._bag_model import model_of

        with building():
            return model_of(self.tables, self.spec.activation)

    def predict_proba(self, ids: TokenIds) -> np.ndarray:
        """Return the probabilities of texts.

        Parameters
        ----------
        ids : TokenIds
            The word ids, words outside the vocabulary with ids of their own.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs), dtype=float32
            The probabilities.
        """
        logits = self.logits(ids)
        if self.spec.activation == "sigmoid":
            return _sigmoid(logits)
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        return logits / logits.sum(axis=1, keepdims=True)

    def logits(self, ids: TokenIds) -> np.ndarray:
        """Return what the probabilities are made of, of the same shape."""
        return self.tables.logits(ids)

    @property
    def keeps_training_state(self) -> bool:
        """Whether a pickle also has what a warm start goes on from."""
        return self.training_state is not None

    def get_state(self) -> dict:
        """Return the network and its tables as plain state."""
        return {
            "network": network_state(self.spec.network),
            **spec_state(self.spec),
            "tables": self.tables.state(),
        }

    @classmethod
    def from_state(cls, network: Network, state: dict) -> "TrainedBag":
        """Return the trained network whose `get_state` this is.

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
        spec = spec_from_state(network, state, ("tables",))
        state = state["tables"]
        kind = BagFactors if type(state) is dict and "kernel" in state else BagTables
        return cls(spec, kind.from_state(state, spec.n_tokens, spec.n_outputs))

    def __getstate__(self):
        return {
            "spec": self.spec,
            "tables": self.tables,
            "training_state": self.training_state,
        }

    def __setstate__(self, state):
        self.__init__(**state)


def _sigmoid(logits):
    """Return 1 / (1 + exp(-logits)) where neither exponential overflows."""
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1, small) / (1 + small)
