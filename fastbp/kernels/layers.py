"""One layer at a time, its weights at rest: net inputs, activations and their derivatives.

All functions write to `Memory`, the flat buffers of one pattern: net, out and delta hold a number
per unit, those of layer l from memory.layers.units_at[l] on. Padding lanes of out and of the output
deltas are set to zero, whatever the activation makes of zero; from there nothing else can reach
them.
"""

from ..activations import PerLayer, derivative, value
from ..compiling.dispatch import open_function
from ..compiling.jit import inlined
from ..network.layout import ShortcutLayers
from ..vectors.simd import (
    ONE,
    keep_first,
    lanes,
    load,
    splat,
    store,
    total,
    totals,
    with_lane,
)

# --- Net inputs -----------------------------------------------------------------------------------


@open_function(default=True)
def first_net(rows, memory, inputs, x):
    """net_j = Σ_i w_ji x_i + b_j for all units that read the inputs, x_i at inputs[x + i]."""
    stride = memory.layers.stride[0]
    for j in range(0, memory.layers.reach[0], lanes(memory.w)):
        net, at = (
            load(memory.w, memory.layers.biases_at[0] + j, ONE),
            memory.layers.weights_at[0] + j,
        )
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
def _four_dots(memory, at, stride, count, below, width):
    """Return the same for four units, again and again; units beyond the `count`-th are the last.

    Every out_j is loaded once, and four sums are in flight.
    """
    a = b = c = d = splat(memory.w, ONE, 0.0)
    second, third = min(1, count - 1) * stride, min(2, count - 1) * stride
    fourth = min(3, count - 1) * stride
    for j in range(0, width, lanes(memory.w)):
        out, first = load(memory.out, below + j, ONE), at + j
        a = a + load(memory.w, first, ONE) * out
        b = b + load(memory.w, first + second, ONE) * out
        c = c + load(memory.w, first + third, ONE) * out
        d = d + load(memory.w, first + fourth, ONE) * out
    return totals(a, b, c, d)


@inlined
def _from_layer(memory, layer, row, count):
    """Σ_j w_kj out_j over the units below the matrix of a layer, for `count` rows of it.

    Those from number `row` on, as many as a vector has lanes.
    """
    stride = memory.layers.stride[layer]
    at = memory.layers.weights_at[layer] + row * stride
    below, width = memory.layers.units_at[layer - 1], memory.layers.width[layer - 1]
    sums = splat(memory.w, ONE, 0.0)
    if count == 1:
        sums = with_lane(sums, 0, _dot(memory, at, below, width))
    else:
        count = min(lanes(memory.w), count)
        for i in range(0, count, 4):
            four = _four_dots(memory, at + i * stride, stride, count - i, below, width)
            sums = keep_first(sums, i, four)
        sums = keep_first(sums, count, 0.0)
    return sums


@open_function(default=True)
def later_net(layers, memory, layer, k):
    """net_k = Σ_j w_kj out_j + b_k for units k, k + 1, ... of a layer above the first: a vector.

    With shortcuts, what the inputs and the biases make of it lies in memory.
    """
    sums = _from_layer(memory, layer, k, layers.fan_out[layer] - k)
    return load(memory.w, layers.biases_at[layer] + k, ONE) + sums


@later_net.register(ShortcutLayers)
def _(layers, memory, layer, k):
    unit, count = layers.units_at[layer] + k, layers.fan_out[layer] - k
    net = load(memory.net, unit, ONE)
    for m in range(1, layer + 1):
        net = net + _from_layer(memory, m, unit - layers.units_at[m], count)
    return net


# --- Activations ----------------------------------------------------------------------------------


@open_function(default=True)
def value_at(activation, net, layer, number, j, p):
    """out_j = f(net_j) for units j, j + 1, ... of hidden layer `layer`, and pattern p.

    The layer is the `number`-th of those that the record speaks of.
    """
    return value(activation, net)


@value_at.register(PerLayer)
def _(activation, net, layer, number, j, p):
    if number == 0:
        return value_at(activation.first, net, layer, 0, j, p)
    return value_at(activation.rest, net, layer, number - 1, j, p)


@open_function(default=True)
def derivative_at(activation, net, out, layer, number, j, p):
    """Return f′(net_j), for the same units: the factor of Σ_k δ_k w_kj in their δ_j."""
    return derivative(activation, net, out)


@derivative_at.register(PerLayer)
def _(activation, net, out, layer, number, j, p):
    if number == 0:
        return derivative_at(activation.first, net, out, layer, 0, j, p)
    return derivative_at(activation.rest, net, out, layer, number - 1, j, p)


@inlined
def put(memory, activation, layer, j, p, net):
    """Note the net inputs of units j, j + 1, ... of a hidden layer, and their outputs."""
    at = memory.layers.units_at[layer] + j
    store(memory.net, at, net)
    out = value_at(activation, net, layer, layer, j, p)
    store(memory.out, at, keep_first(out, memory.layers.fan_out[layer] - j, 0.0))


@inlined
def activate_layer(memory, activation, layer, p):
    """out_j = f(net_j) for all units of a hidden layer."""
    units = memory.layers.units_at[layer]
    for j in range(0, memory.layers.width[layer], lanes(memory.w)):
        put(memory, activation, layer, j, p, load(memory.net, units + j, ONE))


# --- A pattern ------------------------------------------------------------------------------------


@inlined
def forward(memory, formulas, p):
    """Take pattern p from the outputs of the first layer to those of the last hidden layer."""
    for layer in range(1, memory.last):
        for j in range(0, memory.layers.width[layer], lanes(memory.w)):
            put(
                memory, formulas.activation, layer, j, p, later_net(memory.layers, memory, layer, j)
            )
