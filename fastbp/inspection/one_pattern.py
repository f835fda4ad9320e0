"""One row and its target, from whatever the caller holds them in."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..estimators.data.class_targets import ONE
from ..estimators.one_row.given import NamedRow, first_row


def row_and_target(estimator: Any, x: Any, y: Any) -> tuple[NamedRow, np.ndarray, Any]:
    """Return the row and the target as those of a table of one row, and classes it declares.

    Raises
    ------
    ValueError, TypeError
        If they are not those of one row, or not such as the estimator learns; it says which.
    """
    row = _one_row(x, named=hasattr(estimator, "feature_names_in_"))
    if not estimator._is_trained():
        n_inputs = len(estimator.coefs_[0])
        if len(row) != n_inputs:
            raise ValueError(f"x has {len(row)} features, coefs_ are for {n_inputs}")
        known = first_row(row)
    else:
        known = estimator._row_of(row, estimator.new_features)
    binarizer = getattr(estimator, "_label_binarizer", None)
    if hasattr(estimator, "predict_proba") and (binarizer is None or binarizer.y_type_ in ONE):
        target = _one_label(y)
    else:
        target = _numbers(y, estimator.coefs_[-1].shape[1])
    return known, *estimator._one_target(target)


def _one_row(x: Any, *, named: bool) -> Any:
    """Return the row as a mapping of names to numbers, where columns have some, or as it is."""
    if hasattr(x, "toarray"):  # of SciPy
        x = x.toarray()
    if hasattr(x, "columns") and hasattr(x, "shape"):  # a data frame
        (numbers,) = _only_row(np.asarray(x), "x")
        return dict(zip(x.columns, numbers.tolist(), strict=True)) if named else numbers
    if hasattr(x, "index") and hasattr(x, "items") and not named:  # a pandas.Series
        return np.asarray(x)
    if not isinstance(x, Mapping) and np.ndim(x) == 2:
        return _only_row(np.asarray(x), "x")[0]
    return x


def _only_row(table: np.ndarray, name: str) -> np.ndarray:
    if len(table) != 1:
        raise ValueError(
            f"{name} must be that of one pattern, got {len(table)} rows: trace them one by one"
        )
    return table


def _one_label(y: Any) -> Any:
    """Return the label, which may stand in a list or an array of one."""
    while isinstance(y, list) or hasattr(y, "shape"):
        if hasattr(y, "shape"):
            y = np.asarray(y).tolist()
            continue
        if len(y) != 1:
            raise ValueError(f"y must be the label of one pattern, got {len(y)}: {y[:5]}")
        y = y[0]
    return y


def _numbers(y: Any, n_outputs: int) -> Any:
    """Return the number of a single output, or those of several."""
    numbers = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    if numbers.ndim == 2:
        numbers = _only_row(numbers, "y")[0]
    if numbers.ndim > 1 or numbers.size != n_outputs:
        raise ValueError(
            f"y must be the target of one pattern, {n_outputs} number{'s' * (n_outputs > 1)}; got "
            f"{'an array of shape ' + str(numbers.shape) if numbers.ndim else y!r}"
        )
    return numbers.ravel()[0] if n_outputs == 1 else numbers
