"""`predict_proba_one`: River's call, of classifiers."""

from typing import Any

from ...kernels.one_row.records import PROBABILITIES
from ..draft import PREDICTING
from .given import Row
from .records import REFUSED


class RowProbabilities:
    """What classifiers know of single rows."""

    _predict_anew: Any

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
