"""One layer at a time, its weights at rest: activations, derivatives, outputs, and the error.

All functions write to `Memory`, the flat buffers of one pattern: net, out and delta hold a number
per unit, those of layer l from layers[l, UNITS] on. Padding lanes of out and of the output deltas
are set to zero, whatever the activation makes of zero; from there nothing else can reach them.
"""

from typing import NamedTuple

from ..activations import PerLayer, derivative, value
from ..dispatch import open_function
from ..jit import inlined
from ..losses import MultinomialLogLoss, error, output_delta, respond
from ..network import BIASES, FAN_IN, FAN_OUT, STRIDE, UNITS, WEIGHTS, WIDTH
from .simd import FOUR, ONE, TWO, keep_first, lanes, largest, load, pointer, splat, store, total


class Memory(NamedTuple):
    """Pointers to the parameters, what the rule remembers, and the buffers of one pattern."""

    w: object
    state: object
    net: object
    out: object
    delta: object
    target: object


@inlined
def memory_of(parameters, state, scratch):
    """Return the pointers to a network's parameters, a rule's state and a `Scratch`."""
    return Memory(
        pointer(parameters),
        pointer(state),
        pointer(scratch.net),
        pointer(scratch.out),
        pointer(scratch.delta),
        pointer(scratch.target),
    )


# --- Net inputs -----------------------------------------------------------------------------------


@inlined
def _first_net_block(memory, layers, inputs, x, j, block):
    net = load(memory.w, layers[0, BIASES] + j, block)
    at = layers[0, WEIGHTS] + j
    for i in range(layers[0, FAN_IN]):
        net = net + load(memory.w, at, block) * inputs[x + i]
        at += layers[0, STRIDE]
    store(memory.net, j, net)


@inlined
def first_net(memory, layers, inputs, x):
    """net_j = Σ_i w_ji x_i + b_j for the first layer, x_i at inputs[x + i]."""
    width, lane = layers[0, WIDTH], lanes(memory.w)
    j = 0
    while j + 4 * lane <= width:
        _first_net_block(memory, layers, inputs, x, j, FOUR)
        j += 4 * lane
    if j + 2 * lane <= width:
        _first_net_block(memory, layers, inputs, x, j, TWO)
        j += 2 * lane
    if j < width:
        _first_net_block(memory, layers, inputs, x, j, ONE)


@inlined
def _dot(a, i, b, j, size):
    """Σ a[i + n] b[j + n] over n < size, a multiple of the vector's lanes."""
    lane = lanes(a)
    n = 0
    wide = splat(a, FOUR, 0.0)
    while n + 4 * lane <= size:
        wide = wide + load(a, i + n, FOUR) * load(b, j + n, FOUR)
        n += 4 * lane
    narrow = splat(a, ONE, 0.0)
    while n < size:
        narrow = narrow + load(a, i + n, ONE) * load(b, j + n, ONE)
        n += lane
    return total(wide) + total(narrow)


@inlined
def later_net(memory, layers, layer):
    """net_k = Σ_j w_kj out_j + b_k for a layer above the first."""
    at, stride = layers[layer, WEIGHTS], layers[layer, STRIDE]
    below, units, bias = layers[layer - 1, UNITS], layers[layer, UNITS], layers[layer, BIASES]
    for k in range(layers[layer, FAN_OUT]):
        dot = _dot(memory.w, at, memory.out, below, stride)
        memory.net[units + k] = dot + memory.w[bias + k]
        at += stride


# --- Activations ----------------------------------------------------------------------------------


@open_function(default=True)
def activate(activation, memory, layers, layer, number):
    """out_j = f(net_j) for hidden layer `layer`, the `number`-th that the record speaks of."""
    units, count = layers[layer, UNITS], layers[layer, FAN_OUT]
    for j in range(0, layers[layer, WIDTH], lanes(memory.w)):
        out = value(activation, load(memory.net, units + j, ONE))
        store(memory.out, units + j, keep_first(out, count - j, 0.0))


@activate.register(PerLayer)
def _(activation, memory, layers, layer, number):
    if number == 0:
        activate(activation.first, memory, layers, layer, 0)
    else:
        activate(activation.rest, memory, layers, layer, number - 1)


@open_function(default=True)
def slope(activation, memory, layers, layer, number):
    """δ_j ← f′(net_j) δ_j for hidden layer `layer`, where δ_j holds Σ_k δ_k w_kj."""
    units = layers[layer, UNITS]
    for j in range(units, units + layers[layer, WIDTH], lanes(memory.w)):
        net, out = load(memory.net, j, ONE), load(memory.out, j, ONE)
        store(memory.delta, j, derivative(activation, net, out) * load(memory.delta, j, ONE))


@slope.register(PerLayer)
def _(activation, memory, layers, layer, number):
    if number == 0:
        slope(activation.first, memory, layers, layer, 0)
    else:
        slope(activation.rest, memory, layers, layer, number - 1)


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
        out = respond(loss, load(memory.net, start + k, ONE) - m)
        out = keep_first(out, count - k, 0.0)
        norm = norm + out
        store(memory.out, start + k, out)
    share = splat(memory.w, ONE, total(norm))
    for k in range(start, start + count, lanes(memory.w)):
        store(memory.out, k, load(memory.out, k, ONE) / share)


@inlined
def output_deltas(loss, memory, start, count, scale):
    """δ_k ← scale · (−∂E_p/∂net_k) for the output units, and return E_p."""
    error_p = 0.0
    for k in range(0, count, lanes(memory.w)):
        target, out = load(memory.target, k, ONE), load(memory.out, start + k, ONE)
        error_p += total(keep_first(error(loss, target, out), count - k, 0.0))
        delta = output_delta(loss, target, out) * scale
        store(memory.delta, start + k, keep_first(delta, count - k, 0.0))
    return error_p


@inlined
def forward(memory, layers, model):
    """Take a pattern from the first layer's net inputs to the outputs."""
    last = len(layers) - 1
    for layer in range(last):
        activate(model.activation, memory, layers, layer, layer)
        later_net(memory, layers, layer + 1)
    answer(model.loss, memory, layers[last, UNITS], layers[last, FAN_OUT])
