"""Averaging: the mean of the weights after each update (Polyak and Juditsky, 1992)."""

from typing import NamedTuple

from .interface import adjusted, at_step, delta_scale, effective, init, step


class Averaged(NamedTuple):
    """Another rule's steps, and w̄ ← w̄ + (w − w̄) / n: the mean over the updates from `start` on.

    The average is the first of its state; before `start` it is the weights themselves.
    """

    rule: NamedTuple
    start: int
    fraction: float = 1.0  # 1 / n, n counting updates since start


@delta_scale.register(Averaged)
def _(rule):
    return delta_scale(rule.rule)


@init.register(Averaged)
def _(rule, w):
    return (w,) + init(rule.rule, w)


@at_step.register(Averaged)
def _(rule, t):
    return Averaged(at_step(rule.rule, t), rule.start, 1.0 / max(1, t - rule.start + 1))


@step.register(Averaged)
def _(rule, w, descent, state):
    w, inner = step(rule.rule, w, descent, state[1:])
    return w, (state[0] + rule.fraction * (w - state[0]),) + inner


@effective.register(Averaged)
def _(rule, descent, state):
    return effective(rule.rule, descent, state[1:])


@adjusted.register(Averaged)
def _(rule, change, state):
    inner = adjusted(rule.rule, change, state[1:])
    return (state[0] + rule.fraction * change,) + inner
