"""Adam and Nadam without descent: the way that first moments lead on, in closed form.

With m and v at the beginning, and q what decay leaves of a weight, n steps come to

    q^n w + Σ_k q^(n − k) η_k β₁^k m / (√(β₂^k v) + ε_k),  k = 1, ..., n.

In powers of u = ε / √v that is m / √v · Σ_j S_j (−u)^j, whose S_j are the same for all units and

    S_j = q^n Σ_k η_k (ε_k / ε)^j r_j^k,  r_j = β₁ / (q √β₂^(j + 1)),

differences of one sum to the end of the epoch, F_j(t) = r_j (η_t+1 (ε_t+1 / ε)^j + F_j(t + 1)).
`TERMS` of them leave less than 10⁻¹² of the sum, as long as u is below `SMALL`. Where it is not,
steps are made one by one, until what is left of the moment moves nothing any more.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ...penalties import shrunk
from ...rules import Adam
from ...vectors.simd import ONE, advance, lanes, largest, load, pointer, store
from .interface import opened, passed

TERMS = 8
SMALL = 2.0**-5
NOTHING = 1e-18  # of a moment
LONGEST = 4096  # steps at once
BLOCK = 256  # sums at a time: r^BLOCK is a number
LEAST = 0.1  # of r


class Moments(NamedTuple):
    """What the sums are made of, for the updates of an epoch."""

    beta_1: float
    beta_2: float
    epsilon: float
    kept: float  # q
    small: float  # u at most; 0 where the sums are of no use
    moving: int  # steps until a moment moves nothing any more
    longest: int
    rates: Any  # η_t of each update
    epsilons: Any  # ε_t of each update
    sums: Any  # F_j(t), a row of `TERMS` for each t
    powers: Any  # row n: the n-th powers of r_0, 1 / √β₂, β₁, β₂ and q


def moments_way(rule: Any, penalty: Any, before: int, n_updates: int) -> Moments:
    """Return the way of Adam or Nadam, after so many updates."""
    beta_1, beta_2, epsilon = float(rule.beta_1), float(rule.beta_2), float(rule.epsilon)
    kept = float(shrunk(penalty, np.ones(1))[0])
    t = before + 1.0 + np.arange(n_updates)
    growth = np.sqrt(1 - beta_2**t)
    rates, epsilons = rule.eta * growth / (1 - beta_1**t), np.full(n_updates, epsilon)
    if not isinstance(rule, Adam):  # Nadam corrects v before ε is added, and m by its next factor
        rates, epsilons = rule.eta * beta_1 * growth / (1 - beta_1 ** (t + 1)), epsilon * growth
    fading = beta_1 / kept if kept > 0 else 2.0
    ratios = fading * np.sqrt(beta_2) ** -(1.0 + np.arange(TERMS))
    useful = LEAST <= ratios[0] and ratios[-1] <= 1 and epsilon > 0
    sums = np.zeros((n_updates + 1, TERMS))
    if useful:
        for j, ratio in enumerate(ratios):
            _sum_up(sums[:, j], rates * (epsilons / epsilon) ** j, ratio)
    longest = min(n_updates, LONGEST)
    bases = ratios[0] if useful else 0.0, beta_2**-0.5, beta_1, beta_2, kept
    powers = np.array(bases) ** np.arange(longest + 1.0)[:, None]
    fades = max(ratios[0], fading)
    moving = math.ceil(math.log(NOTHING) / math.log(fades)) if 0 < fades < 1 else 2**62
    small = SMALL if useful else 0.0
    return Moments(
        beta_1, beta_2, epsilon, kept, small, moving, longest, rates, epsilons, sums, powers
    )


def _sum_up(sums: np.ndarray, numbers: np.ndarray, ratio: float) -> None:
    """sums[t] ← ratio (numbers[t] + sums[t + 1]), from the end to the beginning."""
    weights = ratio ** np.arange(1.0, BLOCK + 1)
    for stop in range(len(numbers), 0, -BLOCK):
        start = max(0, stop - BLOCK)
        power = weights[: stop - start]
        tails = np.cumsum((numbers[start:stop] * power)[::-1])[::-1]
        sums[start:stop] = tails / power * ratio + power[::-1] * sums[stop]


@opened.register(Moments)
def _(history):
    return Moments(
        history.beta_1,
        history.beta_2,
        history.epsilon,
        history.kept,
        history.small,
        history.moving,
        history.longest,
        pointer(history.rates),
        pointer(history.epsilons),
        pointer(history.sums),
        pointer(history.powers),
    )


@passed.register(Moments)
def _(way, history, memory, at, since, until):
    n_parameters, stop = memory.n_parameters, at + memory.layers.reach[0]
    while since < until:
        n = min(until - since, way.longest)
        first, last = advance(way.sums, TERMS * since), advance(way.sums, TERMS * (since + n))
        row = advance(way.powers, 5 * n)
        beta_1, beta_2, kept = row[2], row[3], row[4]
        s_0, r = kept * (first[0] - row[0] * last[0]), row[0] * row[1]
        s_1, r = kept * (first[1] - r * last[1]), r * row[1]
        s_2, r = kept * (first[2] - r * last[2]), r * row[1]
        s_3, r = kept * (first[3] - r * last[3]), r * row[1]
        s_4, r = kept * (first[4] - r * last[4]), r * row[1]
        s_5, r = kept * (first[5] - r * last[5]), r * row[1]
        s_6, r = kept * (first[6] - r * last[6]), r * row[1]
        s_7 = kept * (first[7] - r * last[7])
        moving = min(n, way.moving)
        small = way.small / way.powers[5 * moving + 1]
        rest = advance(way.powers, 5 * (n - moving))
        for j in range(at, stop, lanes(memory.w)):
            w, m = load(memory.w, j, ONE), load(memory.state, j, ONE)
            v = load(memory.state, n_parameters + j, ONE)
            still = m == 0
            root = np.sqrt(np.where(still, 1, v))
            u = np.where(still, 0, way.epsilon / root)
            if largest(u) <= small:
                total = s_6 - u * s_7
                total = s_5 - u * total
                total = s_4 - u * total
                total = s_3 - u * total
                total = s_2 - u * total
                total = s_1 - u * total
                total = s_0 - u * total
                w, m, v = w * kept + m / root * total, m * beta_1, v * beta_2
            else:
                for k in range(since, since + moving):
                    m, v = m * way.beta_1, v * way.beta_2
                    move = way.rates[k] * m / (np.sqrt(v) + way.epsilons[k])
                    w = w * way.kept + move
                w, m, v = w * rest[4], m * rest[2], v * rest[3]
            store(memory.w, j, w)
            store(memory.state, j, m)
            store(memory.state, n_parameters + j, v)
        since += n
    return 0.0
