"""Means and variances of columns, all at once or along a stream, and columns in these units.

All sums are in float64, whatever the columns are in: 10⁹ + small differences survive. Sparse
columns are taken as they are, zeros included.
"""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.sparsefuncs import mean_variance_axis

CUT = 5.0
"""Standard deviations at which values are cut.

Rare categories and skewed columns are 20 to 90 away. Single-pattern updates blow up there.
"""

MEMORY = 100.0
"""Rows that a stream's statistics remember; what is older fades, so that they follow a change."""

LONGEST, SPARE = 2.0, 25.0
"""The largest squared length of a row in a stream, over the number of inputs, and beyond that.

After a change of level all values are at the cut, and a row's square is 25 times what it is else:
so would be the step.
"""

BLOCK = 2**18  # numbers that are converted at a time


class Moments(NamedTuple):
    """Σ of weights, weighted mean and variance of each column."""

    weight: float
    mean: np.ndarray
    variance: np.ndarray

    @property
    def constant(self) -> np.ndarray:
        """Whether each column is constant, up to what rounding leaves of its variance."""
        return self.variance <= (10 * np.finfo(np.float64).eps * self.mean) ** 2

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
    def of(cls, X: Any, weights: np.ndarray | None = None) -> "Moments":
        """Return those of the columns of an array or a CSR matrix, (n_rows, n_columns)."""
        total = float(X.shape[0]) if weights is None else float(weights.sum())
        if hasattr(X, "indptr"):
            mean, variance = mean_variance_axis(X.astype(np.float64), axis=0, weights=weights)
            return cls(total, mean, variance)
        if X.shape[0] == 1 and weights is None:  # what comes out below, without its 0.03 ms
            return cls(total, X[0].astype(np.float64), np.zeros(X.shape[1]))
        # Each sum twice, the second one around the mean of the first.
        with np.errstate(over="ignore", invalid="ignore"):
            mean = _weighted_sum(X, weights, lambda block: block) / total
            mean += _weighted_sum(X, weights, lambda block: block - mean) / total
            variance = _weighted_sum(X, weights, lambda block: (block - mean) ** 2) / total
        return cls(total, mean, variance)

    def follow(self, X: Any, weights: np.ndarray | None = None) -> "Moments":
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
        return self._replace(weight=min(self.weight, MEMORY)).joined(Moments.of(X, weights))

    def joined(self, new: "Moments") -> "Moments":
        """Return those of both sets of rows (Chan, Golub and LeVeque, 1983)."""
        fraction = new.weight / (self.weight + new.weight)
        with np.errstate(over="ignore", invalid="ignore"):
            change = new.mean - self.mean
            variance = (1 - fraction) * self.variance + fraction * new.variance
            variance += fraction * (1 - fraction) * change**2
        return Moments(self.weight + new.weight, self.mean + fraction * change, variance)


def _weighted_sum(X: np.ndarray, weights: np.ndarray | None, function: Any) -> np.ndarray:
    """Return Σ_p s_p function(x_p), converted to float64 block by block."""
    rows = max(1, BLOCK // max(1, X.shape[1]))
    result = np.zeros(X.shape[1])
    for n in range(0, len(X), rows):
        block = function(X[n : n + rows].astype(np.float64))
        part = None if weights is None else weights[n : n + rows]
        result += block.sum(axis=0) if part is None else part @ block
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
    squares = X.multiply(X).sum(axis=1) if sparse else np.einsum("ij,ij->i", X, X)
    squares = np.ravel(squares)
    if (squares > limit).any():
        factors = np.sqrt(limit / np.maximum(squares, limit)).astype(X.dtype)
        if sparse:
            X.data *= np.repeat(factors, np.diff(X.indptr))
        else:
            X *= factors[:, None]
    return X
