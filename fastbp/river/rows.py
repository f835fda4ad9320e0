"""Rows as River gives them, and the estimators that take them."""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from ..estimators.classifier import BackpropClassifier
from ..estimators.regressor import BackpropRegressor


def in_order(x: dict) -> dict:
    """Return the row in the order of its names: weights are drawn alike, whatever it was."""
    return {name: x[name] for name in sorted(x, key=lambda name: (str(type(name)), str(name)))}


class RowRegressor(BackpropRegressor):
    """The regressor, for rows with names in any order."""

    def _learn_anew(self, x: Any, y: Any, w: float) -> None:
        super()._learn_anew(in_order(x), y, w)


class RowClassifier(BackpropClassifier):
    """The classifier, for such rows and for labels of any kind: its own classes are numbers."""

    def _row_labels(self) -> list:
        return vars(self).get("_labels", [])

    def _learn_anew(self, x: Any, y: Hashable, w: float) -> None:
        super()._learn_anew(in_order(x), y, w)

    def _learn_checked(self, x: Any, y: Hashable, w: float) -> None:
        before = self._row_labels()
        if y not in before:
            self._labels = [*before, y.item() if isinstance(y, np.generic) else y]
        try:
            super()._learn_checked(x, self._row_labels().index(y), w)
        except BaseException:
            self._labels = before
            raise


def rows_of(X: Any) -> Iterator[dict]:
    """Yield the rows of a data frame as dictionaries; what is missing is left out."""
    names = list(X.columns)
    for values in np.asarray(X, np.float64):
        there = values == values
        if there.all():
            yield dict(zip(names, values.tolist(), strict=True))
        else:
            row = zip(names, values.tolist(), there.tolist(), strict=True)
            yield {name: value for name, value, is_there in row if is_there}
