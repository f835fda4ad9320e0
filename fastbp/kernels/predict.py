"""Prediction: one row after the other, or many rows through the network together."""

from ..compiling.jit import kernel
from ..network.memory import memory_of
from ..vectors.simd import advance, pointer
from .batches.forward import batch_of, forward_batch, pattern
from .layers import activate_layer, first_net, forward
from .output_layer import answer, output_nets
from .rows.interface import inputs_of, stage


@kernel
def predict_few(parameters, table, rows, order, model, scratch, result):
    """result[n] ← the outputs of the network for row order[n], one after the other.

    Parameters
    ----------
    parameters, table, rows, order, model, scratch
        As in `fastbp.kernels.online.train_online`; the parameters are only read.
    result : ndarray of shape (n_rows, n_outputs)
        Written.
    """
    memory = memory_of(parameters, parameters, table, scratch, 1)
    inputs = inputs_of(rows, memory.slots)
    units, n_outputs = memory.layers.units[memory.last], memory.layers.fan_out[memory.last]
    for n in range(len(order)):
        first_net(memory, inputs, stage(rows, order[n], memory.slots, 0))
        if memory.last > 0:
            activate_layer(memory, model.activation, 0, order[n])
        forward(memory, model, order[n])
        output_nets(memory)
        answer(model.loss, memory, units, n_outputs)
        for k in range(n_outputs):
            result[n, k] = memory.out[units + k]


@kernel
def predict_many(parameters, table, rows, order, model, workspace, result):
    """result[n] ← the outputs of the network for row order[n], in batches.

    The parameters are those of `predict_few`, but for the `fastbp.network.memory.Workspace`.
    """
    batch = batch_of(parameters, parameters, table, rows, workspace)
    last = batch.memory.last
    units, n_outputs = batch.memory.layers.units[last], batch.memory.layers.fan_out[last]
    for start in range(0, len(order), workspace.capacity):
        size = min(workspace.capacity, len(order) - start)
        forward_batch(batch, rows, advance(pointer(order), start), model, size)
        for n in range(size):
            answer(model.loss, pattern(batch, n), units, n_outputs)
            out = pattern(batch, n).out
            for k in range(n_outputs):
                result[start + n, k] = out[units + k]
