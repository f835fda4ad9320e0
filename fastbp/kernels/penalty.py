"""The L2 penalty ½ α Σ w², or none: a record decides at compile time, none costs nothing."""

from typing import NamedTuple

from ..dispatch import open_function
from .simd import ONE, lanes, load, splat, total


class NoPenalty(NamedTuple):
    """Weights are free."""


class L2(NamedTuple):
    """½ α Σ w² over all weights, biases left out."""

    alpha: float


@open_function
def pulled(penalty, gradient, w, factor):
    """gradient − factor · α w, the direction of descent with the pull towards zero."""
    raise NotImplementedError


@pulled.register(NoPenalty)
def _(penalty, gradient, w, factor):
    return gradient


@pulled.register(L2)
def _(penalty, gradient, w, factor):
    return gradient - factor * penalty.alpha * w


@open_function
def squares(penalty, w, so_far):
    """so_far + w², element by element: what `penalty_error` is made of."""
    raise NotImplementedError


@squares.register(NoPenalty)
def _(penalty, w, so_far):
    return so_far


@squares.register(L2)
def _(penalty, w, so_far):
    return w * w + so_far


@open_function
def penalty_error(penalty, sum_of_squares):
    """½ α Σ w²."""
    raise NotImplementedError


@penalty_error.register(NoPenalty)
def _(penalty, sum_of_squares):
    return 0.0


@penalty_error.register(L2)
def _(penalty, sum_of_squares):
    return 0.5 * penalty.alpha * sum_of_squares


@open_function
def sum_of_squares(penalty, memory, n_weights):
    """Σ w² over the first n_weights numbers of the memory."""
    raise NotImplementedError


@sum_of_squares.register(NoPenalty)
def _(penalty, memory, n_weights):
    return 0.0


@sum_of_squares.register(L2)
def _(penalty, memory, n_weights):
    result = 0.0
    for i in range(0, n_weights, lanes(memory)):
        result += total(squares(penalty, load(memory, i, ONE), splat(memory, ONE, 0.0)))
    return result
