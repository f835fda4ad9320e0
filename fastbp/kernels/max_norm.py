"""A constraint on the length of the weights into a unit (Srebro and Shraibman, 2005)."""

import math
from typing import NamedTuple

import numpy as np

from ..compiling.dispatch import open_function
from ..compiling.jit import inlined
from ..network.layout import ShortcutLayers
from ..rules import adjusted, init
from ..vectors.simd import ONE, lanes, load, load_each, splat, store, store_each, total, with_lane


@open_function
def constrained(constraint):
    """Tell whether there is a constraint: known when a kernel is compiled."""
    raise NotImplementedError


@open_function
def constrain(constraint, rule, memory):
    """w_j ← w_j min(1, c / ‖w_j‖) for the weights w_j into each unit j, biases left out.

    The rule's state may have to follow.
    """
    raise NotImplementedError


@inlined
def _shorten(memory, at, scale, rule):
    """Scale a vector of weights, and let the rule's state follow."""
    w = load(memory.w, at, ONE)
    shorter = w * scale
    store(memory.w, at, shorter)
    like = init(rule, w)
    state = load_each(memory.state, at, memory.n_parameters, like)
    store_each(memory.state, at, memory.n_parameters, adjusted(rule, shorter - w, state), like)


class NoConstraint(NamedTuple):
    """Weights are free."""


@constrained.register(NoConstraint)
def _(constraint):
    return False


@constrain.register(NoConstraint)
def _(constraint, rule, memory):
    pass


class MaxNorm(NamedTuple):
    """‖w_j‖₂ ≤ c after every update."""

    length: float  # c


@constrained.register(MaxNorm)
def _(constraint):
    return True


@constrain.register(MaxNorm)
def _(constraint, rule, memory):
    constrain_layers(memory.layers, constraint, rule, memory)


@inlined
def _input_squares(memory, j):
    """Return Σ_i w_ji² of the weights from the inputs into units j, j + 1, ...: a vector."""
    layers, squares = memory.layers, splat(memory.w, ONE, 0.0)
    for i in range(layers.fan_in[0]):
        w = load(memory.w, layers.weights_at[0] + i * layers.stride[0] + j, ONE)
        squares = squares + w * w
    return squares


@inlined
def _shorten_inputs(memory, j, squares, length, rule):
    """Scale the weights from the inputs into units j, j + 1, ...; return by what."""
    layers, free = memory.layers, squares <= length * length
    scale = np.where(free, 1, length / np.sqrt(np.where(free, 1, squares)))
    for i in range(layers.fan_in[0]):
        _shorten(memory, layers.weights_at[0] + i * layers.stride[0] + j, scale, rule)
    return scale


@open_function(default=True)
def constrain_layers(layers, constraint, rule, memory):
    """Do what `constrain` does for a `MaxNorm`."""
    lane = lanes(memory.w)
    for j in range(0, layers.width[0], lane):  # input-major: a lane per unit
        _shorten_inputs(memory, j, _input_squares(memory, j), constraint.length, rule)
    for layer in range(1, memory.last + 1):  # unit-major: a row per unit
        for k in range(layers.fan_out[layer]):
            row = layers.weights_at[layer] + k * layers.stride[layer]
            squares = splat(memory.w, ONE, 0.0)
            for at in range(row, row + layers.stride[layer], lane):
                w = load(memory.w, at, ONE)
                squares = squares + w * w
            length = math.sqrt(total(squares))
            if length > constraint.length:
                for at in range(row, row + layers.stride[layer], lane):
                    _shorten(memory, at, constraint.length / length, rule)


@constrain_layers.register(ShortcutLayers)
def _(layers, constraint, rule, memory):
    lane = lanes(memory.w)
    for layer in range(memory.last + 1):
        for j in range(0, layers.width[layer], lane):
            unit, count = layers.units_at[layer] + j, min(lane, layers.fan_out[layer] - j)
            squares = _input_squares(memory, unit)
            for m in range(1, layer + 1):
                row = layers.weights_at[m] + (unit - layers.units_at[m]) * layers.stride[m]
                for k in range(count):
                    terms = splat(memory.w, ONE, 0.0)
                    for at in range(row, row + layers.stride[m], lane):
                        w = load(memory.w, at, ONE)
                        terms = terms + w * w
                    squares = with_lane(squares, k, squares[k] + total(terms))
                    row += layers.stride[m]
            scale = _shorten_inputs(memory, unit, squares, constraint.length, rule)
            for m in range(1, layer + 1):
                row = layers.weights_at[m] + (unit - layers.units_at[m]) * layers.stride[m]
                for k in range(count):
                    for at in range(row, row + layers.stride[m], lane):
                        _shorten(memory, at, scale[k], rule)
                    row += layers.stride[m]
