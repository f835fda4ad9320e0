"""Dense rows that are mostly zero, such as one-hot columns: by their entries where it pays."""

from typing import Any

import numpy as np
import scipy.sparse

from ..rows.catalogue import Rows, rows_of
from ..rows.dense import DenseRows

WIDE = 512
"""Inputs from which on it pays; narrower layers are swept faster than entries are looked up."""

FEW = 0.05
"""The largest part of the numbers that is not zero; see `benchmarks/NOTES.md` for the times."""


def are_mostly_zero(rows: Rows) -> bool:
    """Tell whether training by entries takes less time, where weights catch up in closed form.

    That depends on the numbers alone, so that it is the same for the same data. A row that is alone
    has the bits of `learn_one`.
    """
    if not isinstance(rows, DenseRows) or rows.n_inputs < WIDE or len(rows.values) == 1:
        return False
    return bool(np.count_nonzero(rows.values) <= FEW * rows.values.size)


def entries_of(rows: Any) -> Any:
    """Return dense rows as those of a CSR matrix: a seventh of their memory, at most."""
    return rows_of(scipy.sparse.csr_array(rows.values))
