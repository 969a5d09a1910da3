"""Trained networks as plain state, and back."""

import numpy as np

from .._plain import InvalidStateError, check_keys
from ..text._validation import shown
from ._spec import Network


def network_state(network: Network) -> dict:
    """Return a built-in network as its name and parameters.

    Raises
    ------
    TypeError
        If it is none of the built-in ones.
    """
    from . import NETWORKS

    name = getattr(type(network), "name", None)
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
    # A parameter that a later version has added has its default.
    check_keys(params, "network.params", (), kind._get_param_names())
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
