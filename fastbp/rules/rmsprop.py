"""RMSprop: steps relative to the recent size of gradients (Tieleman and Hinton, 2012)."""

from typing import NamedTuple

import numpy as np

from .interface import init, is_linear, step


class RMSprop(NamedTuple):
    """v ← β₂ v + (1 − β₂) g², w ← w + η g / (√v + ε), g the descent."""

    eta: float
    beta_2: float
    epsilon: float


@init.register(RMSprop)
def _(rule, w):
    return (np.full_like(w, 0),)


@step.register(RMSprop)
def _(rule, w, descent, state):
    v = rule.beta_2 * state[0] + (1 - rule.beta_2) * (descent * descent)
    return w + rule.eta * descent / (np.sqrt(v) + rule.epsilon), (v,)


@is_linear.register(RMSprop)
def _(rule, pulled):
    return not pulled
