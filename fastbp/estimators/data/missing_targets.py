"""Targets of which some are missing: NaN in y, where ``missing_targets="ignore"`` allows it.

scikit-learn's validation refuses NaN in y, and takes it for a class. So it sees zeros in their
place, and they are put back where it is done.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_consistent_length

from ...kernels.targets import PartlyMissing
from ...losses import normalised
from .labels import is_numbered, listed, objects
from .metrics import accuracy, r2
from .user_input import Table


def filled(y: Table, policy: str) -> tuple[Table, np.ndarray | None]:
    """Return y with zeros for what is missing, and where that is; None if nothing may be missing.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The targets.
    policy : {'error', 'ignore'}
        With "error" y is returned as it is: that it must not have NaN is scikit-learn's to say.
    """
    if policy == "error" or hasattr(y, "indptr") or hasattr(y, "tocsr"):
        return y, None
    try:
        if hasattr(y, "iloc"):  # of a data frame, whose columns may have a "missing" of their own
            numbers = y.to_numpy(np.float64, na_value=np.nan)
        else:
            numbers = np.asarray(y)
            numbers = numbers.astype(np.float64) if numbers.dtype.kind == "O" else numbers
    except (TypeError, ValueError):  # no numbers: scikit-learn's to say
        return y, None
    if numbers.dtype.kind != "f":
        return y, None
    missing = np.isnan(numbers)
    return np.where(missing, numbers.dtype.type(0), numbers), missing


def restored(y: np.ndarray, missing: np.ndarray | None) -> np.ndarray:
    """Return y with NaN where it was; it may have lost its only column meanwhile."""
    if missing is None or not missing.any():
        return y
    dtype = y.dtype if y.dtype.kind == "f" else np.float64
    return np.where(missing.reshape(y.shape), np.nan, y.astype(dtype, copy=False))


def check_row_by_row(missing: np.ndarray | None, name: str = "y") -> None:
    """Refuse rows without a label where each has one class."""
    if missing is not None and missing.any() and (missing.ndim == 1 or missing.shape[1] == 1):
        row = int(np.argwhere(missing)[0][0])
        raise ValueError(
            f"{name}: row {row} has no label: missing_targets='ignore' is for several labels per "
            "row, with one class per row leave the row out"
        )


def partly_missing(y: np.ndarray, loss: NamedTuple) -> PartlyMissing:
    """Return the record of targets, (n_rows, n_outputs), of which some may be NaN.

    Raises
    ------
    ValueError
        If some are, and the outputs of a row are not independent of each other.
    """
    if normalised(loss) and np.isnan(y).any():
        row = int(np.argwhere(np.isnan(y))[0][0])
        raise ValueError(
            f"y: row {row} has a missing target: missing_targets='ignore' does not go with "
            f"{type(loss).__name__}, which divides the outputs of a row by their sum; leave the "
            "row out"
        )
    return PartlyMissing(y)


def check_columns(y: np.ndarray, order: np.ndarray) -> None:
    """Refuse an output of which no row to train with has a target."""
    if y.dtype.kind != "f" or not np.isnan(y).any():
        return
    never = np.isnan(y[order].reshape(len(order), -1)).all(axis=0)
    if never.any():
        raise ValueError(
            f"y: output {int(np.flatnonzero(never)[0])} has no target in any of the {len(order)} "
            "rows to train with: leave the column out, or use partial_fit, where they may come "
            "later"
        )


def has_missing(y: ArrayLike) -> bool:
    """Tell whether there is a NaN among the targets."""
    y = np.asarray(y)
    return y.dtype.kind == "f" and bool(np.isnan(y).any())


def r2_of_given(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None) -> float:
    """Return R², without missing targets: the mean over outputs with at least two."""
    if not has_missing(y_true):
        return r2(y_true, y_pred, sample_weight)
    truth, predicted = (np.asarray(one, np.float64) for one in (y_true, y_pred))
    truth, predicted = (one.reshape(len(one), -1) for one in (truth, predicted))
    missing = np.isnan(truth)
    weights = None if sample_weight is None else np.asarray(sample_weight)
    scores = []
    for k in np.flatnonzero((~missing).sum(axis=0) > 1):
        given = ~missing[:, k]
        own = None if weights is None else weights[given]
        scores.append(r2(truth[given, k], predicted[given, k], own))
    return float(np.mean(scores)) if scores else np.nan


def accuracy_of_given(
    y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None
) -> float:
    """Return the accuracy; of rows with labels, one is right if all that are there are predicted.

    Rows without any do not count.
    """
    truth = np.asarray(y_true)
    if truth.dtype.kind == "O" and truth.ndim == 1:  # labels that scikit-learn may not know
        weights = None if sample_weight is None else np.asarray(sample_weight)
        return float(np.average(truth == y_pred, weights=weights))
    if not has_missing(truth):
        return accuracy(y_true, y_pred, sample_weight)
    missing = np.isnan(truth)
    rows = ~missing.all(axis=1)
    if not rows.any():
        return np.nan
    right = (missing | (truth == y_pred)).all(axis=1)
    weights = None if sample_weight is None else np.asarray(sample_weight)[rows]
    return float(np.average(right[rows], weights=weights))


class ScoreOfGiven:
    """The score of scikit-learn's mixin, which comes after this one, where targets are missing."""

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy or R² on test data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The truth. With ``missing_targets="ignore"`` NaN is left out: R² is the mean over the
            outputs with at least two targets, accuracy that of the rows with a label, right where
            all labels that are there are.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Accuracy of a classifier, R² of a regressor.
        """
        model: Any = self
        if is_numbered(model):
            y = objects(listed(y))
            check_consistent_length(X, y, sample_weight)
            return model._metric(y, model.predict(X), sample_weight)
        zeros, missing = filled(y, model.missing_targets)
        if missing is None or not missing.any():
            return model._plain_metric(y, model.predict(X), sample_weight)
        check_consistent_length(X, zeros, sample_weight)
        return model._metric(restored(zeros, missing), model.predict(X), sample_weight)
