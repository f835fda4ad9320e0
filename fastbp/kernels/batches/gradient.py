"""E and −∂E/∂w of a batch: for L-BFGS, for batches that are clipped or large, for checks.

A batch goes through the network in parts of fixed size, whose descents add up in their order.
"""

from typing import NamedTuple

import numpy as np

from ...compiling.jit import inlined, kernel
from ...penalties import NoPenalty, penalised, penalty_value
from ...rules import Accumulate
from ...vectors.simd import ONE, advance, lanes, load, pointer, splat, store
from ..descent import Learning, penalty_sum
from ..max_norm import NoConstraint
from ..weighting import batch_weights
from .backward import backward_batch
from .forward import batch_of, forward_batch, output_deltas_batch


class Portion(NamedTuple):
    """Which portion of a batch a call gets, so that no call takes long."""

    opens: bool  # the batch begins with it
    closes: bool  # it ends with it
    sums: np.ndarray  # of shape (3,): Σ_p e_p E_p, Σ_p s_p, the number of patterns so far


@inlined
def clear(numbers, count):
    """numbers[0], ..., numbers[count − 1] ← 0."""
    for i in range(0, count, lanes(numbers)):
        store(numbers, i, splat(numbers, ONE, 0.0))


@inlined
def add_descents(batch, rows, targets, order, n_patterns, capacity, formulas, weighting, sums):
    """Add Σ_p e_p (−∂E_p/∂w) to the batch's state, and Σ_p e_p E_p to sums[0]."""
    summing = Learning(Accumulate(), NoPenalty(), weighting, NoConstraint(), 0, 0.0)
    for n in range(0, n_patterns, capacity):
        part, count = advance(order, n), min(capacity, n_patterns - n)
        forward_batch(batch, rows, part, formulas, count)
        sums[0] += output_deltas_batch(batch, targets, part, formulas.loss, weighting, count, 1.0)
        backward_batch(batch, rows, part, formulas, summing, count, 0.0)


@inlined
def direction(penalty, w, g, i, n_weights, scale):
    """Return scale · (g − ∂penalty/∂w) for parameters i, i + 1, ...; biases are free."""
    descent = load(g, i, ONE) * scale
    if i < n_weights:
        descent = penalised(penalty, descent, load(w, i, ONE), scale)
    return descent


@kernel
def batch_descent(
    parameters, descent, layout, rows, targets, order, formulas, learning, working, portion
):
    """descent ← −∂E/∂w of E = (Σ_p e_p E_p + penalty) / Σ_p s_p, and return n · E.

    Parameters
    ----------
    parameters, layout, rows, targets, formulas, working
        As in `.minibatch.train_batches`; the parameters are only read.
    descent : ndarray of shape (n_parameters,)
        Written.
    order : ndarray of int, shape (n_patterns,)
        The patterns' row numbers, or a portion of them.
    learning : `Learning`
        The penalty, and how much each pattern counts; nothing else of it.
    portion : `Portion`
        Which portion it is.

    Returns
    -------
    error : float
        n · E for n patterns in the whole, 0 before the last portion.
    """
    batch = batch_of(parameters, descent, layout, rows, working)
    w, g, n_parameters = pointer(parameters), pointer(descent), parameters.size
    n_weights, sums = batch.memory.layers.biases_at[0], portion.sums
    penalty, weighting = learning.penalty, learning.weighting
    if portion.opens:
        clear(g, n_parameters)
        sums[:] = 0
    patterns, n_patterns = pointer(order), len(order)
    add_descents(
        batch, rows, targets, patterns, n_patterns, working.capacity, formulas, weighting, sums
    )
    sums[1] += batch_weights(weighting, patterns, n_patterns)
    sums[2] += n_patterns
    if not portion.closes:
        return 0.0
    scale = 1.0 / sums[1]
    for i in range(0, n_parameters, lanes(w)):
        store(g, i, direction(penalty, w, g, i, n_weights, scale))
    value = penalty_value(penalty, penalty_sum(penalty, w, 0, n_weights))
    return sums[2] * (sums[0] + value) / sums[1]
