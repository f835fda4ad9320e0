"""Per-pattern training with the first layer's updates delayed: the same result in fewer sweeps.

An update is an outer product: what it changes in the first layer's net inputs of a later pattern
is known without the weights,

    net_j(q) = Σ_i w_ji x_i(q) + b_j + Σ_p η δ_j(p) (Σ_i x_i(p) x_i(q) + 1),

summed over the patterns p since `w` was last updated. So four patterns share a sweep over the
weights: it makes the updates of the last four, and computes net inputs of the next four. Weights
are read and written once in four patterns, and every number that is loaded serves eight products.
The steps, their order and their results are those of `.online`, up to rounding. It takes plain
gradient descent: momentum, or a penalty, whose value is asked for, would have to be delayed as
well. Inputs whose squares overflow (1e19 in float32, 1e154 in float64) make weights non-finite
here, which fit refuses.

Decay, w ← r w before each update, is delayed as well: after n patterns the weights are r^n of what
they were, and of the p-th pattern's update r^(n − 1 − p) is left; biases do not decay.

Threads share a sweep, each taking some of the units; there are two meetings in four patterns.
"""

from ..compiling.dispatch import open_function
from ..compiling.jit import inlined, kernel
from ..network.memory import GRAM, STAGED, TOGETHER, further, memory_of, part
from ..penalties import remaining
from ..rules import delta_scale
from ..vectors.simd import ONE, PER_LINE, lanes, load, pointer, splat, store, total
from .crew import SO_FAR, cut, is_last, open_next, sharing_of, take, wait
from .layers import forward, put
from .online import update_later
from .output_layer import FromBelow, output_deltas
from .rows.interface import inputs_of, stage
from .weighting import batch_weight, error_weight


@inlined
def power(left, n):
    """Return left^n, for n ≥ 0."""
    result = 1.0
    for _ in range(n):
        result = result * left
    return result


SWEEP, PATTERNS, PHASES = 0, 1, 2  # see `.crew`
ROWS = 64  # of weights that are swept before the next columns: runs of memory, and pages, stay few


@inlined
def stage_four(rows, order, n, final, staged, start, n_inputs):
    """Return where the inputs of patterns n, ..., n + 3 start; beyond the last, the last again."""
    return (
        stage(rows, order[min(n, final)], staged, start),
        stage(rows, order[min(n + 1, final)], staged, start + n_inputs),
        stage(rows, order[min(n + 2, final)], staged, start + 2 * n_inputs),
        stage(rows, order[min(n + 3, final)], staged, start + 3 * n_inputs),
    )


@inlined
def update_biases(memory, pattern_stride, begin, end):
    """b_j ← b_j + Σ_p η δ_j(p) for units `begin` to end − 1, whose net inputs are set to 0."""
    bias = memory.layers.biases_at[0]
    for j in range(begin, end, lanes(memory.w)):
        b = load(memory.w, bias + j, ONE)
        for at in range(j, j + TOGETHER * pattern_stride, pattern_stride):
            b = b + load(memory.eta_delta, at, ONE)
        store(memory.w, bias + j, b)
        for at in range(j, j + TOGETHER * pattern_stride, pattern_stride):
            store(memory.net, at, splat(memory.w, ONE, 0.0))


@open_function(default=True)
def sweep(rows, memory, pattern_stride, inputs, x, x_next, left, count, begin, end):
    """w_ji ← w_ji + Σ_p η δ_j(p) x_i(p), and net_j(q) = Σ_i w_ji x_i(q) for the next four q.

    For units `begin` to end − 1. `x` and `x_next` are the places of the inputs of the last four and
    of the next four patterns; `left` is what a step leaves of the weights, and the last patterns
    were `count`.
    """
    update_biases(memory, pattern_stride, begin, end)
    left_w, left_a = power(left, count), power(left, count - 1)
    left_b, left_c = power(left, count - 2), power(left, count - 3)
    fan_in, stride = memory.layers.fan_in[0], memory.layers.stride[0]
    for first in range(0, fan_in, ROWS):
        stop = min(first + ROWS, fan_in)
        for j in range(begin, end, lanes(memory.w)):
            eta_delta_a = load(memory.eta_delta, j, ONE) * left_a
            eta_delta_b = load(memory.eta_delta, j + pattern_stride, ONE) * left_b
            eta_delta_c = load(memory.eta_delta, j + 2 * pattern_stride, ONE) * left_c
            eta_delta_d = load(memory.eta_delta, j + 3 * pattern_stride, ONE)
            a, b = load(memory.net, j, ONE), load(memory.net, j + pattern_stride, ONE)
            c = load(memory.net, j + 2 * pattern_stride, ONE)
            d = load(memory.net, j + 3 * pattern_stride, ONE)
            at = memory.layers.weights_at[0] + first * stride + j
            for i in range(first, stop):
                w = load(memory.w, at, ONE) * left_w
                w = w + eta_delta_a * inputs[x[0] + i]
                w = w + eta_delta_b * inputs[x[1] + i]
                change = eta_delta_c * inputs[x[2] + i]  # apart: w waits for three sums, not four
                w = w + (change + eta_delta_d * inputs[x[3] + i])
                store(memory.w, at, w)
                a = a + w * inputs[x_next[0] + i]
                b = b + w * inputs[x_next[1] + i]
                c = c + w * inputs[x_next[2] + i]
                d = d + w * inputs[x_next[3] + i]
                at += stride
            store(memory.net, j, a)
            store(memory.net, j + pattern_stride, b)
            store(memory.net, j + 2 * pattern_stride, c)
            store(memory.net, j + 3 * pattern_stride, d)


