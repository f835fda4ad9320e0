"""Steps without descent that are linear in weight and state: n of them are a power of a matrix.

Of plain descent with decay that is a factor, (1 − η α)^n; of momentum, with a penalty α w²/2, the
n-th power of ((1 − η α, μ), (−η α, μ)). The penalty's terms before each of them, Σ_k c w_k², are a
quadratic form in weight and state, and so a sum of two squares.
"""

from typing import Any, NamedTuple

import numpy as np

from ...penalties import penalised, penalty_terms, shrunk
from ...rules import init, step
from ...vectors.simd import ONE, lanes, load, splat, store, total
from .interface import passed, replay

LONGEST = 4096  # steps at once


class Scaled(NamedTuple):
    """Rules without a state: row n of the powers is a^n and Σ_k a^2k, k < n."""

    pull: float  # of the steps
    powers: np.ndarray


class Carried(NamedTuple):
    """Rules with one number of state; rows are the powers' four numbers, and three of the form's.

    The form is (l w + m v)² + (h v)², its numbers l, m and h.
    """

    pull: float
    powers: np.ndarray


def linear_way(rule: Any, penalty: Any, pull: float, n_steps: int) -> Scaled | Carried | None:
    """Return the way of a rule whose steps are linear; None with more than a number of state."""
    size = 1 + len(init(rule, 0.0))
    if size > 2:
        return None
    zero = np.zeros(size)
    w, *state = np.eye(size)  # steps of unit vectors are the matrix' columns
    w, state = step(rule, shrunk(penalty, w), penalised(penalty, zero, w, pull), tuple(state))
    matrix = np.array([w, *state])
    n_steps = min(n_steps, LONGEST)
    powers, form = np.eye(size)[None], np.zeros((1, size, size))
    first = np.zeros((size, size))
    first[0, 0] = 1
    sums, power = first, matrix  # of as many steps as there are powers
    while len(powers) <= n_steps:
        form = np.concatenate([form, sums + power.T @ form @ power])
        powers = np.concatenate([powers, powers @ power])
        sums, power = sums + power.T @ sums @ power, power @ power
    powers, form = powers[: n_steps + 1], form[: n_steps + 1]
    if size == 1:
        return Scaled(pull, np.column_stack([powers[:, 0, 0], form[:, 0, 0]]))
    low = np.sqrt(form[:, 0, 0])
    mixed = form[:, 0, 1] / np.maximum(low, 1)
    high = np.sqrt(np.maximum(form[:, 1, 1] - mixed**2, 0))
    return Carried(pull, np.column_stack([powers.reshape(-1, 4), low, mixed, high]))


@passed.register(Scaled)
def _(way, history, memory, at, since, until):
    if history.pulls[since] != way.pull:
        return replay(history, memory, at, since, until)
    result, stop = 0.0, at + memory.layers.width[0]
    while since < until:
        n = min(until - since, way.powers.shape[0] - 1)
        factor, terms = way.powers[n, 0], splat(memory.w, ONE, 0.0)
        for j in range(at, stop, lanes(memory.w)):
            w = load(memory.w, j, ONE)
            terms = terms + penalty_terms(history.penalty, w)
            store(memory.w, j, w * factor)
        result += way.powers[n, 1] * total(terms)
        since += n
    return result


@passed.register(Carried)
def _(way, history, memory, at, since, until):
    if history.pulls[since] != way.pull:
        return replay(history, memory, at, since, until)
    result, stop = 0.0, at + memory.layers.width[0]
    while since < until:
        n = min(until - since, way.powers.shape[0] - 1)
        ww, wv, vw, vv = way.powers[n, 0], way.powers[n, 1], way.powers[n, 2], way.powers[n, 3]
        low, mixed, high = way.powers[n, 4], way.powers[n, 5], way.powers[n, 6]
        terms = splat(memory.w, ONE, 0.0)
        for j in range(at, stop, lanes(memory.w)):
            w, v = load(memory.w, j, ONE), load(memory.state, j, ONE)
            terms = terms + penalty_terms(history.penalty, w * low + v * mixed)
            terms = terms + penalty_terms(history.penalty, v * high)
            store(memory.w, j, w * ww + v * wv)
            store(memory.state, j, w * vw + v * vv)
        result += total(terms)
        since += n
    return result
