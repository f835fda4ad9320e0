"""What pulls weights towards zero: a penalty in the objective, or decay beside it.

Formulas of the weights alone, element by element; `fastbp.kernels.descent` applies them. A record
decides at compile time; none costs nothing. Biases are left out, and padding must stay at zero: a
weight of zero is not pulled.
"""

from typing import NamedTuple

import numpy as np

from .compiling.dispatch import open_function


@open_function(default=True)
def penalised(penalty, descent, w, pull):
    """descent − pull · ∂penalty/∂w: the direction of descent with the pull towards zero.

    Examples
    --------
    A penalty of one's own, Σ √(1 + w²) − 1, which is smooth and grows like Σ |w|:

    >>> from typing import NamedTuple
    >>> import numpy as np, fastbp
    >>> from fastbp.penalties import penalised, penalty_terms, penalty_value
    >>> class Smooth(NamedTuple):
    ...     alpha: float
    >>> @penalised.register(Smooth)
    ... def _(penalty, descent, w, pull):
    ...     return descent - pull * penalty.alpha * w / np.sqrt(1 + w * w)
    >>> @penalty_terms.register(Smooth)
    ... def _(penalty, w):
    ...     return np.sqrt(1 + w * w) - 1
    >>> @penalty_value.register(Smooth)
    ... def _(penalty, penalty_sum):
    ...     return penalty.alpha * penalty_sum
    >>> fastbp.check(Smooth(0.1))
    >>> model = fastbp.BackpropRegressor(alpha=Smooth(0.1))
    """
    return descent


@open_function(default=True)
def shrunk(penalty, w):
    """Return the weights after decay, which no update rule sees."""
    return w


@open_function(default=True)
def penalty_terms(penalty, w):
    """Return what each weight adds to the sum that `penalty_value` wants."""
    return np.full_like(w, 0)


@open_function(default=True)
def penalty_value(penalty, penalty_sum):
    """Return the penalty, given the sum over all weights of `penalty_terms`."""
    return 0.0


@open_function(default=True)
def remaining(penalty):
    """Return what a step leaves of the weights, as a factor; 1 where it leaves all."""
    return 1.0


@open_function(default=True)
def is_quadratic(penalty):
    """Tell whether the terms are multiples of w², and so pull and decay multiples of w.

    It only makes penalties cheaper where sparse rows leave most weights untouched.
    """
    return False


class NoPenalty(NamedTuple):
    """Weights are free."""


@is_quadratic.register(NoPenalty)
def _(penalty):
    return True


class L2(NamedTuple):
    """½ α Σ w²."""

    alpha: float


@penalised.register(L2)
def _(penalty, descent, w, pull):
    return descent - pull * penalty.alpha * w


@penalty_terms.register(L2)
def _(penalty, w):
    return w * w


@penalty_value.register(L2)
def _(penalty, penalty_sum):
    return 0.5 * penalty.alpha * penalty_sum


@is_quadratic.register(L2)
def _(penalty):
    return True


class Elastic(NamedTuple):
    """α (½ (1 − ρ) Σ w² + ρ Σ |w|), ρ the l1_ratio; at w = 0 the subgradient is 0."""

    l2: float  # α (1 − ρ)
    l1: float  # α ρ


@penalised.register(Elastic)
def _(penalty, descent, w, pull):
    sign = np.where(w == 0, w, np.copysign(np.full_like(w, 1), w))
    return descent - pull * (penalty.l2 * w + penalty.l1 * sign)


@penalty_terms.register(Elastic)
def _(penalty, w):
    return (0.5 * penalty.l2) * w * w + penalty.l1 * np.abs(w)


@penalty_value.register(Elastic)
def _(penalty, penalty_sum):
    return penalty_sum


class WeightDecay(NamedTuple):
    """w ← (1 − η α) w before each step, the objective unchanged (Loshchilov and Hutter, 2019)."""

    rate: float  # η α


@shrunk.register(WeightDecay)
def _(penalty, w):
    return w - penalty.rate * w


@remaining.register(WeightDecay)
def _(penalty):
    return 1.0 - penalty.rate


@is_quadratic.register(WeightDecay)
def _(penalty):
    return True
