"""Batches backward: deltas passed down, and the gradient of a tile to the update rule."""

from ...compiling.jit import apart, inlined, shared
from ...penalties import add_norm, decayed, pulled
from ...rules import step
from ...vectors.simd import ONE, advance, lanes, load, splat, store, total
from ..layers import slope
from .tiles import Matrix, Rows, group_width, multiply, outer, prepare, tile_lanes

FEW = 4  # output units that are not worth a tile: one vector at a time is faster


@inlined
def _apply_slope(batch, order, activation, layer, size):
    """δ_j ← f′(net_j) δ_j for all units of a hidden layer, where δ_j holds Σ_k δ_k w_kj."""
    memory, units = batch.memory, batch.memory.layers.units[layer]
    width = memory.layers.width[layer]
    for n in range(size):
        at = n * batch.row + units
        for j in range(0, width, lanes(memory.w)):
            net, out = load(memory.net, at + j, ONE), load(memory.out, at + j, ONE)
            factor = slope(activation, net, out, layer, layer, j, order[n])
            store(memory.delta, at + j, factor * load(memory.delta, at + j, ONE))


@inlined
def _step(memory, learning, at, gradient, norm, decay):
    """Update the weights from number `at` on; return the norm with that of before."""
    w = load(memory.w, at, ONE)
    norm = add_norm(learning.penalty, w, norm)
    gradient = pulled(learning.penalty, gradient, w, decay)
    w = step(learning.rule, decayed(learning.penalty, w), gradient, memory.state, at)
    store(memory.w, at, w)
    return norm


@shared
def _update(batch, learning, layer, left, n_rows, right, width, size, decay):
    """w_rj ← w_rj + Σ_n left_nr right_nj, and the norm of the weights before it."""
    apart()
    memory, tile = batch.memory, batch.tile
    first, stride = memory.layers.weights[layer], memory.layers.stride[layer]
    lane, wide = lanes(memory.w), tile_lanes(memory.w)
    norm = splat(memory.w, ONE, 0.0)
    group = group_width(batch.panels, right, size, width)
    for start in range(0, width, group):
        stop = min(start + group, width)
        prepared = prepare(batch.panels, right, 0, size, start, stop - start)
        for r in range(0, n_rows, 4):
            panel = prepared.memory
            for j in range(start, stop, wide):
                outer(tile, left, r, n_rows, panel, prepared.row, size, width - j)
                panel = advance(panel, prepared.step)
                for a in range(min(4, n_rows - r)):
                    at = first + (r + a) * stride + j
                    for i in range(0, min(wide, width - j), lane):
                        gradient = load(tile, a * wide + i, ONE)
                        norm = _step(memory, learning, at + i, gradient, norm, decay)
    return total(norm)


@inlined
def _few_outputs(batch, order, activation, learning, size, decay):
    """Pass the deltas of few output units down and update their weights, in one sweep.

    δ_j = f′(net_j) Σ_k δ_k w_kj, and w_kj ← w_kj + Σ_n δ_nk out_nj, two units k at a time; beyond
    the last there is the padding, whose deltas are 0. Return the norm of the weights before.
    """
    memory, layers, row = batch.memory, batch.memory.layers, batch.row
    last = memory.last
    count, stride, units = layers.fan_out[last], layers.stride[last], layers.units[last]
    below, width, first = layers.units[last - 1], layers.width[last - 1], layers.weights[last]
    norm = splat(memory.w, ONE, 0.0)
    for j in range(0, width, lanes(memory.w)):
        for k in range(0, count, 2):
            at = first + k * stride + j
            other = at + min(1, count - 1 - k) * stride
            w_k, w_l = load(memory.w, at, ONE), load(memory.w, other, ONE)
            sum_k = sum_l = splat(memory.w, ONE, 0.0)
            for n in range(size):
                unit, place = n * row + units + k, n * row + below + j
                delta_k, delta_l = memory.delta[unit], memory.delta[unit + 1]
                out, down = load(memory.out, place, ONE), w_k * delta_k + w_l * delta_l
                if k > 0:
                    down = load(memory.delta, place, ONE) + down
                if k + 2 >= count:
                    net = load(memory.net, place, ONE)
                    down = slope(activation, net, out, last - 1, last - 1, j, order[n]) * down
                store(memory.delta, place, down)
                sum_k, sum_l = sum_k + out * delta_k, sum_l + out * delta_l
            norm = _step(memory, learning, at, sum_k, norm, decay)
            if other > at:
                norm = _step(memory, learning, other, sum_l, norm, decay)
    return total(norm)


@inlined
def _update_biases(batch, learning, layer, size):
    """b_t ← b_t + Σ_n δ_nt."""
    memory, layers = batch.memory, batch.memory.layers
    units, bias = layers.units[layer], layers.biases[layer]
    for j in range(0, layers.width[layer], lanes(memory.w)):
        gradient = splat(memory.w, ONE, 0.0)
        for n in range(size):
            gradient = gradient + load(memory.delta, n * batch.row + units + j, ONE)
        b = load(memory.w, bias + j, ONE)
        store(memory.w, bias + j, step(learning.rule, b, gradient, memory.state, bias + j))


@inlined
def backward_batch(batch, order, model, learning, size, decay):
    """Pass the deltas down, and update each layer; return the norm of the weights before."""
    memory, layers = batch.memory, batch.memory.layers
    norm = 0.0
    for layer in range(memory.last, -1, -1):
        deltas = Rows(memory.delta, batch.multiples, layers.units[layer])
        if layer == 0:
            left = Rows(batch.inputs, batch.starts, 0)
            right = Matrix(memory.delta, 0, batch.row)
            norm += _update(
                batch, learning, 0, left, layers.fan_in[0], right, layers.width[0], size, decay
            )
        elif layer == memory.last and layers.fan_out[layer] <= FEW:
            norm += _few_outputs(batch, order, model.activation, learning, size, decay)
        else:
            width, count = layers.width[layer - 1], layers.fan_out[layer]
            target = Rows(memory.delta, batch.multiples, layers.units[layer - 1])
            weights = Matrix(memory.w, layers.weights[layer], layers.stride[layer])
            n_rows = (size + 3) // 4 * 4
            multiply(target, batch.zeros, deltas, weights, n_rows, count, width, batch.panels)
            outs = Matrix(memory.out, layers.units[layer - 1], batch.row)
            norm += _update(batch, learning, layer, deltas, count, outs, width, size, decay)
            _apply_slope(batch, order, model.activation, layer - 1, size)
        _update_biases(batch, learning, layer, size)
    return norm