@open_function(default=True)
def gram(rows, inputs, x, n_inputs, left, result):
    """result[4 p + q] = r^(q − 1 − p) Σ_i x_i(p) x_i(q) + 1 for p < q, of four patterns."""
    ab = ac = ad = bc = bd = cd = splat(inputs, ONE, 0.0)
    i, lane = 0, lanes(inputs)
    while i + lane <= n_inputs:
        a, b = load(inputs, x[0] + i, ONE), load(inputs, x[1] + i, ONE)
        c, d = load(inputs, x[2] + i, ONE), load(inputs, x[3] + i, ONE)
        ab, ac, ad = ab + a * b, ac + a * c, ad + a * d
        bc, bd, cd = bc + b * c, bd + b * d, cd + c * d
        i += lane
    ab, ac, ad = total(ab), total(ac), total(ad)
    bc, bd, cd = total(bc), total(bd), total(cd)
    for n in range(i, n_inputs):
        a, b = inputs[x[0] + n], inputs[x[1] + n]
        c, d = inputs[x[2] + n], inputs[x[3] + n]
        ab, ac, ad = ab + a * b, ac + a * c, ad + a * d
        bc, bd, cd = bc + b * c, bd + b * d, cd + c * d
    result[1], result[2], result[3] = ab + 1, ac * left + 1, ad * (left * left) + 1
    result[6], result[7], result[11] = bc + 1, bd * left + 1, cd + 1


@inlined
def add_pending(memory, stride, q, products, left, activation, p):
    """net_j(q) ← r^q net_j(q) + b_j + Σ_p η δ_j(p) products(p, q) over patterns p < q; out_j."""
    here, bias, left_w = further(memory, q * stride), memory.layers.biases_at[0], power(left, q)
    for j in range(0, memory.layers.width[0], lanes(memory.w)):
        net = load(here.net, j, ONE) * left_w + load(memory.w, bias + j, ONE)
        for n in range(q):
            net = net + load(memory.eta_delta, n * stride + j, ONE) * products[4 * n + q]
        put(here, activation, 0, j, p, net)


@inlined
def clear_deltas(memory, stride, start):
    """Set the first layer's deltas of the four patterns to zero, from pattern `start` on."""
    for p in range(start, TOGETHER):
        for j in range(0, memory.layers.width[0], lanes(memory.w)):
            store(memory.eta_delta, p * stride + j, splat(memory.w, ONE, 0.0))


@kernel
def train_delayed(parameters, state, layout, rows, targets, order, formulas, learning, working):
    """w ← w + η δ out after every pattern of `order`; return Σ_p E_p.

    The parameters are those of `fastbp.kernels.online.train_online`; `learning` is gradient descent
    without constraint, and with decay at most, and `working` is a `SharedMemory` of `TOGETHER`
    patterns, whose deltas are zero, as a call leaves them. Several threads call it at once and
    share the sweeps, each with its own of these; all else one of them does. Errors are added to
    what the crew's sum so far is, and that is returned.
    """
    memory, stride = memory_of(parameters, state, layout, working), working.pattern_stride
    products, staged = part(working, GRAM), part(working, STAGED)
    inputs, n_inputs = inputs_of(rows, staged), memory.layers.fan_in[0]
    patterns, final, last = pointer(order), len(order) - 1, memory.last
    eta, left = delta_scale(learning.rule), remaining(learning.penalty)
    crew, count = sharing_of(working.crew), 0
    width, line = memory.layers.width[0], PER_LINE * lanes(memory.w)
    x = x_next = stage_four(rows, patterns, 0, final, staged, 0, n_inputs)
    for n in range(0, len(order) + TOGETHER, TOGETHER):  # once more than there are patterns
        phase = PHASES * (n // TOGETHER)
        # 1. The first layer's updates for the last four patterns, net inputs of the next four.
        piece = take(crew, phase + SWEEP, crew.n_columns, -1)
        while piece >= 0:
            begin = cut(width, line, piece, crew.n_columns)
            end = cut(width, line, piece + 1, crew.n_columns)
            sweep(rows, memory, stride, inputs, x, x_next, left, count, begin, end)
            if is_last(crew, piece, crew.n_columns):
                open_next(crew, phase + SWEEP)
            piece = take(crew, phase + SWEEP, crew.n_columns, piece)
        wait(crew, phase + SWEEP)
        count = max(0, min(TOGETHER, len(order) - n))
        if take(crew, phase + PATTERNS, 1, -1) == 0:
            gram(rows, inputs, x_next, n_inputs, left, products)
            for q in range(count):
                p, here = patterns[n + q], further(memory, q * stride)
                # 2. Forward: what the patterns before have changed; net and out of hidden layers.
                add_pending(memory, stride, q, products, left, formulas.activation, p)
                forward(here, formulas, p)
                # 3. The output units: net, out, δ, and the error.
                weight = error_weight(learning.weighting, p) / batch_weight(learning.weighting, p)
                errors = output_deltas(formulas.loss, here, targets, p, eta * weight, FromBelow())
                crew.sums[SO_FAR] += weight * total(errors)
                # 4. δ of the hidden units with the weights before their update, which follows.
                for layer in range(last, 0, -1):
                    update_later(here, layer, formulas.activation, learning, 0.0, p)
            clear_deltas(memory, stride, count)
            open_next(crew, phase + PATTERNS)
        wait(crew, phase + PATTERNS)
        x = x_next
        start = (n // TOGETHER + 1) % 2 * TOGETHER * n_inputs
        x_next = stage_four(rows, patterns, n + TOGETHER, final, staged, start, n_inputs)
    return crew.sums[SO_FAR]
