"""What is looked at before scikit-learn's validation, which would make something else of it.

SciPy makes and loads sparse matrices with row and column numbers that are not there, and its own
conversions walk them: they are checked before anything does. Masks would be ignored, dates and
strings of digits become numbers.
"""

import datetime
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike
from sklearn.exceptions import DataConversionWarning

from ...warned import warn

Table = Any
"""What X may be: an array, a sequence, a sparse matrix, a data frame; SciPy's have no types."""

DTYPES = (np.float64, np.float32)  # that columns may have
SMALL = 2**16  # numbers: to validate more takes longer than what validation costs at least
NUMBERS, DATES, STRINGS = "fiub", "mM", "USa"  # kinds of dtypes
TIMES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)


def plain(X: Table, n_columns: int | None, dtypes: Any) -> np.ndarray | None:
    """Return what scikit-learn's validation makes of an array of numbers, None of anything else.

    That of a single row takes 0.08 ms. With None, any number of columns will do. What is not in one
    of the dtypes is converted to the first of them, if it is small.
    """
    if type(X) is not np.ndarray or X.ndim != 2 or not X.size:
        return None
    if n_columns is not None and X.shape[1] != n_columns:
        return None
    if X.dtype not in dtypes:
        if X.dtype.kind not in NUMBERS or X.size > SMALL:
            return None
        with np.errstate(over="ignore"):
            X = X.astype(dtypes[0])
    return X if is_finite(X) else None


def is_plain_target(y: Any, n_rows: int, *, numeric: bool) -> bool:
    """Tell the same of y."""
    if type(y) is not np.ndarray or y.shape != (n_rows,):
        return False
    if numeric and y.dtype.kind == "f":
        return is_finite(y)
    return y.dtype.kind in ("iub" if numeric else "iubU")


def is_finite(array: np.ndarray) -> bool:
    """Tell whether all numbers are finite; not of numbers so large that their sum is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(array.sum()))


def is_lazy(X: Any) -> bool:
    """Tell whether X is an array that gives numbers when it is sliced, as those of Zarr and HDF5.

    It has the shape and the dtype of an array, and is none.
    """
    return (
        isinstance(getattr(X, "dtype", None), np.dtype)
        and hasattr(X, "shape")
        and hasattr(X, "__getitem__")
        and not (isinstance(X, (np.ndarray, np.generic)) or hasattr(X, "iloc"))
        and not scipy.sparse.issparse(X)
    )


def check_table(X: Table, name: str = "X") -> Any:
    """Return X, a sequence as an array, if it is a table of numbers.

    Raises
    ------
    ValueError
        It names the row or the column.
    """
    if type(X) is np.ndarray and X.dtype.kind in NUMBERS:
        return X
    if is_lazy(X):
        X = np.asarray(X[:])
    if scipy.sparse.issparse(X):
        check_structure(X, name)
        return X
    if hasattr(X, "iloc") and hasattr(X, "dtypes"):  # a data frame
        for n, (column, dtype) in enumerate(zip(X.columns, X.dtypes, strict=True)):
            values = X.iloc[:, n] if getattr(dtype, "kind", "") == "O" else dtype
            _check_kind(values, f"{name}: column {column!r}")
        return X
    if not hasattr(X, "dtype") and isinstance(X, (list, tuple)):
        X = np.asarray(X)
    check_mask(X, name)
    _check_kind(X, name)
    return X


def check_numbers(y: Any, name: str = "y") -> None:
    """Refuse targets of a regressor that are not numbers."""
    if type(y) is np.ndarray and y.dtype.kind in NUMBERS:
        return
    check_mask(y, name)
    _check_kind(y if hasattr(y, "dtype") else np.asarray(y), name)


def check_labels(y: Any, name: str = "y") -> None:
    """Refuse targets of a classifier that can't be told apart."""
    if scipy.sparse.issparse(y):
        check_structure(y, name)
        return
    check_mask(y, name)
    if getattr(getattr(y, "dtype", None), "kind", "") == "O" and np.ndim(y) == 1:
        kinds = {type(label).__name__ for label in np.asarray(y)}
        if "NoneType" in kinds:
            raise ValueError(f"{name} contains None: leave these rows out, or give them a label")
        if "str" in kinds and len(kinds) > 1:
            raise ValueError(
                f"{name} has labels of different types ({', '.join(sorted(kinds))}): make them "
                "all strings, or all numbers"
            )


def as_column(y: Table) -> Table:
    """Return y, one-dimensional if it has one column, which is said."""
    if y.ndim != 2 or y.shape[1] != 1:
        return y
    warn(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        "to (n_samples, ), for example using ravel().",
        DataConversionWarning,
    )
    return (y.toarray() if scipy.sparse.issparse(y) else y).ravel()


