"""The mean of weights whose steps without descent are linear.

After t updates the mean is that of the c = t − start + 1 last weights, so n steps further it is

    (c / (c + n)) mean + (1 / (c + n)) Σ_k w_k,  k = 1, ..., n,

where Σ_k w_k are sums of powers of a matrix, applied to the weight and its state.
"""

from typing import Any, NamedTuple

import numpy as np

from ...compiling.dispatch import open_function
from ...network.memory import Memory
from ...rules import Averaged
from ...vectors.simd import ONE, advance, lanes, load, pointer, splat, store
from .interface import opened, passed, replay
from .linear import Carried, Scaled, linear_way


class Mean(NamedTuple):
    """How the weights move, and the sums."""

    way: NamedTuple
    pull: float
    start: int  # the update that the mean begins with
    longest: int
    sums: Any  # row n: Σ_{k=1..n} of what the k-th powers make of the weight, and of its state


def mean_way(rule: Averaged, penalty: Any, pulls: np.ndarray) -> Mean | None:
    """Return the way of averaged weights, None where they have more than a number of state."""
    way = linear_way(rule.rule, penalty, pulls)
    if way is None:
        return None
    rows = np.zeros((way.longest + 1, 2))  # the first of each power
    if isinstance(way, Scaled):
        rows[:, 0] = way.powers[:, 0]
    else:
        rows[:] = way.powers[:, :2]
    rows[0] = 0
    return Mean(way, way.pull, rule.start, way.longest, np.cumsum(rows, axis=0))


@opened.register(Mean)
def _(history):
    way = opened(history.way)
    return Mean(way, history.pull, history.start, history.longest, pointer(history.sums))


@open_function
def state_of(way, memory, j):
    """Return the state of weights j, j + 1, ...; 0 without one."""
    raise NotImplementedError


@state_of.register(Scaled)
def _(way, memory, j):
    return splat(memory.w, ONE, 0.0)


@state_of.register(Carried)
def _(way, memory, j):
    return load(memory.state, j, ONE)


@passed.register(Mean)
def _(way, history, memory, at, since, until):
    if history.pulls[since] != way.pull:
        return replay(history, memory, at, since, until)
    behind = Memory(  # the mean: the other rule's state
        memory.w,
        advance(memory.state, memory.n_parameters),
        memory.n_parameters,
        memory.layers,
        memory.last,
        memory.net,
        memory.out,
        memory.eta_delta,
    )
    result = 0.0
    while since < until:
        n, made = min(until - since, way.longest), history.before + since
        before, after = max(0, made - way.start + 1), max(1, made + n - way.start + 1)
        first = advance(way.sums, 2 * min(n - 1, max(0, way.start - 1 - made)))
        last = advance(way.sums, 2 * n)
        kept, of_w, of_state = before / after, (last[0] - first[0]) / after, last[1] - first[1]
        of_state = of_state / after
        for j in range(at, at + memory.layers.reach[0], lanes(memory.w)):
            mean, w = load(memory.state, j, ONE), load(memory.w, j, ONE)
            mean = mean * kept + w * of_w + state_of(way.way, behind, j) * of_state
            store(memory.state, j, mean)
        result += passed(way.way, history, behind, at, since, since + n)
        since += n
    return result
