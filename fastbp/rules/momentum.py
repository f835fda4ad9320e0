"""Momentum: part of the previous update is made again (Rumelhart, Hinton and Williams, 1986)."""

from typing import NamedTuple

from ..vectors.simd import load_like, store
from .interface import rate, remembers, step


class Momentum(NamedTuple):
    """v ← μ v + η g, w ← w + v."""

    eta: float
    momentum: float


@rate.register(Momentum)
def _(rule):
    return rule.eta


@remembers.register(Momentum)
def _(rule):
    return 1


@step.register(Momentum)
def _(rule, w, gradient, state, i):
    velocity = rule.momentum * load_like(state[0], i, w) + gradient
    store(state[0], i, velocity)
    return w + velocity
