"""E and −∂E/∂w of a batch: for L-BFGS, for batches that are clipped or large, for checks.

A batch goes through the network in parts of fixed size, whose descents add up in their order.
"""

from typing import NamedTuple

import numpy as np

from ...compiling.jit import inlined, kernel
from ...penalties import NoPenalty, penalised, penalty_value
from ...rules import Accumulate
from ...vectors.simd import ONE, advance, lanes, load, pointer, store
from ..crew import DOWN, PHASES, is_over
from ..descent import Learning, penalty_sum
from ..max_norm import NoConstraint
from ..weighting import batch_weights
from .forward import batch_of
from .step import close_step, errors_of, train_step


class Portion(NamedTuple):
    """Which portion of a batch a call gets, so that no call takes long."""

    closes: bool  # the batch ends with it
    sums: np.ndarray  # of shape (4,): so far Σ_p e_p E_p, Σ_p s_p, the patterns; at the end n · E


@inlined
def note_part(portion, crew, weighting, order, n_patterns):
    """Add what a part of a batch adds to the portion's sums."""
    portion.sums[0] += errors_of(crew)
    portion.sums[1] += batch_weights(weighting, order, n_patterns)
    portion.sums[2] += n_patterns


@inlined
def mean_error(portion, penalty, terms):
    """Return n · E of a batch: n (Σ_p e_p E_p + penalty) / Σ_p s_p."""
    sums = portion.sums
    return sums[2] * (sums[0] + penalty_value(penalty, terms)) / sums[1]


@inlined
def add_descent(batch, rows, targets, order, n_patterns, formulas, weighting, step):
    """Add Σ_p e_p (−∂E_p/∂w) of a part of a batch to the batch's state, see `.step.train_step`."""
    summing = Learning(Accumulate(), NoPenalty(), weighting, NoConstraint(), 0, 0.0)
    return train_step(batch, rows, targets, order, formulas, summing, n_patterns, 1.0, 0.0, step)


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
        Added to; zeros before the first portion.
    order : ndarray of int, shape (n_patterns,)
        The patterns' row numbers, or a portion of them.
    learning : `Learning`
        The penalty, and how much each pattern counts; nothing else of it.
    portion : `Portion`
        Which portion it is; sums of zero before the first.

    Returns
    -------
    error : float
        n · E for n patterns in the whole, 0 before the last portion.
    """
    batch = batch_of(parameters, descent, layout, rows, working)
    w, g, n_parameters = pointer(parameters), pointer(descent), parameters.size
    n_weights, crew = batch.memory.layers.biases_at[0], batch.crew
    penalty, weighting = learning.penalty, learning.weighting
    n_parts = (len(order) + working.capacity - 1) // working.capacity
    for m in range(n_parts):
        if is_over(crew, PHASES * m + DOWN):
            continue
        part = advance(pointer(order), m * working.capacity)
        count = min(working.capacity, len(order) - m * working.capacity)
        closes = add_descent(batch, rows, targets, part, count, formulas, weighting, m)
        if closes:
            note_part(portion, crew, weighting, part, count)
            if m == n_parts - 1 and portion.closes:
                scale = float(1.0 / portion.sums[1])
                for i in range(0, n_parameters, lanes(w)):
                    store(g, i, direction(penalty, w, g, i, n_weights, scale))
                terms = penalty_sum(penalty, w, 0, n_weights)
                portion.sums[3] = mean_error(portion, penalty, terms)
        close_step(crew, m, closes)
    return portion.sums[3]
