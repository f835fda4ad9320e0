"""What displays are given: a trained network, rows and targets as it learns them."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...estimators.base import BaseBackprop
from ...estimators.data.validation_set import GivenSet
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
    if estimator.connections is None:
        return [np.ones(w.shape, bool) for w in estimator.coefs_]
    return [np.asarray(mask, bool) for mask in estimator.connections]


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
