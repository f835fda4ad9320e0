"""Batches backward: deltas passed down, and the gradient of a tile to the update rule."""

from ...compiling.dispatch import open_function
from ...compiling.jit import apart, inlined, shared
from ...network.layout import ShortcutLayers
from ...penalties import penalty_terms
from ...vectors.simd import ALIGNMENT, ONE, VECTOR_BYTES, advance, lanes, load, splat, store, total
from ..crew import cut
from ..descent import descend, make_step
from ..layers import derivative_at
from .tiles import Matrix, RowAddresses, group_width, multiply, outer, prepare, tile_lanes

FEW = 4  # output units that are not worth a tile: one vector at a time is faster


@inlined
def columns(batch, size, piece):
    """Return where a piece of so many units begins: whole tiles, if all get one, or cache lines."""
    line = ALIGNMENT // VECTOR_BYTES * lanes(batch.memory.w)
    wide, n_pieces = tile_lanes(batch.memory.w), batch.crew.n_columns
    return cut(size, wide if size >= n_pieces * wide else line, piece, n_pieces)


@inlined
def _apply_derivative(batch, order, activation, layer, first, stop, j, end):
    """δ_j ← f′(net_j) δ_j for units j to end − 1 of a hidden layer and some of the patterns.

    δ_j holds Σ_k δ_k w_kj before.
    """
    memory, units = batch.memory, batch.memory.layers.units_at[layer]
    for n in range(first, stop):
        at = n * batch.pattern_stride + units
        for i in range(j, end, lanes(memory.w)):
            net, out = load(memory.net, at + i, ONE), load(memory.out, at + i, ONE)
            factor = derivative_at(activation, net, out, layer, layer, i, order[n])
            store(memory.eta_delta, at + i, factor * load(memory.eta_delta, at + i, ONE))


@inlined
def _hop(batch, order, activation, layer, n_patterns, first, stop, j, end):
    """δ_j = f′(net_j) Σ_k δ_k w_kj for units j to end − 1 of the layer below.

    For rows `first`, a multiple of 4, to stop − 1.
    """
    memory, layers = batch.memory, batch.memory.layers
    addresses = advance(batch.multiples, first)
    target = RowAddresses(memory.eta_delta, addresses, layers.units_at[layer - 1] + j)
    eta_deltas = RowAddresses(memory.eta_delta, addresses, layers.units_at[layer])
    weights = Matrix(memory.w, layers.weights_at[layer] + j, layers.stride[layer])
    n_rows, count = stop - first, layers.reach[layer]
    multiply(target, batch.zeros, eta_deltas, weights, n_rows, count, end - j, batch.panels)
    last = min(stop, n_patterns)
    _apply_derivative(batch, order, activation, layer - 1, first, last, j, end)


@inlined
def _step(memory, learning, at, descent, terms, pull):
    """Update the weights from number `at` on; return the terms with those of before."""
    w = load(memory.w, at, ONE)
    descend(learning, memory, at, w, descent, pull)
    return terms + penalty_terms(learning.penalty, w)


@shared
def _few_outputs(batch, order, activation, learning, pull, first, stop, begin, end, hop, update):
    """Pass the deltas of few output units down and update their weights, in one sweep, or either.

    δ_j = f′(net_j) Σ_k δ_k w_kj, and w_kj ← w_kj + Σ_n δ_nk out_nj, for some patterns and for units
    `begin` to end − 1 of the layer below, two units k at a time; beyond the last there is the
    padding, whose deltas are 0. Return the penalty's terms of the weights before.
    """
    apart()
    memory, layers, row = batch.memory, batch.memory.layers, batch.pattern_stride
    last = memory.last
    count, stride, units = layers.fan_out[last], layers.stride[last], layers.units_at[last]
    below = layers.units_at[last - 1]
    terms = splat(memory.w, ONE, 0.0)
    for j in range(begin, end, lanes(memory.w)):
        for k in range(0, count, 2):
            at = layers.weights_at[last] + k * stride + j
            other = at + min(1, count - 1 - k) * stride
            w_k, w_l = load(memory.w, at, ONE), load(memory.w, other, ONE)
            sum_k = sum_l = splat(memory.w, ONE, 0.0)
            for n in range(first, stop):
                unit, place = n * row + units + k, n * row + below + j
                eta_delta_k, eta_delta_l = memory.eta_delta[unit], memory.eta_delta[unit + 1]
                out = load(memory.out, place, ONE)
                if hop:
                    down = w_k * eta_delta_k + w_l * eta_delta_l
                    if k > 0:
                        down = load(memory.eta_delta, place, ONE) + down
                    if k + 2 >= count:
                        net, layer = load(memory.net, place, ONE), last - 1
                        factor = derivative_at(activation, net, out, layer, layer, j, order[n])
                        down = factor * down
                    store(memory.eta_delta, place, down)
                sum_k, sum_l = sum_k + out * eta_delta_k, sum_l + out * eta_delta_l
            if update:
                terms = _step(memory, learning, at, sum_k, terms, pull)
                if other > at:
                    terms = _step(memory, learning, other, sum_l, terms, pull)
    return total(terms)


@inlined
def has_few_outputs(batch):
    """Tell whether output units are so few that they are not worth a tile."""
    return batch.memory.layers.fan_out[batch.memory.last] <= FEW


@open_function(default=True)
def last_by_patterns(layers):
    """Return the last layer whose deltas are passed down by patterns, the others' being by units.

    A thread updates the first layer's weights into the units whose deltas it has computed; with
    shortcuts these are weights into all units.
    """
    return 2


