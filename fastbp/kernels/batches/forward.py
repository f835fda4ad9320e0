"""Batches forward: the patterns of a batch go through the network together.

The steps are those of `fastbp.kernels.online`, each for the whole batch, or for some units or some
patterns of it: net inputs are products of matrices, computed in the tiles of `.tiles`; everything
else is done by pattern.
"""

from typing import NamedTuple

from ...compiling.dispatch import open_function
from ...compiling.jit import inlined
from ...network.layout import ShortcutLayers
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
from ..crew import Sharing, sharing_of
from ..layers import value_at
from ..output_layer import InMemory, output_deltas
from ..rows.interface import inputs_of, stage
from ..weighting import error_weight
from .tiles import Matrix, Onto, RowAddresses, dots, multiply


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
    crew: Sharing


@inlined
def batch_of(parameters, state, layout, rows, working):
    """Return the pointers to a network's parameters, a rule's state and working memory."""
    own = working.own
    staged, places = part(own, STAGED_BATCH), pointer(own.places)
    return Batch(
        memory_of(parameters, state, layout, working),
        staged,
        inputs_of(rows, staged),
        working.pattern_stride,
        part(own, TILE_PART),
        part(working, ZEROS),
        part(own, PANELS),
        places,
        advance(places, working.capacity),
        sharing_of(working.crew),
    )


@inlined
def pattern(batch, n):
    """Return the memory of the batch's n-th pattern."""
    return further(batch.memory, n * batch.pattern_stride)


@inlined
def stage_batch(batch, rows, order, n_patterns):
    """Find the inputs of the first patterns of the order; return how many rows are computed."""
    n_rows = (n_patterns + 3) // 4 * 4  # the last ones compute with a pattern that is there
    fan_in = batch.memory.layers.fan_in[0]
    for n in range(n_rows):
        p = order[min(n, n_patterns - 1)]
        batch.starts[n] = stage(rows, p, batch.staged, n * fan_in)
    return n_rows


@inlined
def _activate(batch, order, activation, layer, first, stop, j, end):
    """out_j = f(net_j) for units j to end − 1 of a hidden layer and some of the patterns.

    Their places are looked up once: 3 %.
    """
    memory, count = batch.memory, batch.memory.layers.fan_out[layer]
    units, lane = memory.layers.units_at[layer], lanes(memory.w)
    for n in range(first, stop):
        at = n * batch.pattern_stride + units
        for i in range(j, end, lane):
            out = value_at(activation, load(memory.net, at + i, ONE), layer, layer, i, order[n])
            store(memory.out, at + i, keep_first(out, count - i, 0.0))


@open_function(default=True)
def first_product(rows, batch, n_rows, j, end):
    """net_nj = Σ_i w_ji x_ni + b_j for units j to end − 1 that read the inputs, and n_rows rows."""
    memory, layers = batch.memory, batch.memory.layers
    target = RowAddresses(memory.net, batch.multiples, layers.units_at[0] + j)
    weights = Matrix(memory.w, layers.weights_at[0] + j, layers.stride[0])
    biases = advance(memory.w, layers.biases_at[0] + j)
    left = RowAddresses(batch.inputs, batch.starts, 0)
    multiply(target, biases, left, weights, n_rows, layers.fan_in[0], end - j, batch.panels)


@inlined
def first_layer(batch, rows, order, activation, n_patterns, n_rows, j, end):
    """Compute net of units j to end − 1 that read the inputs, and out of those of a hidden layer.

    With shortcuts net of later layers is not complete then.
    """
    first_product(rows, batch, n_rows, j, end)
    if batch.memory.last > 0:
        end = min(end, batch.memory.layers.width[0])
        _activate(batch, order, activation, 0, 0, n_patterns, j, end)


@open_function(default=True)
def before_dots(layers, memory, layer):
    """Return what net of a layer and, with shortcuts, of later ones begins with: the biases."""
    return advance(memory.w, layers.biases_at[layer])


@before_dots.register(ShortcutLayers)
def _(layers, memory, layer):  # what the inputs and the layers further below make of it
    return Onto()


@inlined
def later_layers(batch, order, activation, n_patterns, first, stop):
    """Compute net and out of all later layers for rows `first`, a multiple of 4, to stop − 1.

    Of output units net alone.
    """
    memory, layers = batch.memory, batch.memory.layers
    addresses = advance(batch.multiples, first)
    for layer in range(1, memory.last + 1):
        target = RowAddresses(memory.net, addresses, layers.units_at[layer])
        left = RowAddresses(memory.out, addresses, layers.units_at[layer - 1])
        weights = Matrix(memory.w, layers.weights_at[layer], layers.stride[layer])
        initial = before_dots(layers, memory, layer)
        depth, count = layers.width[layer - 1], layers.reach[layer]
        dots(target, initial, left, weights, stop - first, depth, count)
        if layer < memory.last:
            end = min(stop, n_patterns)
            _activate(batch, order, activation, layer, first, end, 0, layers.width[layer])


@inlined
def forward_batch(batch, rows, order, formulas, n_patterns):
    """Compute net and out of the first patterns of the order; of output units net alone."""
    activation, width = formulas.activation, batch.memory.layers.reach[0]
    n_rows = stage_batch(batch, rows, order, n_patterns)
    first_layer(batch, rows, order, activation, n_patterns, n_rows, 0, width)
    later_layers(batch, order, activation, n_patterns, 0, n_rows)


@inlined
def output_deltas_batch(batch, targets, order, loss, weighting, scale, first, stop):
    """δ_k ← scale · e_p (−∂E_p/∂net_k) for some of the patterns; return their Σ_p e_p E_p."""
    errors = splat(batch.memory.w, ONE, 0.0)
    for n in range(first, stop):
        here, p = pattern(batch, n), order[n]
        weight = error_weight(weighting, p)
        errors = errors + weight * output_deltas(loss, here, targets, p, scale * weight, InMemory())
    return total(errors)
