"""Dropout: units of the hidden layers are left out at random (Srivastava et al., 2014).

Which ones is a hash of a seed, the pattern and the unit: nothing has to be remembered from the
forward pass to the backward pass, and a pattern meets the same mask in any batch.
"""

from typing import NamedTuple

import numpy as np

from ..activations import PerLayer, derivative, value
from ..jit import inlined
from .layers import activate, slope
from .simd import ONE, keep_first, lanes, load, store, uniform


class Dropout(NamedTuple):
    """An activation whose units drop out with probability `rate`; the others are scaled up."""

    activation: NamedTuple
    rate: float
    seed: int


@inlined
def _number(seed, p, layer):
    """Return a number below 2^31 that belongs to the pattern in the layer; in int64 throughout."""
    x = (seed + p * 0x9E3779B1) & 0x7FFFFFFF
    x = ((x ^ (x >> 15)) * 0x2C1B3C6D) & 0x7FFFFFFF
    x = ((x ^ (x >> 12)) * 0x297A2D39 + layer * 0x5BD1E995) & 0x7FFFFFFF
    return x ^ (x >> 15)


@activate.register(Dropout)
def _(activation, memory, layer, number, p):
    units, count = memory.layers.units[layer], memory.layers.fan_out[layer]
    mask, scale = _number(activation.seed, p, layer), 1 / (1 - activation.rate)
    for j in range(0, memory.layers.width[layer], lanes(memory.w)):
        out = value(activation.activation, load(memory.net, units + j, ONE))
        out = np.where(uniform(out, mask + j) < activation.rate, 0, out * scale)
        store(memory.out, units + j, keep_first(out, count - j, 0.0))


@slope.register(Dropout)
def _(activation, memory, layer, number, p):
    units = memory.layers.units[layer]
    mask, scale = _number(activation.seed, p, layer), 1 / (1 - activation.rate)
    for j in range(0, memory.layers.width[layer], lanes(memory.w)):
        net, out = load(memory.net, units + j, ONE), load(memory.out, units + j, ONE)
        down = load(memory.delta, units + j, ONE) * scale
        down = derivative(activation.activation, net, out / scale) * down
        store(memory.delta, units + j, np.where(uniform(out, mask + j) < activation.rate, 0, down))


def with_dropout(activation: NamedTuple, rates: list[float], seed: int) -> NamedTuple:
    """Return the activation record with dropout in hidden layer l at rates[l]."""
    if not any(rates):
        return activation
    if isinstance(activation, PerLayer) or len(set(rates)) > 1:
        first, rest = activation, activation
        if isinstance(activation, PerLayer):
            first, rest = activation
        first = with_dropout(first, rates[:1], seed)
        return PerLayer(first, with_dropout(rest, rates[1:], seed)) if rates[1:] else first
    return Dropout(activation, float(rates[0]), int(seed))
