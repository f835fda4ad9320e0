"""Prediction: rows go through the network some at a time, in the memory of these."""

from ..jit import kernel
from .minibatch import batch_of, forward_batch, pattern
from .simd import advance, pointer


@kernel
def predict(parameters, table, rows, order, model, workspace, result):
    """result[n] ← the outputs of the network for row order[n].

    Parameters
    ----------
    parameters, table, rows, order, model, workspace
        As in `fastbp.kernels.minibatch.train_batches`, but `order` is 1-D; the parameters are only
        read.
    result : ndarray of shape (n_rows, n_outputs)
        Written.
    """
    batch = batch_of(parameters, parameters, table, rows, workspace)
    last = batch.memory.last
    units, n_outputs = batch.memory.layers.units[last], batch.memory.layers.fan_out[last]
    for start in range(0, len(order), workspace.capacity):
        size = min(workspace.capacity, len(order) - start)
        forward_batch(batch, rows, advance(pointer(order), start), model, size)
        for n in range(size):
            out = pattern(batch, n).out
            for k in range(n_outputs):
                result[start + n, k] = out[units + k]
