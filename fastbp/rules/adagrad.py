"""AdaGrad: steps shrink with the sum of squared gradients (Duchi, Hazan and Singer, 2011)."""

from typing import NamedTuple

import numpy as np

from .interface import init, is_linear, rests, step


class AdaGrad(NamedTuple):
    """s ← s + g², w ← w + η g / (√s + ε), g the descent."""

    eta: float
    epsilon: float


@init.register(AdaGrad)
def _(rule, w):
    return (np.full_like(w, 0),)


@step.register(AdaGrad)
def _(rule, w, descent, state):
    s = state[0] + descent * descent
    return w + rule.eta * descent / (np.sqrt(s) + rule.epsilon), (s,)


@rests.register(AdaGrad)
def _(rule):
    return True


@is_linear.register(AdaGrad)
def _(rule, pulled):
    return not pulled
