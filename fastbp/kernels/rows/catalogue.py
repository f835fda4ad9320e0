"""Rows of input, from whatever the caller holds them in."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse

from .dense import DenseRows, StridedRows
from .far import FarRows, HeldRows
from .sparse import SparseRows

NearRows = DenseRows | StridedRows | SparseRows | HeldRows  # which kernels read
Rows = NearRows | FarRows


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
    if isinstance(rows, FarRows):
        return rows.n_rows
    return len(rows.indptr) - 1 if isinstance(rows, SparseRows) else len(rows.values)


def n_inputs_of(rows: Rows) -> int:
    """Return the number of inputs of rows."""
    return rows.values.shape[1] if isinstance(rows, StridedRows) else rows.n_inputs


# --- A window at a time, where rows are far -------------------------------------------------------


def held(rows: Rows, part: np.ndarray) -> NearRows:
    """Return rows that kernels can read those of `part` from."""
    return rows.hold(part) if isinstance(rows, FarRows) else rows


def at_most(rows: Rows, n_patterns: int) -> int:
    """Return how many of so many patterns can be read together."""
    return min(n_patterns, rows.window) if isinstance(rows, FarRows) else n_patterns


def windows(
    rows: Rows, order: np.ndarray, batch_size: int
) -> Iterator[tuple[NearRows, np.ndarray]]:
    """Yield rows that are held, and the part of the order they are for, in whole batches."""
    size = rows.per_window(batch_size) if isinstance(rows, FarRows) else len(order)
    for n in range(0, len(order), size):
        part = order[n : n + size]
        yield held(rows, part), part


def shuffle(
    rows: Rows, order: np.ndarray, random_state: np.random.RandomState, batch_size: int
) -> None:
    """Shuffle the order in place; where rows are far, on two levels."""
    if isinstance(rows, FarRows):
        rows.shuffle(order, random_state, batch_size)
    else:
        # The draws, and so the order, of ``sklearn.utils.shuffle``, but not its 0.1 ms.
        random_state.shuffle(order)
