"""Mini-batches: up through the network together, deltas down, and one update for each batch.

The steps are those of `fastbp.kernels.online`, each for the whole batch: net inputs, deltas passed
down and descents are products of matrices, computed in the tiles of `.tiles`. The descent of a
tile's weights meets the update rule as soon as it is complete, and is never stored as a whole. The
way up is in `.forward`, the way down in `.backward`.
"""

import numpy as np

from ...compiling.jit import inlined, kernel
from ...penalties import penalty_value
from ...rules import delta_scale
from ...vectors.simd import advance, pointer
from ..descent import at_update
from ..max_norm import constrain
from ..weighting import batch_weights
from .backward import backward_batch
from .forward import batch_of, forward_batch, output_deltas_batch


@inlined
def size_of(order, batch_size, weighting):
    """Return the patterns of a batch, and Σ s_p over them; −1 stands for none."""
    n_patterns = batch_size
    while order[n_patterns - 1] < 0:
        n_patterns -= 1
    return n_patterns, batch_weights(weighting, order, n_patterns)


@kernel
def train_batches(parameters, state, layout, rows, targets, order, formulas, learning, working):
    """w ← w + η Σ_p e_p δ out / Σ_p s_p after every batch; return Σ_batches n · error of the batch.

    The parameters are those of `fastbp.kernels.online.train_online`, except that `order` has a row
    of pattern numbers per batch, at most `LARGEST`, the last batch filled up with −1, and that
    `working` is a `BatchMemory` with room for them.
    """
    batch = batch_of(parameters, state, layout, rows, working)
    eta = delta_scale(learning.rule)
    n_batches, batch_size = order.shape
    error = 0.0
    for b in range(n_batches):
        patterns = advance(pointer(order), b * batch_size)
        n_patterns, weight = size_of(patterns, batch_size, learning.weighting)
        forward_batch(batch, rows, patterns, formulas, n_patterns)
        scale = eta / weight
        sum_p = output_deltas_batch(
            batch, targets, patterns, formulas.loss, learning.weighting, n_patterns, scale
        )
        now = at_update(learning, b + 1)
        terms = backward_batch(batch, rows, patterns, formulas, now, n_patterns, scale)
        constrain(learning.constraint, now.rule, batch.memory)
        error += n_patterns * (sum_p + penalty_value(learning.penalty, terms)) / weight
    return error


def batches(order: np.ndarray, batch_size: int) -> np.ndarray:
    """Return the order as rows of batches, the last one filled up with −1."""
    n_batches = -(-len(order) // batch_size)
    rows = np.full((n_batches, batch_size), -1, order.dtype)
    rows.ravel()[: len(order)] = order
    return rows
