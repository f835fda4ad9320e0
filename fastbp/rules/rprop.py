"""iRprop⁻: steps of each weight's own size, by the signs of its gradient (Igel and Hüsken, 2000).

For full batches: the sign of a part's gradient says little.
"""

from typing import NamedTuple

import numpy as np

from ..vectors.simd import load_like, store
from .interface import rate, remembers, step


class Rprop(NamedTuple):
    """Δ grows by η⁺ where the gradient kept its sign, shrinks by η⁻ where not; w ← w + Δ sgn g.

    Where the sign has changed, this step and the next comparison see a gradient of zero.
    """

    eta: float  # the first Δ
    shrink: float = 0.5
    grow: float = 1.2
    smallest: float = 1e-6
    largest: float = 50.0


@rate.register(Rprop)
def _(rule):
    return 1.0


@remembers.register(Rprop)
def _(rule):
    return 2


@step.register(Rprop)
def _(rule, w, gradient, state, i):
    size = load_like(state[1], i, w)
    size = np.where(size == 0, np.full_like(w, rule.eta), size)  # nothing remembered yet
    signs = load_like(state[0], i, w) * gradient
    size = np.where(signs > 0, np.minimum(rule.grow * size, rule.largest), size)
    size = np.where(signs < 0, np.maximum(rule.shrink * size, rule.smallest), size)
    gradient = np.where(signs < 0, np.full_like(w, 0), gradient)
    store(state[0], i, gradient)
    store(state[1], i, size)
    return w + np.where(gradient == 0, gradient, np.copysign(size, gradient))
