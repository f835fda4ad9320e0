"""Connections that are not there: their weights stay zero, whatever the rule."""

from typing import NamedTuple

import numpy as np

from .interface import adjusted, at_step, delta_scale, effective, init, rests, step


class Masked(NamedTuple):
    """Another rule's steps for weights whose mask, the first of its state, is 1; the others rest.

    These must be zero at the beginning, where the mask is 0. A penalty does not move them from
    there, averaging and max-norm neither, and a weight of zero passes no δ.
    """

    rule: NamedTuple


@init.register(Masked)
def _(rule, w):
    return (np.ones_like(w),) + init(rule.rule, w)


@delta_scale.register(Masked)
def _(rule):
    return delta_scale(rule.rule)


@at_step.register(Masked)
def _(rule, t):
    return Masked(at_step(rule.rule, t))


@effective.register(Masked)
def _(rule, descent, state):
    # The mean of masks, by which `fastbp.distributed` averages, may be one but for rounding.
    return np.where(state[0] > 0.5, effective(rule.rule, descent, state[1:]), 0)


@step.register(Masked)
def _(rule, w, descent, state):
    free = state[0] > 0.5
    stepped, inner = step(rule.rule, w, np.where(free, descent, 0), state[1:])
    return np.where(free, stepped, 0), (state[0],) + inner


@adjusted.register(Masked)
def _(rule, change, state):
    return (state[0],) + adjusted(rule.rule, change, state[1:])


@rests.register(Masked)
def _(rule):
    return rests(rule.rule)
