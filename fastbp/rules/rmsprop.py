"""RMSprop: steps relative to the recent size of gradients (Tieleman and Hinton, 2012)."""

from typing import NamedTuple

import numpy as np

from ..vectors.simd import load_like, store
from .interface import rate, remembers, step


class RMSprop(NamedTuple):
    """v ← β₂ v + (1 − β₂) g², w ← w + η g / (√v + ε)."""

    eta: float
    beta_2: float
    epsilon: float


@rate.register(RMSprop)
def _(rule):
    return 1.0


@remembers.register(RMSprop)
def _(rule):
    return 1


@step.register(RMSprop)
def _(rule, w, gradient, state, i):
    v = rule.beta_2 * load_like(state[0], i, w) + (1 - rule.beta_2) * (gradient * gradient)
    store(state[0], i, v)
    return w + rule.eta * gradient / (np.sqrt(v) + rule.epsilon)
