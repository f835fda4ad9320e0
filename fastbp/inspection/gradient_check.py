"""`check_gradient`: what backpropagation says of every weight, and what differences say."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..estimators.data.validation_set import checked_patterns
from ..kernels.rows.catalogue import rows_of
from ..kernels.targets import target_of
from ..network.network import Network
from ..training.lbfgs import Objective
from ..training.patterns import Patterns
from ..training.regularization import Regularization
from .differences import SURE, Surface
from .online_step import check_estimator, connections_of
from .passes import Parameters


@dataclass(frozen=True, eq=False)
class LayerCheck:
    """The gradients of one layer, both ways.

    Attributes
    ----------
    name : str
        'hidden 1', 'hidden 2', ..., 'output'.
    max_relative_error : float
        The largest |g − n| / max(|g|, |n|) of the weights and biases that were compared, g by
        backpropagation, n by differences; infinite if none could be.
    gradient, bias_gradient : ndarray of shapes (fan_in, fan_out) and (fan_out,)
        −∂E/∂w and −∂E/∂θ by backpropagation.
    numerical, bias_numerical : ndarray of the same shapes
        The same by central differences.
    worst : tuple of (int or None, int)
        Where the largest error is: the row and column in ``coefs_``, None as the row for a bias.
    n_compared : int
        Weights and biases that were compared.
    n_small : int
        Those whose gradients are zero both ways, or too small for differences to tell.
    n_kinked : int
        Those at which the error has a kink: the slopes on both sides differ, and the gradient lies
        between them.
    """

    name: str
    max_relative_error: float
    gradient: np.ndarray
    bias_gradient: np.ndarray
    numerical: np.ndarray
    bias_numerical: np.ndarray
    worst: tuple[int | None, int]
    n_compared: int
    n_small: int
    n_kinked: int


@dataclass(frozen=True, eq=False, repr=False)
class GradientCheck:
    """What `check_gradient` has found.

    Attributes
    ----------
    passed : bool
        Whether no relative error is above `tolerance`, and in every layer some gradients could be
        compared.
    max_relative_error : float
        The largest one of all layers; infinite if in some layer nothing could be compared.
    tolerance : float
        As given.
    error : float
        E, the mean of E_p over the patterns.
    layers : tuple of LayerCheck
        The first hidden layer, ..., the output layer.
    """

    passed: bool
    max_relative_error: float
    tolerance: float
    error: float
    layers: tuple[LayerCheck, ...]

    def __repr__(self) -> str:
        """Return a line for each layer, and what came of it."""
        lines = [
            f"gradient check {'passed' if self.passed else 'FAILED'}: largest relative error "
            f"{self.max_relative_error:.2g}, tolerance {self.tolerance:.2g}",
            f"{'layer':>10}{'compared':>10}{'too small':>11}{'at kinks':>10}{'error':>10}  "
            "largest at: backpropagated, by differences (−∂E/∂w)",
        ]
        for layer in self.layers:
            counts = f"{layer.n_compared:>10}{layer.n_small:>11}{layer.n_kinked:>10}"
            said = f"{layer.name:>10}{counts}{layer.max_relative_error:>10.2g}  "
            lines.append(said + where(layer))
        return "\n".join(lines)


def where(layer: LayerCheck) -> str:
    """Return the weight with the largest error, or that there is nothing to compare."""
    if not layer.n_compared:
        return "nothing to compare: all gradients are zero or too small, take other patterns"
    i, j = layer.worst
    if i is None:
        name, pair = f"bias {j}", (layer.bias_gradient[j], layer.bias_numerical[j])
    else:
        name, pair = f"weight {i}, {j}", (layer.gradient[i, j], layer.numerical[i, j])
    return f"{name}: {pair[0]:.9g}, {pair[1]:.9g}"


def check_gradient(estimator: Any, X: Any, y: Any, *, tolerance: float = 1e-5) -> GradientCheck:
    """Compare backpropagated gradients with central differences, for every weight and bias.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        A fitted one; it stays as it is.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        A few patterns; not those that are learned to perfection, of which all gradients are zero.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their targets.
    tolerance : float, default=1e-5
        The largest relative error that passes.

    Returns
    -------
    check : GradientCheck
        Its `passed` says whether they agree, `max_relative_error` by how much, `layers` where not.

    Raises
    ------
    ValueError
        If the estimator is not fitted, or X and y are not such as it learns.
    TypeError
        If it is no estimator of one network.

    Notes
    -----
    E is the mean of E_p, without penalties, weights and dropout. Its gradients are those of the
    kernel that trains on batches (`fastbp.kernels.batches.gradient`), the differences those of
    the formulas `value`, `inverse_link` and `error` in NumPy: formulas of your own are compiled as
    for training. All is computed in float64, whatever the dtype of the network.

    Differences are uncertain by rounding: by how much, those of two steps tell. Gradients for which
    that would be more than the tolerance are not compared but counted, and nor are those of zero;
    a layer with no others has not been checked, and the check has not passed. Where a step may have
    crossed a kink, of relu or of an absolute error, shorter ones are tried; at a kink itself, where
    the slopes of its sides differ, any gradient between them is right, and counted as well. Not to
    be fooled by a derivative that is wrong in one place only, take patterns that differ.

    Examples
    --------
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.inspection import check_gradient
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    >>> model = BackpropRegressor(3, activation="tanh", random_state=0).partial_fit(X, y)
    >>> check_gradient(model, X, y).passed
    True
    """
    check_estimator(estimator, "check_gradient")
    check_is_fitted(estimator)
    if not tolerance > 0:
        raise ValueError(f"tolerance must be above 0, got {tolerance}")
    twin, dtype = copy.copy(estimator), np.dtype(np.float64)
    X, y, patterns = checked_patterns(twin, X, y, None, dtype)
    twin._fitting_network(X.shape[1], twin._n_outputs())
    x = twin._standardized(X, dtype)
    x = np.ascontiguousarray(x.toarray() if hasattr(x, "toarray") else x)
    patterns = Patterns(rows_of(x), twin._smoothed(patterns.targets), None)
    network = Network.of(twin.coefs_, twin.intercepts_, dtype, shortcuts=twin.shortcuts)
    twin._connect(network)
    objective = Objective(network, twin._formulas, patterns, Regularization(), np.arange(len(x)))
    error, gradient = objective(network.parameters.copy())
    zeros = np.zeros(network.sizes[-1])
    target = np.array([target_of(patterns.targets, p, 0, len(zeros), zeros) for p in range(len(x))])
    surface = Surface(x, target, Parameters(network.weights, network.biases), twin._formulas)
    slopes, connections = network.views(-gradient), connections_of(network)
    layers = []
    with np.errstate(all="ignore"):
        for n, (of_w, of_b) in enumerate(zip(*slopes, strict=True)):
            name = "output" if n == len(network.weights) - 1 else f"hidden {n + 1}"
            there = np.ones((len(of_w) + 1, len(of_b)), bool)
            if connections is not None:
                there[:-1] = connections[n]
            given = np.vstack([of_w, of_b])
            layers.append(check_layer(name, surface, n, given, there, tolerance))
    largest = max(layer.max_relative_error for layer in layers)
    return GradientCheck(largest <= tolerance, largest, tolerance, float(error), tuple(layers))


def check_layer(
    name: str, surface: Surface, layer: int, given: np.ndarray, there: np.ndarray, tolerance: float
) -> LayerCheck:
    """Compare the gradients of one layer, a row for each source and one for the biases."""
    scale, numerical, noise = surface.differences(layer)
    scaled = given / np.where(scale > 0, scale, 1)
    numerical, kinked = numerical.copy(), np.zeros(given.shape, bool)

    def relative() -> np.ndarray:
        size = np.maximum(np.abs(scaled), np.abs(numerical))
        off = np.abs(scaled - numerical) / np.where(size > 0, size, 1)
        return np.where(np.isnan(off), np.inf, off)

    clear = there & ~(np.maximum(np.abs(scaled), np.abs(numerical)) <= SURE * noise / tolerance)
    for i, j in np.argwhere(clear & (relative() > tolerance)).tolist():
        numerical[i, j], kinked[i, j] = surface.closer(layer, i, j, scaled[i, j], noise)
    kinked &= relative() > tolerance  # no shorter step has helped
    off = np.where(clear & ~kinked, relative(), -1)
    compared = int(np.count_nonzero(off >= 0))
    i, j = (int(n) for n in np.unravel_index(off.argmax(), off.shape))
    numerical *= np.where(scale > 0, scale, 1)
    return LayerCheck(
        name=name,
        max_relative_error=float(off[i, j]) if compared else np.inf,
        gradient=given[:-1],
        bias_gradient=given[-1],
        numerical=numerical[:-1],
        bias_numerical=numerical[-1],
        worst=(None if i == len(given) - 1 else i, j),
        n_compared=compared,
        n_small=int(np.count_nonzero(there & ~clear)),
        n_kinked=int(kinked.sum()),
    )
