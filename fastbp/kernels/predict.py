"""Prediction: one row after the other, in the memory of one."""

from ..jit import kernel
from ..network import FAN_OUT, UNITS
from .data import inputs_of, stage
from .layers import first_net, forward, memory_of


@kernel
def predict(parameters, layers, rows, order, model, scratch, result):
    """result[n] ← the outputs of the network for row order[n].

    Parameters
    ----------
    parameters, layers, rows, order, model, scratch
        As in `fastbp.kernels.online.train_online`; the parameters are only read.
    result : ndarray of shape (n_rows, n_outputs)
        Written.
    """
    memory = memory_of(parameters, parameters, scratch)
    inputs = inputs_of(rows, scratch.inputs)
    last = len(layers) - 1
    units, n_outputs = layers[last, UNITS], layers[last, FAN_OUT]
    for n in range(len(order)):
        first_net(memory, layers, inputs, stage(rows, order[n], scratch.inputs, 0))
        forward(memory, layers, model)
        for k in range(n_outputs):
            result[n, k] = memory.out[units + k]
