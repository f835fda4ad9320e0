"""Summing gradients up, while the weights stay."""

from typing import NamedTuple

from ..vectors.simd import load_like, store
from .interface import rate, remembers, step


class Accumulate(NamedTuple):
    """s ← s + g: how the gradients of many patterns are summed with the kernels of training."""


@rate.register(Accumulate)
def _(rule):
    return 1.0


@remembers.register(Accumulate)
def _(rule):
    return 1


@step.register(Accumulate)
def _(rule, w, gradient, state, i):
    store(state[0], i, load_like(state[0], i, w) + gradient)
    return w
