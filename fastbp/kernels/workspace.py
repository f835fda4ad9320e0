"""Working memory of batches; allocated by `fastbp.network.Network.workspace`."""

from typing import NamedTuple

import numpy as np

LARGEST = 256  # patterns that go through the network together
DEPTH = 128  # of the products that a tile sums up at a time: the inputs of 200 patterns, so many
# of each, stay in the second-level cache while all tiles are computed from them
CHUNK = 64  # rows of weights whose gradient is computed before the next ones', for the same reason
PANEL = max(LARGEST, DEPTH)  # rows of a panel


class Workspace(NamedTuple):
    """Numbers: a tile, a panel, then net, out and delta of all patterns, copies, a gradient."""

    numbers: np.ndarray
    places: np.ndarray
    capacity: int  # patterns, a multiple of 4
    row: int  # numbers per pattern in each of net, out and delta
