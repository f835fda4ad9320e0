"""Weights of rows where every row is a batch: they act on the error of their own pattern."""

import numpy as np

STEEP = 4.0
"""The largest weight of one update. A step ten times as long as usual may leave all bounds; ten
steps of the usual length do not."""

MOST_ROWS = 1_000_000  # that repetition may make


def relative(weights: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the weights over their mean in these rows; 1 where they are all the same."""
    weights = weights.astype(np.float64)
    first = weights[order[0]]
    return weights / (first if (weights[order] == first).all() else weights[order].mean())


def repeated(order: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an order in which rows of weights above `STEEP` come several times, and less each.

    Parameters
    ----------
    order : ndarray of int
        The numbers of the rows.
    weights : ndarray of shape (n_rows,)
        Their weights; of all rows.

    Returns
    -------
    order, weights : ndarray
        Each row comes ceil(weight / STEEP) times, with equal parts of its weight.

    Raises
    ------
    ValueError
        If there would be millions of rows.
    """
    times = np.maximum(np.ceil(weights / STEEP), 1)
    if not (weights[order] > STEEP).any():
        return order, weights
    if not times[order].sum() <= MOST_ROWS + 2 * len(order):
        raise ValueError(
            f"sample_weight goes up to {weights[order].max():.3g}: in partial_fit that counts as "
            "so many rows; divide the weights by their mean"
        )
    return np.repeat(order, times[order].astype(np.int64)), weights / times


def as_dtype(dtype: np.dtype, *arrays: np.ndarray | None) -> list[np.ndarray | None]:
    """Return the arrays in a dtype, None as None."""
    return [None if array is None else array.astype(dtype, copy=False) for array in arrays]
