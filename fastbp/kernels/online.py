"""Per-pattern training: a forward pass, the deltas, and an update, for every single pattern.

The textbook's steps in the textbook's order (Rumelhart, Hinton and Williams, 1986), two of them
sharing a sweep over the weights wherever they read the same ones: the first layer's update for
pattern p with its forward pass for pattern p + 1, and a later layer's update with the passing down
of its deltas.

Deltas are linear in the error, so the learning rate is multiplied into those of the output units,
and all others arrive with it: ``eta_delta`` is η δ.
"""

from ..compiling.dispatch import open_function
from ..compiling.jit import inlined, kernel
from ..network.memory import STAGED, memory_of, part
from ..penalties import penalty_terms, penalty_value
from ..rules import delta_scale
from ..vectors.simd import LINE, ONE, PER_LINE, TWO_LINES, lanes, load, splat, store, total
from .descent import at_update, descend, make_step, penalty_sum
from .layers import activate_layer, derivative_at, first_net, forward
from .max_norm import constrain, constrained
from .output_layer import FromBelow, output_deltas
from .rows.interface import counted_from, inputs_of, stage
from .weighting import batch_weight, error_weight


@inlined
def update_biases(memory, learning, bias, units, width):
    """b_t ← b_t + η δ_t."""
    for j in range(0, width, lanes(memory.w)):
        b, eta_delta = load(memory.w, bias + j, ONE), load(memory.eta_delta, units + j, ONE)
        make_step(learning.rule, memory, bias + j, b, eta_delta)


@inlined
def _first_block(memory, inputs, x, x_next, learning, pull, j, block):
    eta_delta = load(memory.eta_delta, j, block)
    net = load(memory.w, memory.layers.biases_at[0] + j, block)
    terms = splat(memory.w, block, 0.0)
    at, stride = memory.layers.weights_at[0] + j, memory.layers.stride[0]
    for i in range(memory.layers.fan_in[0]):
        w = load(memory.w, at, block)
        w = descend(learning, memory, at, w, eta_delta * inputs[x + i], pull)
        net = net + w * inputs[x_next + i]
        terms = terms + penalty_terms(learning.penalty, w)
        at += stride
    store(memory.net, j, net)
    return total(terms)


@open_function(default=True)
def update_first(rows, memory, inputs, x, x_next, learning, pull):
    """w_ji ← w_ji + η δ_j x_i for this pattern, and net_j = Σ_i w_ji x_i + b_j for the next.

    Return the penalty's terms of the layer's weights after the update, summed.
    """
    update_biases(memory, learning, memory.layers.biases_at[0], 0, memory.layers.width[0])
    width, line = memory.layers.reach[0], PER_LINE * lanes(memory.w)
    terms = 0.0
    for j in range(0, width - line, 2 * line):
        terms += _first_block(memory, inputs, x, x_next, learning, pull, j, TWO_LINES)
    if width // line % 2 == 1:
        terms += _first_block(memory, inputs, x, x_next, learning, pull, width - line, LINE)
    return terms


@inlined
def _later_block(memory, layer, activation, learning, pull, p, j, block):
    below = memory.layers.units_at[layer - 1] + j
    net, out = load(memory.net, below, block), load(memory.out, below, block)
    down = splat(memory.w, block, 0.0)
    terms = splat(memory.w, block, 0.0)
    at, stride = memory.layers.weights_at[layer] + j, memory.layers.stride[layer]
    units = memory.layers.units_at[layer]
    for k in range(memory.layers.reach[layer]):
        eta_delta = memory.eta_delta[units + k]
        w = load(memory.w, at, block)
        down = down + w * eta_delta
        w = descend(learning, memory, at, w, out * eta_delta, pull)
        terms = terms + penalty_terms(learning.penalty, w)
        at += stride
    factor = derivative_at(activation, net, out, layer - 1, layer - 1, j, p)
    store(memory.eta_delta, below, factor * down)
    return total(terms)


@inlined
def update_later(memory, layer, activation, learning, pull, p):
    """δ_j = f′(net_j) Σ_k δ_k w_kj with the weights before their update, w_kj ← w_kj + η δ_k out_j.

    Return the penalty's terms of the layer's weights after the update, summed.
    """
    width, line = memory.layers.width[layer - 1], PER_LINE * lanes(memory.w)
    terms = 0.0
    for j in range(0, width - line, 2 * line):
        terms += _later_block(memory, layer, activation, learning, pull, p, j, TWO_LINES)
    if width // line % 2 == 1:
        j = width - line
        terms += _later_block(memory, layer, activation, learning, pull, p, j, LINE)
    units, bias = memory.layers.units_at[layer], memory.layers.biases_at[layer]
    update_biases(memory, learning, bias, units, memory.layers.width[layer])
    return terms


@kernel
def train_online(parameters, state, layout, rows, targets, order, formulas, learning, working):
    """w ← w + η δ out after every pattern of `order`; return Σ_p E_p.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        Changed in place.
    state : ndarray of shape (len(init(rule, w)) * n_parameters,)
        The rule's state; changed in place.
    layout : ndarray of shape (8, n_layers), or WithShortcuts
        Where the parameters are, see `fastbp.network.network.Network`.
    rows, targets : record of `fastbp.kernels.rows` and `.targets`
        The patterns.
    order : ndarray of int, shape (n_patterns,)
        The patterns' row numbers; at least one.
    formulas, learning : `Formulas`, `Learning`
        The formulas.
    working : PatternMemory
        Working memory of one pattern, see `fastbp.network.memory`; zeros before the first call.

    Returns
    -------
    error : float
        Σ_p E_p, penalties included, each with the weights before the pattern's update.
    """
    memory, staged = memory_of(parameters, state, layout, working), part(working, STAGED)
    inputs, counted = inputs_of(rows, staged), counted_from(rows, memory.layers)
    last, n_weights = memory.last, memory.layers.biases_at[0]
    eta = delta_scale(learning.rule)
    terms = penalty_sum(learning.penalty, memory.w, counted, n_weights)
    error = 0.0
    x = stage(rows, order[0], staged, 0)
    first_net(rows, memory, inputs, x)
    for n in range(len(order)):
        p = order[n]
        # 1. Forward: net and out of all hidden layers.
        if last > 0:
            activate_layer(memory, formulas.activation, 0, p)
        forward(memory, formulas, p)
        # 2. The output units: net, out, δ, and the error.
        fraction = 1.0 / batch_weight(learning.weighting, p)
        weight = fraction * error_weight(learning.weighting, p)
        errors = output_deltas(formulas.loss, memory, targets, p, eta * weight, FromBelow())
        error += weight * total(errors)
        error += fraction * penalty_value(learning.penalty, terms)
        # 3. δ of the hidden units with the weights before their update, which follows at once.
        now = at_update(learning, n + 1)
        pull, terms = eta * fraction, 0.0
        for layer in range(last, 0, -1):
            terms += update_later(memory, layer, formulas.activation, now, pull, p)
        # 4. The first layer's update, and its net inputs for the next pattern (the last pattern
        #    has none: it computes its own again).
        following = order[min(n + 1, len(order) - 1)]
        x_next = stage(rows, following, staged, (n + 1) % 2 * memory.layers.fan_in[0])
        terms += update_first(rows, memory, inputs, x, x_next, now, pull)
        x = x_next
        if constrained(learning.constraint):  # weights change again, so what was computed of them
            constrain(learning.constraint, now.rule, memory)
            terms = penalty_sum(learning.penalty, memory.w, counted, n_weights)
            first_net(rows, memory, inputs, x)
    return error
