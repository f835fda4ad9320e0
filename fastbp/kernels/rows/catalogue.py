"""Rows of input, from whatever the caller holds them in."""

from typing import Any

import numpy as np
import scipy.sparse

from .dense import DenseRows, StridedRows
from .sparse import SparseRows

Rows = DenseRows | StridedRows | SparseRows


def rows_of(X: Any) -> Rows:
    """Return the record that the kernels read rows from.

    Nothing is copied, but for the entries of sparse rows that have some of them twice: these add up
    in a copy.
    """
    if hasattr(X, "indptr"):
        given = X.data, X.indices, X.indptr
        if not is_canonical(X):
            copy = scipy.sparse.csr_array(given, X.shape, copy=True)
            copy.sum_duplicates()
            given = copy.data, copy.indices, copy.indptr
        data, indices, indptr = map(read_only, given)
        return SparseRows(data, indices, indptr, X.shape[1])
    X = read_only(X)
    return DenseRows(X, X.shape[1]) if X.flags.c_contiguous else StridedRows(X)


def is_canonical(X: Any) -> bool:
    """Tell whether the entries of each row of a CSR matrix are sorted, and none is given twice.

    SciPy's own answer is one that it may have been told.
    """
    rises = np.diff(X.indices) > 0
    begins = X.indptr[1:-1]  # of a row there is no entry before
    rises[begins[(begins > 0) & (begins < len(X.indices))] - 1] = True
    return bool(rises[: max(X.indptr[-1] - 1, 0)].all())


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a read-only view: with it the kernels need one compilation for both kinds."""
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def is_staged(rows: Rows) -> bool:
    """Tell whether the rows must be copied together for the kernels."""
    return isinstance(rows, StridedRows)


def n_rows_of(rows: Rows) -> int:
    """Return the number of rows."""
    return len(rows.indptr) - 1 if isinstance(rows, SparseRows) else len(rows.values)


def n_inputs_of(rows: Rows) -> int:
    """Return the number of inputs of rows."""
    return rows.values.shape[1] if isinstance(rows, StridedRows) else rows.n_inputs
