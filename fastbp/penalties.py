"""What pulls weights towards zero: a penalty in the objective, or decay beside it.

A record decides at compile time; none costs nothing. Biases are left out.
"""

from typing import NamedTuple

import numpy as np

from .compiling.dispatch import open_function
from .vectors.simd import ONE, lanes, load, splat, total


@open_function(default=True)
def pulled(penalty, gradient, w, factor):
    """gradient − factor · ∂penalty/∂w, the direction of descent with the pull towards zero."""
    return gradient


@open_function(default=True)
def decayed(penalty, w):
    """Return the weights after decay, which no update rule sees."""
    return w


@open_function(default=True)
def add_norm(penalty, w, so_far):
    """so_far + what these weights add to the norm that `penalty_error` wants."""
    return so_far


@open_function(default=True)
def penalty_error(penalty, norm):
    """Return the penalty, given the sum over all weights of what `add_norm` adds."""
    return 0.0


@open_function(default=True)
def norm_of(penalty, memory, n_weights):
    """Return the norm of the first n_weights numbers of the memory."""
    norm = 0.0
    for i in range(0, n_weights, lanes(memory)):
        norm += total(add_norm(penalty, load(memory, i, ONE), splat(memory, ONE, 0.0)))
    return norm


@open_function(default=True)
def kept(penalty):
    """Return what a step leaves of the weights, as a factor; 1 where it leaves all."""
    return 1.0


class NoPenalty(NamedTuple):
    """Weights are free."""


@norm_of.register(NoPenalty)
def _(penalty, memory, n_weights):
    return 0.0


class L2(NamedTuple):
    """½ α Σ w²."""

    alpha: float


@pulled.register(L2)
def _(penalty, gradient, w, factor):
    return gradient - factor * penalty.alpha * w


@add_norm.register(L2)
def _(penalty, w, so_far):
    return w * w + so_far


@penalty_error.register(L2)
def _(penalty, norm):
    return 0.5 * penalty.alpha * norm


class Elastic(NamedTuple):
    """α (½ (1 − ρ) Σ w² + ρ Σ |w|), ρ the l1_ratio; at w = 0 the subgradient is 0."""

    l2: float  # α (1 − ρ)
    l1: float  # α ρ


@pulled.register(Elastic)
def _(penalty, gradient, w, factor):
    sign = np.where(w == 0, w, np.copysign(np.full_like(w, 1), w))
    return gradient - factor * (penalty.l2 * w + penalty.l1 * sign)


@add_norm.register(Elastic)
def _(penalty, w, so_far):
    return so_far + (0.5 * penalty.l2) * w * w + penalty.l1 * np.abs(w)


@penalty_error.register(Elastic)
def _(penalty, norm):
    return norm


class Decay(NamedTuple):
    """w ← (1 − η α) w before each step, the objective unchanged (Loshchilov and Hutter, 2019)."""

    rate: float  # η α


@decayed.register(Decay)
def _(penalty, w):
    return w - penalty.rate * w


@kept.register(Decay)
def _(penalty):
    return 1.0 - penalty.rate


@norm_of.register(Decay)
def _(penalty, memory, n_weights):
    return 0.0
