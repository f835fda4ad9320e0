"""Mini-batches: up through the network together, deltas down, and one update for each batch.

The steps are those of `fastbp.kernels.online`, each for the whole batch: net inputs, deltas passed
down and descents are products of matrices, computed in the tiles of `.tiles`. The descent of a
tile's weights meets the update rule as soon as it is complete, and is never stored as a whole. The
way up is in `.forward`, the way down in `.backward`, the batch as a whole in `.step`.
"""

import numpy as np

from ...compiling.jit import inlined, kernel
from ...penalties import penalty_value
from ...rules import delta_scale
from ...vectors.simd import advance, pointer
from ..crew import DOWN, PHASES, SO_FAR, is_over
from ..descent import at_update
from ..max_norm import constrain
from ..weighting import batch_weights
from .forward import batch_of
from .step import close_step, errors_of, terms_of, train_step


@inlined
def size_of(order, batch_size):
    """Return how many patterns a batch has; −1 stands for none."""
    n_patterns = batch_size
    while order[n_patterns - 1] < 0:
        n_patterns -= 1
    return n_patterns


@kernel
def train_batches(parameters, state, layout, rows, targets, order, formulas, learning, working):
    """w ← w + η Σ_p e_p δ out / Σ_p s_p after every batch; return Σ_batches n · error of the batch.

    The parameters are those of `fastbp.kernels.online.train_online`, except that `order` has a row
    of pattern numbers per batch, at most `LARGEST`, the last batch filled up with −1, and that
    `working` is a `BatchMemory` with room for them. Several threads call it at once, each with its
    own of these. The errors are added to what the crew's sum so far is, and that is returned: it
    depends on no division of the batches into calls.
    """
    batch = batch_of(parameters, state, layout, rows, working)
    eta, crew = delta_scale(learning.rule), batch.crew
    n_batches, batch_size = order.shape
    for b in range(n_batches):
        if is_over(crew, PHASES * b + DOWN):
            continue
        patterns = advance(pointer(order), b * batch_size)
        n_patterns = size_of(patterns, batch_size)
        weight = batch_weights(learning.weighting, patterns, n_patterns)
        scale, now = eta / weight, at_update(learning, b + 1)
        closes = train_step(
            batch, rows, targets, patterns, formulas, now, n_patterns, scale, scale, b
        )
        if closes:
            constrain(learning.constraint, now.rule, batch.memory)
            error = errors_of(crew) + penalty_value(learning.penalty, terms_of(crew))
            crew.sums[SO_FAR] += n_patterns * error / weight
        close_step(crew, b, closes)
    return crew.sums[SO_FAR]


def batches(order: np.ndarray, batch_size: int) -> np.ndarray:
    """Return the order as rows of batches, the last one filled up with −1."""
    n_batches = -(-len(order) // batch_size)
    rows = np.full((n_batches, batch_size), -1, order.dtype)
    rows.ravel()[: len(order)] = order
    return rows
