"""Plain descent with an L1 penalty, without descent: |w| falls, and then w jumps to and fro.

A step is w ← r w − c sgn w, with r = 1 − pull l2 and c = pull l1. While |w| stays above zero
n steps come to |w_n| = r^n |w| − c Σ_{k<n} r^k; from r |w| < c on the sign changes in every step,
and |w_n| = e + (−r)^n (|w| − e), where e = c / (1 + r). As many steps are made at once as no number
of a vector passes from the one to the other in, found by halving; one step is both.
"""

from typing import Any, NamedTuple

import numpy as np

from ...compiling.jit import inlined
from ...penalties import Elastic
from ...vectors.simd import ONE, advance, lanes, largest, load, pointer, splat, store, total
from .interface import opened, passed, replay

LONGEST = 4096  # steps at once
SUMS = 8


class Soft(NamedTuple):
    """What n steps of the same pull come to."""

    pull: float
    left: float  # r
    drop: float  # c
    longest: int
    sums: Any  # row n: r^n, (−r)^n, Σ r^k = d, Σ r^2k, Σ r^k d_k, Σ d_k², Σ d_k, Σ (−r)^k; k < n


def soft_way(penalty: Elastic, pulls: np.ndarray) -> Soft:
    """Return the way of plain descent."""
    pull = float(pulls[0])
    left, drop = 1 - pull * penalty.l2, pull * penalty.l1
    longest = min(len(pulls), LONGEST) if left > 0 else 1
    n = np.arange(longest + 1.0)
    powers, signed = left**n, (-left) ** n
    d = _before(powers)
    summed = [powers**2, powers * d, d**2, d, signed]
    sums = np.column_stack([powers, signed, d, *map(_before, summed)])
    return Soft(pull, left, drop, longest, sums)


def _before(numbers: np.ndarray) -> np.ndarray:
    """Return Σ of the numbers before each."""
    return np.concatenate([[0.0], np.cumsum(numbers[:-1])])


@opened.register(Soft)
def _(history):
    sums = pointer(history.sums)
    return Soft(history.pull, history.left, history.drop, history.longest, sums)


@inlined
def _at_once(way, size, most):
    """Return how many steps, `most` or fewer, can be made of these |w| at once."""
    n, turns = most, size * way.left < way.drop
    while n > 1:
        row = advance(way.sums, SUMS * n)
        stays = size * row[0] >= way.drop * row[2]
        if largest(np.where(turns | stays, np.zeros_like(size), np.ones_like(size))) == 0:
            return n
        n //= 2
    return n


@passed.register(Soft)
def _(way, history, memory, at, since, until):
    if history.pulls[since] != way.pull:
        return replay(history, memory, at, since, until)
    l1, half, result = history.penalty.l1, 0.5 * history.penalty.l2, splat(memory.w, ONE, 0.0)
    middle = way.drop / (1 + way.left)
    for j in range(at, at + memory.layers.reach[0], lanes(memory.w)):
        w, missing = load(memory.w, j, ONE), until - since
        while missing > 0:
            size, sign = np.abs(w), np.sign(w)
            n = _at_once(way, size, min(missing, way.longest))
            row = advance(way.sums, SUMS * n)
            turns, off = size * way.left < way.drop, size - middle
            squares = size * size * row[3] - (2 * way.drop * row[4]) * size
            squares = squares + way.drop * way.drop * row[5]
            turning = off * off * row[3] + (2 * middle * row[7]) * off + n * middle * middle
            sizes = size * row[2] - way.drop * row[6]
            squares = np.where(turns, turning, squares)
            sizes = np.where(turns, off * row[7] + n * middle, sizes)
            result = result + np.where(w == 0, 0, half * squares + l1 * sizes)
            there = row[1] * off + middle
            flip = 1.0 if n % 2 == 0 else -1.0
            w = sign * np.where(turns, flip * there, size * row[0] - way.drop * row[2])
            missing -= n
        store(memory.w, j, w)
    return total(result)
