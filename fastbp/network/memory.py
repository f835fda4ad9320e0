"""Working memory of several patterns; allocated by `fastbp.network.network.Network`."""

from typing import NamedTuple

import numpy as np

TOGETHER = 4  # patterns that share a sweep over the first layer, see `.delayed`
LARGEST = 256  # patterns that go through the network together
DEPTH = 128  # of the products that a tile sums up at a time: the inputs of 200 patterns, so many
# of each, stay in the second-level cache while all tiles are computed from them
FIRST_LEVEL = 2**14  # bytes of weights that are to stay in the first-level cache
PANEL_BYTES = 2**17  # of the panels that lie packed at a time, in the second-level cache too


class Workspace(NamedTuple):
    """Numbers: a tile, zeros, panels; net, out, delta of all patterns; copies; a gradient."""

    numbers: np.ndarray
    places: np.ndarray
    capacity: int  # patterns, a multiple of 4
    row: int  # numbers per pattern in each of net, out and delta
