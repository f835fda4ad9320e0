"""Batches backward: deltas passed down, and the gradient of a tile to the update rule."""

from ...compiling.dispatch import open_function
from ...compiling.jit import apart, inlined, shared
from ...penalties import penalty_terms
from ...vectors.simd import ONE, advance, lanes, load, splat, store, total
from ..descent import descend, make_step
from ..layers import derivative_at
from .tiles import Matrix, RowAddresses, group_width, multiply, outer, prepare, tile_lanes

FEW = 4  # output units that are not worth a tile: one vector at a time is faster


@inlined
def _apply_derivative(batch, order, activation, layer, n_patterns):
    """δ_j ← f′(net_j) δ_j for all units of a hidden layer, where δ_j holds Σ_k δ_k w_kj."""
    memory, units = batch.memory, batch.memory.layers.units_at[layer]
    width = memory.layers.width[layer]
    for n in range(n_patterns):
        at = n * batch.pattern_stride + units
        for j in range(0, width, lanes(memory.w)):
            net, out = load(memory.net, at + j, ONE), load(memory.out, at + j, ONE)
            factor = derivative_at(activation, net, out, layer, layer, j, order[n])
            store(memory.eta_delta, at + j, factor * load(memory.eta_delta, at + j, ONE))


@inlined
def _step(memory, learning, at, descent, terms, pull):
    """Update the weights from number `at` on; return the terms with those of before."""
    w = load(memory.w, at, ONE)
    descend(learning, memory, at, w, descent, pull)
    return terms + penalty_terms(learning.penalty, w)


@shared
def _update(batch, learning, layer, left, n_rows, right, width, n_patterns, pull):
    """w_rj ← w_rj + Σ_n left_nr right_nj, and the terms of the weights before it."""
    apart()
    memory, tile = batch.memory, batch.tile
    first, stride = memory.layers.weights_at[layer], memory.layers.stride[layer]
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
def update_first_layer(rows, batch, learning, n_patterns, pull):
    """w_ji ← w_ji + Σ_n η δ_nj x_ni, and the penalty's terms of the weights before it."""
    layers, width = batch.memory.layers, batch.memory.layers.width[0]
    left = RowAddresses(batch.inputs, batch.starts, 0)
    right = Matrix(batch.memory.eta_delta, 0, batch.pattern_stride)
    return _update(batch, learning, 0, left, layers.fan_in[0], right, width, n_patterns, pull)


@inlined
def _few_outputs(batch, order, activation, learning, n_patterns, pull):
    """Pass the deltas of few output units down and update their weights, in one sweep.

    δ_j = f′(net_j) Σ_k δ_k w_kj, and w_kj ← w_kj + Σ_n δ_nk out_nj, two units k at a time; beyond
    the last there is the padding, whose deltas are 0. Return the penalty's terms of the weights
    before.
    """
    memory, layers, row = batch.memory, batch.memory.layers, batch.pattern_stride
    last = memory.last
    count, stride, units = layers.fan_out[last], layers.stride[last], layers.units_at[last]
    below, width, first = layers.units_at[last - 1], layers.width[last - 1], layers.weights_at[last]
    terms = splat(memory.w, ONE, 0.0)
    for j in range(0, width, lanes(memory.w)):
        for k in range(0, count, 2):
            at = first + k * stride + j
            other = at + min(1, count - 1 - k) * stride
            w_k, w_l = load(memory.w, at, ONE), load(memory.w, other, ONE)
            sum_k = sum_l = splat(memory.w, ONE, 0.0)
            for n in range(n_patterns):
                unit, place = n * row + units + k, n * row + below + j
                eta_delta_k, eta_delta_l = memory.eta_delta[unit], memory.eta_delta[unit + 1]
                out, down = load(memory.out, place, ONE), w_k * eta_delta_k + w_l * eta_delta_l
                if k > 0:
                    down = load(memory.eta_delta, place, ONE) + down
                if k + 2 >= count:
                    net = load(memory.net, place, ONE)
                    down = (
                        derivative_at(activation, net, out, last - 1, last - 1, j, order[n]) * down
                    )
                store(memory.eta_delta, place, down)
                sum_k, sum_l = sum_k + out * eta_delta_k, sum_l + out * eta_delta_l
            terms = _step(memory, learning, at, sum_k, terms, pull)
            if other > at:
                terms = _step(memory, learning, other, sum_l, terms, pull)
    return total(terms)


@inlined
def update_biases(batch, learning, layer, n_patterns):
    """b_t ← b_t + Σ_n δ_nt."""
    memory, layers = batch.memory, batch.memory.layers
    units, bias = layers.units_at[layer], layers.biases_at[layer]
    for j in range(0, layers.width[layer], lanes(memory.w)):
        descent = splat(memory.w, ONE, 0.0)
        for n in range(n_patterns):
            descent = descent + load(memory.eta_delta, n * batch.pattern_stride + units + j, ONE)
        make_step(learning.rule, memory, bias + j, load(memory.w, bias + j, ONE), descent)


@inlined
def backward_batch(batch, rows, order, formulas, learning, n_patterns, pull):
    """Pass the deltas down, and update each layer; return the terms of the weights before."""
    memory, layers = batch.memory, batch.memory.layers
    terms = 0.0
    for layer in range(memory.last, -1, -1):
        eta_deltas = RowAddresses(memory.eta_delta, batch.multiples, layers.units_at[layer])
        if layer == 0:
            terms += update_first_layer(rows, batch, learning, n_patterns, pull)
        elif layer == memory.last and layers.fan_out[layer] <= FEW:
            terms += _few_outputs(batch, order, formulas.activation, learning, n_patterns, pull)
        else:
            width, count = layers.width[layer - 1], layers.fan_out[layer]
            target = RowAddresses(memory.eta_delta, batch.multiples, layers.units_at[layer - 1])
            weights = Matrix(memory.w, layers.weights_at[layer], layers.stride[layer])
            n_rows = (n_patterns + 3) // 4 * 4
            multiply(target, batch.zeros, eta_deltas, weights, n_rows, count, width, batch.panels)
            outs = Matrix(memory.out, layers.units_at[layer - 1], batch.pattern_stride)
            terms += _update(
                batch, learning, layer, eta_deltas, count, outs, width, n_patterns, pull
            )
            _apply_derivative(batch, order, formulas.activation, layer - 1, n_patterns)
        update_biases(batch, learning, layer, n_patterns)
    return terms
