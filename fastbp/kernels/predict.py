"""Prediction: one row after the other, or many rows through the network together."""

from ..compiling.jit import kernel
from ..network.memory import STAGED, memory_of, part
from ..vectors.simd import advance, pointer
from .batches.forward import batch_of, forward_batch, pattern
from .layers import activate_layer, first_net, forward
from .output_layer import output_nets, put_outputs
from .rows.interface import inputs_of, stage


@kernel
def predict_few(parameters, layout, rows, order, formulas, working, result):
    """result[n] ← the outputs of the network for row order[n], one after the other.

    Parameters
    ----------
    parameters, layout, rows, order, formulas, working
        As in `fastbp.kernels.online.train_online`; the parameters are only read.
    result : ndarray of shape (n_rows, n_outputs)
        Written.
    """
    memory, staged = memory_of(parameters, parameters, layout, working), part(working, STAGED)
    inputs = inputs_of(rows, staged)
    units, n_outputs = memory.layers.units_at[memory.last], memory.layers.fan_out[memory.last]
    for n in range(len(order)):
        first_net(rows, memory, inputs, stage(rows, order[n], staged, 0))
        if memory.last > 0:
            activate_layer(memory, formulas.activation, 0, order[n])
        forward(memory, formulas, order[n])
        output_nets(memory)
        put_outputs(formulas.loss, memory, units, n_outputs)
        for k in range(n_outputs):
            result[n, k] = memory.out[units + k]


@kernel
def predict_many(parameters, layout, rows, order, formulas, working, result):
    """result[n] ← the outputs of the network for row order[n], in batches.

    The parameters are those of `predict_few`, but for the `fastbp.network.memory.BatchMemory`.
    """
    batch = batch_of(parameters, parameters, layout, rows, working)
    last = batch.memory.last
    units, n_outputs = batch.memory.layers.units_at[last], batch.memory.layers.fan_out[last]
    for start in range(0, len(order), working.capacity):
        size = min(working.capacity, len(order) - start)
        forward_batch(batch, rows, advance(pointer(order), start), formulas, size)
        for n in range(size):
            put_outputs(formulas.loss, pattern(batch, n), units, n_outputs)
            out = pattern(batch, n).out
            for k in range(n_outputs):
                result[start + n, k] = out[units + k]
