"""The threads that share the work of a batch: what they agree by, and how the work is cut."""

from typing import NamedTuple

import numpy as np

from .layout import aligned_zeros

MOST_PIECES = 32  # bits of a word say which are taken


class Pieces(NamedTuple):
    """Into how many pieces the work of a batch is cut, which sizes alone decide.

    By sums over a piece's patterns and weights, in the pieces' order, errors are the same for any
    number of threads.
    """

    columns: int  # of each layer's units, whose net inputs and weights are computed together
    groups: int  # of patterns


UNDIVIDED = Pieces(1, 1)


class Crew(NamedTuple):
    """What a thread knows of the work that it shares."""

    sync: np.ndarray  # see `kernels.crew`
    sums: np.ndarray  # of the call so far, then of each piece
    pieces: Pieces
    thread: int  # its number
    n_threads: int


def new_crew(pieces: Pieces) -> Crew:
    """Return what a thread alone knows."""
    return Crew(aligned_zeros(16, np.dtype(np.int64)), np.zeros(1 + 2 * MOST_PIECES), pieces, 0, 1)
