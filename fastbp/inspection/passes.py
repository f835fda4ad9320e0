"""Forward and backward pass in NumPy, with the formulas that train, for any feed-forward network.

What a layer reads is seen from its weights: their fan_in rows belong to the last fan_in of all units
below, in the order inputs, first hidden layer, second, ... That is the layer below or, with
``shortcuts=True``, everything. `fastbp.textbook` has the same passes in fewer words.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..activations import ACTIVATIONS, derivative, value
from ..kernels.descent import Formulas
from ..kernels.layers import derivative_at, value_at
from ..losses import (
    BinaryLogLoss,
    MultinomialLogLoss,
    Poisson,
    SquaredError,
    error,
    inverse_link,
    normalised,
    output_delta,
)

CANONICAL = (SquaredError, BinaryLogLoss, MultinomialLogLoss, Poisson)
"""Losses of which δ_k = d_k − o_k: the derivative of the output's activation cancels."""


class Parameters(NamedTuple):
    """Weights (fan_in, fan_out) and biases (fan_out,) of each layer."""

    weights: Sequence[np.ndarray]
    biases: Sequence[np.ndarray]


class Forward(NamedTuple):
    """Net inputs of each layer, and outputs of the inputs and of each layer."""

    net: list[np.ndarray]
    out: list[np.ndarray]


class Backward(NamedTuple):
    """δ of each layer, f′ and the terms δ_k w_kj of the hidden ones."""

    delta: list[np.ndarray]
    derivative: list[np.ndarray]
    credit: list[np.ndarray]


def read_by(w: np.ndarray, out: list[np.ndarray]) -> np.ndarray:
    """Return what a layer with these weights reads of all outputs below, (..., fan_in)."""
    fan_in, first = len(w), len(out)
    while fan_in > 0:
        first -= 1
        fan_in -= out[first].shape[-1]
    below = out[first:]
    if len(below) == 1:
        return below[0]
    patterns = below[-1].shape[:-1]  # inputs may be the same for several of them
    return np.concatenate([np.broadcast_to(o, (*patterns, o.shape[-1])) for o in below], axis=-1)


def output(loss: NamedTuple, net: np.ndarray) -> np.ndarray:
    """Return the outputs of the network, patterns along all axes but the last."""
    if not normalised(loss):
        return inverse_link(loss, net)
    out = inverse_link(loss, net - net.max(axis=-1, keepdims=True))
    return out / out.sum(axis=-1, keepdims=True)


def onwards(
    net: np.ndarray,
    out: list[np.ndarray],
    parameters: Parameters,
    formulas: Formulas,
    p: int = 0,
) -> Forward:
    """Go on from the net inputs of a layer and the outputs of all below, up to the network's.

    Parameters
    ----------
    net : ndarray of shape (..., fan_out)
        Of the layer above `out`.
    out : list of ndarray
        Outputs of the inputs and of the layers below.
    parameters, formulas : Parameters, Formulas
        The network.
    p : int, default=0
        The number of the pattern, which dropout depends on.
    """
    weights, biases = parameters
    nets, out = [net], list(out)
    for layer in range(len(out) - 1, len(weights) - 1):
        out.append(value_at(formulas.activation, nets[-1], layer, layer, 0, p))
        nets.append(read_by(weights[layer + 1], out) @ weights[layer + 1] + biases[layer + 1])
    out.append(output(formulas.loss, nets[-1]))
    return Forward(nets, out)


def forward(x: np.ndarray, parameters: Parameters, formulas: Formulas, p: int = 0) -> Forward:
    """net_j = Σ_i w_ji o_i + θ_j and o_j = f(net_j), layer by layer."""
    first = x @ parameters.weights[0] + parameters.biases[0]
    return onwards(first, [x], parameters, formulas, p)


def compared(
    formula: Callable, loss: NamedTuple, target: np.ndarray, out: np.ndarray
) -> np.ndarray:
    """Return the loss's `error` or `output_delta` of each output; 0 where the target is NaN."""
    missing = np.isnan(target)
    return np.where(missing, 0, formula(loss, np.where(missing, out, target), out))


def errors(loss: NamedTuple, target: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return E_p of patterns along all axes but the last."""
    return compared(error, loss, target, out).sum(axis=-1)


def backward(
    passed: Forward, target: np.ndarray, parameters: Parameters, formulas: Formulas, p: int = 0
) -> Backward:
    """δ_k of the output units, then δ_j = f′(net_j) Σ_k δ_k w_kj, downwards; of one pattern."""
    (net, out), weights = passed, parameters.weights
    ends = np.cumsum([len(o) for o in out]).tolist()  # of each layer among all units
    deltas, derivatives, credits = [compared(output_delta, formulas.loss, target, out[-1])], [], []
    for layer in reversed(range(len(weights) - 1)):
        credit = fed(layer, deltas, weights, ends)
        slope = derivative_at(formulas.activation, net[layer], out[layer + 1], layer, layer, 0, p)
        deltas.insert(0, slope * credit.sum(axis=1))
        derivatives.insert(0, slope)
        credits.insert(0, credit)
    return Backward(deltas, derivatives, credits)


def fed(
    layer: int, deltas: list[np.ndarray], weights: Sequence[np.ndarray], ends: list[int]
) -> np.ndarray:
    """Return δ_k w_kj, a row for each unit j of a hidden layer, a column for each k that it feeds.

    `deltas` are those of the layers above it.
    """
    columns = []
    for above, delta in enumerate(deltas, start=layer + 1):
        w = weights[above]
        first = ends[layer] - (ends[above] - len(w))  # the row of the layer's first unit
        if first >= 0:
            columns.append(w[first : first + ends[layer + 1] - ends[layer]] * delta)
    return np.concatenate(columns, axis=1)


def gradients(
    passed: Forward,
    returned: Backward,
    parameters: Parameters,
    connections: Sequence[np.ndarray] | None,
) -> Parameters:
    """−∂E_p/∂w_ji = δ_j o_i and −∂E_p/∂θ_j = δ_j; 0 where there is no connection."""
    slopes = []
    for layer, (w, delta) in enumerate(zip(parameters.weights, returned.delta, strict=True)):
        slope = np.outer(read_by(w, passed.out[: layer + 1]), delta)
        slopes.append(slope if connections is None else np.where(connections[layer], slope, 0))
    return Parameters(slopes, returned.delta)


def output_derivative(loss: Any, net: np.ndarray, out: np.ndarray) -> np.ndarray | None:
    """Return f′(net_k) of the output units; None where it cancels, or f has no known name."""
    link = ACTIVATIONS.get(getattr(loss, "out_activation", ""))
    if isinstance(loss, CANONICAL) or link is None or not np.array_equal(value(link, net), out):
        return None
    return derivative(link, net, out)
