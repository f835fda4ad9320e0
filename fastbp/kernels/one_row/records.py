"""What a row by itself needs: the records that are kept in memory.

What stands for a Python object in them is its address, and whoever makes a record keeps the object
alive; in an interpreted kernel it is the object.
"""

from typing import Any, NamedTuple

import numpy as np

from ...compiling.dispatch import open_function
from ...network.memory import Memory
from ...objects.capi import float_of, looked_up
from ...vectors.simd import with_lane
from ..descent import Formulas, Learning
from ..targets import Classes, Smoothed, target_of
from ..weighting import batch_weight, error_weight
from .units import AsGiven, Standardized, StandardizedTarget

ANSWER, PROBABILITIES = range(2)  # what is to be predicted
STEEP = 4.0
"""The largest weight of one update. A step ten times as long as usual may leave all bounds; ten
steps of the usual length do not."""
RECENT = 1000  # patterns, over which the mean loss of a stream is taken

Place = Any


class Shown(NamedTuple):
    """The lists in which the estimator shows its weights and biases, and what is in them."""

    weights: Place
    biases: Place
    arrays: Any  # the places of all arrays, weights first
    n_layers: int


class Names(NamedTuple):
    """How rows are recognised and columns are called, see `read_row`."""

    kinds: Any
    names: Any
    columns: Place
    strict: bool  # whether there may be no other names


class RowToPredict(NamedTuple):
    """All that a prediction needs."""

    memory: Memory  # of one pattern
    formulas: Formulas
    n_inputs: int
    raw: np.ndarray  # (n_inputs,), float64: the row, NaN where nothing is
    reading: np.ndarray  # (1,), whether it is being read
    inputs: np.ndarray  # (n_inputs + 1,), what the network reads
    units: AsGiven | Standardized
    target_units: AsGiven | StandardizedTarget
    names: Names
    shown: Shown
    n_outputs: int
    out: np.ndarray  # (n_outputs,), float64: the outputs, in the user's units
    probabilities: np.ndarray  # (n_labels,)
    labels: Place  # a list; empty if a number is predicted
    n_labels: int
    add_up: bool  # whether outputs are divided by their sum to be probabilities
    refused: Place  # what a refused row's prediction is


class RowValue(NamedTuple):
    """A number as the target of the one row."""

    value: np.ndarray  # (1,)


@target_of.register(RowValue)
def _(targets, p, k, count, zeros):
    return with_lane(zeros, 0, targets.value[0])


class Notes(NamedTuple):
    """What is noted of a stream."""

    counts: np.ndarray  # the optimizer's, of updates and epochs
    patterns: np.ndarray  # (1,), their number
    losses: np.ndarray  # (2,), of the last row, and the running mean


class RowToLearn(NamedTuple):
    """All that an update needs."""

    row: RowToPredict
    n_state: int  # numbers
    before: np.ndarray  # parameters and state, while they are changed
    learning: Learning
    targets: RowValue | Classes | Smoothed
    codes: Place  # the number of each label
    notes: Notes
    alive: np.ndarray  # (2,): 0 as soon as somebody else trains the estimator; who reads weights
    limit: float  # weights are not larger, or as many times as large as a target


class RowWeight(NamedTuple):
    """The weight of the one row."""

    errors: float


@error_weight.register(RowWeight)
def _(weighting, p):
    return weighting.errors


@batch_weight.register(RowWeight)
def _(weighting, p):
    return 1.0


@open_function
def target_from(targets, y, codes):
    """Return whether y is a target, and its number: of a class, or itself."""
    raise NotImplementedError


@open_function
def put_target(targets, y):
    """Make y the target of the one row; return its size, if it is one."""
    raise NotImplementedError


@target_from.register(Classes)
def _(targets, y, codes):
    return looked_up(codes, y)


@put_target.register(Classes)
def _(targets, y):
    targets.codes[0] = int(y)
    return 0.0


@target_from.register(RowValue)
def _(targets, y, codes):
    return float_of(y)


@put_target.register(RowValue)
def _(targets, y):
    targets.value[0] = y
    return abs(y)


@target_from.register(Smoothed)
def _(targets, y, codes):
    return target_from(targets.targets, y, codes)


@put_target.register(Smoothed)
def _(targets, y):
    return put_target(targets.targets, y)