def checked_weights(
    weights: ArrayLike, n_rows: int, dtype: np.dtype, name: str = "sample_weight"
) -> np.ndarray:
    """Return the weights of so many rows, (n_rows,), in float64.

    Raises
    ------
    ValueError
        If they are not as many numbers ≥ 0, whose sum is finite, and one of which is positive; or
        if one that is positive would be 0 or infinite in `dtype`.
    """
    check_mask(weights, name)
    if isinstance(weights, (int, float, np.number)):  # scikit-learn takes one for all
        weights = np.full(n_rows, weights)
    weights = np.asarray(weights)
    _check_kind(weights, name)
    weights = np.asarray(weights, np.float64)
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weights.ndim}D array")
    if len(weights) != n_rows:
        raise ValueError(f"{name}.shape == {weights.shape}, expected {(n_rows,)}!")
    if np.isnan(weights).any():
        raise ValueError(f"Input {name} contains NaN.")
    if np.isinf(weights).any():
        raise ValueError(f"Input {name} contains infinity or a value too large for {dtype!r}.")
    if (weights < 0).any():
        raise ValueError(f"Negative values in data passed to `{name}`.")
    with np.errstate(over="ignore", under="ignore"):
        if not np.isfinite(weights.sum()):
            raise ValueError(f"{name}: the sum is not finite; divide the weights by their mean")
        there, cast = weights > 0, weights.astype(dtype)
    if not there.any():
        raise ValueError(f"{name}: at least one weight must be positive, all are zero")
    wrong = there & ((cast == 0) | np.isinf(cast))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{name}: that of row {row}, {weights[row]:.3g}, is {cast[row]:g} in {dtype}; divide "
            "the weights by their mean"
        )
    return weights


def check_structure(X: Table, name: str) -> None:
    """Refuse a sparse matrix whose indices are not those of its shape.

    Raises
    ------
    ValueError
        It names the row (of a CSC matrix the column).
    """
    if X.ndim != 2:
        return  # scikit-learn's to say
    if X.format == "coo":
        for axis, (numbers, size) in enumerate(zip((X.row, X.col), X.shape, strict=True)):
            what = f"{name}: the {('row', 'column')[axis]} number"
            _check_lengths(len(numbers) == len(X.data), name)
            if len(numbers) and not 0 <= numbers.min() <= numbers.max() < size:
                wrong = int(np.flatnonzero((numbers < 0) | (numbers >= size))[0])
                raise ValueError(
                    f"{what} {numbers[wrong]} of entry {wrong} is not one of 0 to {size - 1}"
                )
    elif X.format in ("csr", "csc", "bsr"):
        _check_compressed(X, name)


def _check_compressed(X: Table, name: str) -> None:
    line, other, axis = ("column", "row", 1) if X.format == "csc" else ("row", "column", 0)
    n_lines, n_others = X.shape[axis], X.shape[1 - axis]
    if X.format == "bsr":
        block = X.data.shape[1:]
        _check_lengths(len(block) == 2 and all(block), name)
        n_lines, n_others = n_lines // block[0], n_others // block[1]
    indptr, indices, n_entries = X.indptr, X.indices, min(len(X.indices), len(X.data))
    if indptr.dtype.kind != "i" or indices.dtype.kind != "i":
        raise ValueError(
            f"{name}: the index arrays of a sparse matrix are integers, got {indptr.dtype} and "
            f"{indices.dtype}"
        )
    if indptr.shape != (n_lines + 1,):
        raise ValueError(
            f"{name} has {n_lines} {line}s, and an indptr of shape {indptr.shape}, which should be "
            f"{(n_lines + 1,)}"
        )
    steps = np.diff(indptr)
    wrong = (steps < 0) | (indptr[1:] > n_entries) | (indptr[:-1] < 0)
    if indptr[0] != 0 or wrong.any():
        row = int(np.flatnonzero(wrong)[0]) if wrong.any() else 0
        raise ValueError(
            f"{name}: {line} {row} is said to have the entries {indptr[row]} to {indptr[row + 1]} "
            f"of {n_entries}: indptr must begin at 0, never fall, and end within the data"
        )
    indices = indices[: indptr[-1]]
    if len(indices) and not 0 <= indices.min() <= indices.max() < n_others:
        entry = int(np.flatnonzero((indices < 0) | (indices >= n_others))[0])
        row = int(np.searchsorted(indptr, entry, side="right")) - 1
        raise ValueError(
            f"{name}: {line} {row} has an entry in {other} {indices[entry]}; there are {n_others} "
            f"{other}s"
        )


def _check_lengths(fits: bool, name: str) -> None:
    if not fits:
        raise ValueError(f"{name}: the arrays of the sparse matrix have different lengths")


def check_mask(array: Any, name: str) -> None:
    """Refuse a masked array, by its first row that has a masked value."""
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        row = int(np.argwhere(np.ma.getmaskarray(array))[0][0])
        raise ValueError(
            f"{name} is a masked array, and row {row} has a masked value: fill masked values, see "
            "sklearn.impute, or leave their rows out"
        )


def _check_kind(array: Any, name: str) -> None:
    """Refuse dates and strings; `array` may be a dtype alone."""
    dtype = getattr(array, "dtype", array)
    kind = getattr(dtype, "kind", "")
    wrong: object = str(dtype) if kind and kind in DATES + STRINGS else None
    if kind and kind in STRINGS + "O" and hasattr(array, "dtype"):
        values = np.asarray(array).ravel()
        wrong = next((value for value in values if isinstance(value, (*TIMES, str, bytes))), None)
    if wrong is None:
        return
    if (kind in DATES) or isinstance(wrong, TIMES):
        raise ValueError(
            f"{name} holds dates or times ({wrong}): make numbers of them, such as days since the "
            "first"
        )
    raise ValueError(
        f"{name} holds strings ({wrong!r}), not numbers: dtype='numeric' is not compatible "
        "with arrays of bytes/strings. Convert your data to numeric values explicitly instead "
        "(categories: sklearn.preprocessing.OneHotEncoder)."
    )
