"""Which connections a network has: what `connections` says, for each parameter."""

from collections.abc import Sequence

import numpy as np

from ...network.network import Network


def free_parameters(
    connections: Sequence[np.ndarray] | None, network: Network
) -> np.ndarray | None:
    """Return 1 for each parameter that is trained and 0 for the others, None if all are.

    Raises
    ------
    ValueError
        If there is not one boolean array in the shape of the weights for each layer, or if there is
        a unit that reads nothing.
    """
    if connections is None:
        return None
    if len(connections) != len(network.weights):
        raise ValueError(
            f"connections must have an array for each of the {len(network.weights)} layers of "
            f"weights, got {len(connections)}"
        )
    masks = []
    for layer, (given, weights) in enumerate(zip(connections, network.weights, strict=True)):
        mask = np.asarray(given)
        if mask.dtype != bool:
            raise ValueError(
                f"connections[{layer}] must be an array of booleans, got {mask.dtype}: True where "
                "there is a connection"
            )
        if mask.shape != weights.shape:
            raise ValueError(
                f"connections[{layer}] must have the shape of coefs_[{layer}], {weights.shape}, "
                f"got {mask.shape}"
            )
        alone = np.flatnonzero(~mask.any(axis=0))
        if alone.size:
            raise ValueError(
                f"connections[{layer}]: nothing feeds unit {alone[0]}; let it read something, or "
                "leave it out of hidden_layer_sizes"
            )
        masks.append(mask)
    free = np.zeros_like(network.parameters)
    network.put(free, masks, [np.ones(len(bias), bool) for bias in network.biases])
    return free


def check_unconnected(network: Network) -> None:
    """Refuse weights of connections that are not there.

    Raises
    ------
    ValueError
        It names the layer.
    """
    if network.free is None:
        return
    free, _ = network.views(network.free)
    for layer, (there, weights) in enumerate(zip(free, network.weights, strict=True)):
        if weights[there == 0].any():
            raise ValueError(
                f"coefs_[{layer}] has weights where connections[{layer}] is False: they must be 0"
            )
