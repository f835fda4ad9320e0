"""What is learned, as the kernels read it: rows, targets, weights."""

from typing import NamedTuple

import numpy as np

from ..kernels.rows import Rows, n_inputs_of, read_only
from ..kernels.rows.sparse import SparseRows
from ..kernels.targets import Classes, Smoothed, Targets
from ..kernels.weighting import Unweighted, Weighted
from ..network.network import Network


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
    n_rows = len(rows.indptr) - 1 if isinstance(rows, SparseRows) else len(rows.values)
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
