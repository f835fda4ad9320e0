"""Products of small matrices in registers: what batches are computed with.

A tile is four rows of a product, as wide as the registers allow, and stays in them while the
products are summed. The factor that is loaded as vectors is first packed into panels, one tile
wide, whose rows lie one after the other: in place they are a power of two apart for many layers,
and would share a few lines of the cache (packing was 1.3 to 1.7 times faster for 512 units). For
the same reason panels are an odd number of cache lines apart. The other factor is read where it is,
a number at a time, for all lanes.
"""

from typing import NamedTuple

from ..jit import apart, inlined, shared
from .simd import (
    FOUR,
    MANY_REGISTERS,
    ONE,
    TILE,
    TWO,
    VECTOR_BYTES,
    advance,
    lanes,
    load,
    splat,
    store,
)
from .workspace import DEPTH, PANEL_BYTES


class Rows(NamedTuple):
    """Rows of numbers in memory: number i of row n is at memory[starts[n] + offset + i]."""

    memory: object
    starts: object
    offset: int


class Matrix(NamedTuple):
    """A matrix in memory: number (r, j) is at memory[start + r · row + j · column]."""

    memory: object
    start: int
    row: int
    column: int
    n_columns: int


@inlined
def tile_lanes(memory):
    """Return how many numbers wide a tile is."""
    return TILE * lanes(memory)


@inlined
def group_width(memory, depth):
    """Return how many columns, in whole tiles, the panels hold at this depth."""
    numbers = PANEL_BYTES // VECTOR_BYTES * lanes(memory)
    return numbers // (panel_rows(depth) * tile_lanes(memory)) * tile_lanes(memory)


@inlined
def panel_rows(depth):
    """Return how many rows a panel has room for: an odd number, see above."""
    return depth | 1


@shared
def pack(panels, matrix, r, depth, j, width):
    """Panels ← `width` columns from j on of rows r, r + 1, ... of the matrix, zeros beyond its end.

    The panel of column j + q, with q a multiple of a tile's width, starts at q · panel_rows(depth).
    """
    apart()
    rows = panel_rows(depth)
    lane, wide = lanes(panels), tile_lanes(panels)
    start = matrix.start + r * matrix.row + j * matrix.column
    if matrix.column == 1:  # row by row, in whole vectors, padding included
        for n in range(depth):
            for q in range(0, width, wide):
                for i in range(0, min(wide, width - q), lane):
                    at = start + n * matrix.row + q + i
                    store(panels, q * rows + n * wide + i, load(matrix.memory, at, ONE))
    else:
        for q in range(0, width, wide):
            for at in range(q * rows, (q + wide) * rows, lane):
                store(panels, at, splat(panels, ONE, 0.0))
            for i in range(min(wide, matrix.n_columns - j - q)):
                column = start + (q + i) * matrix.column
                for n in range(depth):
                    panels[q * rows + n * wide + i] = matrix.memory[column + n * matrix.row]


@shared
def pack_rows(panels, rows, n_rows, j, width):
    """Panels ← the first rows, `width` columns from j on; see `pack`."""
    apart()
    lane, wide = lanes(panels), tile_lanes(panels)
    for n in range(n_rows):
        start = rows.starts[n] + rows.offset + j
        for q in range(0, width, wide):
            for i in range(0, min(wide, width - q), lane):
                store(
                    panels,
                    q * panel_rows(n_rows) + n * wide + i,
                    load(rows.memory, start + q + i, ONE),
                )


@inlined
def _product(target, t, left, n, r, panel, depth, block):
    a_row = left.starts[n] + left.offset + r
    b_row = left.starts[n + 1] + left.offset + r
    c_row = left.starts[n + 2] + left.offset + r
    d_row = left.starts[n + 3] + left.offset + r
    a = b = c = d = splat(panel, block, 0.0)
    at, wide = 0, tile_lanes(panel)
    for i in range(depth):
        row = load(panel, at, block)
        a = a + row * left.memory[a_row + i]
        b = b + row * left.memory[b_row + i]
        c = c + row * left.memory[c_row + i]
        d = d + row * left.memory[d_row + i]
        at += wide
    at = target.starts[n] + target.offset + t
    store(target.memory, at, load(target.memory, at, block) + a)
    at = target.starts[n + 1] + target.offset + t
    store(target.memory, at, load(target.memory, at, block) + b)
    at = target.starts[n + 2] + target.offset + t
    store(target.memory, at, load(target.memory, at, block) + c)
    at = target.starts[n + 3] + target.offset + t
    store(target.memory, at, load(target.memory, at, block) + d)


@shared
def multiply(target, left, matrix, n_rows, depth, width, panels):
    """target_nj += Σ_r left_nr matrix_rj for n_rows rows, a multiple of 4, and `width` columns."""
    apart()
    lane, wide = lanes(panels), tile_lanes(panels)
    for r in range(0, depth, DEPTH):
        part = min(DEPTH, depth - r)
        group = group_width(panels, part)
        for first in range(0, width, group):
            stop = min(first + group, width)
            pack(panels, matrix, r, part, first, stop - first)
            for j in range(first, stop, wide):
                panel = advance(panels, (j - first) * panel_rows(part))
                for n in range(0, n_rows, 4):
                    if MANY_REGISTERS:
                        if j + 4 * lane <= width:
                            _product(target, j, left, n, r, panel, part, FOUR)
                        else:
                            i = j
                            if i + 2 * lane <= width:
                                _product(target, i, left, n, r, panel, part, TWO)
                                i += 2 * lane
                            if i < width:
                                rest = advance(panel, i - j)
                                _product(target, i, left, n, r, rest, part, ONE)
                    else:
                        _product(target, j, left, n, r, panel, part, TWO)


@inlined
def _outer(tile, left, i, n_columns, panel, depth, block):
    wide = tile_lanes(panel)
    # Columns that there are not any more are computed as the last one again.
    last = left.offset + n_columns - 1
    a_at, b_at = left.offset + i, min(left.offset + i + 1, last)
    c_at, d_at = min(left.offset + i + 2, last), min(left.offset + i + 3, last)
    a = b = c = d = splat(panel, block, 0.0)
    at = 0
    for n in range(depth):
        row, start = load(panel, at, block), left.starts[n]
        a = a + row * left.memory[start + a_at]
        b = b + row * left.memory[start + b_at]
        c = c + row * left.memory[start + c_at]
        d = d + row * left.memory[start + d_at]
        at += wide
    store(tile, 0, a)
    store(tile, wide, b)
    store(tile, 2 * wide, c)
    store(tile, 3 * wide, d)


@shared
def outer(tile, left, i, n_columns, panel, depth, width):
    """tile_aj ← Σ_n left_n(i+a) panel_nj for four columns of the left, sums over `depth` rows."""
    apart()
    lane = lanes(panel)
    if MANY_REGISTERS:
        if width >= 4 * lane:
            _outer(tile, left, i, n_columns, panel, depth, FOUR)
        else:
            j = 0
            if width >= 2 * lane:
                _outer(tile, left, i, n_columns, panel, depth, TWO)
                j = 2 * lane
            if j < width:
                rest = advance(panel, j)
                _outer(advance(tile, j), left, i, n_columns, rest, depth, ONE)
    else:
        _outer(tile, left, i, n_columns, panel, depth, TWO)
