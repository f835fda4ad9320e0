"""Rows as River gives them, and the estimators that take them."""

from collections.abc import Iterator
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
    """The classifier, for such rows."""

    def _learn_anew(self, x: Any, y: Any, w: float) -> None:
        super()._learn_anew(in_order(x), y, w)


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
