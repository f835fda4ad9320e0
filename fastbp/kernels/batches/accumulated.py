"""Batches whose gradient is summed as a whole first: large ones, and those that are clipped."""

import math

from ...compiling.jit import inlined, kernel
from ...network.memory import DESCENT, memory_of
from ...penalties import penalty_value, shrunk
from ...rules import delta_scale
from ...vectors.simd import ONE, advance, lanes, load, pointer, splat, total
from ..descent import at_update, make_step, penalty_sum
from ..max_norm import constrain
from .forward import batch_of
from .gradient import add_descents, clear, direction
from .minibatch import size_of


@inlined
def _length(w, g, penalty, n_weights, n_parameters, scale):
    """Return the length of the gradient, ‖scale · (g − ∂penalty/∂w)‖₂ over all parameters."""
    squares = splat(w, ONE, 0.0)
    for i in range(0, n_parameters, lanes(w)):
        descent = direction(penalty, w, g, i, n_weights, scale)
        squares = squares + descent * descent
    return math.sqrt(total(squares))


@kernel
def train_accumulated(
    parameters, state, layout, rows, targets, order, formulas, learning, working, portion
):
    """Do what `.minibatch.train_batches` does, for batches of any size, clipped.

    The parameters are the same, and one more, since a call may also get a part of one batch, so
    that no call takes long: `portion`, a `Portion`, tells whether the call begins and ends with the
    batch. The descent is summed in a part of the working memory. Where its length is above
    learning.clip, it is scaled down to that (Pascanu, Mikolov and Bengio, 2013).
    """
    n_parameters, sums = parameters.size, portion.sums
    start = working.starts[DESCENT]
    summed = working.numbers[start : start + n_parameters]
    batch = batch_of(parameters, summed, layout, rows, working)
    memory = memory_of(parameters, state, layout, working)
    w, g = memory.w, pointer(summed)
    n_weights, lane = memory.layers.biases_at[0], lanes(w)
    eta, penalty = delta_scale(learning.rule), learning.penalty
    n_batches, batch_size = order.shape
    error = 0.0
    for b in range(n_batches):
        patterns = advance(pointer(order), b * batch_size)
        n_patterns, weight = size_of(patterns, batch_size, learning.weighting)
        if portion.opens:
            clear(g, n_parameters)
            sums[:] = 0
        add_descents(
            batch,
            rows,
            targets,
            patterns,
            n_patterns,
            working.capacity,
            formulas,
            learning.weighting,
            sums,
        )
        sums[1] += weight
        sums[2] += n_patterns
        if not portion.closes:
            return 0.0
        terms, scale = penalty_sum(penalty, w, 0, n_weights), 1.0 / sums[1]
        if learning.clip > 0:
            length = _length(w, g, penalty, n_weights, n_parameters, scale)
            scale = scale * (learning.clip / max(length, learning.clip))
        now, scale = at_update(learning, b + 1), eta * scale
        for i in range(0, n_parameters, lane):
            old = load(w, i, ONE)
            descent = direction(penalty, w, g, i, n_weights, scale)
            if i < n_weights:
                old = shrunk(penalty, old)
            make_step(now.rule, memory, i, old, descent)
        constrain(learning.constraint, now.rule, memory)
        error += sums[2] * (sums[0] + penalty_value(penalty, terms)) / sums[1]
    return error
