"""Batches forward: the patterns of a batch go through the network together.

The steps are those of `fastbp.kernels.online`, each for the whole batch: net inputs are products of
matrices, computed in the tiles of `.tiles`; everything else is done by pattern.
"""

from typing import NamedTuple

from ...compiling.jit import inlined
from ...network.memory import PANEL_BYTES, Memory, further, memory_of
from ...vectors.simd import (
    ONE,
    VECTOR_BYTES,
    advance,
    keep_first,
    lanes,
    load,
    pointer,
    splat,
    store,
    total,
)
from ..layers import activate
from ..output_layer import InMemory, output_deltas
from ..rows.interface import inputs_of, stage
from ..weighting import error_weight
from .tiles import Matrix, Rows, dots, multiply, tile_lanes


class Batch(NamedTuple):
    """Memory of a batch: that of its first pattern, the others `row` numbers further each."""

    memory: Memory
    inputs: object
    row: int
    tile: object
    zeros: object  # as many
    panels: object
    starts: object  # of the rows of inputs
    multiples: object  # of row


@inlined
def batch_of(parameters, state, table, rows, workspace):
    """Return the pointers to a network's parameters, a rule's state and working memory."""
    memory = memory_of(parameters, state, table, workspace.numbers, 1)
    tile, places = memory.net, pointer(workspace.places)
    zeros = advance(tile, 4 * tile_lanes(tile))
    panels = advance(zeros, workspace.row)
    net = advance(panels, PANEL_BYTES // VECTOR_BYTES * lanes(tile))
    size = workspace.capacity * workspace.row
    slots = advance(net, 3 * size)
    memory = Memory(
        memory.w,
        memory.state,
        memory.layers,
        memory.last,
        net,
        advance(net, size),
        advance(net, 2 * size),
        slots,
    )
    for n in range(workspace.capacity):
        places[workspace.capacity + n] = n * workspace.row
    multiples = advance(places, workspace.capacity)
    inputs = inputs_of(rows, slots)
    return Batch(memory, inputs, workspace.row, tile, zeros, panels, places, multiples)


@inlined
def pattern(batch, n):
    """Return the memory of the batch's n-th pattern."""
    return further(batch.memory, n * batch.row)


@inlined
def _activate(batch, order, activation, layer, size):
    """out_j = f(net_j) for all units of a hidden layer, whose place is looked up once: 3 %."""
    memory, count = batch.memory, batch.memory.layers.fan_out[layer]
    units, width = memory.layers.units[layer], memory.layers.width[layer]
    for n in range(size):
        at = n * batch.row + units
        for j in range(0, width, lanes(memory.w)):
            out = activate(activation, load(memory.net, at + j, ONE), layer, layer, j, order[n])
            store(memory.out, at + j, keep_first(out, count - j, 0.0))


@inlined
def forward_batch(batch, rows, order, model, size):
    """Compute net and out of the patterns order[0], ..., order[size − 1]; only net of outputs."""
    memory, layers, starts = batch.memory, batch.memory.layers, batch.starts
    n_rows = (size + 3) // 4 * 4  # the last ones compute with a pattern that is there
    for n in range(n_rows):
        starts[n] = stage(rows, order[min(n, size - 1)], memory.slots, n * layers.fan_in[0])
    left = Rows(batch.inputs, starts, 0)
    for layer in range(memory.last + 1):
        target = Rows(memory.net, batch.multiples, layers.units[layer])
        weights = Matrix(memory.w, layers.weights[layer], layers.stride[layer])
        biases = advance(memory.w, layers.biases[layer])
        if layer == 0:
            depth, width = layers.fan_in[0], layers.width[0]
            multiply(target, biases, left, weights, n_rows, depth, width, batch.panels)
        else:
            depth, count = layers.width[layer - 1], layers.fan_out[layer]
            dots(target, biases, left, weights, n_rows, depth, count)
        if layer < memory.last:
            _activate(batch, order, model.activation, layer, size)
        left = Rows(memory.out, batch.multiples, layers.units[layer])


@inlined
def output_deltas_batch(batch, targets, order, loss, weights, size, scale):
    """δ_k ← scale · e_p (−∂E_p/∂net_k) for all patterns; return Σ_p e_p E_p."""
    errors = splat(batch.memory.w, ONE, 0.0)
    for n in range(size):
        here, p = pattern(batch, n), order[n]
        weight = error_weight(weights, p)
        errors = errors + weight * output_deltas(loss, here, targets, p, scale * weight, InMemory())
    return total(errors)
