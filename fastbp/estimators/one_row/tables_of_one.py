"""`partial_fit` and `predict` of a plain array of one row: without the way through all checks.

What they look at is all that can be wrong with such an array; whatever else there is takes the
other way, and so does what is refused here: its errors are the same.
"""

import functools
import math
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ...kernels.one_row.records import ANSWER
from ...training.progress import KEPT
from ..draft import LEARNING, PREDICTING
from .records import REFUSED
from .route import predicting_route

SOME = 16
"""Tables of one row, one after the other, from which on it is worthwhile to have a kernel loaded,
or compiled, for them."""

FLOAT64, FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)
_counts: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def is_plain_row(X: Any) -> bool:
    """Tell whether X is a table of one row that kernels read."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and len(X) == 1
        and (X.dtype is FLOAT64 or X.dtype is FLOAT32)
    )


def is_worthwhile(estimator: Any, X: Any) -> bool:
    """Note that there was a table; tell whether such rows come again and again."""
    if not is_plain_row(X) or hasattr(estimator, "feature_names_in_"):
        _counts.pop(estimator, None)
        return False
    _counts[estimator] = count = _counts.get(estimator, 0) + 1
    return count > SOME


def row_first(partial_fit: Callable) -> Callable:
    """Let `partial_fit` of a plain array of one row go the short way, if it can."""

    @functools.wraps(partial_fit)
    def first_try(self: Any, X: Any, y: Any, *args: Any, **more: Any) -> Any:
        route = self.__dict__.get(LEARNING)
        if (
            route is not None
            and not (args or more)
            and is_plain_row(X)
            and not route.objects.named  # which would be missed
            and (type(y) is list or (type(y) is np.ndarray and y.ndim == 1))
            and len(y) == 1
        ):
            label = y[0] if isinstance(y, list) else y.item()
            with route.lock:
                if route.call(X[0], label, 1.0):
                    note_epoch(self.__dict__, float(route.notes.losses[0]))
                    return self
        return partial_fit(self, X, y, *args, **more)

    return first_try


def note_epoch(attributes: dict[str, Any], loss: float) -> None:
    """Note what `partial_fit` notes and `learn_one` does not."""
    curve = attributes["loss_curve_"]
    curve.append(loss)
    del curve[:-KEPT]
    best = attributes["best_loss_"]
    best = math.inf if best is None else best
    count = attributes["_no_improvement_count"] + 1 if loss > best - attributes["tol"] else 0
    attributes["_no_improvement_count"] = count
    if loss < best:
        attributes["best_loss_"] = loss


def predicted(estimator: Any, X: Any) -> np.ndarray | None:
    """Return the prediction of a plain array of one row, None if there is no short way."""
    route = estimator.__dict__.get(PREDICTING)
    if route is None or not is_plain_row(X) or X.dtype not in route.dtypes or route.objects.named:
        return None
    result = route.call(X[0], ANSWER)
    if result is REFUSED:
        return None
    labels = route.labels
    return np.array([result], X.dtype) if labels is None else labels[result].copy()


def prepare_prediction(estimator: Any, X: Any) -> None:
    """Have the next prediction of such a row go the short way, if it is worthwhile."""
    if PREDICTING not in estimator.__dict__ and is_worthwhile(estimator, X):
        predicting_route(estimator)
