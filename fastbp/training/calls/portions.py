"""How much a kernel gets at a time: it cannot be interrupted."""

from collections.abc import Iterator

import numpy as np

from ...kernels.batches.gradient import Portion
from ...kernels.rows.catalogue import Rows
from ...kernels.rows.sparse import SparseRows
from ...network.memory import LARGEST
from ...network.network import Network

# A kernel cannot be interrupted. Weights times patterns of one call: some 100 ms at most, so that
# Ctrl-C and progress reach the user.
WORK_PER_CALL = 200_000_000
PER_UNIT = 30  # weights: what an activation costs
PER_STEP = 5  # patterns: what an update after a batch costs
PATTERNS_PER_CALL = 250_000


def patterns_per_call(network: Network, rows: Rows | None = None, passes: int = 1) -> int:
    """Return how many patterns a kernel that goes over the parameters so often may take at once.

    Of sparse rows, if they are given, over the weights of their entries.
    """
    size = network.parameters.size
    if isinstance(rows, SparseRows):
        entries = -(-len(rows.data) // max(1, len(rows.indptr) - 1))
        size -= (rows.n_inputs - min(entries, rows.n_inputs)) * int(network.layers.stride[0])
    work = passes * size + PER_UNIT * network.n_units
    return max(1, min(PATTERNS_PER_CALL, WORK_PER_CALL // work))


def portions_of(
    batch: np.ndarray, size: int, sums: np.ndarray
) -> Iterator[tuple[np.ndarray, Portion]]:
    """Yield the portions of a batch, of some `size` patterns each, and the records of them.

    In multiples of what goes through the network together: sums are then the same for any size.
    """
    size = max(1, size // LARGEST) * LARGEST
    for n in range(0, len(batch), size):
        yield batch[n : n + size], Portion(n + size >= len(batch), sums)
