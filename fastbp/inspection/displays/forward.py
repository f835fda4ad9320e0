"""What every unit does for many rows, in float64: the formulas that train, in plain NumPy."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...activations import activation_of, value
from ...estimators.base import BaseBackprop
from ...estimators.data.validation_set import GivenSet
from ...kernels.descent import Formulas
from ...losses import inverse_link, normalised
from ...training.validation import numbers


def check_network(estimator: Any) -> None:
    """Refuse what is no network of ours that has been trained.

    Raises
    ------
    TypeError, NotFittedError
        The second is a ValueError.
    """
    if not isinstance(estimator, BaseBackprop):
        raise TypeError(
            "estimator: a BackpropClassifier or a BackpropRegressor is needed, this is a "
            f"{type(estimator).__name__}. Of a pipeline take its last step, of an ensemble one of "
            "its estimators_"
        )
    check_is_fitted(estimator)


def layer_sizes(coefs: list[np.ndarray]) -> list[int]:
    """Return the numbers of inputs and of the units of each layer."""
    return [coefs[0].shape[0], *(w.shape[1] for w in coefs)]


def masks_of(estimator: Any) -> list[np.ndarray]:
    """Return which connections there are, (fan_in, fan_out) of each layer."""
    given = getattr(estimator, "connections", None)
    if given is None:
        return [np.ones(w.shape, bool) for w in estimator.coefs_]
    return [np.asarray(mask, bool) for mask in given]


def standardized_rows(estimator: Any, X: Any) -> np.ndarray:
    """Return rows as the network reads them, (n_rows, n_features), in float64."""
    rows = estimator._standardized(estimator._table(X), np.dtype(np.float64))
    return rows.toarray() if hasattr(rows, "toarray") else rows


def patterns_of(estimator: Any, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and targets as the network learns them, in float64; NaN are missing targets.

    Raises
    ------
    ValueError
        If they do not fit together, or not to what the estimator was trained with.
    """
    dtype = np.dtype(np.float64)
    try:
        X, _, patterns = GivenSet(X, y, None).checked(estimator, dtype)
    except ValueError as refusal:
        raise ValueError(f"X, y: {refusal.__cause__}") from refusal
    order = np.arange(X.shape[0])
    return standardized_rows(estimator, X), numbers(
        estimator._smoothed(patterns.targets), order, dtype
    )


def forward(
    coefs: list[np.ndarray], intercepts: list[np.ndarray], rows: np.ndarray, formulas: Formulas
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """net_j = Σ_i w_ji o_i + θ_j and o_j = f(net_j) of each row: `fastbp.textbook.forward`.

    Returns
    -------
    net, out : list of ndarray of shape (n_rows, fan_out)
        Of each layer.
    """
    units, net, out = rows, [], []
    for layer, (w, b) in enumerate(zip(coefs, intercepts, strict=True)):
        net.append(units[:, units.shape[1] - len(w) :] @ w + b)
        if layer < len(coefs) - 1:
            out.append(value(activation_of(formulas.activation, layer), net[-1]))
        elif normalised(formulas.loss):
            shares = inverse_link(formulas.loss, net[-1] - net[-1].max(axis=1, keepdims=True))
            out.append(shares / shares.sum(axis=1, keepdims=True))
        else:
            out.append(inverse_link(formulas.loss, net[-1]))
        units = np.concatenate([units, out[-1]], axis=1)
    return net, out
