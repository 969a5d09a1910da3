"""Networks from word ids to class probabilities."""

from ._bag import Bag
from ._bag_conv import BagConv
from ._contributions import Contributions
from ._conv import Conv
from ._flatten import Flatten
from ._parallel_conv import ParallelConv
from ._spec import CallableNetwork, Network, NetworkSpec
from ._state import network_from_state, network_state, trained_from_state
from ._trained import TrainedNetwork
from ._trained_bag import TrainedBag

#: What `GloveTextClassifier(network=...)` calls each network.
NETWORKS = {
    network.name: network for network in (Bag, BagConv, ParallelConv, Conv, Flatten)
}


def as_network(network) -> Network:
    """Return what `network` stands for, its parameters checked.

    Parameters
    ----------
    network : str, Network or callable
        A key of :data:`NETWORKS`, which has that network's defaults, a network, or a
        function that builds one.

    Raises
    ------
    ValueError
        If there is no network of that name, or a parameter is out of its range.
    TypeError
        If it is none of these.
    """
    if isinstance(network, str) and network in NETWORKS:
        return NETWORKS[network]()
    if isinstance(network, Network):
        network.check()
        return network
    is_class = isinstance(network, type) and issubclass(network, Network)
    if callable(network) and not is_class:
        return CallableNetwork(network)
    if isinstance(network, str):
        raise ValueError(f"network must be one of {[*NETWORKS]}, got {network!r}.")
    raise TypeError(
        f"network must be one of {[*NETWORKS]}, an instance of one of "
        f"{[kind.__name__ for kind in NETWORKS.values()]}, or a callable that builds "
        f"a keras.Model; got {network!r}."
    )


__all__ = [
    "NETWORKS",
    "Bag",
    "BagConv",
    "Contributions",
    "Conv",
    "Flatten",
    "Network",
    "NetworkSpec",
    "ParallelConv",
    "TrainedBag",
    "TrainedNetwork",
    "as_network",
    "network_from_state",
    "network_state",
    "trained_from_state",
]
