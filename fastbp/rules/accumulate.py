"""Summing descents up, while the weights stay."""

from typing import NamedTuple

import numpy as np

from .interface import init, step


class Accumulate(NamedTuple):
    """s ← s + g: how the descents of many patterns are summed with the kernels of training."""


@init.register(Accumulate)
def _(rule, w):
    return (np.full_like(w, 0),)


@step.register(Accumulate)
def _(rule, w, descent, state):
    return w, (state[0] + descent,)
