"""Working memory of several patterns; allocated by `fastbp.network.network.Network`."""

from typing import NamedTuple

import numpy as np

from ..compiling.jit import inlined
from ..vectors.simd import advance, pointer
from .layout import Layers

TOGETHER = 4  # patterns that share a sweep over the first layer, see `kernels.delayed`
LARGEST = 256  # patterns that go through the network together
DEPTH = 128  # of the products that a tile sums up at a time: the inputs of 200 patterns, so many
# of each, stay in the second-level cache while all tiles are computed from them
FIRST_LEVEL = 2**14  # bytes of weights that are to stay in the first-level cache
PANEL_BYTES = 2**17  # of the panels that lie packed at a time, in the second-level cache too


class Workspace(NamedTuple):
    """Numbers: a tile, zeros, panels; net, out, delta of all patterns; copies; a gradient."""

    numbers: np.ndarray
    places: np.ndarray
    capacity: int  # patterns, a multiple of 4
    row: int  # numbers per pattern in each of net, out and delta


class Memory(NamedTuple):
    """Pointers to the parameters, what the rule remembers, and the buffers of one pattern.

    Pointers, because every use of an array costs a reference count, which Numba does not always
    see through: 5 ns per pattern each.
    """

    w: object
    state: tuple  # what the rule remembers first, second, ... of each parameter
    layers: Layers
    last: int  # the number of the output layer
    net: object
    out: object
    delta: object
    slots: object


@inlined
def remembered(state, size):
    """Return the pointers to what a rule remembers first, second, ... of `size` parameters."""
    first = pointer(state)
    return first, advance(first, size), advance(first, 2 * size), advance(first, 3 * size)


@inlined
def memory_of(parameters, state, table, scratch, n_patterns):
    """Return the pointers to a network's parameters, a rule's state and working memory.

    Working memory has room for net, out and delta of so many patterns; the pointers are those of
    the first, the others' are `further`.
    """
    t, n_layers = pointer(table), table.shape[1]
    layers = Layers(
        t,
        advance(t, n_layers),
        advance(t, 2 * n_layers),
        advance(t, 3 * n_layers),
        advance(t, 4 * n_layers),
        advance(t, 5 * n_layers),
        advance(t, 6 * n_layers),
    )
    net = pointer(scratch)
    size = n_patterns * (layers.units[n_layers - 1] + layers.width[n_layers - 1])
    return Memory(
        pointer(parameters),
        remembered(state, parameters.size),
        layers,
        n_layers - 1,
        net,
        advance(net, size),
        advance(net, 2 * size),
        advance(net, 3 * size),
    )


@inlined
def further(memory, at):
    """Return the memory of a pattern whose net, out and delta are so many numbers further on."""
    return Memory(
        memory.w,
        memory.state,
        memory.layers,
        memory.last,
        advance(memory.net, at),
        advance(memory.out, at),
        advance(memory.delta, at),
        memory.slots,
    )
