"""Columns and targets in their own units: what the network sees is standardised and cut.

With x in the user's units the network reads ``clip((x − mean_) / scale_, −5, 5)``, and a regressor
answers ``y_mean_ + y_scale_ · output``. The statistics are those of the rows that are trained with.
"""

import functools
from typing import Any

import numpy as np

from ... import losses
from ...kernels.one_row.units import TARGET_CUT
from ...kernels.rows.catalogue import Rows, rows_of
from ...kernels.rows.far import FarRows
from ...training.moments import Moments, standardized
from ..parameters.whole import Whole
from .far_table import FarTable
from .user_input import Table

EQUIVARIANT = (losses.SquaredError, losses.AbsoluteError, losses.Huber, losses.Quantile)


class Standardization(Whole):
    """What the estimators know of units."""

    _is_centred: bool

    def _begin_units(self) -> None:
        """Forget what is known of units."""
        self.mean_ = self.scale_ = self._moments = None

    def _note_units(
        self,
        X: Table,
        y: np.ndarray,
        weights: np.ndarray | None,
        given: np.ndarray | None,
        *,
        anew: bool,
    ) -> Moments:
        """Note the statistics of rows to train with, or go on with those of a stream.

        `given` says which columns of X are there, (1, n_columns), where not all are.
        """
        before = None if anew else self._moments
        if isinstance(X, FarTable):
            moments = X.moments(weights)
        elif before is None:
            moments = Moments.of(X, weights, given)
        else:
            moments = before.follow(X, weights, given)
        check_finite(moments, "X: column")
        self._moments = moments
        if anew:  # sparse rows would not be sparse any more
            self._is_centred = not hasattr(X, "indptr")
        self.mean_, self.scale_ = moments.mean, moments.scale
        if not self._is_centred:
            self.mean_, self.scale_ = np.zeros_like(moments.mean), moments.scale_around_zero
        return moments

    def _standardized(self, X: Any, dtype: np.dtype) -> Any:
        """Return X as the network reads it."""
        if self.mean_ is None:
            return X if X.dtype == dtype else X.astype(dtype)
        mean, scale = checked_units(X.shape[1:], mean_=self.mean_, scale_=self.scale_)
        if self._is_centred and hasattr(X, "indptr"):
            X = X.toarray()
        return standardized(X, mean, scale, dtype)

    def _rows(self, X: Any, dtype: np.dtype) -> Rows:
        """Return the rows of X as kernels read them; far ones are standardised when they are."""
        if not isinstance(X, FarTable):
            return rows_of(self._standardized(X, dtype))
        units = None
        if self.mean_ is not None:
            units = checked_units(X.shape[1:], mean_=self.mean_, scale_=self.scale_)
        put = functools.partial(X.put, units=units)
        return FarRows(*X.shape, dtype, put, run=X.run, anywhere=X.anywhere)

    def _carry_units_into(self, mlp: Any) -> None:
        """Let the last layer of scikit-learn's MLP answer in the units of the target."""


class TargetStandardization(Standardization):
    """The same for targets of a regressor."""

    y_mean_: np.ndarray | None
    y_scale_: np.ndarray | None
    _y_moments: Moments | None

    def _begin_units(self) -> None:
        super()._begin_units()
        self.y_mean_ = self.y_scale_ = self._y_moments = None

    def _note_units(
        self,
        X: Table,
        y: np.ndarray,
        weights: np.ndarray | None,
        given: np.ndarray | None,
        *,
        anew: bool,
    ) -> Moments:
        of_columns = super()._note_units(X, y, weights, given, anew=anew)
        before = self._y_moments
        y = y.reshape(len(y), -1)
        there = None if self.missing_targets == "error" else ~np.isnan(y)
        there = None if there is None or there.all() else there
        if isinstance(X, FarTable):
            moments = X.target_moments(y, weights, there)
        elif anew or before is None:
            moments = Moments.of(y, weights, there)
        else:
            moments = before.follow(y, weights, there)
        check_finite(moments, "y: output")
        self._y_moments = moments
        self.y_mean_ = np.zeros_like(moments.mean)
        self.y_scale_ = np.ones_like(moments.mean)
        if self._centres_target():
            self.y_mean_, self.y_scale_ = moments.mean, moments.scale
        elif self._scales_target():  # zero is where it was
            size = np.sqrt(moments.mean**2 + moments.variance)
            self.y_scale_ = np.where(size > 0, size, 1.0)
        return of_columns

    def _centres_target(self) -> bool:
        """Tell whether targets are centred and scaled."""
        return isinstance(self._formulas.loss, EQUIVARIANT)

    def _scales_target(self) -> bool:
        """Tell whether targets are scaled at least."""
        return isinstance(self._formulas.loss, (*EQUIVARIANT, losses.Poisson))

    def _standardized_target(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Return y as the network learns it, (n_rows, n_outputs)."""
        y = y.reshape(len(y), -1)
        if self.y_mean_ is None or not self._scales_target():
            with np.errstate(over="ignore"):
                result = np.ascontiguousarray(y, dtype)
            wrong = ~np.isfinite(result)
            if self.missing_targets != "error":
                wrong &= ~np.isnan(y)
            if wrong.any():
                row = int(np.argwhere(wrong)[0][0])
                raise ValueError(
                    f"y: that of row {row} is too large for {np.dtype(dtype)}: set "
                    "standardize=True, divide y by a power of ten, or set dtype='float64'"
                )
            return result
        mean, scale = checked_units(y.shape[1:], y_mean_=self.y_mean_, y_scale_=self.y_scale_)
        return standardized(y, mean, scale, dtype, TARGET_CUT)

    def _in_units(self, out: np.ndarray) -> np.ndarray:
        """Return what outputs mean in the units of the target, in their dtype if it reaches."""
        if self.y_mean_ is None:
            return out
        mean, scale = checked_units(out.shape[1:], y_mean_=self.y_mean_, y_scale_=self.y_scale_)
        result = out * scale + mean  # in float64
        if out.dtype == np.float64:
            return result
        reach = np.abs(mean) + 2 * TARGET_CUT * scale
        if reach.max() > np.finfo(out.dtype).max:
            return result
        return result.astype(out.dtype, copy=False)

    def _carry_units_into(self, mlp: Any) -> None:
        if self.y_mean_ is None or self.y_scale_ is None:
            return
        if self.out_activation_ == "exp":
            mlp.intercepts_[-1] += np.log(self.y_scale_)
            return
        mlp.coefs_[-1] *= self.y_scale_
        mlp.intercepts_[-1] *= self.y_scale_
        mlp.intercepts_[-1] += self.y_mean_


def checked_units(shape: tuple[int, ...], **given: Any) -> list[np.ndarray]:
    """Return means and scales, if they are one for each column or output."""
    for name, value in given.items():
        if np.shape(value) != shape:
            raise ValueError(
                f"{name} must have the shape {shape}, a number for each of the network's "
                f"{'outputs' if name[0] == 'y' else 'inputs'}; got {np.shape(value)}"
            )
    return list(given.values())


def check_finite(moments: Moments, what: str) -> None:
    """Refuse values whose squares overflow."""
    if not np.isfinite(moments.variance).all():
        number = int(np.flatnonzero(~np.isfinite(moments.variance))[0])
        raise ValueError(
            f"{what} {number} has values too large to be standardised (beyond some 1e150): "
            "divide it by a power of ten"
        )
