"""Momentum: part of the previous update is made again (Rumelhart, Hinton and Williams, 1986)."""

from typing import NamedTuple

import numpy as np

from .interface import delta_scale, init, is_linear, step


class Momentum(NamedTuple):
    """v ← μ v + η g, w ← w + v, g the descent."""

    eta: float
    momentum: float


@delta_scale.register(Momentum)
def _(rule):
    return rule.eta


@init.register(Momentum)
def _(rule, w):
    return (np.full_like(w, 0),)


@step.register(Momentum)
def _(rule, w, descent, state):
    velocity = rule.momentum * state[0] + descent
    return w + velocity, (velocity,)


@is_linear.register(Momentum)
def _(rule, pulled):
    return True
