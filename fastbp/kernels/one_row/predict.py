"""The prediction of one row."""

import numpy as np

from ...compiling.jit import inlined, kernel_with_gil
from ...objects.capi import (
    address_of,
    are_those,
    float_object,
    item_of,
    named_floats,
    nothing,
    object_at,
)
from ...objects.rows import READ, UNKNOWN, read_row
from ...vectors.kept import kept
from ..layers import activate_layer, first_net, forward
from ..output_layer import output_nets, put_outputs
from ..rows.dense import DenseRows
from .records import ANSWER
from .units import in_units, put_inputs


@inlined
def read(row, x):
    """Read the numbers of a row; tell whether they are all right, and the weights the shown ones.

    Reading may run anything, this kernel included, which is refused then.
    """
    names, shown = row.names, row.shown
    if row.reading[0]:
        return False
    row.reading[0] = 1
    what, _ = read_row(x, names.kinds, names.names, names.columns, row.raw, row.n_inputs)
    row.reading[0] = 0
    n = shown.n_layers
    return (
        (what == READ or (what == UNKNOWN and not names.strict))
        and are_those(shown.weights, shown.arrays, 0, n)
        and are_those(shown.biases, shown.arrays, n, n)
    )


@inlined
def forward_row(row):
    """Compute net and out of all hidden layers."""
    memory = row.memory
    first_net(DenseRows(row.inputs, row.n_inputs), memory, row.inputs, 0)
    if memory.last > 0:
        activate_layer(memory, row.formulas.activation, 0, 0)
    forward(memory, row.formulas, 0)


@inlined
def _outputs(row):
    """Compute the outputs; return the number of the largest, −1 if one is not a number."""
    put_inputs(row.units, row.raw, row.n_inputs, row.inputs, False)
    memory = row.memory
    units = memory.layers.units_at[memory.last]
    forward_row(row)
    output_nets(memory)
    put_outputs(row.formulas.loss, memory, units, row.n_outputs)
    largest, zero = 0, 0.0
    for k in range(row.n_outputs):
        row.out[k] = in_units(row.target_units, np.float64(memory.out[units + k]))
        zero += row.out[k] * 0
        if row.out[k] > row.out[largest]:
            largest = k
    return largest if zero == 0 else -1


@inlined
def _probabilities(row):
    """Compute the probabilities of the labels from the outputs."""
    if row.n_outputs == 1:  # two classes have one output
        row.probabilities[0], row.probabilities[1] = 1.0 - row.out[0], row.out[0]
        return
    denominator = 1.0
    if row.add_up:
        denominator = 0.0
        for k in range(row.n_outputs):
            denominator += row.out[k]
    for k in range(row.n_outputs):
        p = row.out[k] / denominator if denominator > 0 else 1 / row.n_outputs
        row.probabilities[k] = p


@kernel_with_gil
def predict_row(kept_row, x, wanted):
    """Predict one row.

    Parameters
    ----------
    kept_row : Kept
        A `RowToPredict`.
    x : object
        The row.
    wanted : int
        `ANSWER` or `PROBABILITIES`.

    Returns
    -------
    result : object
        The label or the value; or the probability of each label. `refused` if it is no such row.
    """
    row = kept(kept_row)
    largest = _outputs(row) if read(row, address_of(x)) else -1
    if largest < 0:
        return object_at(nothing(row.refused))
    if row.n_labels == 0:
        return object_at(float_object(row.out[0]))
    if wanted == ANSWER:
        label = int(row.out[0] > 0.5) if row.n_outputs == 1 else largest
        return object_at(item_of(row.labels, label))
    _probabilities(row)
    return object_at(named_floats(row.labels, row.probabilities, row.n_labels))
