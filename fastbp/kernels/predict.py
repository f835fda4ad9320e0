"""Prediction: one row after the other, in the memory of one."""

from ..jit import kernel
from .data import inputs_of, stage
from .layers import first_net, forward, memory_of


@kernel
def predict(parameters, table, rows, order, model, scratch, result):
    """result[n] ← the outputs of the network for row order[n].

    Parameters
    ----------
    parameters, table, rows, order, model, scratch
        As in `fastbp.kernels.online.train_online`; the parameters are only read.
    result : ndarray of shape (n_rows, n_outputs)
        Written.
    """
    memory = memory_of(parameters, parameters, table, scratch)
    inputs = inputs_of(rows, memory.slots)
    last = memory.last
    units, n_outputs = memory.layers.units[last], memory.layers.fan_out[last]
    for n in range(len(order)):
        first_net(memory, inputs, stage(rows, order[n], memory.slots, 0))
        forward(memory, model)
        for k in range(n_outputs):
            result[n, k] = memory.out[units + k]
