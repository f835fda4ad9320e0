"""Tables that are not copied whole: memory maps, arrays in files, and what must be converted.

They are read a run of rows at a time, which is checked, converted and standardised on its way into
`fastbp.kernels.rows.far.FarRows`.
"""

import mmap
from typing import Any

import numpy as np

from ...kernels.rows import far
from ...kernels.rows.catalogue import read_only
from ...kernels.standardize import standardize
from ...training.moments import CUT, Moments
from .user_input import DTYPES, NUMBERS, Table, is_finite, is_lazy

JOBLIB = "joblib_memmapping_folder"  # in the names of the files that it makes


class FarTable:
    """A table that is read run by run.

    Parameters
    ----------
    array : array-like of shape (n_rows, n_columns)
        It has a shape and a dtype, and gives rows when they are asked for by a slice.
    rows : ndarray of int, default=None
        The numbers of the rows to speak of in `moments`, ascending; None for all.

    Attributes
    ----------
    dtype : dtype
        What `fit` would convert the whole to: float32 if it is in that, else float64.
    head : array-like
        What says names and number of the columns.
    run : int
        Rows that are best read together.
    anywhere : bool
        Whether runs can be read in any order.
    """

    anywhere = True

    def __init__(self, array: Any, rows: np.ndarray | None = None) -> None:
        self.array, self.rows, self.head = array, rows, array
        self.map, self.n_read = read_only_map(array), 0
        self.shape: tuple[int, int] = (int(array.shape[0]), int(array.shape[1]))
        self.dtype = np.dtype(np.float32 if array.dtype == np.float32 else np.float64)
        self.run = max(1, far.RUN // self.shape[1])
        in_chunk = (getattr(array, "chunks", None) or (1,))[0]  # of Zarr, HDF5
        if isinstance(in_chunk, int) and 1 < in_chunk <= far.WINDOW // self.shape[1]:
            self.run = -(-self.run // in_chunk) * in_chunk

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def read(self, first: int, stop: int) -> np.ndarray:
        """Return these rows as they are, if all their numbers are finite.

        Pages of a map that were read before are given back to the system, a window's at a time;
        else they would count as the process's, and be taken from it when memory is short.
        """
        self.n_read += (stop - first) * self.shape[1]
        if self.map is not None and self.n_read > far.WINDOW:
            self.map.madvise(mmap.MADV_DONTNEED)
            self.n_read = 0
        block = np.asarray(self.array[first:stop])
        if block.shape != (min(stop, len(self)) - first, self.shape[1]):
            raise ValueError(
                f"X says that its shape is {self.shape}; that of rows {first} to {stop} is "
                f"{block.shape}"
            )
        return finite(block, first)

    def put(self, rows: np.ndarray, out: np.ndarray, units: Any) -> None:
        """out ← the rows of these numbers, standardised by `units`, mean and scale, if there are.

        Parameters
        ----------
        rows : ndarray of int
            Ascending, and within one run.
        out : ndarray of shape (len(rows), n_columns)
            Written.
        units : sequence of two ndarrays of shape (n_columns,), or None
            Mean and scale.
        """
        first = int(rows[0])
        block = self.read(first, int(rows[-1]) + 1)
        if len(rows) < len(block):
            block = block[rows - first]
        if units is not None:
            if block.dtype not in DTYPES:  # one kernel for all others
                block = block.astype(np.float64)
            standardize(read_only(np.ascontiguousarray(block)), *units, CUT, out)
            return
        with np.errstate(over="ignore"):
            out[:] = block
        finite(out, rows)

    def of_rows(self, rows: np.ndarray) -> "FarTable":
        """Return a table that speaks of some rows."""
        return type(self)(self.array, rows)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Return the rows of these numbers, in `dtype`."""
        result = np.empty((len(rows), self.shape[1]), self.dtype)
        places = np.argsort(rows, kind="stable")
        runs = np.flatnonzero(np.diff(rows[places] // self.run)) + 1
        for here in np.split(places, runs):
            first = int(rows[here[0]])
            block = self.read(first, int(rows[here[-1]]) + 1)
            result[here] = block[rows[here] - first]
        return result

    def moments(self, weights: np.ndarray | None = None) -> Moments:
        """Return those of the columns, of the rows that the table speaks of; look at all rows.

        Raises
        ------
        ValueError
            If a number is not finite; it names the row and the column.
        """
        result: Moments | None = None
        for first in range(0, len(self), self.run):
            block = self.read(first, first + self.run)
            there = slice(first, first + self.run)
            if self.rows is not None:
                there = slice(*np.searchsorted(self.rows, (first, first + self.run)))
                block = block[self.rows[there] - first]
            if len(block):
                part = Moments.of(block, None if weights is None else weights[there])
                result = part if result is None else result.joined(part)
        assert result is not None
        return result

    def target_moments(
        self, y: np.ndarray, weights: np.ndarray | None, given: np.ndarray | None
    ) -> Moments:
        """Return those of the targets, (n_rows, n_outputs), of the rows that it speaks of."""
        return Moments.of(y, weights, given)

    def check(self, dtype: np.dtype) -> None:
        """Refuse numbers that are not finite in a dtype, by row and column."""
        for first in range(0, len(self), self.run):
            block = self.read(first, first + self.run)
            if block.dtype.kind == "f" and block.itemsize > dtype.itemsize:
                with np.errstate(over="ignore"):
                    finite(block.astype(dtype), first)


def finite(
    block: np.ndarray, rows: np.ndarray | int, name: str = "X", columns: list | None = None
) -> np.ndarray:
    """Return the block if its numbers are finite.

    Parameters
    ----------
    block : ndarray of shape (n_rows,) or (n_rows, n_columns)
        The numbers; other things are not looked at.
    rows : ndarray of int, or int
        The numbers of the rows, or that of the first.
    name, columns : str, list of str
        What they are called.

    Raises
    ------
    ValueError
        It names the row and the column.
    """
    if block.dtype.kind != "f" or is_finite(block):
        return block
    wrong = ~np.isfinite(block)
    if wrong.any():
        at = tuple(int(number) for number in np.argwhere(wrong)[0])
        row = rows + at[0] if isinstance(rows, int) else rows[at[0]]
        what = "NaN" if np.isnan(block[at]) else "infinity, or a value too large"
        where = f"row {row}"
        if len(at) > 1:
            where += f", column {at[1] if columns is None else repr(columns[at[1]])}"
        raise ValueError(f"Input {name} contains {what}: {where}")
    return block


def far_table(X: Table) -> FarTable | None:
    """Return X as a table to be read run by run, if it is one; None if it is to be taken whole.

    One of more than `fastbp.kernels.rows.far.WINDOW` numbers is, if it is a memory map, an array in
    a file, or in another dtype than networks compute in.
    """
    if isinstance(X, FarTable):
        return X
    of_numpy = type(X) in (np.ndarray, np.memmap)
    if not (of_numpy or is_lazy(X)) or len(X.shape) != 2 or X.dtype.kind not in NUMBERS:
        return None
    if X.shape[0] * X.shape[1] <= far.WINDOW:
        return None
    return None if of_numpy and X.dtype in DTYPES and map_of(X) is None else FarTable(X)


def map_of(array: Any) -> mmap.mmap | None:
    """Return the map of the file that the array's numbers are in, if they are in one.

    For the processes of `n_jobs` joblib maps large arrays: these are as good as in memory, and give
    what they give with one process.
    """
    file = ""
    while isinstance(array, np.ndarray):
        file = str(getattr(array, "filename", None) or file)
        array = array.base
    return array if isinstance(array, mmap.mmap) and JOBLIB not in file else None


def read_only_map(array: Any) -> mmap.mmap | None:
    """Return the array's map if it is one that nothing was written to.

    To give back the pages of one opened for copy-on-write would undo what was written.
    """
    if type(array) is not np.memmap or array.mode != "r" or not hasattr(mmap, "MADV_DONTNEED"):
        return None
    return map_of(array)
