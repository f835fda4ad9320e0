"""Batches backward: deltas passed down, gradients, and one update per batch.

The steps are those of `fastbp.kernels.online`, each for the whole batch: deltas passed down and
gradients are products of matrices, computed in the tiles of `.tiles`. The gradient of a tile's
weights meets the update rule as soon as it is complete, and is never stored as a whole. The way
forward is in `.forward`.
"""

import numpy as np

from ...compiling.jit import inlined, kernel
from ...penalties import penalty_error
from ...rules import rate
from ...vectors.simd import advance, pointer
from ..descent import at_update
from ..max_norm import limit_norms
from ..weighting import shares
from .backward import backward_batch
from .forward import batch_of, forward_batch, output_deltas_batch


@inlined
def size_of(order, batch_size, weights):
    """Return the patterns of a batch, and Σ s_p over them; −1 stands for none."""
    size = batch_size
    while order[size - 1] < 0:
        size -= 1
    return size, shares(weights, order, size)


@kernel
def train_batches(parameters, state, table, rows, targets, order, model, learning, workspace):
    """w ← w + η Σ_p e_p δ out / Σ_p s_p after every batch; return Σ_batches n · error of the batch.

    The parameters are those of `fastbp.kernels.online.train_online`, except that `order` has a row
    of pattern numbers per batch, at most `LARGEST`, the last batch filled up with −1, and that
    `workspace` is a `Workspace` with room for them.
    """
    batch = batch_of(parameters, state, table, rows, workspace)
    eta = rate(learning.rule)
    n_batches, batch_size = order.shape
    error = 0.0
    for b in range(n_batches):
        patterns = advance(pointer(order), b * batch_size)
        size, weight = size_of(patterns, batch_size, learning.weights)
        forward_batch(batch, rows, patterns, model, size)
        scale = eta / weight
        sum_p = output_deltas_batch(
            batch, targets, patterns, model.loss, learning.weights, size, scale
        )
        now = at_update(learning, b + 1)
        norm = backward_batch(batch, patterns, model, now, size, scale)
        limit_norms(learning.limit, now.rule, batch.memory, batch.memory.state)
        error += size * (sum_p + penalty_error(learning.penalty, norm)) / weight
    return error


def batches(order: np.ndarray, batch_size: int) -> np.ndarray:
    """Return the order as rows of batches, the last one filled up with −1."""
    n_batches = -(-len(order) // batch_size)
    rows = np.full((n_batches, batch_size), -1, order.dtype)
    rows.ravel()[: len(order)] = order
    return rows
