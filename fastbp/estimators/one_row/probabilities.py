"""`predict_proba_one`: River's call, of classifiers; and labels of single rows."""

from typing import Any

import numpy as np

from ...kernels.one_row.records import PROBABILITIES
from ..data.labels import checked, is_sortable, objects, unknown_labels
from ..draft import PREDICTING
from .given import Row
from .records import ONE, REFUSED


class RowProbabilities:
    """What classifiers know of single rows."""

    new_classes: str
    classes_: np.ndarray
    _predict_anew: Any

    def _one_target(self, y: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the label as y of a table of one row, and as a class if it may be a new one."""
        binarizer = getattr(self, "_label_binarizer", None)
        if binarizer is not None and binarizer.y_type_ not in ONE:
            return np.asarray([y]), None
        label = checked(y)
        if binarizer is not None:
            place = {known: i for i, known in enumerate(self.classes_.tolist())}.get(label)
            if place is not None:
                return self.classes_[place : place + 1], None
            if self.new_classes == "error":
                raise ValueError(unknown_labels(self, [label]))
        row = np.asarray([y]) if is_sortable([label]) else objects([label])
        return row, row if self.new_classes == "add" else None

    def predict_proba_one(self, x: Row) -> dict:
        """Predict the probabilities of the classes for one row.

        Parameters
        ----------
        x : dict, sequence of numbers or ndarray of shape (n_features,)
            The row, as in `learn_one`.

        Returns
        -------
        y_prob : dict
            The probability of each class; for multilabel targets, of each label.
        """
        route = self.__dict__.get(PREDICTING)
        if route is not None:
            result = route.call(x, PROBABILITIES)
            if result is not REFUSED:
                return result
        return self._predict_anew(x, PROBABILITIES)
