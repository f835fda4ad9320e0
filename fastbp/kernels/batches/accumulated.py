"""Batches whose gradient is summed as a whole first: large ones, and those that are clipped."""

import math

from ...compiling.jit import inlined, kernel
from ...network.memory import remembered
from ...penalties import NoPenalty, decayed, norm_of, penalty_error, pulled
from ...rules import Accumulate, at_step, rate, step
from ...vectors.simd import ONE, advance, lanes, load, pointer, splat, store, total
from ..descent import Learning
from ..max_norm import NoLimit, limit_norms
from .backward import backward_batch
from .forward import batch_of, forward_batch, output_deltas_batch
from .minibatch import size_of


@inlined
def _norm(w, g, penalty, n_weights, n_parameters, scale, decay):
    """Return ‖scale · g − decay · ∂penalty/∂w‖₂ over all parameters."""
    squares = splat(w, ONE, 0.0)
    for i in range(0, n_parameters, lanes(w)):
        gradient = load(g, i, ONE) * scale
        if i < n_weights:
            gradient = pulled(penalty, gradient, load(w, i, ONE), decay)
        squares = squares + gradient * gradient
    return math.sqrt(total(squares))


@kernel
def train_summed(
    parameters, state, table, rows, targets, order, model, learning, workspace, opens, closes, sums
):
    """Do what `.minibatch.train_batches` does, for batches of any size, clipped.

    The parameters are the same, and three more, since a call may also get a part of one batch, so
    that no call takes long: `opens` and `closes` tell whether it begins and ends with the call's,
    and `sums`, of shape (3,), keeps Σ_p e_p E_p, Σ_p s_p and the number of patterns meanwhile. The
    gradient is kept at the end of the workspace's numbers. Where its norm is above learning.clip,
    it is scaled down to that (Pascanu, Mikolov and Bengio, 2013).
    """
    n_parameters = parameters.size
    gradient = workspace.numbers[workspace.numbers.size - n_parameters :]
    batch = batch_of(parameters, gradient, table, rows, workspace)
    w, g = pointer(parameters), pointer(gradient)
    memories = remembered(state, n_parameters)
    n_weights, lane = batch.memory.layers.biases[0], lanes(w)
    summing = Learning(Accumulate(), NoPenalty(), learning.weights, NoLimit(), 0, 0.0)
    eta, penalty = rate(learning.rule), learning.penalty
    n_batches, batch_size = order.shape
    error = 0.0
    for b in range(n_batches):
        patterns = advance(pointer(order), b * batch_size)
        size, weight = size_of(patterns, batch_size, learning.weights)
        if opens:
            for i in range(0, n_parameters, lane):
                store(g, i, splat(w, ONE, 0.0))
            sums[:] = 0
        for n in range(0, size, workspace.capacity):
            part, count = advance(patterns, n), min(workspace.capacity, size - n)
            forward_batch(batch, rows, part, model, count)
            sums[0] += output_deltas_batch(
                batch, targets, part, model.loss, learning.weights, count, 1.0
            )
            backward_batch(batch, part, model, summing, count, 0.0)
        sums[1] += weight
        sums[2] += size
        if not closes:
            return 0.0
        norm, weight = norm_of(penalty, w, n_weights), sums[1]
        scale = decay = 1.0 / weight
        if learning.clip > 0:
            length = _norm(w, g, penalty, n_weights, n_parameters, scale, decay)
            shorter = learning.clip / max(length, learning.clip)
            scale, decay = scale * shorter, decay * shorter
        rule = at_step(learning.rule, learning.updates + b + 1)
        scale, decay = eta * scale, eta * decay
        for i in range(0, n_parameters, lane):
            old, down = load(w, i, ONE), load(g, i, ONE) * scale
            if i < n_weights:
                down = pulled(penalty, down, old, decay)
                old = decayed(penalty, old)
            store(w, i, step(rule, old, down, memories, i))
        limit_norms(learning.limit, rule, batch.memory, memories)
        error += sums[2] * (sums[0] + penalty_error(penalty, norm)) / weight
    return error
