"""Products of small matrices in registers: what batches are computed with.

A tile is four rows of a product, as wide as the registers allow, and stays in them while the
products are summed. The factor that is loaded as vectors is first packed into a panel, one tile
wide, whose rows lie one after the other: in place they are a power of two apart for many layers,
and would share a few lines of the cache (packing was 1.3 to 1.7 times faster for 512 units). The
other factor is read where it is, a number at a time, for all lanes.
"""

from typing import NamedTuple

from ..jit import apart, inlined, shared
from .simd import FOUR, MANY_REGISTERS, ONE, TILE, TWO, advance, lanes, load, splat, store
from .workspace import DEPTH


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


@shared
def pack(panel, matrix, r, depth, j):
    """panel ← rows r, r + 1, ... of the matrix, columns from j on, and zeros where it ends."""
    apart()
    lane, wide = lanes(panel), tile_lanes(panel)
    width = min(matrix.n_columns - j, wide)
    start = matrix.start + r * matrix.row + j * matrix.column
    for n in range(depth):
        if matrix.column == 1:  # then whole vectors, padding included
            for i in range(0, width, lane):
                store(panel, n * wide + i, load(matrix.memory, start + i, ONE))
        else:
            for i in range(0, wide, lane):
                store(panel, n * wide + i, splat(panel, ONE, 0.0))
            for i in range(width):
                panel[n * wide + i] = matrix.memory[start + i * matrix.column]
        start += matrix.row


@shared
def pack_rows(panel, rows, n_rows, j, width):
    """panel ← the first rows, columns from j on, at most `width` or a tile."""
    apart()
    lane, wide = lanes(panel), tile_lanes(panel)
    for n in range(n_rows):
        start = rows.starts[n] + rows.offset + j
        for i in range(0, min(width, wide), lane):
            store(panel, n * wide + i, load(rows.memory, start + i, ONE))


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
def multiply(target, left, matrix, n_rows, depth, width, panel):
    """target_nj += Σ_r left_nr matrix_rj for n_rows rows, a multiple of 4, and `width` columns."""
    apart()
    lane, wide = lanes(panel), tile_lanes(panel)
    for r in range(0, depth, DEPTH):
        part = min(DEPTH, depth - r)
        for j in range(0, width, wide):
            pack(panel, matrix, r, part, j)
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
