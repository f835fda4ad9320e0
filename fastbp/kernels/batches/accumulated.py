"""Batches whose gradient is summed as a whole first: large ones, and those that are clipped."""

import math

from ...compiling.jit import inlined, kernel
from ...network.memory import DESCENT, memory_of
from ...penalties import shrunk
from ...rules import delta_scale, effective, init
from ...vectors.simd import ONE, advance, lanes, load, load_each, pointer, splat, store, total
from ..crew import DOWN, PHASES, SO_FAR, is_over
from ..descent import at_update, make_step, penalty_sum
from ..max_norm import constrain
from .forward import batch_of
from .gradient import add_descent, direction, mean_error, note_part
from .minibatch import size_of
from .step import close_step


@inlined
def _length(memory, g, rule, penalty, n_weights, scale):
    """Return the length of the gradient, ‖scale · (g − ∂penalty/∂w)‖₂ over all parameters."""
    w, n_parameters = memory.w, memory.n_parameters
    squares = splat(w, ONE, 0.0)
    for i in range(0, n_parameters, lanes(w)):
        state = load_each(memory.state, i, n_parameters, init(rule, load(w, i, ONE)))
        descent = effective(rule, direction(penalty, w, g, i, n_weights, scale), state)
        squares = squares + descent * descent
    return math.sqrt(total(squares))


@inlined
def _update(memory, g, now, penalty, n_weights, scale):
    """Make one step of all parameters by scale · (g − ∂penalty/∂w), and set g to 0."""
    w, nothing = memory.w, splat(g, ONE, 0.0)
    for i in range(0, memory.n_parameters, lanes(w)):
        old = load(w, i, ONE)
        descent = direction(penalty, w, g, i, n_weights, scale)
        if i < n_weights:
            old = shrunk(penalty, old)
        make_step(now.rule, memory, i, old, descent)
        store(g, i, nothing)


@kernel
def train_accumulated(
    parameters, state, layout, rows, targets, order, formulas, learning, working, portion
):
    """Do what `.minibatch.train_batches` does, for batches of any size, clipped.

    The parameters are the same, and one more, since a call may also get a part of one batch, so
    that no call takes long: `portion`, a `Portion`, tells whether the call ends with the batch. The
    descent is summed in a part of the working memory, which is zero when a batch begins, as the
    portion's sums are. Where its length is above learning.clip, it is scaled down to that (Pascanu,
    Mikolov and Bengio, 2013).
    """
    start, n_parameters = working.starts[DESCENT], parameters.size
    summed = working.numbers[start : start + n_parameters]
    batch = batch_of(parameters, summed, layout, rows, working)
    memory, crew = memory_of(parameters, state, layout, working), batch.crew
    w, g, sums = memory.w, pointer(summed), portion.sums
    n_weights, capacity = memory.layers.biases_at[0], working.capacity
    eta, penalty, weighting = delta_scale(learning.rule), learning.penalty, learning.weighting
    n_batches, batch_size = order.shape
    n_parts = (batch_size + capacity - 1) // capacity
    for step in range(n_batches * n_parts):
        if is_over(crew, PHASES * step + DOWN):
            continue
        b, first = step // n_parts, step % n_parts * capacity
        patterns = advance(pointer(order), b * batch_size)
        n_patterns = size_of(patterns, batch_size)
        if first >= n_patterns:  # of the last batch
            break
        part, count = advance(patterns, first), min(capacity, n_patterns - first)
        closes = add_descent(batch, rows, targets, part, count, formulas, weighting, step)
        if closes:
            note_part(portion, crew, weighting, part, count)
            if portion.closes and first + count == n_patterns:
                terms, scale = penalty_sum(penalty, w, 0, n_weights), float(1.0 / sums[1])
                if learning.clip > 0:
                    length = _length(memory, g, learning.rule, penalty, n_weights, scale)
                    scale = scale * (learning.clip / max(length, learning.clip))
                crew.sums[SO_FAR] += mean_error(portion, penalty, terms)
                now = at_update(learning, b + 1)
                _update(memory, g, now, penalty, n_weights, eta * scale)
                constrain(learning.constraint, now.rule, memory)
                sums[:] = 0
        close_step(crew, step, closes)
    return crew.sums[SO_FAR]
