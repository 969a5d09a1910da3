"""Trained networks as plain state, and back."""

import numpy as np

from .._plain import InvalidStateError, check_int, check_keys, check_option
from ..text import FIRST_WORD_ID
from ..text._validation import shown
from ._spec import Network, NetworkSpec

# What a state says of a network beside its parameters and what it learned.
_SPEC_FIELDS = (
    "n_tokens",
    "embedding_dim",
    "from_scratch",
    "sequence_length",
    "n_outputs",
    "activation",
    "loss",
)
_LENGTH = "network.sequence_length"
# Where texts are padded to `sequence_length`, it is memory that each prediction takes.
_LONGEST_ROW = 1 << 20


def network_state(network: Network) -> dict:
    """Return a built-in network as its name and parameters.

    Raises
    ------
    TypeError
        If it is none of the built-in ones.
    """
    from . import NETWORKS

    name = getattr(type(network), "name", "")
    if NETWORKS.get(name) is not type(network):
        raise TypeError(f"{shown(network)} is none of the networks {[*NETWORKS]}.")
    params = {
        key: value.item() if isinstance(value, np.generic) else value
        for key, value in network.get_params(deep=False).items()
    }
    return {"name": name, "params": params}


def network_from_state(state: dict) -> Network:
    """Return the network of `network_state`, its parameters checked.

    Raises
    ------
    InvalidStateError
        If it is not the state of a built-in network.
    """
    from . import NETWORKS

    check_keys(state, "network", ("name", "params"))
    name, params = state["name"], state["params"]
    if type(name) is not str or name not in NETWORKS:
        raise InvalidStateError(
            f"network.name must be one of {[*NETWORKS]}, got {shown(name)}."
        )
    kind = NETWORKS[name]
    check_keys(params, "network.params", (), kind._get_param_names())
    params = {**kind.before, **params}
    for key, value in params.items():
        if type(value) not in (bool, int, float, str, type(None)):
            raise InvalidStateError(
                f"network.params.{key} must be a number or a string, got "
                f"{shown(value)}."
            )
    network = kind(**params)
    try:
        network.check()
    except (ValueError, TypeError) as error:
        raise InvalidStateError(f"network.params: {error}") from None
    return network


def trained_from_state(state: dict):
    """Return the trained network whose `get_state` this is.

    Parameters
    ----------
    state : dict
        Of plain things. `network` is the name and the parameters of a built-in network
        (see :data:`skglove.networks.NETWORKS`), whose `trained_from_state` reads the
        others. Beside it each state has `n_tokens`, the size of the vocabulary,
        `n_outputs` and `activation`.

    Returns
    -------
    trained : object
        With `predict_proba` and `get_state`.

    Raises
    ------
    InvalidStateError
        If types, shapes or ranges are not those of such a network.
    """
    if type(state) is not dict or "network" not in state:
        raise InvalidStateError("The state of the trained network lacks 'network'.")
    return network_from_state(state["network"]).trained_from_state(state)


def spec_state(spec: NetworkSpec) -> dict:
    """Return what a specification says beside the network's parameters."""
    return {
        **{name: _as_python(getattr(spec, name)) for name in _SPEC_FIELDS},
        "sizes": {name: _as_python(size) for name, size in spec.sizes.items()},
    }


def spec_from_state(network: Network, state: dict, others: tuple) -> NetworkSpec:
    """Return the specification of a state; nothing in it is believed.

    Parameters
    ----------
    network : Network
        What `state["network"]` says, checked.

    state : dict
        The state: "network", what `spec_state` returned, and `others`.

    others : tuple of str
        The keys that are looked at elsewhere.
    """
    check_keys(state, "network", ("network", *_SPEC_FIELDS, "sizes", *others))
    check_int(state["n_tokens"], "network.n_tokens", FIRST_WORD_ID + 1)
    check_int(state["embedding_dim"], "network.embedding_dim", 1)
    check_option(state["from_scratch"], "network.from_scratch", (True, False))
    if network.fixed_length:
        check_int(state["sequence_length"], _LENGTH, 1, _LONGEST_ROW)
    elif state["sequence_length"] is not None:
        check_int(state["sequence_length"], _LENGTH, 1)
    check_int(state["n_outputs"], "network.n_outputs", 1)
    check_option(state["activation"], "network.activation", ("sigmoid", "softmax"))
    check_option(
        state["loss"],
        "network.loss",
        ("binary_crossentropy", "sparse_categorical_crossentropy"),
    )
    check_keys(state["sizes"], "network.sizes", network.size_names)
    for name, size in state["sizes"].items():
        check_int(size, f"network.sizes.{name}", 0)
    return NetworkSpec(
        network=network,
        **{name: state[name] for name in _SPEC_FIELDS},
        sizes=dict(state["sizes"]),
    )


def _as_python(value):
    """Return NumPy's numbers as those of Python."""
    return value.item() if isinstance(value, np.generic) else value
