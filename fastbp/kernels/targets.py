"""Targets of rows, one row at a time, as vectors.

They are put into vectors lane by lane: through memory they would arrive some ten cycles later, as a
vector cannot be loaded before numbers just stored in its place have reached the cache.
"""

from typing import NamedTuple

import numpy as np

from ..compiling.dispatch import open_function
from ..vectors.simd import lanes_of, with_lane


@open_function
def target_of(targets, p, k, count, zeros):
    """Return the targets of row p for outputs k, k + 1, ...: a vector, zero from lane count on."""
    raise NotImplementedError


@open_function(default=True)
def if_given(targets, target, number, other):
    """Return the number where there is a target, the other where it is missing.

    None is missing, and nothing is to be chosen, if a record does not say otherwise.
    """
    return number


class Values(NamedTuple):
    """Targets given as numbers, a row per pattern."""

    values: np.ndarray


@target_of.register(Values)
def _(targets, p, k, count, zeros):
    target = zeros
    for lane in range(min(count, lanes_of(zeros))):
        target = with_lane(target, lane, targets.values[p, k + lane])
    return target


class PartlyMissing(NamedTuple):
    """Targets given as numbers, NaN where there is none: that output has no error and no delta."""

    values: np.ndarray


@target_of.register(PartlyMissing)
def _(targets, p, k, count, zeros):
    return target_of(Values(targets.values), p, k, count, zeros)


@if_given.register(PartlyMissing)
def _(targets, target, number, other):
    return np.where(np.isnan(target), other, number)


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

    targets: Values | PartlyMissing | Classes
    smoothing: float
    n_classes: int


Targets = Values | PartlyMissing | Classes | Smoothed


@target_of.register(Smoothed)
def _(targets, p, k, count, zeros):
    target = target_of(targets.targets, p, k, count, zeros)
    return (1 - targets.smoothing) * target + targets.smoothing / targets.n_classes


@if_given.register(Smoothed)
def _(targets, target, number, other):
    return if_given(targets.targets, target, number, other)
