"""Adam: steps relative to the size that gradients have had (Kingma and Ba, 2015)."""

import math
from typing import NamedTuple

import numpy as np

from ..vectors.simd import load_like, store
from .interface import at_step, rate, remembers, step


class Adam(NamedTuple):
    """m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w + η_t m / (√v + ε).

    η_t = η √(1 − β₂ᵗ) / (1 − β₁ᵗ), the efficient order of computation of section 2 of the paper.
    """

    eta: float
    beta_1: float
    beta_2: float
    epsilon: float


@rate.register(Adam)
def _(rule):
    return 1.0


@remembers.register(Adam)
def _(rule):
    return 2


@at_step.register(Adam)
def _(rule, t):
    eta = rule.eta * math.sqrt(1 - rule.beta_2 ** float(t)) / (1 - rule.beta_1 ** float(t))
    return Adam(eta, rule.beta_1, rule.beta_2, rule.epsilon)


@step.register(Adam)
def _(rule, w, gradient, state, i):
    m = rule.beta_1 * load_like(state[0], i, w) + (1 - rule.beta_1) * gradient
    v = rule.beta_2 * load_like(state[1], i, w) + (1 - rule.beta_2) * (gradient * gradient)
    store(state[0], i, m)
    store(state[1], i, v)
    return w + rule.eta * m / (np.sqrt(v) + rule.epsilon)
