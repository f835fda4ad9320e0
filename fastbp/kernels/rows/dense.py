"""Rows of input and of targets, one at a time, from whatever the caller holds them in.

`stage` says where the inputs of a row can be read: in place where they lie together, else copied
into a slot of working memory. `target_of` puts the
targets of a row into vectors: through memory they would arrive some ten cycles later, as a vector
cannot be loaded before numbers just stored in its place have reached the cache.
"""

from typing import NamedTuple

import numpy as np

from ...compiling.dispatch import open_function
from ...vectors.simd import lanes_of, pointer, with_lane


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


class Smoothed(NamedTuple):
    """Targets 0 and 1 drawn towards the middle: (1 − s) d + s / K (Szegedy et al., 2016)."""

    targets: NamedTuple
    smoothing: float
    n_classes: int


@target_of.register(Smoothed)
def _(targets, p, k, count, zeros):
    target = target_of(targets.targets, p, k, count, zeros)
    return (1 - targets.smoothing) * target + targets.smoothing / targets.n_classes


# --- Weights --------------------------------------------------------------------------------------
#
# The objective of a batch is (Σ_p e_p E_p + penalty) / Σ_p s_p. With sample weights both e_p and
# s_p are the weight, as in scikit-learn: in a batch of one it cancels from the error, and divides
# the penalty. Costs of classes are in e_p only.


@open_function
def error_weight(weights, p):
    """Return e_p, what E_p is multiplied with."""
    raise NotImplementedError


@open_function
def share(weights, p):
    """Return s_p, what row p adds to the size of its batch."""
    raise NotImplementedError


@open_function(default=True)
def shares(weights, order, size):
    """Return Σ s_p of the first rows of the order."""
    weight = 0.0
    for n in range(size):
        weight += share(weights, order[n])
    return weight


class Unweighted(NamedTuple):
    """Every row counts as one."""


@error_weight.register(Unweighted)
def _(weights, p):
    return 1.0


@share.register(Unweighted)
def _(weights, p):
    return 1.0


@shares.register(Unweighted)
def _(weights, order, size):
    return float(size)


class Weighted(NamedTuple):
    """Rows count by their weights."""

    errors: np.ndarray
    shares: np.ndarray


@error_weight.register(Weighted)
def _(weights, p):
    return weights.errors[p]


@share.register(Weighted)
def _(weights, p):
    return weights.shares[p]
