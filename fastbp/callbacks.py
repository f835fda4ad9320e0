"""scikit-learn's callbacks: a fit is a task, each of its epochs a subtask.

The protocol came with scikit-learn 1.9. Before, there is no ``set_callbacks`` and no observer.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import _safe_indexing

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Nothing, where scikit-learn has no callbacks."""


class Observer:
    """Tells the callbacks of an estimator about its fit and its epochs.

    Callbacks get the patterns that are trained with, as the user gave them, in the user's order,
    their ``sample_weight`` as metadata, and on demand a copy of the estimator with the weights of
    the moment.

    Parameters
    ----------
    estimator : estimator
        The one that has callbacks.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The input.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The targets.
    sample_weight : ndarray of shape (n_samples,) or None
        The weights of the patterns.
    order : ndarray of int
        The numbers of the rows that are trained with.
    n_epochs : int
        The most epochs.
    """

    def __init__(
        self,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: np.ndarray | None,
        order: np.ndarray,
        n_epochs: int,
    ) -> None:
        self.estimator = estimator
        order = np.unique(order)
        if len(order) < (X.shape[0] if hasattr(X, "shape") else len(X)):
            X = X.tocsr() if hasattr(X, "tocsr") else X
            X, y = _safe_indexing(X, order), _safe_indexing(y, order)
            sample_weight = None if sample_weight is None else sample_weight[order]
        self.arguments = {"estimator": estimator, "X": X, "y": y}
        if sample_weight is not None:
            self.arguments["metadata"] = {"sample_weight": sample_weight}
        self.fit = estimator._init_callback_context(max_subtasks=n_epochs)
        self.fit.call_on_fit_task_begin(**self.arguments)

    @classmethod
    def of(cls, estimator: Any, *arguments: Any) -> "Observer | None":
        """Return an observer if the estimator has callbacks, and otherwise None."""
        return cls(estimator, *arguments) if hasattr(estimator, "_skl_callbacks") else None

    def begin_epoch(self) -> None:
        """Tell that an epoch begins."""
        self.epoch = self.fit.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.arguments, reconstruction_attributes=self.fitted)

    def end_epoch(self) -> bool:
        """Tell that the epoch has ended; return whether training shall end as well."""
        return self.epoch.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes=self.fitted
        )

    def end(self) -> None:
        """Tell that the fit has ended."""
        self.fit.call_on_fit_task_end(**self.arguments, reconstruction_attributes=self.fitted)

    def fitted(self) -> dict:
        """Return copies of the attributes that training changes in place."""
        lists = ("loss_curve_", "validation_scores_", "validation_loss_curve_")
        copies = {name: getattr(self.estimator, name) for name in lists}
        copies = {name: None if curve is None else list(curve) for name, curve in copies.items()}
        for name in ("coefs_", "intercepts_"):
            copies[name] = [array.copy() for array in getattr(self.estimator, name)]
        return copies
