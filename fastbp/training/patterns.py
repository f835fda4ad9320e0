"""What is learned, as the kernels read it: rows, targets, weights."""

from typing import NamedTuple

import numpy as np

from ..kernels.one_row.records import STEEP
from ..kernels.rows.catalogue import Rows, n_inputs_of, n_rows_of, read_only
from ..kernels.targets import Classes, Smoothed, Targets
from ..kernels.weighting import Unweighted, Weighted
from ..network.network import Network

MOST_ROWS = 1_000_000  # that repetition may make


class Patterns(NamedTuple):
    """What is learned: rows, their targets, and weights and costs per row, or None.

    Sample weights are relative within a batch; costs, of classes, are not.
    """

    rows: Rows
    targets: Targets
    sample_weight: np.ndarray | None
    costs: np.ndarray | None = None

    def weighting(self) -> NamedTuple:
        """Return the record that the kernels read weights and costs from."""
        if self.sample_weight is None and self.costs is None:
            return Unweighted()
        in_batch = np.ones_like(self.costs) if self.sample_weight is None else self.sample_weight
        with np.errstate(over="ignore"):
            errors = in_batch if self.costs is None else in_batch * self.costs
        if not np.isfinite(errors).all():
            raise ValueError(
                f"sample_weight: its product with class_weight is not finite in {errors.dtype}"
            )
        return Weighted(read_only(errors), read_only(in_batch))


def check_rows(network: Network, rows: Rows) -> None:
    """Refuse rows of another width than the network's, which kernels would read beyond."""
    if network.parameters.size != network.n_weights + network.n_units:
        raise ValueError("the network's parameters are not its own any more")
    if n_inputs_of(rows) != network.sizes[0]:
        raise ValueError(
            f"the network has {network.sizes[0]} inputs, the rows have {n_inputs_of(rows)}"
        )


def check_patterns(network: Network, patterns: Patterns) -> None:
    """Refuse rows, targets and weights that kernels would read beyond.

    Raises
    ------
    ValueError
        It says what has which size.
    """
    rows, targets = patterns.rows, patterns.targets
    check_rows(network, rows)
    n_rows = n_rows_of(rows)
    plain = targets.targets if isinstance(targets, Smoothed) else targets
    if isinstance(plain, Classes):
        lengths, n_targets = [len(plain.codes)], plain.n_outputs
    else:
        lengths, n_targets = [len(plain.values)], plain.values.shape[1]
    lengths += [len(one) for one in (patterns.sample_weight, patterns.costs) if one is not None]
    if n_targets != network.sizes[-1] or any(length != n_rows for length in lengths):
        raise ValueError(
            f"the network has {network.sizes[-1]} outputs, there are {n_rows} rows; targets for "
            f"{n_targets} outputs, and {lengths} targets and weights"
        )


# --- Where every row is a batch, weights act on the error of their own pattern --------------------


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
