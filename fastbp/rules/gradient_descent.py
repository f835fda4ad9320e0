"""Gradient descent: w ← w + η g."""

from typing import NamedTuple

from .interface import rate, remembers, step


class GradientDescent(NamedTuple):
    """w ← w + η g."""

    eta: float


@rate.register(GradientDescent)
def _(rule):
    return rule.eta


@remembers.register(GradientDescent)
def _(rule):
    return 0


@step.register(GradientDescent)
def _(rule, w, gradient, state, i):
    return w + gradient
