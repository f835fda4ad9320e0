"""A limit on the norm of the weights that a unit receives (Srebro and Shraibman, 2005)."""

import math
from typing import NamedTuple

import numpy as np

from ..compiling.dispatch import open_function
from ..compiling.jit import inlined
from ..rules import moved
from ..vectors.simd import ONE, lanes, load, splat, store, total


@open_function
def limited(limit):
    """Tell whether there is a limit: known when a kernel is compiled."""
    raise NotImplementedError


@open_function
def limit_norms(limit, rule, memory, state):
    """w_j ← w_j min(1, c / ‖w_j‖) for the weights w_j into each unit j, biases left out.

    `state` is what the rule remembers, which may have to follow.
    """
    raise NotImplementedError


@inlined
def _shorten(memory, at, scale, rule, state):
    """Scale a vector of weights, and let the rule know."""
    w = load(memory.w, at, ONE)
    shorter = w * scale
    store(memory.w, at, shorter)
    moved(rule, shorter - w, state, at)


class NoLimit(NamedTuple):
    """Weights are free."""


@limited.register(NoLimit)
def _(limit):
    return False


@limit_norms.register(NoLimit)
def _(limit, rule, memory, state):
    pass


class MaxNorm(NamedTuple):
    """‖w_j‖₂ ≤ c after every update."""

    norm: float  # c


@limited.register(MaxNorm)
def _(limit):
    return True


@limit_norms.register(MaxNorm)
def _(limit, rule, memory, state):
    lane, layers = lanes(memory.w), memory.layers
    for j in range(0, layers.width[0], lane):  # input-major: a lane per unit
        squares = splat(memory.w, ONE, 0.0)
        for i in range(layers.fan_in[0]):
            w = load(memory.w, layers.weights[0] + i * layers.stride[0] + j, ONE)
            squares = squares + w * w
        free = squares <= limit.norm * limit.norm
        scale = np.where(free, 1, limit.norm / np.sqrt(np.where(free, 1, squares)))
        for i in range(layers.fan_in[0]):
            _shorten(memory, layers.weights[0] + i * layers.stride[0] + j, scale, rule, state)
    for layer in range(1, memory.last + 1):  # unit-major: a row per unit
        for k in range(layers.fan_out[layer]):
            row = layers.weights[layer] + k * layers.stride[layer]
            squares = splat(memory.w, ONE, 0.0)
            for at in range(row, row + layers.stride[layer], lane):
                w = load(memory.w, at, ONE)
                squares = squares + w * w
            norm = math.sqrt(total(squares))
            if norm > limit.norm:
                for at in range(row, row + layers.stride[layer], lane):
                    _shorten(memory, at, limit.norm / norm, rule, state)
