"""Blocks of patterns that somebody else reads: once to look at them, then once in each epoch."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from sklearn.utils import check_array

from ...kernels.rows import far
from ...training.moments import Moments
from .far_table import FarTable, finite
from .user_input import DTYPES, NUMBERS, check_mask, check_table

Source = Iterable | Callable[[], Iterable]


class Block(NamedTuple):
    """A block of patterns, and what it was given as."""

    X: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray | None
    given: Any  # X with its columns' names

    def form(self) -> dict[str, Any]:
        """Return what all blocks must have in common."""
        return {
            "columns": self.X.shape[1] if names_of(self.given) is None else names_of(self.given),
            "targets per row": self.y.shape[1:],
            "sample_weight": "no" if self.sample_weight is None else "yes",
        }


class Blocks(FarTable):
    """The rows of all blocks, one after the other, as a table that is read from its beginning.

    All blocks are read once, to count the rows, look at them and keep targets and weights.

    Parameters
    ----------
    source : callable or iterable
        It gives the same blocks whenever it is called, or gone through: (X, y) or (X, y,
        sample_weight).

    Attributes
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The targets of all blocks.
    sample_weight : ndarray of shape (n_rows,) or None
        Their weights.

    Raises
    ------
    TypeError
        If the source can be gone through only once.
    ValueError
        If its blocks are none, or don't fit together; it names the block, and the row in it.
    """

    anywhere = False

    def __init__(self, source: Source) -> None:
        if not callable(source) and iter(source) is source:
            raise TypeError(
                "blocks can be gone through only once (a generator, an iterator), and they are "
                "read once before the first epoch and once in each: give the function that makes "
                "them, or a list"
            )
        self.source = source
        self.form: dict[str, Any] = {}
        moments, dtypes, stops = None, set(), [0]
        targets: list[np.ndarray] = []
        weights: list[np.ndarray] = []
        for block in self._blocks():
            if not self.form:
                self.form, self.head = block.form(), block.given[:0]
                self.n_columns = block.X.shape[1]
            moments = with_block(moments, block)
            targets.append(block.y)
            if block.sample_weight is not None:
                weights.append(block.sample_weight)
            dtypes.add(block.X.dtype)
            stops.append(stops[-1] + len(block.X))
        if stops[-1] == 0:
            raise ValueError("blocks: there is no row in them")
        self.stops, self.found = stops, moments
        self.shape = (stops[-1], self.n_columns)
        self.dtype = np.dtype(np.float32 if dtypes == {np.dtype(np.float32)} else np.float64)
        self.y = joined(targets)
        self.sample_weight = np.concatenate(weights) if weights else None
        self.run = max(1, far.RUN // self.n_columns)
        self._begin()

    def _blocks(self) -> Iterator[Block]:
        """Yield the blocks, looked at, from the first one on."""
        for number, given in enumerate(self.source() if callable(self.source) else self.source):
            try:
                block = block_of(given)
                for name, value in block.form().items():
                    if self.form and value != self.form[name]:
                        raise ValueError(f"{name}: {value}; of block 0: {self.form[name]}")
            except (TypeError, ValueError) as refusal:
                raise ValueError(f"block {number}: {refusal}") from refusal
            yield block

    def _begin(self) -> None:
        """Go back to the first block."""
        self.coming, self.number = self._blocks(), -1

    def _next(self) -> np.ndarray:
        """Return the rows of the next block, which must be the one that it was at first."""
        block, self.number = next(self.coming, None), self.number + 1
        if block is None:
            raise ValueError(
                f"blocks: there were {len(self.stops) - 1} of them when they were first read, now "
                f"there are {self.number}"
            )
        if self.number + 1 < len(self.stops):
            rows = slice(self.stops[self.number], self.stops[self.number + 1])
            same = np.array_equal(block.y, self.y[rows])
            if self.sample_weight is not None and block.sample_weight is not None:
                same = same and np.array_equal(block.sample_weight, self.sample_weight[rows])
            if same:
                return block.X
        raise ValueError(
            f"block {self.number} is not what it was when it was first read: it has other rows, "
            "targets or weights. Blocks must be the same ones in each epoch, in the same order"
        )

    def read(self, first: int, stop: int) -> np.ndarray:
        """Return these rows; quickly if they follow those that were read last."""
        stop = min(stop, self.shape[0])
        if self.number >= 0 and first < self.stops[self.number]:
            self._begin()
        parts = []
        while first < stop:
            while self.number < 0 or self.stops[self.number + 1] <= first:
                self.X = self._next()
            start = self.stops[self.number]
            parts.append(self.X[first - start : stop - start])
            first += len(parts[-1])
        if stop == self.shape[0] and next(self.coming, None) is not None:
            raise ValueError(f"blocks: there are more than {len(self.stops) - 1} of them now")
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def of_rows(self, rows: np.ndarray) -> "Blocks":
        """Return the table: those without weight are left out of its moments anyway."""
        return self

    def moments(self, weights: np.ndarray | None = None) -> Moments:
        """Return those that the rows had when they were first read."""
        assert self.found is not None
        return self.found

    def check(self, dtype: np.dtype) -> None:
        """Do nothing: the numbers were looked at, and are whenever they are read."""


def block_of(given: Any) -> Block:
    """Return what was given as a block.

    Raises
    ------
    ValueError
        If it is none, or a number is not finite; it names the row.
    """
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise ValueError(f"it is (X, y) or (X, y, sample_weight), got {type(given).__name__}")
    X, y = given[0], given[1]
    weights = given[2] if len(given) == 3 else None
    if scipy.sparse.issparse(X):
        raise ValueError("X is sparse: give dense blocks, or the whole sparse matrix to fit")
    table = check_table(X)
    if not hasattr(table, "shape") or len(table.shape) != 2 or not table.shape[1]:
        raise ValueError("X must have rows and columns")
    if not isinstance(table, np.ndarray) or table.dtype.kind not in NUMBERS:
        table = check_array(table, dtype=DTYPES, ensure_all_finite=False, ensure_min_samples=0)
    check_mask(y, "y")
    y = np.asarray(y)
    if weights is not None:
        check_mask(weights, "sample_weight")
        weights = finite(np.asarray(weights, np.float64), 0, "sample_weight")
    for name, one in (("y", y), ("sample_weight", weights)):
        if one is not None and one.shape[:1] != table.shape[:1]:
            raise ValueError(f"X has {len(table)} rows, {name} has the shape {one.shape}")
    finite(y, 0, "y")
    finite(table, 0, "X", names_of(X))
    return Block(table, y, weights, X if hasattr(X, "shape") else table)


def names_of(X: Any) -> list | None:
    """Return the names of a data frame's columns; None of what has none."""
    return list(X.columns) if hasattr(X, "columns") else None


def with_block(moments: Moments | None, block: Block) -> Moments | None:
    """Return the moments with those of a block's columns; rows without weight are not there."""
    X, weights = block.X, block.sample_weight
    if weights is not None:
        X, weights = X[weights > 0], weights[weights > 0]
    if not len(X):
        return moments
    new = Moments.of(X, weights)
    return new if moments is None else moments.joined(new)


def joined(targets: list[np.ndarray]) -> np.ndarray:
    """Return the targets of all blocks; labels that are strings here and numbers there stay so."""
    kinds = {"number" if y.dtype.kind in NUMBERS else y.dtype.kind for y in targets if len(y)}
    if len(kinds) > 1:
        targets = [y.astype(object) for y in targets]
    return np.concatenate(targets)
