"""One row in the user's units: running statistics of its columns, and what the network reads.

The same as `fastbp.training.moments` does for many rows, step by step and bit by bit, so that a row
by itself and a table of one row teach the same.
"""

import math
from typing import NamedTuple

import numpy as np

from ...compiling.dispatch import open_function
from ...compiling.jit import inlined

CUT = 5.0
"""Standard deviations at which values are cut.

Rare categories and skewed columns are 20 to 90 away. Single-pattern updates blow up there.
"""

TARGET_CUT = 10.0
"""Standard deviations at which targets are cut: a rare event of one in a hundred rows is that far.

Without a cut one fold of a table with targets of 17 has an R² of −18, and one wild target ruins a
stream.
"""

MEMORY = 100.0
"""Rows that a stream's statistics remember; what is older fades, so that they follow a change."""

LONGEST, SPARE = 2.0, 25.0
"""The largest squared length of a row in a stream, over the number of inputs, and beyond that.

After a change of level all values are at the cut, and a row's square is 25 times what it is else:
so would be the step.
"""

CONSTANT = 10 * np.finfo(np.float64).eps  # of the mean: what rounding leaves of a deviation


class AsGiven(NamedTuple):
    """Numbers are the network's already."""


class Standardized(NamedTuple):
    """Columns are standardised, by statistics that follow the stream."""

    weight: np.ndarray  # Σ of the weights of the rows that had the column
    mean: np.ndarray
    variance: np.ndarray
    scale: np.ndarray
    new_mean: np.ndarray  # with the row that is being learned, as the two that follow
    new_variance: np.ndarray
    new_scale: np.ndarray


class StandardizedTarget(NamedTuple):
    """A target is standardised likewise."""

    weight: np.ndarray  # (1,), as all that follow
    mean: np.ndarray
    variance: np.ndarray
    shift: np.ndarray
    scale: np.ndarray
    new: np.ndarray  # (4,): mean, variance, shift, scale with the row that is being learned
    centred: bool
    around_zero: bool  # scaled, but zero stays where it is; neither: only noted


@inlined
def follow(weight, mean, variance, x, w):
    """Return mean and variance with another value (Chan, Golub and LeVeque, 1983), cut at `CUT`."""
    if variance > 0:
        reach = CUT * math.sqrt(variance)
        x = min(max(x, mean - reach), mean + reach)
    fraction = w / (min(weight, MEMORY) + w)
    change = x - mean
    variance = (1 - fraction) * variance
    variance += fraction * (1 - fraction) * (change * change)
    return mean + fraction * change, variance


@inlined
def scale_of(mean, variance):
    """Return the standard deviation, 1 of what is constant."""
    spread = CONSTANT * mean
    return 1.0 if variance <= spread * spread else math.sqrt(variance)


@open_function
def note(units, x, n, w):
    """Calculate the statistics with another row of n numbers; tell whether they are finite.

    Its weight is w. Columns that are not there, which are NaN, stay as they are.
    """
    raise NotImplementedError


@open_function
def commit(units, x, n, w):
    """Make what `note` has calculated the statistics."""
    raise NotImplementedError


@open_function
def put_inputs(units, x, n, to, noted):
    """to[i] ← what the network reads of column i of n, 0 where there is nothing.

    `noted` tells whether the row has been noted and will be learned. There is room for a number
    more.
    """
    raise NotImplementedError


@open_function
def target_in(units, y):
    """Return what the network learns, of a target that has been noted."""
    raise NotImplementedError


@open_function
def in_units(units, out):
    """Return what an output means."""
    raise NotImplementedError


# --- As given -------------------------------------------------------------------------------------


@note.register(AsGiven)
def _(units, x, n, w):
    return True


@commit.register(AsGiven)
def _(units, x, n, w):
    pass


@put_inputs.register(AsGiven)
def _(units, x, n, to, noted):
    for i in range(n):
        to[i] = x[i] if x[i] == x[i] else 0.0


@target_in.register(AsGiven)
def _(units, y):
    return y


@in_units.register(AsGiven)
def _(units, out):
    return out


# --- Columns --------------------------------------------------------------------------------------


@note.register(Standardized)
def _(units, x, n, w):
    zero = 0.0
    for i in range(n):
        mean, variance = units.mean[i], units.variance[i]
        if x[i] == x[i]:
            mean, variance = follow(units.weight[i], mean, variance, x[i], w)
        units.new_mean[i], units.new_variance[i] = mean, variance
        units.new_scale[i] = scale_of(mean, variance)
        zero += variance * 0
    return zero == 0


@commit.register(Standardized)
def _(units, x, n, w):
    for i in range(n):
        units.mean[i], units.variance[i] = units.new_mean[i], units.new_variance[i]
        units.scale[i] = units.new_scale[i]
        if x[i] == x[i]:
            units.weight[i] = min(units.weight[i], MEMORY) + w


@put_inputs.register(Standardized)
def _(units, x, n, to, noted):
    squares = 0.0
    for i in range(n):
        z = 0.0
        if x[i] == x[i]:
            mean = units.new_mean[i] if noted else units.mean[i]
            scale = units.new_scale[i] if noted else units.scale[i]
            z = min(max((x[i] - mean) / scale, -CUT), CUT)
        to[i] = z
        rounded = np.float64(to[i])
        squares += rounded * rounded
    limit = LONGEST * n + SPARE
    if noted and squares > limit:
        to[n] = math.sqrt(limit / squares)  # as the network's dtype has it
        for i in range(n):
            to[i] = to[i] * to[n]


# --- A target -------------------------------------------------------------------------------------


@note.register(StandardizedTarget)
def _(units, x, n, w):
    mean, variance = follow(units.weight[0], units.mean[0], units.variance[0], x, w)
    shift, scale = 0.0, 1.0
    if units.centred:
        shift, scale = mean, scale_of(mean, variance)
    elif units.around_zero:
        size = math.sqrt(mean * mean + variance)
        scale = size if size > 0 else 1.0
    units.new[0], units.new[1], units.new[2], units.new[3] = mean, variance, shift, scale
    return variance * 0 == 0


@commit.register(StandardizedTarget)
def _(units, x, n, w):
    units.weight[0] = min(units.weight[0], MEMORY) + w
    units.mean[0], units.variance[0] = units.new[0], units.new[1]
    units.shift[0], units.scale[0] = units.new[2], units.new[3]


@target_in.register(StandardizedTarget)
def _(units, y):
    if not (units.centred or units.around_zero):
        return y
    return min(max((y - units.new[2]) / units.new[3], -TARGET_CUT), TARGET_CUT)


@in_units.register(StandardizedTarget)
def _(units, out):
    return out * units.scale[0] + units.shift[0]
