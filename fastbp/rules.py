"""Update rules: what a gradient does to a weight.

A rule is a record of hyper-parameters and two open functions on it. `rate` is the factor that the
gradient arrives multiplied with; `step` returns the new weight. By *gradient* kernels mean the
direction of descent, δ_t out_i − α w_ti. Deltas are linear in the error, so rate(rule) is applied
once, to the deltas of the output units, and reaches every weight from there at no cost.
"""

from typing import NamedTuple

from .dispatch import open_function
from .kernels.simd import load_like, store


@open_function
def rate(rule):
    """Return the factor of the gradient that `step` expects to be applied already."""
    raise NotImplementedError(f"{type(rule).__name__} has no rate")


@open_function
def step(rule, w, gradient, state, i):
    """Return the weights `w` after a step; what the rule remembers of them is at state[i]."""
    raise NotImplementedError(f"{type(rule).__name__} has no step")


@open_function
def remembers(rule):
    """Return how many numbers the rule remembers per weight."""
    raise NotImplementedError(f"{type(rule).__name__} does not say what it remembers")


class GradientDescent(NamedTuple):
    """w ← w + η g."""

    eta: float


@rate.register(GradientDescent)
def _(rule):
    return rule.eta


@step.register(GradientDescent)
def _(rule, w, gradient, state, i):
    return w + gradient


@remembers.register(GradientDescent)
def _(rule):
    return 0


class Momentum(NamedTuple):
    """v ← μ v + η g, w ← w + v (Rumelhart, Hinton and Williams, 1986)."""

    eta: float
    momentum: float


@rate.register(Momentum)
def _(rule):
    return rule.eta


@step.register(Momentum)
def _(rule, w, gradient, state, i):
    velocity = rule.momentum * load_like(state, i, w) + gradient
    store(state, i, velocity)
    return w + velocity


@remembers.register(Momentum)
def _(rule):
    return 1


class Nesterov(NamedTuple):
    """v ← μ v + η g, w ← w + μ v + η g (Nesterov, 1983; Sutskever et al., 2013)."""

    eta: float
    momentum: float


@rate.register(Nesterov)
def _(rule):
    return rule.eta


@step.register(Nesterov)
def _(rule, w, gradient, state, i):
    velocity = rule.momentum * load_like(state, i, w) + gradient
    store(state, i, velocity)
    return w + rule.momentum * velocity + gradient


@remembers.register(Nesterov)
def _(rule):
    return 1


class Accumulate(NamedTuple):
    """s ← s + g, w stays: how a batch sums its gradient with the kernels of single patterns."""


@rate.register(Accumulate)
def _(rule):
    return 1.0


@step.register(Accumulate)
def _(rule, w, gradient, state, i):
    store(state, i, load_like(state, i, w) + gradient)
    return w


@remembers.register(Accumulate)
def _(rule):
    return 1
