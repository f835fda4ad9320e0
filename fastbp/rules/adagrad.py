"""AdaGrad: steps shrink with the sum of squared gradients (Duchi, Hazan and Singer, 2011)."""

from typing import NamedTuple

import numpy as np

from ..vectors.simd import load_like, store
from .interface import rate, remembers, step


class AdaGrad(NamedTuple):
    """s ← s + g², w ← w + η g / (√s + ε)."""

    eta: float
    epsilon: float


@rate.register(AdaGrad)
def _(rule):
    return 1.0


@remembers.register(AdaGrad)
def _(rule):
    return 1


@step.register(AdaGrad)
def _(rule, w, gradient, state, i):
    s = load_like(state[0], i, w) + gradient * gradient
    store(state[0], i, s)
    return w + rule.eta * gradient / (np.sqrt(s) + rule.epsilon)
