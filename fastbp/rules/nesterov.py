"""Nesterov's momentum: the step is taken from where it will lead (Sutskever et al., 2013)."""

from typing import NamedTuple

from ..vectors.simd import load_like, store
from .interface import rate, remembers, step


class Nesterov(NamedTuple):
    """v ← μ v + η g, w ← w + μ v + η g."""

    eta: float
    momentum: float


@rate.register(Nesterov)
def _(rule):
    return rule.eta


@remembers.register(Nesterov)
def _(rule):
    return 1


@step.register(Nesterov)
def _(rule, w, gradient, state, i):
    velocity = rule.momentum * load_like(state[0], i, w) + gradient
    store(state[0], i, velocity)
    return w + rule.momentum * velocity + gradient
