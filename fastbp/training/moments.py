"""Means and variances of columns, all at once or along a stream, and columns in these units.

All sums are in float64, whatever the columns are in: 10⁹ + small differences survive. Sparse
columns are taken as they are, zeros included.
"""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.sparsefuncs import mean_variance_axis

from ..kernels.one_row.units import CONSTANT, CUT, LONGEST, MEMORY, SPARE

BLOCK = 2**18  # numbers that are converted at a time


class Moments(NamedTuple):
    """Σ of weights, weighted mean and variance of each column.

    The sum of weights is one number for all columns, or one for each where numbers were missing. A
    column without any has a mean and a variance of 0.
    """

    weight: float | np.ndarray
    mean: np.ndarray
    variance: np.ndarray

    @property
    def constant(self) -> np.ndarray:
        """Whether each column is constant, up to what rounding leaves of its variance."""
        return self.variance <= (CONSTANT * self.mean) ** 2

    @property
    def scale(self) -> np.ndarray:
        """The standard deviation of each column; 1 where it is constant."""
        return np.sqrt(np.where(self.constant, 1.0, self.variance))

    @property
    def scale_around_zero(self) -> np.ndarray:
        """The same for columns that are not centred: zeros stay, and `CUT` is out of their reach.

        The standard deviation, but at least a quarter of the mean.
        """
        return np.maximum(self.scale, np.abs(self.mean) / (CUT - 1))

    @classmethod
    def of(
        cls, X: Any, weights: np.ndarray | None = None, given: np.ndarray | None = None
    ) -> "Moments":
        """Return those of the columns of an array or a CSR matrix, (n_rows, n_columns).

        `given` says of each number of an array, or with one row of each column, whether it counts.
        """
        if given is not None:
            return cls._of_given(X, weights, given)
        total = float(X.shape[0]) if weights is None else float(weights.sum())
        if hasattr(X, "indptr"):
            mean, variance = mean_variance_axis(X.astype(np.float64), axis=0, weights=weights)
            return cls(total, mean, variance)
        if X.shape[0] == 1:  # what comes out below, without its 0.03 ms and its rounding
            return cls(total, X[0].astype(np.float64), np.zeros(X.shape[1]))
        # Each sum twice, the second one around the mean of the first.
        with np.errstate(over="ignore", invalid="ignore"):
            mean = _weighted_sum(X, weights, lambda block: block) / total
            mean += _weighted_sum(X, weights, lambda block: block - mean) / total
            variance = _weighted_sum(X, weights, lambda block: (block - mean) ** 2) / total
        return cls(total, mean, variance)

    @classmethod
    def _of_given(cls, X: Any, weights: np.ndarray | None, given: np.ndarray) -> "Moments":
        if X.shape[0] == 1:  # what comes out below, without its rounding
            weight = np.where(given[0], 1.0 if weights is None else float(weights[0]), 0.0)
            return cls(weight, np.where(given[0], X[0], 0).astype(np.float64), 0 * weight)
        counts = np.broadcast_to(given, X.shape) * (1.0 if weights is None else weights[:, None])
        total = counts.sum(axis=0)
        divisor, X = np.where(total > 0, total, 1.0), np.where(given, X, 0).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = (counts * X).sum(axis=0) / divisor
            mean += (counts * (X - mean)).sum(axis=0) / divisor
            variance = (counts * (X - mean) ** 2).sum(axis=0) / divisor
        return cls(total, mean, variance)

    def follow(
        self, X: Any, weights: np.ndarray | None = None, given: np.ndarray | None = None
    ) -> "Moments":
        """Return those with further rows.

        A value further than `CUT` counts as one that far, so that a wild one moves nothing much,
        while a change of level widens the scale row by row until it is within. Rows before the
        last `MEMORY` fade.
        """
        if hasattr(X, "indptr"):
            X = X.copy()
            reach = np.where(self.variance > 0, CUT * np.sqrt(self.variance), np.inf)[X.indices]
            middle = self.mean[X.indices]
            np.clip(X.data, middle - reach, middle + reach, out=X.data)
        else:
            reach = np.where(self.variance > 0, CUT * np.sqrt(self.variance), np.inf)
            X = np.clip(X, self.mean - reach, self.mean + reach, dtype=np.float64)
        old = self._replace(weight=np.minimum(self.weight, MEMORY))
        return old.joined(Moments.of(X, weights, given))

    def joined(self, new: "Moments") -> "Moments":
        """Return those of both sets of rows (Chan, Golub and LeVeque, 1983)."""
        total = np.asarray(self.weight + new.weight)  # 0 for a column that has never been there
        fraction = np.divide(new.weight, total, out=np.zeros(total.shape), where=total > 0)
        with np.errstate(over="ignore", invalid="ignore"):
            change = new.mean - self.mean
            variance = (1 - fraction) * self.variance + fraction * new.variance
            variance += fraction * (1 - fraction) * change**2
        return Moments(self.weight + new.weight, self.mean + fraction * change, variance)

    def with_columns(self, count: int) -> "Moments":
        """Return those with so many columns more, no row of which has been there."""
        if not isinstance(self.weight, np.ndarray):
            weight = np.full(len(self.mean), self.weight)
        else:
            weight = self.weight
        zeros = np.zeros(count)
        return Moments(*(np.append(one, zeros) for one in (weight, self.mean, self.variance)))


