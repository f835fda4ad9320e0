"""Sizes and offsets of layers, and vectors that start a cache line."""

import functools
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..vectors.simd import ALIGNMENT


class Layers(NamedTuple):
    """Sizes and offsets, an entry per layer.

    The matrix of a layer holds the weights between what is below it, and the `reach` units from its
    own first one on: its own, or with shortcuts those of all later layers too.
    """

    fan_in: np.ndarray  # inputs of the matrix: those of the network, or the units of a layer
    fan_out: np.ndarray
    weights_at: np.ndarray  # offset of its weights among the parameters
    stride: np.ndarray  # length of a row of weights
    biases_at: np.ndarray  # offset of its biases among the parameters
    units_at: np.ndarray  # offset of its units among all units
    width: np.ndarray  # fan_out with padding
    reach: np.ndarray  # units of the matrix; in the first layer with padding


class ShortcutLayers(Layers):
    """The same of a network with shortcuts: another type, of which other kernels are made."""


class WithShortcuts(NamedTuple):
    """The numbers of `ShortcutLayers`, for kernels."""

    numbers: np.ndarray


def aligned_zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """Return a vector of zeros whose first number starts a cache line."""
    dtype = np.dtype(dtype)
    raw = np.zeros(size * dtype.itemsize + ALIGNMENT, np.uint8)
    return np.ndarray(size, dtype, raw, -raw.ctypes.data % ALIGNMENT)


def aligned(vector: np.ndarray) -> np.ndarray:
    """Return the vector itself if it starts a cache line and is writeable, else a copy that is."""
    if vector.ctypes.data % ALIGNMENT == 0 and vector.flags.writeable:
        return vector
    return aligned_copy(vector)


def aligned_copy(vector: np.ndarray) -> np.ndarray:
    """Return a copy that starts a cache line."""
    copy = aligned_zeros(vector.size, vector.dtype)
    copy[:] = vector
    return copy


def padded(size: int, dtype: np.dtype) -> int:
    """Return the size rounded up to whole cache lines."""
    line = ALIGNMENT // np.dtype(dtype).itemsize
    return -(-size // line) * line


def spread(size: int, dtype: np.dtype) -> int:
    """Return the length of rows of so many numbers whose beginnings share no places of a cache.

    A kilobyte apart, all rows would compete for four places of eight lines each.
    """
    line = ALIGNMENT // np.dtype(dtype).itemsize
    return size + line if size % (16 * line) == 0 else size


@functools.lru_cache(maxsize=256)
def laid_out(
    sizes: tuple[int, ...], dtype: np.dtype, room: int, shortcuts: bool
) -> tuple[np.ndarray, int, int]:
    """Return the numbers of `Layers`, (8, n_layers), and how many weights and units there are.

    With padding, and room for so many inputs. Networks of the same sizes share it: to find it out
    takes 0.02 ms.
    """
    rows, weights, units = [], 0, 0
    widths = [padded(fan_out, dtype) for fan_out in sizes[1:]]
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        width = widths[layer]
        further = sum(widths[layer + 1 :]) if shortcuts else 0
        if layer == 0:
            reach = width + further
            stride = spread(reach, dtype)
        else:
            reach = width + further - widths[-1] + sizes[-1] if further else fan_out
            stride = spread(padded(fan_in, dtype), dtype)
        rows.append([fan_in, fan_out, weights, stride, 0, units, width, reach])
        weights += stride * (room if layer == 0 else reach)
        units += width
    layout = np.array(rows, np.int64).T.copy()
    layers = Layers(*layout)
    layers.biases_at[:] = weights + layers.units_at
    layout.flags.writeable = False  # kernels go where it says
    return layout, weights, units
