"""Batches forward: the patterns of a batch go through the network together.

The steps are those of `fastbp.kernels.online`, each for the whole batch: net inputs are products of
matrices, computed in the tiles of `.tiles`; everything else is done by pattern.
"""

from typing import NamedTuple

from ...compiling.dispatch import open_function
from ...compiling.jit import inlined
from ...network.memory import (
    PANELS,
    STAGED_BATCH,
    TILE_PART,
    ZEROS,
    Memory,
    further,
    memory_of,
    part,
)
from ...vectors.simd import (
    ONE,
    advance,
    keep_first,
    lanes,
    load,
    pointer,
    splat,
    store,
    total,
)
from ..layers import value_at
from ..output_layer import InMemory, output_deltas
from ..rows.interface import inputs_of, stage
from ..weighting import error_weight
from .tiles import Matrix, RowAddresses, dots, multiply


class Batch(NamedTuple):
    """Memory of a batch: that of its first pattern, the others a stride further each."""

    memory: Memory
    staged: object
    inputs: object
    pattern_stride: int
    tile: object
    zeros: object  # as many
    panels: object
    starts: object  # of the rows of inputs
    multiples: object  # of the stride


@inlined
def batch_of(parameters, state, layout, rows, working):
    """Return the pointers to a network's parameters, a rule's state and working memory."""
    staged, places = part(working, STAGED_BATCH), pointer(working.places)
    return Batch(
        memory_of(parameters, state, layout, working),
        staged,
        inputs_of(rows, staged),
        working.pattern_stride,
        part(working, TILE_PART),
        part(working, ZEROS),
        part(working, PANELS),
        places,
        advance(places, working.capacity),
    )


@inlined
def pattern(batch, n):
    """Return the memory of the batch's n-th pattern."""
    return further(batch.memory, n * batch.pattern_stride)


@inlined
def _activate(batch, order, activation, layer, n_patterns):
    """out_j = f(net_j) for all units of a hidden layer, whose place is looked up once: 3 %."""
    memory, count = batch.memory, batch.memory.layers.fan_out[layer]
    units, width = memory.layers.units_at[layer], memory.layers.width[layer]
    for n in range(n_patterns):
        at = n * batch.pattern_stride + units
        for j in range(0, width, lanes(memory.w)):
            out = value_at(activation, load(memory.net, at + j, ONE), layer, layer, j, order[n])
            store(memory.out, at + j, keep_first(out, count - j, 0.0))


@open_function(default=True)
def first_product(rows, batch, n_rows):
    """net_nj = Σ_i w_ji x_ni + b_j for all units of the first layer, and so many patterns."""
    memory, layers = batch.memory, batch.memory.layers
    target = RowAddresses(memory.net, batch.multiples, layers.units_at[0])
    weights = Matrix(memory.w, layers.weights_at[0], layers.stride[0])
    biases = advance(memory.w, layers.biases_at[0])
    left = RowAddresses(batch.inputs, batch.starts, 0)
    depth, width = layers.fan_in[0], layers.width[0]
    multiply(target, biases, left, weights, n_rows, depth, width, batch.panels)


@inlined
def forward_batch(batch, rows, order, formulas, n_patterns):
    """Compute net and out of the first patterns of the order; of output units net alone."""
    memory, layers, starts = batch.memory, batch.memory.layers, batch.starts
    n_rows = (n_patterns + 3) // 4 * 4  # the last ones compute with a pattern that is there
    for n in range(n_rows):
        starts[n] = stage(rows, order[min(n, n_patterns - 1)], batch.staged, n * layers.fan_in[0])
    first_product(rows, batch, n_rows)
    for layer in range(1, memory.last + 1):
        _activate(batch, order, formulas.activation, layer - 1, n_patterns)
        target = RowAddresses(memory.net, batch.multiples, layers.units_at[layer])
        left = RowAddresses(memory.out, batch.multiples, layers.units_at[layer - 1])
        weights = Matrix(memory.w, layers.weights_at[layer], layers.stride[layer])
        biases = advance(memory.w, layers.biases_at[layer])
        depth, count = layers.width[layer - 1], layers.fan_out[layer]
        dots(target, biases, left, weights, n_rows, depth, count)


@inlined
def output_deltas_batch(batch, targets, order, loss, weighting, n_patterns, scale):
    """δ_k ← scale · e_p (−∂E_p/∂net_k) for all patterns; return Σ_p e_p E_p."""
    errors = splat(batch.memory.w, ONE, 0.0)
    for n in range(n_patterns):
        here, p = pattern(batch, n), order[n]
        weight = error_weight(weighting, p)
        errors = errors + weight * output_deltas(loss, here, targets, p, scale * weight, InMemory())
    return total(errors)
