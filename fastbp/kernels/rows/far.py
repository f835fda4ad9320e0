"""Rows that lie elsewhere, in a file as a rule, and of which a window is held in memory at a time.

Kernels read the `HeldRows` of a window. In an order that goes through the rows window by window,
see `FarRows.shuffle`, each row is read once in an epoch, and runs of them are read together.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ...network.memory import LARGEST
from ...vectors.simd import pointer
from .interface import inputs_of, stage

WINDOW = 2**21
"""Numbers that are held at a time: 8 MB in float32, 16 MB in float64."""

RUN = 2**14
"""Numbers of neighbouring rows that are read together: 64 kB of float32.

A window has 128 runs: rows that are sorted by their class are mixed almost as well as by a shuffle
of all. Longer runs mix them less, shorter ones cost more to read.
"""


class HeldRows(NamedTuple):
    """Rows some of which are in memory: row p is values[places[p]]."""

    values: np.ndarray
    places: np.ndarray
    n_inputs: int


@inputs_of.register(HeldRows)
def _(rows, staged):
    return pointer(rows.values)


@stage.register(HeldRows)
def _(rows, p, staged, start):
    return rows.places[p] * rows.n_inputs


class FarRows:
    """Rows that are read when they are asked for.

    Parameters
    ----------
    n_rows, n_inputs : int
        How many there are, and of how many numbers.
    dtype : dtype
        That of the network.
    read : callable
        Called as ``read(rows, out)``: it writes the inputs of these rows, whose numbers ascend and
        are within one run, to ``out``, of shape (len(rows), n_inputs).
    run : int
        Rows that are read together: those from a multiple of `run` to the next.
    anywhere : bool, default=True
        Whether runs can be read in any order, and not only from the first to the last.

    Attributes
    ----------
    window : int
        The most rows that are held: `WINDOW` numbers, in whole `LARGEST`.
    """

    def __init__(
        self,
        n_rows: int,
        n_inputs: int,
        dtype: np.dtype,
        read: Callable[[np.ndarray, np.ndarray], None],
        *,
        run: int,
        anywhere: bool = True,
    ) -> None:
        self.n_rows, self.n_inputs, self.read = n_rows, n_inputs, read
        self.run, self.anywhere = run, anywhere
        self.window = max(1, WINDOW // max(1, n_inputs) // LARGEST) * LARGEST
        self.buffer = np.empty((min(self.window, n_rows), n_inputs), dtype)
        # Any number here is within the buffer, whatever row is asked for.
        self.places = np.zeros(n_rows, np.int32)
        self.held = np.empty(0, np.int64)

    @property
    def values(self) -> np.ndarray:
        """The rows that are held at the moment."""
        return self.buffer[: len(self.held)]

    def hold(self, part: np.ndarray) -> HeldRows:
        """Return rows among which are those of `part`, in any order, `window` of them at most."""
        wanted = np.sort(part)  # np.unique makes a hash table: 0.7 µs a row
        if not (wanted[1:] > wanted[:-1]).all():
            wanted = wanted[np.append(True, wanted[1:] > wanted[:-1])]
        if not np.array_equal(wanted, self.held):
            self.held = wanted[:0]  # in case that one can't be read
            for first, last in self._runs(wanted):
                self.read(wanted[first:last], self.buffer[first:last])
            self.places[wanted] = np.arange(len(wanted))
            self.held = wanted
        return HeldRows(self.buffer, self.places, self.n_inputs)

    def _runs(self, ascending: np.ndarray) -> Iterator[tuple[int, int]]:
        """Yield from where to where rows of one run stand among rows whose numbers ascend."""
        first = 0
        while first < len(ascending):
            end = (ascending[first] // self.run + 1) * self.run
            last = int(np.searchsorted(ascending, end))
            yield first, last
            first = last

    def per_window(self, batch_size: int) -> int:
        """Return the patterns of a window, in whole batches."""
        return self.window // batch_size * batch_size

    def shuffle(
        self, order: np.ndarray, random_state: np.random.RandomState, batch_size: int
    ) -> None:
        """Shuffle an order of rows in place, on two levels: runs, and the patterns of a window.

        Runs come in random order, if they can be read in any, and in each window, of so many runs
        as fit, the patterns do. What fits into one window is shuffled as a whole.
        """
        if len(order) <= self.window:
            random_state.shuffle(order)
            return
        order.sort()
        if self.anywhere:
            runs = list(self._runs(order))
            random_state.shuffle(runs)
            order[:] = np.concatenate([order[first:last] for first, last in runs])
        if batch_size <= self.window:  # else the patterns of a window are of one batch
            size = self.per_window(batch_size)
            for n in range(0, len(order), size):
                random_state.shuffle(order[n : n + size])
