"""The validation set that a user gives."""

from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import validate_data

from ...training.patterns import Patterns
from ..bound_network import BoundNetwork
from ..growing.columns import columns_of, nameless
from .labels import numbered
from .missing_targets import check_row_by_row, filled, restored
from .user_input import Table, check_table, checked_weights


class GivenSet(NamedTuple):
    """What the caller of `fit` gives to validate with: arrays, or None."""

    X_val: Table
    y_val: Table
    sample_weight_val: Table

    def is_there(self) -> bool:
        """Tell whether there is one.

        Raises
        ------
        ValueError
            If a part of it is missing.
        """
        missing = [name for name in ("X_val", "y_val") if getattr(self, name) is None]
        given = [name for name in self._fields if getattr(self, name) is not None]
        if missing and given:
            raise ValueError(
                f"{given[0]} is given without {missing[0]}: a validation set is X_val and y_val"
            )
        return not missing

    def checked(
        self, estimator: BoundNetwork, dtype: np.dtype
    ) -> tuple[Table, np.ndarray, Patterns]:
        """Return X, y, and both as the kernels read them, without the rows of weight zero.

        Raises
        ------
        ValueError
            If they do not fit together, or not to what the estimator is trained with.
        """
        try:
            return checked_patterns(
                estimator, self.X_val, self.y_val, self.sample_weight_val, dtype
            )
        except ValueError as refusal:
            raise ValueError(f"X_val, y_val, sample_weight_val: {refusal}") from refusal


def checked_patterns(
    estimator: BoundNetwork, X: Table, y: Table, weights: Table, dtype: np.dtype
) -> tuple[Table, np.ndarray, Patterns]:
    """Return X, y, and both as the kernels read them, in the units that the estimator has.

    Rows of weight zero are left out; weights may be None.

    Raises
    ------
    ValueError
        If they do not fit together, or not to what the estimator is trained with.
    """
    classifies = hasattr(estimator, "predict_proba")
    y = numbered(estimator, y)
    estimator._check_given_target(y)
    y, missing = filled(y, estimator.missing_targets)
    columns, model = columns_of(estimator, X), estimator
    if columns is not None:
        X, model = columns.X, nameless(estimator, columns.X.shape[1])
    X, y = validate_data(
        model,
        check_table(X),
        y,
        accept_sparse="csr",
        dtype=(np.float64, np.float32) if estimator.mean_ is not None else dtype,
        multi_output=True,
        y_numeric=not classifies,
        reset=False,
    )
    if classifies:
        check_row_by_row(missing)
    if weights is not None:
        weights = checked_weights(weights, X.shape[0], dtype).astype(dtype)
        there = np.flatnonzero(weights)
        X, y, weights = X[there], y[there], weights[there]
        missing = None if missing is None else missing[there]
    y = restored(estimator._validate_other_target(y), missing)
    n_outputs = estimator._count_outputs(y)
    if n_outputs != estimator.n_outputs_:
        raise ValueError(f"y has {n_outputs} outputs, trained are {estimator.n_outputs_}")
    targets = estimator._encode(y, dtype)
    return X, y, Patterns(estimator._rows(X, dtype), targets, weights)
