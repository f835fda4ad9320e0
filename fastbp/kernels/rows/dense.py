"""Rows of numbers: where their inputs can be read.

In place where they lie together, else copied into a slot of working memory.
"""

from typing import NamedTuple

import numpy as np

from ...vectors.simd import pointer
from .interface import inputs_of, stage


class DenseRows(NamedTuple):
    """Rows that lie one after the other, in the dtype of the parameters."""

    values: np.ndarray
    n_inputs: int


@inputs_of.register(DenseRows)
def _(rows, staged):
    return pointer(rows.values)


@stage.register(DenseRows)
def _(rows, p, staged, start):
    return p * rows.n_inputs


class StridedRows(NamedTuple):
    """Rows in any layout (by column, reversed, every second one)."""

    values: np.ndarray


@inputs_of.register(StridedRows)
def _(rows, staged):
    return staged


@stage.register(StridedRows)
def _(rows, p, staged, start):
    for i in range(rows.values.shape[1]):
        staged[start + i] = rows.values[p, i]
    return start
