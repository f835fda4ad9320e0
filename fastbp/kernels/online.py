"""Per-pattern training: a forward pass, the deltas, and an update, for every single pattern.

The textbook's steps in the textbook's order (Rumelhart, Hinton and Williams, 1986), two of them
sharing a sweep over the weights wherever they read the same ones: the first layer's update for
pattern p with its forward pass for pattern p + 1, and a later layer's update with the passing down
of its deltas.

Deltas are linear in the error, so the learning rate is multiplied into those of the output units,
and all others arrive with it: a ``delta`` here is η δ.
"""

from ..compiling.jit import inlined, kernel
from ..network.memory import memory_of
from ..penalties import add_norm, decayed, norm_of, penalty_error, pulled
from ..rules import rate, step
from ..vectors.simd import LINE, ONE, PER_LINE, TWO_LINES, lanes, load, splat, store, total
from .descent import at_update
from .layers import activate_layer, first_net, forward, slope
from .max_norm import limit_norms, limited
from .output_layer import FromBelow, output_deltas
from .rows.interface import inputs_of, stage
from .weighting import error_weight, share


@inlined
def _update_biases(memory, learning, bias, units, width):
    """b_t ← b_t + η δ_t."""
    for j in range(0, width, lanes(memory.w)):
        b, delta = load(memory.w, bias + j, ONE), load(memory.delta, units + j, ONE)
        store(memory.w, bias + j, step(learning.rule, b, delta, memory.state, bias + j))


@inlined
def _first_block(memory, inputs, x, x_next, learning, decay, j, block):
    delta = load(memory.delta, j, block)
    net = load(memory.w, memory.layers.biases[0] + j, block)
    norm = splat(memory.w, block, 0.0)
    at, stride = memory.layers.weights[0] + j, memory.layers.stride[0]
    for i in range(memory.layers.fan_in[0]):
        w = load(memory.w, at, block)
        gradient = pulled(learning.penalty, delta * inputs[x + i], w, decay)
        w = step(learning.rule, decayed(learning.penalty, w), gradient, memory.state, at)
        store(memory.w, at, w)
        net = net + w * inputs[x_next + i]
        norm = add_norm(learning.penalty, w, norm)
        at += stride
    store(memory.net, j, net)
    return total(norm)


@inlined
def update_first(memory, inputs, x, x_next, learning, decay):
    """w_ji ← w_ji + η δ_j x_i for this pattern, and net_j = Σ_i w_ji x_i + b_j for the next.

    Return the norm of the layer's weights after the update (if the penalty asks for it).
    """
    width, line = memory.layers.width[0], PER_LINE * lanes(memory.w)
    _update_biases(memory, learning, memory.layers.biases[0], 0, width)
    norm = 0.0
    for j in range(0, width - line, 2 * line):
        norm += _first_block(memory, inputs, x, x_next, learning, decay, j, TWO_LINES)
    if width // line % 2 == 1:
        norm += _first_block(memory, inputs, x, x_next, learning, decay, width - line, LINE)
    return norm


@inlined
def _later_block(memory, layer, activation, learning, decay, p, j, block):
    below = memory.layers.units[layer - 1] + j
    net, out = load(memory.net, below, block), load(memory.out, below, block)
    down = splat(memory.w, block, 0.0)
    norm = splat(memory.w, block, 0.0)
    at, stride = memory.layers.weights[layer] + j, memory.layers.stride[layer]
    units = memory.layers.units[layer]
    for k in range(memory.layers.fan_out[layer]):
        delta = memory.delta[units + k]
        w = load(memory.w, at, block)
        down = down + w * delta
        gradient = pulled(learning.penalty, out * delta, w, decay)
        w = step(learning.rule, decayed(learning.penalty, w), gradient, memory.state, at)
        store(memory.w, at, w)
        norm = add_norm(learning.penalty, w, norm)
        at += stride
    store(memory.delta, below, slope(activation, net, out, layer - 1, layer - 1, j, p) * down)
    return total(norm)


@inlined
def update_later(memory, layer, activation, learning, decay, p):
    """δ_j = f′(net_j) Σ_k δ_k w_kj with the weights before their update, w_kj ← w_kj + η δ_k out_j.

    Return the norm of the layer's weights after the update (if the penalty asks for it).
    """
    width, line = memory.layers.width[layer - 1], PER_LINE * lanes(memory.w)
    norm = 0.0
    for j in range(0, width - line, 2 * line):
        norm += _later_block(memory, layer, activation, learning, decay, p, j, TWO_LINES)
    if width // line % 2 == 1:
        j = width - line
        norm += _later_block(memory, layer, activation, learning, decay, p, j, LINE)
    units, bias = memory.layers.units[layer], memory.layers.biases[layer]
    _update_biases(memory, learning, bias, units, memory.layers.width[layer])
    return norm


@kernel
def train_online(parameters, state, table, rows, targets, order, model, learning, scratch):
    """w ← w + η δ out after every pattern of `order`; return Σ_p E_p.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        Changed in place.
    state : ndarray of shape (remembers(rule) * n_parameters,)
        What the update rule remembers; changed in place.
    table : ndarray of shape (7, n_layers)
        Where the parameters are, see `fastbp.network.network.Network`.
    rows, targets : record of `fastbp.kernels.rows` and `.targets`
        The patterns.
    order : ndarray of int, shape (n_patterns,)
        The patterns' row numbers; at least one.
    model, learning : `Model`, `Learning`
        The formulas.
    scratch : ndarray
        Working memory, see `fastbp.network.network.Network.scratch`; zeros before the first call.

    Returns
    -------
    error : float
        Σ_p E_p, penalties included, each with the weights before the pattern's update.
    """
    memory = memory_of(parameters, state, table, scratch, 1)
    inputs = inputs_of(rows, memory.slots)
    last = memory.last
    eta = rate(learning.rule)
    norm = norm_of(learning.penalty, memory.w, memory.layers.biases[0])
    error = 0.0
    x = stage(rows, order[0], memory.slots, 0)
    first_net(memory, inputs, x)
    for n in range(len(order)):
        p = order[n]
        # 1. Forward: net and out of all hidden layers.
        if last > 0:
            activate_layer(memory, model.activation, 0, p)
        forward(memory, model, p)
        # 2. The output units: net, out, δ, and the error.
        part = 1.0 / share(learning.weights, p)
        weight = part * error_weight(learning.weights, p)
        parts = output_deltas(model.loss, memory, targets, p, eta * weight, FromBelow())
        error += weight * total(parts)
        error += part * penalty_error(learning.penalty, norm)
        # 3. δ of the hidden units with the weights before their update, which follows at once.
        now = at_update(learning, n + 1)
        decay, norm = eta * part, 0.0
        for layer in range(last, 0, -1):
            norm += update_later(memory, layer, model.activation, now, decay, p)
        # 4. The first layer's update, and its net inputs for the next pattern (the last pattern
        #    has none: it computes its own again).
        following = order[min(n + 1, len(order) - 1)]
        x_next = stage(rows, following, memory.slots, (n + 1) % 2 * memory.layers.fan_in[0])
        norm += update_first(memory, inputs, x, x_next, now, decay)
        x = x_next
        if limited(learning.limit):  # the weights change again, so what was computed of them
            limit_norms(learning.limit, now.rule, memory, memory.state)
            norm = norm_of(learning.penalty, memory.w, memory.layers.biases[0])
            first_net(memory, inputs, x)
    return error
