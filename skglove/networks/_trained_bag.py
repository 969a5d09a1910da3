"""What is left of a bag network's fit: its tables."""

from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from .._keras import building, import_keras
from .._plain import InvalidStateError
from ..text import TokenIds
from ._bag_contributions import bag_contributions
from ._bag_factors import BagFactors
from ._bag_tables import BagTables
from ._calibration import tempered
from ._contributions import Contributions
from ._spec import Network, NetworkSpec
from ._state import network_state, spec_from_state, spec_state
from ._top_terms import TopTerms

if TYPE_CHECKING:
    from ._bag import Bag


class TrainedBag:
    """A trained bag network, which predicts with NumPy.

    Parameters
    ----------
    spec : NetworkSpec
        What it was trained as.

    tables : BagTables or BagFactors
        What it learned.

    top_terms : TopTerms or None
        What speaks most for each class in the training texts; None with `BagFactors`.

    training_state : dict or None
        What a later fit goes on with, its `n_steps` among it.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        tables: BagTables | BagFactors,
        top_terms: TopTerms | None,
        training_state=None,
    ):
        self.spec = spec
        self.tables = tables
        self.top_terms = top_terms
        self.training_state = training_state

    @property
    def vectorizer_options(self) -> dict:
        """Options of `TextVectorizer.ids_of` that make the ids it takes."""
        corrects = cast("Bag", self.spec.network).correct_spelling
        return {"number_unknown": True, "correct_spelling": corrects}

    @property
    def n_buckets(self) -> int:
        """Number of buckets of the n-grams of words outside the vocabulary."""
        if isinstance(self.tables, BagFactors):
            return 0
        return len(self.tables.buckets)

    @property
    def n_steps(self) -> int:
        """Number of training steps made so far, where a later fit can go on."""
        return self.training_state["n_steps"] if self.training_state else 0

    @property
    def n_texts_seen(self) -> int | None:
        """Number of training texts so far; None where a later fit cannot go on."""
        seen = self.training_state and self.training_state.get("seen")
        return seen.n_texts if seen else None

    @property
    def has_model(self) -> bool:
        """Whether the model is built."""
        return "model" in vars(self)

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
        logits = self.probability_logits(ids)
        if self.spec.activation == "sigmoid":
            return _sigmoid(logits)
        logits -= np.maximum.reduce(logits, axis=1, keepdims=True)
        np.exp(logits, out=logits)
        return logits / np.add.reduce(logits, axis=1, keepdims=True)

    def logits(self, ids: TokenIds) -> np.ndarray:
        """Return what words and n-grams add up to, of the same shape."""
        return self.tables.logits(ids)

    def probability_logits(self, ids: TokenIds) -> np.ndarray:
        """Return what the probabilities are made of, of the same shape."""
        tables = self.tables
        return tempered(tables.logits(ids), tables.power, tables.typical)

    @property
    def keeps_training_state(self) -> bool:
        """Whether a pickle also has what a warm start goes on from."""
        return self.training_state is not None

    def compressed(self, max_bigrams: int | None = None) -> "TrainedBag":
        """Return a smaller one; see `BagTables.compressed`."""
        return TrainedBag(
            self.spec, self.tables.compressed(max_bigrams), self.top_terms
        )

    def get_state(self) -> dict:
        """Return the network and its tables as plain state."""
        return {
            "network": network_state(self.spec.network),
            **spec_state(self.spec),
            "tables": self.tables.state(),
            "top_terms": None if self.top_terms is None else self.top_terms.state(),
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
        spec = spec_from_state(network, state, ("tables", "top_terms"))
        tables = state["tables"]
        if type(tables) is dict and "kernel" in tables:
            if state["top_terms"] is not None:
                raise InvalidStateError("top_terms must be None for so many labels.")
            tables = BagFactors.from_state(tables, spec.n_tokens, spec.n_outputs)
            return cls(spec, tables, None)
        tables = BagTables.from_state(tables, spec.n_tokens, spec.n_outputs)
        top_terms = TopTerms.from_state(
            state["top_terms"], spec.n_tokens, max(2, spec.n_outputs)
        )
        return cls(spec, tables, top_terms)

    def contributions(
        self, ids: TokenIds, wanted: np.ndarray | None = None
    ) -> Contributions:
        """Return what each word and n-gram adds to the logits.

        Parameters
        ----------
        ids : TokenIds
            The word ids, words outside the vocabulary with ids of their own.

        wanted : ndarray of shape (n_texts, n_outputs), dtype=bool, or None
            Not used: all logits cost no more than one.

        Returns
        -------
        contributions : Contributions
            What words and n-grams add.

        Raises
        ------
        ValueError
            If there are so many labels that there are no tables of every one.
        """
        return bag_contributions(self._tables_of_classes(), ids)

    def top_terms_of_training(self) -> TopTerms:
        """Return what speaks most for each class in the training texts.

        Raises a ValueError as `contributions` does.
        """
        self._tables_of_classes()
        return cast(TopTerms, self.top_terms)

    def _tables_of_classes(self) -> BagTables:
        """Return the tables, if there are some of each class."""
        if isinstance(self.tables, BagFactors):
            raise ValueError(
                "explain and top_words support up to 500 classes, and this classifier "
                f"has {self.tables.n_outputs:,}: for so many no table is kept of what "
                "each word adds to each class. Fit another to the classes that you "
                "want to compare, and explain that."
            )
        return self.tables

    def __getstate__(self):
        return {
            "spec": self.spec,
            "tables": self.tables,
            "top_terms": self.top_terms,
            "training_state": self.training_state,
        }

    def __setstate__(self, state):
        self.__init__(**state)


def _sigmoid(logits):
    """Return 1 / (1 + exp(-logits)) where neither exponential overflows."""
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, np.float32(1), small) / (1 + small)
