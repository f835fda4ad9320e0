"""Networks that grow: further inputs, further outputs, and whatever has a number per parameter.

Inputs come in room that doubles whenever it is used up, so that a million of them, one at a time,
are copied twenty times. Outputs come rarely: then all is laid out anew.
"""

from typing import NamedTuple

import numpy as np

from .network import Network


class Outputs(NamedTuple):
    """Where known outputs go, and what becomes of them: net ← factor · net + shift."""

    places: np.ndarray  # among the new outputs
    sources: np.ndarray  # among those before
    factors: np.ndarray
    shifts: np.ndarray

    @property
    def as_they_were(self) -> bool:
        """Whether all net inputs stay, wherever they are now."""
        return bool((self.factors == 1).all() and (self.shifts == 0).all())


class Growth(NamedTuple):
    """A network before and after it has grown."""

    before: Network
    after: Network
    outputs: Outputs | None = None  # None: they stay

    @property
    def in_place(self) -> bool:
        """Whether both have their parameters in the same vector."""
        return self.after.parameters is self.before.parameters

    def carry(self, vector: np.ndarray, into: np.ndarray, *, net_inputs: bool = True) -> None:
        """Copy what a vector has for each parameter into one of the grown network.

        What is new stays as it is there. Where net inputs of outputs change, so do numbers that
        are like weights; others, with ``net_inputs=False``, are not copied there.
        """
        before, after = self.before, self.after
        blocks, own_blocks = before.blocks(vector), after.blocks(into)
        biases, own_biases = before.bias_views(vector), after.bias_views(into)
        for layer, bias in enumerate(biases):
            pairs = list(zip(blocks[layer], own_blocks[layer], strict=True))
            if layer < len(biases) - 1 or self.outputs is None:
                for block, own in pairs:
                    own[: len(block)] = block
                own_biases[layer][:] = bias
            elif net_inputs or self.outputs.as_they_were:
                places, sources, factors, shifts = self.outputs
                for block, own in pairs:
                    own[: len(block), places] = block[:, sources] * factors
                own_biases[layer][places] = bias[sources] * factors + shifts


def with_inputs(network: Network, n_inputs: int) -> Growth:
    """Let a network grow to so many inputs, the weights of new ones being zero.

    The parameters stay where they are as long as there is room: who grows a network that others
    read copies it before.
    """
    if n_inputs <= network.room:
        return Growth(network, network.with_inputs(n_inputs))
    room = max(n_inputs, 2 * network.room)
    sizes = [n_inputs, *network.sizes[1:]]
    after = Network(sizes, network.dtype, room, shortcuts=network.shortcuts)
    growth = Growth(network, after)
    growth.carry(network.parameters, growth.after.parameters)
    return growth


def with_outputs(network: Network, n_outputs: int, outputs: Outputs) -> Growth:
    """Let a network grow to so many outputs, the weights of new ones being zero."""
    sizes = [*network.sizes[:-1], n_outputs]
    after = Network(sizes, network.dtype, network.room, shortcuts=network.shortcuts)
    growth = Growth(network, after, outputs)
    growth.carry(network.parameters, growth.after.parameters)
    return growth
