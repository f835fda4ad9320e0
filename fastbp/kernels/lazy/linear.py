"""Steps without descent that are linear in weight and state: n of them are a power of a matrix.

Of plain descent with decay that is a factor, (1 − η α)^n; of momentum, with a penalty α w²/2, the
n-th power of ((1 − η α, μ), (−η α, μ)). The penalty's terms before each of them, Σ_k c w_k², are a
quadratic form in weight and state, and so a sum of two squares.
"""

from typing import Any, NamedTuple

import numpy as np

from ...compiling.jit import inlined
from ...penalties import penalised, penalty_terms, shrunk
from ...rules import init, step
from ...vectors.simd import ONE, advance, lanes, load, pointer, splat, store, total
from .interface import opened, passed, replay, scale_of

LONGEST = 4096  # steps at once


class Scaled(NamedTuple):
    """Rules without a state: row n of the powers is a^n and Σ_k a^2k, k < n."""

    pull: float  # of the steps
    longest: int  # of the powers
    powers: Any
    factors: Any  # a of each update, whatever its pull


class Carried(NamedTuple):
    """Rules with one number of state; rows are the powers' four numbers, and three of the form's.

    The form is (l w + m v)² + (h v)², its numbers l, m and h.
    """

    pull: float  # of the steps
    longest: int  # of the powers
    powers: Any


def _without_descent(rule: Any, penalty: Any, pull: Any, w: np.ndarray, state: tuple) -> tuple:
    """Return weights and state after a step."""
    descent = penalised(penalty, np.zeros_like(w), w, pull)
    return step(rule, shrunk(penalty, w), descent, state)


def _matrix(rule: Any, penalty: Any, pull: float) -> np.ndarray:
    """Return the matrix of a step; steps of unit vectors are its columns."""
    w, *state = np.eye(1 + len(init(rule, 0.0)))
    w, state = _without_descent(rule, penalty, pull, w, tuple(state))
    return np.array([w, *state])


def linear_way(rule: Any, penalty: Any, pulls: np.ndarray) -> Scaled | Carried | None:
    """Return the way of a rule whose steps are linear; None with more than a number of state."""
    pull = float(pulls[0])
    matrix = _matrix(rule, penalty, pull)
    size = len(matrix)
    if size > 2:
        return None
    n_steps = min(len(pulls), LONGEST)
    if size == 1:
        powers = matrix[0, 0] ** np.arange(n_steps + 1.0)
        squares = np.append(0.0, np.cumsum(powers[:-1] ** 2))
        factors, _ = _without_descent(rule, penalty, pulls, np.ones(len(pulls)), ())
        return Scaled(pull, n_steps, np.column_stack([powers, squares]), factors)
    powers, form = np.eye(size)[None], np.zeros((1, size, size))
    first = np.zeros((size, size))
    first[0, 0] = 1
    sums, power = first, matrix  # of as many steps as there are powers
    while len(powers) <= n_steps:
        form = np.concatenate([form, sums + power.T @ form @ power])
        powers = np.concatenate([powers, powers @ power])
        sums, power = sums + power.T @ sums @ power, power @ power
    powers, form = powers[: n_steps + 1], form[: n_steps + 1]
    low = np.sqrt(form[:, 0, 0])
    mixed = form[:, 0, 1] / np.maximum(low, 1)
    high = np.sqrt(np.maximum(form[:, 1, 1] - mixed**2, 0))
    return Carried(pull, n_steps, np.column_stack([powers.reshape(-1, 4), low, mixed, high]))


# --- A factor -------------------------------------------------------------------------------------


@opened.register(Scaled)
def _(history):
    powers, factors = pointer(history.powers), pointer(history.factors)
    return Scaled(history.pull, history.longest, powers, factors)


@inlined
def _scale(way, history, since, until):
    """Return Π a over updates of the same pull, and Σ (Π a)², the product over those before."""
    scale, squares = 1.0, 0.0
    while since < until:
        n, power, form = 1, way.factors[since], 1.0
        if history.pulls[since] == way.pull:
            n = min(until - since, way.longest)
            power, form = way.powers[2 * n], way.powers[2 * n + 1]
        squares += scale * scale * form
        scale *= power
        since += n
    return scale, squares


@scale_of.register(Scaled)
def _(way, history, memory, i, at):
    since, now, scale, count = history.seen[i], history.now[0], 1.0, 0.0
    while since < now:
        until = min(history.ends[since], now)
        power, squares = _scale(way, history, since, until)
        count += history.counts[since] * scale * scale * squares
        scale *= power
        since = until
    return scale, count + history.counts[now] * scale * scale


@passed.register(Scaled)
def _(way, history, memory, at, since, until):
    scale, squares = _scale(way, history, since, until)
    terms = splat(memory.w, ONE, 0.0)
    for j in range(at, at + memory.layers.reach[0], lanes(memory.w)):
        w = load(memory.w, j, ONE)
        terms = terms + penalty_terms(history.penalty, w)
        store(memory.w, j, w * scale)
    return squares * total(terms)


# --- A matrix -------------------------------------------------------------------------------------


@opened.register(Carried)
def _(history):
    return Carried(history.pull, history.longest, pointer(history.powers))


@passed.register(Carried)
def _(way, history, memory, at, since, until):
    if history.pulls[since] != way.pull:
        return replay(history, memory, at, since, until)
    result, stop = 0.0, at + memory.layers.reach[0]
    while since < until:
        n = min(until - since, way.longest)
        row = advance(way.powers, 7 * n)
        ww, wv, vw, vv = row[0], row[1], row[2], row[3]
        low, mixed, high = row[4], row[5], row[6]
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
