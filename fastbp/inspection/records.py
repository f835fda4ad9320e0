"""What one pattern does in a network, number by number: records of layers, and of the whole."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SHOWN = 8  # units of a layer, where a trace is printed


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """The numbers of one layer: i are the units that it reads, j its own, k those it feeds.

    Attributes
    ----------
    name : str
        'hidden 1', 'hidden 2', ..., 'output'.
    reads : ndarray of shape (fan_in,)
        o_i, the outputs of the units that the layer reads: those of the layer below, or with
        ``shortcuts=True`` the inputs and of all hidden layers below, in the order of the rows of
        `weights`.
    weights, bias : ndarray of shapes (fan_in, fan_out) and (fan_out,)
        w_ji and θ_j before the update, transposed as in ``coefs_``.
    net : ndarray of shape (fan_out,)
        net_j = Σ_i w_ji o_i + θ_j.
    out : ndarray of shape (fan_out,)
        o_j = f(net_j).
    derivative : ndarray of shape (fan_out,) or None
        f′(net_j). None in an output layer where it cancels (a canonical link, δ_k = d_k − o_k), or
        where the loss's record doesn't name its output activation.
    delta : ndarray of shape (fan_out,)
        δ_j = −∂E_p/∂net_j.
    credit : ndarray of shape (fan_out, n_fed) or None
        δ_k w_kj, a column for each unit k that the layer feeds: those of the next layer, or with
        ``shortcuts=True`` of all layers above, upwards. ``delta`` is ``derivative`` times its sum
        over the columns. None in the output layer, which feeds nothing.
    gradient, bias_gradient : ndarray of shapes (fan_in, fan_out) and (fan_out,)
        −∂E_p/∂w_ji = δ_j o_i and −∂E_p/∂θ_j = δ_j: the direction of descent.
    update, bias_update : ndarray of shapes (fan_in, fan_out) and (fan_out,), or None
        What `partial_fit` of the pattern adds to ``coefs_`` and ``intercepts_``; None where the
        solver can't learn pattern by pattern ('lbfgs').
    """

    name: str
    reads: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    net: np.ndarray
    out: np.ndarray
    derivative: np.ndarray | None
    delta: np.ndarray
    credit: np.ndarray | None
    gradient: np.ndarray
    bias_gradient: np.ndarray
    update: np.ndarray | None
    bias_update: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Trace:
    """One pattern on its way through a network, forward and backward, see `trace`.

    Attributes
    ----------
    input : ndarray of shape (n_features,)
        The pattern as the network reads it: standardised, if the estimator standardises.
    target : ndarray of shape (n_outputs,)
        d, as the network learns it: zeros and ones for classes, standardised in a regressor that
        standardises; NaN where it is missing.
    error : float
        E_p, without penalty and without the pattern's weight.
    output : ndarray of shape (n_outputs,)
        o, in the units of `target`.
    layers : tuple of LayerTrace
        The first hidden layer, ..., the output layer.
    weight : float
        How much the pattern counts in an update: 1, or the cost of its class.
    rule : NamedTuple or None
        The update rule's record at this update, with the learning rate η of now; None where the
        solver can't learn pattern by pattern.
    """

    input: np.ndarray
    target: np.ndarray
    error: float
    output: np.ndarray
    layers: tuple[LayerTrace, ...]
    weight: float
    rule: tuple | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as a dict of plain arrays and numbers; `layers` is a list of such dicts."""
        own = dict(vars(self))
        own["layers"] = [dict(vars(layer)) for layer in self.layers]
        own["rule"] = None if self.rule is None else repr(self.rule)
        return own