@last_by_patterns.register(ShortcutLayers)
def _(layers):
    return 1


@inlined
def pass_down(batch, order, activation, learning, n_patterns, first, stop):
    """Pass the deltas of the output units down to the second layer or further, for some rows.

    Weights are updated when all rows have passed.
    """
    layers, few = batch.memory.layers, has_few_outputs(batch)
    for layer in range(batch.memory.last, last_by_patterns(layers) - 1, -1):
        width = layers.width[layer - 1]
        if few and layer == batch.memory.last:
            end = min(stop, n_patterns)
            _few_outputs(batch, order, activation, learning, 0.0, first, end, 0, width, True, False)
        else:
            _hop(batch, order, activation, layer, n_patterns, first, stop, 0, width)


@shared
def _update(batch, learning, weights, left, n_rows, right, width, n_patterns, pull):
    """w_rj ← w_rj + Σ_n left_nr right_nj, and the terms of the weights before it."""
    apart()
    memory, tile = batch.memory, batch.tile
    first, stride = weights.start, weights.stride
    lane, wide = lanes(memory.w), tile_lanes(memory.w)
    terms = splat(memory.w, ONE, 0.0)
    group = group_width(batch.panels, right, n_patterns, width)
    for start in range(0, width, group):
        stop = min(start + group, width)
        prepared = prepare(batch.panels, right, 0, n_patterns, start, stop - start)
        for r in range(0, n_rows, 4):
            panel = prepared.memory
            for j in range(start, stop, wide):
                outer(tile, left, r, n_rows, panel, prepared.row, n_patterns, width - j)
                panel = advance(panel, prepared.step)
                for a in range(min(4, n_rows - r)):
                    at = first + (r + a) * stride + j
                    for i in range(0, min(wide, width - j), lane):
                        descent = load(tile, a * wide + i, ONE)
                        terms = _step(memory, learning, at + i, descent, terms, pull)
    return total(terms)


@open_function(default=True)
def update_first_layer(rows, batch, learning, n_patterns, pull, j, end):
    """w_ji ← w_ji + Σ_n η δ_nj x_ni for units j to end − 1.

    Return the penalty's terms of their weights before it.
    """
    memory, layers = batch.memory, batch.memory.layers
    weights = Matrix(memory.w, layers.weights_at[0] + j, layers.stride[0])
    left = RowAddresses(batch.inputs, batch.starts, 0)
    right = Matrix(memory.eta_delta, j, batch.pattern_stride)
    n_inputs = layers.fan_in[0]
    return _update(batch, learning, weights, left, n_inputs, right, end - j, n_patterns, pull)


@inlined
def _update_layer(batch, learning, layer, n_patterns, pull, j, end):
    """w_kj ← w_kj + Σ_n δ_nk out_nj for the outputs of units j to end − 1 below.

    Return the penalty's terms of their weights before it.
    """
    memory, layers = batch.memory, batch.memory.layers
    weights = Matrix(memory.w, layers.weights_at[layer] + j, layers.stride[layer])
    eta_deltas = RowAddresses(memory.eta_delta, batch.multiples, layers.units_at[layer])
    outs = Matrix(memory.out, layers.units_at[layer - 1] + j, batch.pattern_stride)
    count = layers.reach[layer]
    return _update(batch, learning, weights, eta_deltas, count, outs, end - j, n_patterns, pull)


@inlined
def update_biases(batch, learning, layer, n_patterns, begin, end):
    """b_t ← b_t + Σ_n δ_nt for units `begin` to end − 1."""
    memory, layers = batch.memory, batch.memory.layers
    units, bias = layers.units_at[layer], layers.biases_at[layer]
    for j in range(begin, end, lanes(memory.w)):
        descent = splat(memory.w, ONE, 0.0)
        for n in range(n_patterns):
            descent = descent + load(memory.eta_delta, n * batch.pattern_stride + units + j, ONE)
        make_step(learning.rule, memory, bias + j, load(memory.w, bias + j, ONE), descent)


@inlined
def update_piece(batch, rows, order, formulas, learning, n_patterns, n_rows, pull, piece):
    """Pass the deltas down to the first layer, and update all layers, for a piece of the units.

    Return the penalty's terms of the weights before.
    """
    memory, layers, activation = batch.memory, batch.memory.layers, formulas.activation
    few, terms = has_few_outputs(batch), 0.0
    for layer in range(memory.last, -1, -1):
        width = layers.width[layer]
        begin, stop = columns(batch, width, piece), columns(batch, width, piece + 1)
        if layer > 0:
            below = layers.width[layer - 1]
            j, end = columns(batch, below, piece), columns(batch, below, piece + 1)
            if few and layer == memory.last:
                hop = layer < last_by_patterns(layers)  # else they have passed already
                terms += _few_outputs(
                    batch, order, activation, learning, pull, 0, n_patterns, j, end, hop, True
                )
            else:
                if layer < last_by_patterns(layers):
                    _hop(batch, order, activation, 1, n_patterns, 0, n_rows, j, end)
                terms += _update_layer(batch, learning, layer, n_patterns, pull, j, end)
        else:
            reach = layers.reach[0]
            j, end = columns(batch, reach, piece), columns(batch, reach, piece + 1)
            terms += update_first_layer(rows, batch, learning, n_patterns, pull, j, end)
        update_biases(batch, learning, layer, n_patterns, begin, stop)
    return terms
