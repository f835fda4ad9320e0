"""Gradient descent: w ← w + η g."""

from typing import NamedTuple

from .interface import delta_scale, is_linear, rests, step


class GradientDescent(NamedTuple):
    """w ← w + η g, g the descent."""

    eta: float


@delta_scale.register(GradientDescent)
def _(rule):
    return rule.eta


@step.register(GradientDescent)
def _(rule, w, descent, state):
    return w + descent, state


@rests.register(GradientDescent)
def _(rule):
    return True


@is_linear.register(GradientDescent)
def _(rule, pulled):
    return True
