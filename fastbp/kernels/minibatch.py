"""Batches: the gradient of several patterns summed, then one update."""

import numpy as np

from ..jit import kernel
from ..rules import Accumulate, rate, step
from .data import data_weight
from .layers import memory_of
from .online import Learning, train_patterns
from .penalty import NoPenalty, penalty_error, pulled, squares
from .simd import ONE, lanes, load, pointer, splat, store, total


@kernel
def train_batches(parameters, state, table, rows, targets, order, model, learning, scratch):
    """w ← w + η Σ_p s_p δ out / Σ_p s_p after every batch; return Σ_batches n · error of the batch.

    The parameters are those of `fastbp.kernels.online.train_online`, except that `order` has a row
    of pattern numbers per batch, the last batch filled up with −1.
    """
    summing = Learning(Accumulate(), NoPenalty(), learning.weights)
    layers = memory_of(parameters, state, table, scratch).layers
    n_parameters, n_weights = parameters.size, layers.biases[0]
    gradient = scratch[scratch.size - n_parameters :]
    w, g, remembered = pointer(parameters), pointer(gradient), pointer(state)
    lane = lanes(w)
    error = 0.0
    for batch in range(len(order)):
        size, weight = 0, 0.0
        for p in order[batch]:
            if p >= 0:
                size += 1
                weight += data_weight(learning.weights, p)
        for i in range(0, n_parameters, lane):
            store(g, i, splat(w, ONE, 0.0))
        patterns = order[batch, :size]
        sum_p = train_patterns(
            parameters, gradient, table, rows, targets, patterns, model, summing, scratch
        )
        scale = rate(learning.rule) / weight
        norm = 0.0
        for i in range(0, n_weights, lane):
            old = load(w, i, ONE)
            norm += total(squares(learning.penalty, old, splat(w, ONE, 0.0)))
            pull = pulled(learning.penalty, load(g, i, ONE) * scale, old, scale)
            store(w, i, step(learning.rule, old, pull, remembered, i))
        for i in range(n_weights, n_parameters, lane):
            down = load(g, i, ONE) * scale
            store(w, i, step(learning.rule, load(w, i, ONE), down, remembered, i))
        error += size * (sum_p + penalty_error(learning.penalty, norm)) / weight
    return error


def batches(order: np.ndarray, batch_size: int) -> np.ndarray:
    """Return the order as rows of batches, the last one filled up with −1."""
    n_batches = -(-len(order) // batch_size)
    rows = np.full((n_batches, batch_size), -1, order.dtype)
    rows.ravel()[: len(order)] = order
    return rows
