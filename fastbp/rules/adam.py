"""Adam: steps relative to the size that gradients have had (Kingma and Ba, 2015)."""

import math
from typing import NamedTuple

import numpy as np

from .interface import at_step, init, step


class Adam(NamedTuple):
    """m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w + η_t m / (√v + ε), g the descent.

    η_t = η √(1 − β₂ᵗ) / (1 − β₁ᵗ), the efficient order of computation of section 2 of the paper.
    """

    eta: float
    beta_1: float
    beta_2: float
    epsilon: float


@init.register(Adam)
def _(rule, w):
    zero = np.full_like(w, 0)
    return zero, zero


@at_step.register(Adam)
def _(rule, t):
    eta = rule.eta * math.sqrt(1 - rule.beta_2 ** float(t)) / (1 - rule.beta_1 ** float(t))
    return Adam(eta, rule.beta_1, rule.beta_2, rule.epsilon)


@step.register(Adam)
def _(rule, w, descent, state):
    m = rule.beta_1 * state[0] + (1 - rule.beta_1) * descent
    v = rule.beta_2 * state[1] + (1 - rule.beta_2) * (descent * descent)
    return w + rule.eta * m / (np.sqrt(v) + rule.epsilon), (m, v)
