"""Rows of a CSR matrix."""

from typing import NamedTuple

import numpy as np

from .interface import inputs_of, stage


class SparseRows(NamedTuple):
    """Rows of a CSR matrix; entries that are given twice add up."""

    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    n_inputs: int


@inputs_of.register(SparseRows)
def _(rows, staged):
    return staged


@stage.register(SparseRows)
def _(rows, p, staged, start):
    for i in range(start, start + rows.n_inputs):
        staged[i] = 0
    for entry in range(rows.indptr[p], rows.indptr[p + 1]):
        staged[start + rows.indices[entry]] += rows.data[entry]
    return start
