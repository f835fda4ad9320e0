"""Rows of input and of targets, one at a time, from whatever the caller holds them in.

`stage` says where the inputs of a row can be read: in place where they lie together, else copied
into one of two slots (pattern p + 1 is read while pattern p is still in use). `target_of` puts the
targets of a row into vectors: through memory they would arrive some ten cycles later, as a vector
cannot be loaded before numbers just stored in its place have reached the cache.
"""

from typing import NamedTuple

import numpy as np

from ..dispatch import open_function
from .simd import lanes_of, pointer, with_lane


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
def target_of(targets, p, k, count, zeros):
    """Return the targets of row p for outputs k, k + 1, ...: a vector, zero from lane count on."""
    raise NotImplementedError


class Values(NamedTuple):
    """Targets given as numbers, a row per pattern."""

    values: np.ndarray


@target_of.register(Values)
def _(targets, p, k, count, zeros):
    target = zeros
    for lane in range(min(count, lanes_of(zeros))):
        target = with_lane(target, lane, targets.values[p, k + lane])
    return target


class Classes(NamedTuple):
    """Targets given as the number of the class: 1 for its output, 0 for the others."""

    codes: np.ndarray
    n_outputs: int  # two classes share one


@target_of.register(Classes)
def _(targets, p, k, count, zeros):
    if targets.n_outputs == 1:
        return with_lane(zeros, 0, targets.codes[p])
    return with_lane(zeros, targets.codes[p] - k, 1)


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
