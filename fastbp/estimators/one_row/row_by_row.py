"""`learn_one` and `predict_one`: River's calls, for one row as Python holds it."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...kernels.one_row.records import ANSWER, PROBABILITIES
from ..data.validation_set import GivenSet
from ..draft import LEARNING, PREDICTING, held, lock_of, view_of
from ..growing.features import places_of
from ..preparation import Preparation
from ..solvers import is_stochastic
from .given import NamedRow, Row, first_row, further_row, readable
from .growth import with_new_names
from .noted import Noted
from .records import REFUSED
from .route import drop, predicting_route

NOTHING_GIVEN = GivenSet(None, None, None)


class RowByRow(Preparation):
    """What the estimators know of single rows."""

    t_ = Noted()
    loss_ = Noted()
    running_loss_ = Noted()
    classes_: np.ndarray
    new_features: str
    _fit: Any
    _outputs: Any
    _decode: Any
    _validate_params: Any
    predict_proba: Any

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; what was resolved with the old one is resolved anew."""
        if LEARNING in self.__dict__ or PREDICTING in self.__dict__:
            drop(self)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute, and what was resolved with it."""
        drop(self)
        object.__delattr__(self, name)

    # --- Learning ---------------------------------------------------------------------------------

    def learn_one(self, x: Row, y: Any, w: float = 1.0) -> None:
        """Learn one row: the same as `partial_fit` with it, in a microsecond.

        Parameters
        ----------
        x : dict, sequence of numbers or ndarray of shape (n_features,)
            The row. A dict has the features by name, in any order. Those that it lacks count as
            the running mean, which they do not change: 0 after standardisation, and 0 with
            ``standardize=False``. Names are those of the data frame or of the first dict that was
            learned.
        y : label or float
            The class, or the target value; of several outputs or labels, a sequence. A class may
            be anything hashable, but not None, nor what is not equal to itself, as NaN is; one that
            is not in `classes_` is learned with ``new_classes="add"``.
        w : float, default=1.0
            The weight of the row, 0 or more. With 0 nothing is learned.

        Raises
        ------
        ValueError, TypeError
            If the row, its target or its weight is refused: it names the feature. Nothing has
            changed then.

        Notes
        -----
        `t_`, `loss_` and `running_loss_` are kept; `loss_curve_` is not. Threads that use one
        estimator learn and predict one row after the other.
        """
        route = self.__dict__.get(LEARNING)
        if route is None or not route.call(x, y, w):
            self._learn_anew(x, y, w)

    def _learn_anew(self, x: Row, y: Any, w: float) -> None:
        """Learn one row by way of all checks, and resolve what the next one needs."""
        x = readable(x)
        if isinstance(w, (int, float, np.number)) and w == 0:
            return
        is_stochastic(self)
        with lock_of(self):  # for whoever trains it, or reads its weights
            route = self.__dict__.get(LEARNING)
            if route is not None and (route.call(x, y, w) or with_new_names(self, x, y, w)):
                return
            self._learn_checked(x, y, w)

    def _learn_checked(self, x: Row, y: Any, w: float) -> None:
        """Learn one row as a table of one."""
        trained = self._is_trained()
        if not trained:
            self._validate_params()
        target, classes = self._one_target(y)
        row = self._row_of(x, self.new_features) if trained else first_row(x)
        weight = None if w == 1 else np.asarray([w])
        self._fit(
            row, target, weight, NOTHING_GIVEN, incremental=True, classes=classes, by_row=True
        )

    def _one_target(self, y: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the target as that of a table of one row, and the classes that it declares."""
        return np.asarray([y]), None

    def _row_of(self, x: Row, unknown: str) -> NamedRow:
        """Return the row with a number or NaN for each of the columns that are known."""
        places = places_of(self) if hasattr(self, "feature_names_in_") else None
        return further_row(x, places, self.n_features_in_, type(self).__name__, unknown)

    # --- Prediction -------------------------------------------------------------------------------

    def predict_one(self, x: Row) -> Any:
        """Predict the target of one row.

        Parameters
        ----------
        x : dict, sequence of numbers or ndarray of shape (n_features,)
            The row, as in `learn_one`.

        Returns
        -------
        y : label or float
            The class, or the value; of several outputs or labels, an array.
        """
        route = self.__dict__.get(PREDICTING)
        if route is not None:
            result = route.call(x, ANSWER)
            if result is not REFUSED:
                return result
        return self._predict_anew(x, ANSWER)

    def _predict_anew(self, x: Row, wanted: int) -> Any:
        """Predict one row by way of all checks, and resolve what the next one needs."""
        check_is_fitted(self)
        given, x = x, readable(x)
        known = PREDICTING in self.__dict__
        route = predicting_route(self)
        if route is not None and not (known and x is given):
            result = route.call(x, wanted)
            if result is not REFUSED:
                return result
        row = self._row_of(x, "any" if self.new_features == "add" else self.new_features)
        view = view_of(self)
        if wanted == PROBABILITIES:
            (probabilities,) = view.predict_proba(row)
            return dict(zip(view.classes_.tolist(), probabilities.tolist(), strict=True))
        with held(view):
            decoded = view._decode(view._outputs(row))
        return decoded.tolist()[0] if decoded.ndim == 1 else decoded[0]
