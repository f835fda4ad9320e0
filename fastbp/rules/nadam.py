"""Nadam: Adam with Nesterov's momentum (Dozat, 2016), without a schedule of the momentum."""

import math
from typing import NamedTuple

import numpy as np

from .interface import at_step, init, step


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


@init.register(Nadam)
def _(rule, w):
    zero = np.full_like(w, 0)
    return zero, zero


@at_step.register(Nadam)
def _(rule, t):
    ahead = rule.eta * rule.beta_1 / (1 - rule.beta_1 ** float(t + 1))
    present = rule.eta * (1 - rule.beta_1) / (1 - rule.beta_1 ** float(t))
    growth = 1 / math.sqrt(1 - rule.beta_2 ** float(t))
    return Nadam(rule.eta, rule.beta_1, rule.beta_2, rule.epsilon, ahead, present, growth)


@step.register(Nadam)
def _(rule, w, descent, state):
    m = rule.beta_1 * state[0] + (1 - rule.beta_1) * descent
    v = rule.beta_2 * state[1] + (1 - rule.beta_2) * (descent * descent)
    way = rule.ahead * m + rule.present * descent
    return w + way / (rule.growth * np.sqrt(v) + rule.epsilon), (m, v)
