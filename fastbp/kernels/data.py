"""Rows of input and of targets, one at a time, from whatever the caller holds them in.

`stage` says where the inputs of a row can be read: in place where they lie together, else copied
into one of two slots (pattern p + 1 is read while pattern p is still in use). `stage_target` writes
a row's targets, padded with zeros.
"""

from typing import NamedTuple

import numpy as np

from ..dispatch import open_function
from .simd import ONE, lanes, one_hot, pointer, splat, store


@open_function
def inputs_of(rows, slots):
    """Return the memory in which `stage` says where a row is."""
    raise NotImplementedError


@open_function
def stage(rows, p, slots, start):
    """Return where the inputs of row p start, after copying them to slots[start:] if need be."""
    raise NotImplementedError


class DenseRows(NamedTuple):
    """Rows that lie one after the other, in the dtype of the parameters."""

    values: np.ndarray
    n_inputs: int


@inputs_of.register(DenseRows)
def _(rows, slots):
    return pointer(rows.values)


@stage.register(DenseRows)
def _(rows, p, slots, start):
    return p * rows.n_inputs


class StridedRows(NamedTuple):
    """Rows in any layout (by column, reversed, every second one)."""

    values: np.ndarray


@inputs_of.register(StridedRows)
def _(rows, slots):
    return slots


@stage.register(StridedRows)
def _(rows, p, slots, start):
    for i in range(rows.values.shape[1]):
        slots[start + i] = rows.values[p, i]
    return start


class SparseRows(NamedTuple):
    """Rows of a CSR matrix; entries that are given twice add up."""

    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    n_inputs: int


@inputs_of.register(SparseRows)
def _(rows, slots):
    return slots


@stage.register(SparseRows)
def _(rows, p, slots, start):
    for i in range(start, start + rows.n_inputs):
        slots[i] = 0
    for entry in range(rows.indptr[p], rows.indptr[p + 1]):
        slots[start + rows.indices[entry]] += rows.data[entry]
    return start


@open_function
def stage_target(targets, p, memory, n_outputs):
    """memory ← the targets of row p, and zeros up to a whole vector."""
    raise NotImplementedError


class Values(NamedTuple):
    """Targets given as numbers, a row per pattern."""

    values: np.ndarray


@stage_target.register(Values)
def _(targets, p, memory, n_outputs):
    for k in range(n_outputs):
        memory[k] = targets.values[p, k]


class Classes(NamedTuple):
    """Targets given as the number of the class: 1 for its output, 0 for the others."""

    codes: np.ndarray


@stage_target.register(Classes)
def _(targets, p, memory, n_outputs):
    if n_outputs == 1:  # two classes share one output
        memory[0] = targets.codes[p]
    else:
        for k in range(0, n_outputs, lanes(memory)):
            store(memory, k, one_hot(splat(memory, ONE, 0.0), targets.codes[p] - k))


@open_function
def data_weight(weights, p):
    """Return what E_p of pattern p is multiplied with."""
    raise NotImplementedError


@open_function
def penalty_weight(weights, p):
    """Return what the penalty is multiplied with at pattern p."""
    raise NotImplementedError


class Unweighted(NamedTuple):
    """Every pattern counts the same."""


@data_weight.register(Unweighted)
def _(weights, p):
    return 1.0


@penalty_weight.register(Unweighted)
def _(weights, p):
    return 1.0


class Weighted(NamedTuple):
    """Patterns count by their weights, for a sum over patterns."""

    values: np.ndarray


@data_weight.register(Weighted)
def _(weights, p):
    return weights.values[p]


@penalty_weight.register(Weighted)
def _(weights, p):
    return 1.0


class WeightedAlone(NamedTuple):
    """Each pattern is a batch of its own: its weighted mean error is its error.

    As in scikit-learn the objective of a batch is (Σ_p s_p E_p + ½ α Σ w²) / Σ_p s_p. With one
    pattern s_p cancels from the error, and divides the penalty.
    """

    values: np.ndarray


@data_weight.register(WeightedAlone)
def _(weights, p):
    return 1.0


@penalty_weight.register(WeightedAlone)
def _(weights, p):
    return 1.0 / weights.values[p]
