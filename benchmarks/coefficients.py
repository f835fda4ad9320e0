"""Derive the constants of the elementary functions in ``fastbp/functions.py``.

Every approximation is a minimax polynomial or rational function found by the second algorithm of
Remez in 50-digit arithmetic (Cheney 1966, chapters 3 and 5) and rounded to the precision in which
it is evaluated. The error printed with each is the weighted minimax error before that rounding,
in units of the last place of a result just above a power of two.

Run with ``python benchmarks/coefficients.py``; needs mpmath.
"""

from collections.abc import Callable
from typing import NamedTuple

import mpmath as mp
import numpy as np

mp.mp.dps = 50
TINY = mp.mpf(10) ** -12  # stands for 0 where a quotient has a removable singularity
GRID = 600
EXCHANGES = 30


class Precision(NamedTuple):
    """A floating-point format: its name, NumPy type and the bits of its significand."""

    name: str
    dtype: type
    bits: int


SINGLE = Precision("single", np.float32, 24)
DOUBLE = Precision("double", np.float64, 53)


def evaluate(coefficients, z):
    """Value of a polynomial given lowest order first."""
    return mp.polyval(list(coefficients)[::-1], z)


def chebyshev(low, high, count: int):
    """Extrema of the Chebyshev polynomial of degree ``count - 1`` on [low, high]."""
    cosines = [mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    return [(low + high) / 2 - (high - low) / 2 * cosine for cosine in cosines]


def level(f: Callable, weight: Callable, variable: Callable, nodes, degree: int, below: int):
    """Solve N(z)/D(z) - f = +-level * weight on the nodes, with D(0) = 1.

    The equations are linear but for the product of the level with D, which is iterated.
    """
    size = len(nodes)
    denominator = [mp.mpf(1)] + [mp.mpf(0)] * below
    matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
    for _ in range(12 if below else 1):
        for i, x in enumerate(nodes):
            z, value = variable(x), f(x)
            for j in range(degree + 1):
                matrix[i, j] = z**j
            for j in range(below):
                matrix[i, degree + 1 + j] = -value * z ** (j + 1)
            matrix[i, size - 1] = (-1) ** i * weight(x) * evaluate(denominator, z)
            right[i] = value
        solution = list(mp.lu_solve(matrix, right))
        denominator = [mp.mpf(1), *solution[degree + 1 : -1]]
    return solution[: degree + 1], denominator, abs(solution[-1])


def minimax(f, weight, low, high, degree: int, below: int = 0, variable=lambda x: x):
    """Minimise max |N(z)/D(z) - f(x)| / weight(x) over low <= x <= high, z = variable(x).

    Returns the coefficients of N and of D and the maximum attained on a dense grid.
    """
    size = degree + below + 2
    grid = chebyshev(low, high, GRID)
    nodes = chebyshev(low, high, size)
    best = None
    for _ in range(EXCHANGES):
        top, bottom, reached = level(f, weight, variable, nodes, degree, below)
        errors = [
            (evaluate(top, variable(x)) / evaluate(bottom, variable(x)) - f(x)) / weight(x)
            for x in grid
        ]
        largest = max(abs(error) for error in errors)
        if best is None or largest < best[2]:
            best = top, bottom, largest
        if largest < reached * mp.mpf("1.01"):
            break
        extrema = [0]  # the largest error of each run of equal signs
        for i, error in enumerate(errors):
            if (error > 0) != (errors[extrema[-1]] > 0):
                extrema.append(i)
            elif abs(error) > abs(errors[extrema[-1]]):
                extrema[-1] = i
        while len(extrema) > size:
            ends = abs(errors[extrema[0]]), abs(errors[extrema[-1]])
            extrema.pop(0 if ends[0] < ends[1] else -1)
        if len(extrema) < size:
            break
        nodes = [grid[i] for i in extrema]
    return best


def show(name: str, precision: Precision, values, error=None):
    """Print numbers rounded to the precision."""
    numbers = [str(precision.dtype(mp.nstr(value, 25))) for value in values]
    note = "" if error is None else f"  # {mp.nstr(error * 2 ** (precision.bits - 1), 2)} ulp"
    print(f"{name} ({precision.name}){note}\n    " + ", ".join(numbers))


def split(value, bits: int):
    """Cody and Waite's parts: the leading ``bits`` of value < 1, and the rest."""
    high = mp.floor(value * 2**bits) / mp.mpf(2) ** bits
    return high, value - high


def exponential(precision: Precision, degree: int, degree_expm1: int):
    """(e^r - 1 - r) / r^2 on |r| <= log(2)/2, for exp and, more closely near 0, for expm1."""
    bound = mp.log(2) / 2 * mp.mpf("1.001")  # r exceeds log(2)/2 by rounding

    def quotient(r):
        return (mp.expm1(r) - r) / r**2 if abs(r) > TINY else mp.mpf(1) / 2

    def scaled(r):
        return mp.exp(r) / max(abs(r), TINY) ** 2

    def relative(r):
        return abs(mp.expm1(r) if abs(r) > TINY else TINY) / max(abs(r), TINY) ** 2

    p, _, error = minimax(quotient, scaled, -bound, bound, degree - 2)
    show("exp", precision, p, error)
    p, _, error = minimax(quotient, relative, -bound, bound, degree_expm1 - 2)
    show("expm1", precision, p, error)


def logarithm(precision: Precision, degree: int):
    """T(s^2) = (2 artanh(s) - 2 s) / s^3 for |s| <= (sqrt 2 - 1) / (sqrt 2 + 1)."""
    bound = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mp.mpf("1.0001")

    def quotient(s):
        return 2 * (mp.atanh(s) - s) / s**3 if s > TINY else mp.mpf(2) / 3

    def relative(s):
        return 2 * mp.atanh(max(s, TINY)) / max(s, TINY) ** 3

    p, _, error = minimax(quotient, relative, 0, bound, degree, variable=lambda s: s * s)
    show("log", precision, p, error)


def odd(name: str, f: Callable, rest: Callable, slope, precision: Precision, bounds, degrees):
    """Approximations of an odd f that rises to 1 in the manner of tanh; rest is 1 - f.

    Up to the lower bound, f(x) / x - 1 = P(x^2). From there to the upper bound, f = 2 h / (1 + h^2)
    with h / x = N(x^2) / D(x^2). As df / f = (1 - h^2) / (1 + h^2) dh / h, that is
    sqrt(1 - f^2) dh / h, h may be the less accurate the closer f is to 1.
    """
    low, high = (mp.mpf(bound) for bound in bounds)

    def root(x):
        return mp.sqrt(rest(x) * (1 + f(x)))

    def quotient(x):
        return f(x) / (1 + root(x)) / x

    def weight(x):
        return quotient(x) / root(x)

    def curvature(x):
        return (f(x) / x - slope) / x**2 if x > TINY else -slope / 3

    def relative(x):
        return f(max(x, TINY)) / max(x, TINY) ** 3

    small, top, bottom = degrees
    p, _, error = minimax(curvature, relative, 0, low, small - 1, 0, lambda x: x * x)
    show(f"{name} small", precision, [slope - 1, *p], error)
    p, q, error = minimax(quotient, weight, low, high, top, bottom, lambda x: x * x)
    show(f"{name} numerator", precision, p, error)
    show(f"{name} denominator", precision, q)


def main():
    """Print the constants of every function."""
    for precision, exponent_bits in ((SINGLE, 8), (DOUBLE, 11)):
        show("log2(e)", precision, [1 / mp.log(2)])
        # n * high is exact for every exponent n
        show("log(2)", precision, split(mp.log(2), precision.bits - exponent_bits - 1))
    exponential(SINGLE, 5, 6)
    exponential(DOUBLE, 11, 11)
    logarithm(SINGLE, 2)
    logarithm(DOUBLE, 6)
    odd("tanh", mp.tanh, lambda x: 2 / (1 + mp.exp(2 * x)), 1, SINGLE, ("0.7", 9), (5, 2, 3))
    slope = 2 / mp.sqrt(mp.pi)
    odd("erf", mp.erf, mp.erfc, slope, SINGLE, ("0.7", "3.9"), (4, 3, 4))
    odd("erf", mp.erf, mp.erfc, slope, DOUBLE, ("0.8", "5.9"), (10, 10, 11))


if __name__ == "__main__":
    main()
