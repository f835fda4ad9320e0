"""One layer at a time, its weights at rest: activations, derivatives, outputs, and the error.

All functions write to `Memory`, the flat buffers of one pattern: net, out and delta hold a number
per unit, those of layer l from memory.layers.units[l] on. Padding lanes of out and of the output
deltas are set to zero, whatever the activation makes of zero; from there nothing else can reach
them.
"""

from typing import NamedTuple

from ..activations import PerLayer, derivative, value
from ..dispatch import open_function
from ..jit import inlined
from ..losses import MultinomialLogLoss, error, output_delta, respond
from ..network import Layers
from .data import target_of
from .simd import (
    ONE,
    advance,
    keep_first,
    lanes,
    largest,
    load,
    pointer,
    splat,
    store,
    total,
    with_lane,
)


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


# --- Net inputs -----------------------------------------------------------------------------------


@inlined
def first_net(memory, inputs, x):
    """net_j = Σ_i w_ji x_i + b_j for all units of the first layer, x_i at inputs[x + i]."""
    stride = memory.layers.stride[0]
    for j in range(0, memory.layers.width[0], lanes(memory.w)):
        net, at = load(memory.w, memory.layers.biases[0] + j, ONE), memory.layers.weights[0] + j
        for i in range(memory.layers.fan_in[0]):
            net = net + load(memory.w, at, ONE) * inputs[x + i]
            at += stride
        store(memory.net, j, net)


@inlined
def _dot(memory, at, below, width):
    """Σ_j w_kj out_j for the unit whose weights are at memory.w[at], memory.w[at + 1], ..."""
    dot = splat(memory.w, ONE, 0.0)
    for j in range(0, width, lanes(memory.w)):
        dot = dot + load(memory.w, at + j, ONE) * load(memory.out, below + j, ONE)
    return total(dot)


@inlined
def _four_dots(memory, at, stride, below, width):
    """Return the same for four units: every out_j is loaded once, and four sums are in flight."""
    a = b = c = d = splat(memory.w, ONE, 0.0)
    for j in range(0, width, lanes(memory.w)):
        out, first = load(memory.out, below + j, ONE), at + j
        a = a + load(memory.w, first, ONE) * out
        b = b + load(memory.w, first + stride, ONE) * out
        c = c + load(memory.w, first + 2 * stride, ONE) * out
        d = d + load(memory.w, first + 3 * stride, ONE) * out
    return total(a), total(b), total(c), total(d)


@inlined
def later_net(memory, layer):
    """net_k = Σ_j w_kj out_j + b_k for a layer above the first."""
    at, stride = memory.layers.weights[layer], memory.layers.stride[layer]
    below, units = memory.layers.units[layer - 1], memory.layers.units[layer]
    width = memory.layers.width[layer - 1]
    count, lane = memory.layers.fan_out[layer], lanes(memory.w)
    for k in range(0, count, lane):
        net = load(memory.w, memory.layers.biases[layer] + k, ONE)
        here = min(lane, count - k)
        for i in range(0, here - 3, 4):
            a, b, c, d = _four_dots(memory, at, stride, below, width)
            net = net + with_lane(with_lane(splat(memory.w, ONE, 0.0), i, a), i + 1, b)
            net = net + with_lane(with_lane(splat(memory.w, ONE, 0.0), i + 2, c), i + 3, d)
            at += 4 * stride
        for i in range(here // 4 * 4, here):
            net = net + with_lane(splat(memory.w, ONE, 0.0), i, _dot(memory, at, below, width))
            at += stride
        store(memory.net, units + k, net)


# --- Activations ----------------------------------------------------------------------------------


@open_function(default=True)
def activate(activation, memory, layer, number, p):
    """out_j = f(net_j) for pattern p in hidden layer `layer`, the record's `number`-th."""
    units, count = memory.layers.units[layer], memory.layers.fan_out[layer]
    for j in range(0, memory.layers.width[layer], lanes(memory.w)):
        out = value(activation, load(memory.net, units + j, ONE))
        store(memory.out, units + j, keep_first(out, count - j, 0.0))


@activate.register(PerLayer)
def _(activation, memory, layer, number, p):
    if number == 0:
        activate(activation.first, memory, layer, 0, p)
    else:
        activate(activation.rest, memory, layer, number - 1, p)


@open_function(default=True)
def slope(activation, memory, layer, number, p):
    """δ_j ← f′(net_j) δ_j for pattern p in hidden layer `layer`, where δ_j holds Σ_k δ_k w_kj."""
    units = memory.layers.units[layer]
    for j in range(units, units + memory.layers.width[layer], lanes(memory.w)):
        net, out, down = (
            load(memory.net, j, ONE),
            load(memory.out, j, ONE),
            load(memory.delta, j, ONE),
        )
        store(memory.delta, j, derivative(activation, net, out) * down)


@slope.register(PerLayer)
def _(activation, memory, layer, number, p):
    if number == 0:
        slope(activation.first, memory, layer, 0, p)
    else:
        slope(activation.rest, memory, layer, number - 1, p)


# --- Outputs --------------------------------------------------------------------------------------


@open_function(default=True)
def answer(loss, memory, start, count):
    """o_k = f(net_k) for the `count` output units from number `start` on."""
    for k in range(start, start + count, lanes(memory.w)):
        store(memory.out, k, respond(loss, load(memory.net, k, ONE)))


@answer.register(MultinomialLogLoss)
def _(loss, memory, start, count):
    """o_k = e^(net_k − m) / Σ_k e^(net_k − m), m the largest net input."""
    m = memory.net[start]
    for k in range(0, count, lanes(memory.w)):
        net = keep_first(load(memory.net, start + k, ONE), count - k, m)
        m = max(m, largest(net))
    norm = splat(memory.w, ONE, 0.0)
    for k in range(0, count, lanes(memory.w)):
        net = keep_first(load(memory.net, start + k, ONE), count - k, m)
        out = keep_first(respond(loss, net - m), count - k, 0.0)
        norm = norm + out
        store(memory.out, start + k, out)
    share = splat(memory.w, ONE, total(norm))
    for k in range(start, start + count, lanes(memory.w)):
        store(memory.out, k, load(memory.out, k, ONE) / share)


@inlined
def output_deltas(loss, memory, targets, p, scale):
    """δ_k ← scale · (−∂E_p/∂net_k) for the output units, and return E_p."""
    start, count = memory.layers.units[memory.last], memory.layers.fan_out[memory.last]
    zeros = splat(memory.w, ONE, 0.0)
    error_p = zeros
    for k in range(0, count, lanes(memory.w)):
        target = target_of(targets, p, k, count - k, zeros)
        out = load(memory.out, start + k, ONE)
        error_p = error_p + keep_first(error(loss, target, out), count - k, 0.0)
        delta = output_delta(loss, target, out) * scale
        store(memory.delta, start + k, keep_first(delta, count - k, 0.0))
    return total(error_p)


@inlined
def forward(memory, model, p):
    """Take pattern p from the first layer's net inputs to the outputs."""
    last = memory.last
    for layer in range(last):
        activate(model.activation, memory, layer, layer, p)
        later_net(memory, layer + 1)
    answer(model.loss, memory, memory.layers.units[last], memory.layers.fan_out[last])
