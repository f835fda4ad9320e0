"""Dropout: units of the hidden layers are left out at random (Srivastava et al., 2014).

Which ones is a hash of a seed, the pattern and the unit: nothing has to be remembered from the
forward pass to the backward pass, and a pattern meets the same mask in any batch.
"""

from typing import NamedTuple

import numpy as np

from ..activations import PerLayer, derivative, value
from ..compiling.jit import inlined
from ..vectors.simd import uniform
from .layers import derivative_at, value_at


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


@value_at.register(Dropout)
def _(activation, net, layer, number, j, p):
    out = value(activation.activation, net) * (1 / (1 - activation.rate))
    drawn = uniform(out, _number(activation.seed, p, layer) + j)
    return np.where(drawn < activation.rate, 0, out)


@derivative_at.register(Dropout)
def _(activation, net, out, layer, number, j, p):
    scale = 1 / (1 - activation.rate)
    factor = derivative(activation.activation, net, out / scale) * scale
    drawn = uniform(out, _number(activation.seed, p, layer) + j)
    return np.where(drawn < activation.rate, 0, factor)


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
