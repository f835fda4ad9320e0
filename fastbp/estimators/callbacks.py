"""scikit-learn's callbacks: a fit is a task, each of its epochs a subtask.

The protocol came with scikit-learn 1.9. Before, there is no ``set_callbacks`` and no observer.
"""

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..training.progress import Progress, Task
from ._sklearn import _safe_indexing
from .data.far_table import FarTable
from .data.user_input import Table
from .draft import shown

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]  # the same name, by the version
        """Nothing, where scikit-learn has no callbacks."""


class Observer:
    """Tells the callbacks of an estimator about its fit and its epochs.

    Callbacks get the patterns that are trained with, as the user gave them, in the user's order,
    their ``sample_weight`` as metadata, and on demand a copy of the estimator with the weights of
    the moment.

    Parameters
    ----------
    original : estimator
        The one that has callbacks; they are set up with it, and told of it.
    draft : estimator
        The one that is trained; of it they get copies on demand.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The input.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The targets.
    task : Task
        What is to be done.
    n_starts : int
        How many times, one after the other.
    """

    def __init__(
        self, original: Any, draft: Any, X: Table, y: ArrayLike, task: Task, n_starts: int
    ) -> None:
        order, sample_weight = np.unique(task.order), task.sample_weight
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if len(order) < n_rows and not isinstance(X, FarTable):
            X = X.tocsr() if hasattr(X, "tocsr") else X
            X, y = _safe_indexing(X, order), _safe_indexing(y, order)
            sample_weight = None if sample_weight is None else sample_weight[order]
        self.draft, self.progress = draft, task.progress
        self.arguments = {"estimator": original, "X": X, "y": y}
        if sample_weight is not None:
            self.arguments["metadata"] = {"sample_weight": sample_weight}
        self.fit = original._init_callback_context(max_subtasks=n_starts * task.n_epochs)
        self.fit.call_on_fit_task_begin(**self.arguments)

    @classmethod
    def of(cls, original: Any, *arguments: Any) -> "Observer | None":
        """Return an observer if the estimator has callbacks, and otherwise None."""
        return cls(original, *arguments) if hasattr(original, "_skl_callbacks") else None

    def turn_to(self, draft: Any, progress: Progress) -> None:
        """Tell of another draft from now on."""
        self.draft, self.progress = draft, progress

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
        """Return what a copy of the draft is, which shares nothing with it."""
        vars(self.draft).update(shown(self.progress))
        return vars(copy.copy(self.draft))
