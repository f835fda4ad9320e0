"""Nadam: Adam with Nesterov's momentum (Dozat, 2016), without a schedule of the momentum."""

import math
from typing import NamedTuple

import numpy as np

from ..vectors.simd import load_like, store
from .interface import at_step, rate, remembers, step


class Nadam(NamedTuple):
    """m and v as in Adam, w ← w + η (β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)) / (√v̂ + ε).

    v̂ = v / (1 − β₂ᵗ). The three factors of the corrections are computed once per step.
    """

    eta: float
    beta_1: float
    beta_2: float
    epsilon: float
    ahead: float = 0.0  # η β₁ / (1 − β₁ᵗ⁺¹)
    present: float = 0.0  # η (1 − β₁) / (1 − β₁ᵗ)
    growth: float = 0.0  # 1 / √(1 − β₂ᵗ)


@rate.register(Nadam)
def _(rule):
    return 1.0


@remembers.register(Nadam)
def _(rule):
    return 2


@at_step.register(Nadam)
def _(rule, t):
    ahead = rule.eta * rule.beta_1 / (1 - rule.beta_1 ** float(t + 1))
    present = rule.eta * (1 - rule.beta_1) / (1 - rule.beta_1 ** float(t))
    growth = 1 / math.sqrt(1 - rule.beta_2 ** float(t))
    return Nadam(rule.eta, rule.beta_1, rule.beta_2, rule.epsilon, ahead, present, growth)


@step.register(Nadam)
def _(rule, w, gradient, state, i):
    m = rule.beta_1 * load_like(state[0], i, w) + (1 - rule.beta_1) * gradient
    v = rule.beta_2 * load_like(state[1], i, w) + (1 - rule.beta_2) * (gradient * gradient)
    store(state[0], i, m)
    store(state[1], i, v)
    way = rule.ahead * m + rule.present * gradient
    return w + way / (rule.growth * np.sqrt(v) + rule.epsilon)
