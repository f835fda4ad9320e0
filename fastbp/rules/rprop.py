"""iRprop⁻: steps of each weight's own size, by the signs of its gradient (Igel and Hüsken, 2000).

For full batches: the sign of a part's gradient says little.
"""

from typing import NamedTuple

import numpy as np

from .interface import init, step


class Rprop(NamedTuple):
    """Δ grows by η⁺ where the gradient kept its sign, shrinks by η⁻ where not; w ← w + Δ sgn g.

    Where the sign has changed, this step and the next comparison see a gradient of zero.
    """

    eta: float  # the first Δ
    shrink: float = 0.5
    grow: float = 1.2
    smallest: float = 1e-6
    largest: float = 50.0


@init.register(Rprop)
def _(rule, w):
    return np.full_like(w, 0), np.full_like(w, rule.eta)  # the last descent, and Δ


@step.register(Rprop)
def _(rule, w, descent, state):
    last, size = state
    signs = last * descent
    size = np.where(signs > 0, np.minimum(rule.grow * size, rule.largest), size)
    size = np.where(signs < 0, np.maximum(rule.shrink * size, rule.smallest), size)
    descent = np.where(signs < 0, np.full_like(w, 0), descent)
    return w + np.where(descent == 0, descent, np.copysign(size, descent)), (descent, size)
