"""Averaging: the mean of the weights after each update (Polyak and Juditsky, 1992)."""

from typing import NamedTuple

from ..vectors.simd import load_like, store
from .interface import at_step, moved, rate, remembers, step


class Averaged(NamedTuple):
    """Another rule's steps, and w̄ ← w̄ + (w − w̄) / n: the mean over the updates from `start` on.

    The average is the first thing it remembers; before `start` it is the weights themselves.
    """

    rule: NamedTuple
    start: int
    share: float = 1.0  # 1 / n, n counting updates since start


@rate.register(Averaged)
def _(rule):
    return rate(rule.rule)


@remembers.register(Averaged)
def _(rule):
    return 1 + remembers(rule.rule)


@at_step.register(Averaged)
def _(rule, t):
    return Averaged(at_step(rule.rule, t), rule.start, 1.0 / max(1, t - rule.start + 1))


@step.register(Averaged)
def _(rule, w, gradient, state, i):
    w = step(rule.rule, w, gradient, state[1:], i)
    average = load_like(state[0], i, w)
    store(state[0], i, average + rule.share * (w - average))
    return w


@moved.register(Averaged)
def _(rule, change, state, i):
    store(state[0], i, load_like(state[0], i, change) + rule.share * change)
    moved(rule.rule, change, state[1:], i)
