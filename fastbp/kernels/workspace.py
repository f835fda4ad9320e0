"""Working memory of batches; allocated by `fastbp.network.Network.workspace`."""

from typing import NamedTuple

import numpy as np

LARGEST = 256  # patterns that go through the network together
DEPTH = 512  # rows of a panel: with 64 bytes each they stay in the second-level cache


class Workspace(NamedTuple):
    """Numbers: a tile, a panel, then net, out and delta of all patterns, copies, a gradient."""

    numbers: np.ndarray
    places: np.ndarray
    capacity: int  # patterns, a multiple of 4
    row: int  # numbers per pattern in each of net, out and delta
