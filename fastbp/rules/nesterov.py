"""Nesterov's momentum: the step is taken from where it will lead (Sutskever et al., 2013)."""

from typing import NamedTuple

import numpy as np

from .interface import delta_scale, init, is_linear, step


class Nesterov(NamedTuple):
    """v ← μ v + η g, w ← w + μ v + η g, g the descent."""

    eta: float
    momentum: float


@delta_scale.register(Nesterov)
def _(rule):
    return rule.eta


@init.register(Nesterov)
def _(rule, w):
    return (np.full_like(w, 0),)


@step.register(Nesterov)
def _(rule, w, descent, state):
    velocity = rule.momentum * state[0] + descent
    return w + rule.momentum * velocity + descent, (velocity,)


@is_linear.register(Nesterov)
def _(rule, pulled):
    return True