def _weighted_sum(X: np.ndarray, weights: np.ndarray | None, function: Any) -> np.ndarray:
    """Return Σ_p s_p function(x_p), converted to float64 block by block."""
    rows = max(1, BLOCK // max(1, X.shape[1]))
    result = np.zeros(X.shape[1])
    for n in range(0, len(X), rows):
        block = function(X[n : n + rows].astype(np.float64, copy=False))
        part = None if weights is None else weights[n : n + rows]
        result += np.add.reduce(block, axis=0) if part is None else part @ block
    return result


def standardized(
    X: Any, mean: np.ndarray, scale: np.ndarray, dtype: np.dtype, cut: float = CUT
) -> Any:
    """Return (X − mean) / scale, cut at ±`cut`, in a dtype; sparse X is scaled only."""
    if hasattr(X, "indptr"):
        X = X.copy()
        X.sum_duplicates()  # before they are cut
        with np.errstate(over="ignore"):
            data = np.clip(X.data / scale[X.indices], -cut, cut).astype(dtype)
        return type(X)((data, X.indices, X.indptr), shape=X.shape)
    result = np.empty(X.shape, dtype)
    rows = max(1, BLOCK // max(1, X.shape[1]))
    with np.errstate(over="ignore"):  # of values that are cut anyway
        for n in range(0, len(X), rows):
            block = X[n : n + rows] - mean  # float64, as the mean is
            block /= scale
            np.clip(block, -cut, cut, out=result[n : n + rows], casting="same_kind")
    return result


def shortened(X: Any) -> Any:
    """Return standardised rows, none longer than √(2 n + 25) for n inputs; in place."""
    limit = LONGEST * X.shape[1] + SPARE
    sparse = hasattr(X, "indptr")
    if sparse:
        squares = np.ravel(X.multiply(X).sum(axis=1))
    else:  # one after the other, as the kernel of a single row does it: the same bits
        squares = np.empty(len(X))
        rows = max(1, BLOCK // max(1, X.shape[1]))
        for n in range(0, len(X), rows):
            block = np.square(X[n : n + rows], dtype=np.float64)
            squares[n : n + rows] = np.add.accumulate(block, axis=1, out=block)[:, -1]
    if (squares > limit).any():
        factors = np.sqrt(limit / np.maximum(squares, limit)).astype(X.dtype)
        if sparse:
            X.data *= np.repeat(factors, np.diff(X.indptr))
        else:
            X *= factors[:, None]
    return X
