"""Outputs of a network, for a few rows or for many, by several threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..kernels.descent import Formulas
from ..kernels.predict import predict_few, predict_many
from ..kernels.rows.catalogue import Rows, is_staged
from ..kernels.rows.dense import DenseRows
from ..kernels.rows.far import FarRows
from ..network.memory import LARGEST, BatchMemory
from ..network.network import Network
from .calls.portions import patterns_per_call
from .patterns import check_rows

MANY = 8 * LARGEST  # rows from which on a second to compile faster prediction is well spent
# Rows: their numbers need memory, the more the more rows. Not fewer: threads that often hand the
# GIL to each other were seen to wait milliseconds for it, the other processor idle.
PREDICTED_PER_CALL = 128 * LARGEST
COPIED_TOGETHER = 2**17  # inputs of rows that must be copied to predict


def numbers_of(order: np.ndarray | range) -> np.ndarray:
    """Return the row numbers as an array; `np.asarray` would go through a range one by one."""
    return np.arange(order.start, order.stop) if isinstance(order, range) else order


def predict_outputs(
    network: Network,
    formulas: Formulas,
    rows: Rows,
    order: np.ndarray | range,
    n_threads: int = 1,
) -> np.ndarray:
    """Return the network's outputs for the rows of the given numbers, (n_rows, n_outputs).

    Where there are many rows, by as many threads at most.
    """
    check_rows(network, rows)
    result = np.empty((len(order), network.sizes[-1]), network.dtype)
    if isinstance(rows, FarRows):
        numbers = numbers_of(order)
        places = np.argsort(numbers, kind="stable")  # each row is read once
        for n in range(0, len(places), rows.window):
            here = places[n : n + rows.window]
            near = rows.hold(numbers[here])
            part = near.places[numbers[here]].astype(np.int64)
            dense = DenseRows(near.values, near.n_inputs)
            result[here] = predict_outputs(network, formulas, dense, part, n_threads)
        return result
    largest = min(patterns_per_call(network, rows), PREDICTED_PER_CALL)
    if len(order) < MANY:
        kernel, memory = (
            predict_few.choose(formulas),
            network.pattern_memory(staged=is_staged(rows)),
        )
        for n in range(0, len(order), largest):
            part, place = numbers_of(order[n : n + largest]), result[n : n + largest]
            kernel(network.parameters, network.layout, rows, part, formulas, memory, place)
        return result
    n_threads = max(1, min(n_threads, len(order) // MANY))
    n_parts = -(-len(order) // (largest * n_threads)) * n_threads  # as many for each
    size = -(-len(order) // n_parts)
    parts = iter(range(0, len(order), size))  # the threads' next ones: taken under the GIL
    kernel, staged = predict_many.choose(formulas), is_staged(rows)
    together = min(LARGEST, max(1, COPIED_TOGETHER // network.sizes[0])) if staged else LARGEST
    memories = [network.batch_memory(together, staged=staged) for _ in range(n_threads)]

    def work(memory: BatchMemory) -> None:
        for n in parts:
            part, place = numbers_of(order[n : n + size]), result[n : n + size]
            kernel(network.parameters, network.layout, rows, part, formulas, memory, place)

    if n_threads == 1:
        work(memories[0])
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            try:
                for done in [pool.submit(work, memory) for memory in memories]:
                    done.result()
            finally:  # after an interrupt the threads find nothing more to do
                for _ in parts:
                    pass
    return result
