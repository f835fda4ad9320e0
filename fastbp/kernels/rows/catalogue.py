"""Rows of input, from whatever the caller holds them in."""

from typing import Any

import numpy as np

from .dense import DenseRows, StridedRows
from .sparse import SparseRows

Rows = DenseRows | StridedRows | SparseRows


def rows_of(X: Any) -> Rows:
    """Return the record that the kernels read rows from; nothing is copied."""
    if hasattr(X, "indptr"):
        data, indices, indptr = map(read_only, (X.data, X.indices, X.indptr))
        return SparseRows(data, indices, indptr, X.shape[1])
    X = read_only(X)
    return DenseRows(X, X.shape[1]) if X.flags.c_contiguous else StridedRows(X)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a read-only view: with it the kernels need one compilation for both kinds."""
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def is_staged(rows: Rows) -> bool:
    """Tell whether the rows must be copied together for the kernels."""
    return not isinstance(rows, DenseRows)


def n_rows_of(rows: Rows) -> int:
    """Return the number of rows."""
    return len(rows.indptr) - 1 if isinstance(rows, SparseRows) else len(rows.values)


def n_inputs_of(rows: Rows) -> int:
    """Return the number of inputs of rows."""
    return rows.values.shape[1] if isinstance(rows, StridedRows) else rows.n_inputs
