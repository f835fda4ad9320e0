"""Products of small matrices in registers: what batches are computed with.

A tile is four rows of a product, as wide as the registers allow, and stays in them while the
products are summed. Of the factor that is loaded as vectors, rows that do not lie close together
are first packed into panels, one tile wide: in place they may be a power of two apart, and would
share a few lines of the cache (packing was 1.3 to 1.7 times faster for 512 units). For the same
reason panels are an odd number of cache lines apart. The other factor is read where it is, a number
at a time, for all lanes. Where both factors lie along the sum, as in later layers, `dots` loads
both as vectors.
"""

from typing import NamedTuple

from ...compiling.dispatch import open_function
from ...compiling.jit import apart, inlined, shared
from ...network.memory import DEPTH, FIRST_LEVEL, PANEL_BYTES
from ...vectors.simd import (
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
    totals,
    with_lane,
)


class RowAddresses(NamedTuple):
    """Rows of numbers in memory: number i of row n is at memory[starts[n] + offset + i]."""

    memory: object
    starts: object
    offset: int


class Matrix(NamedTuple):
    """A matrix in memory: number (r, j) is at memory[start + r · stride + j]."""

    memory: object
    start: int
    stride: int


@inlined
def tile_lanes(memory):
    """Return how many numbers wide a tile is."""
    return TILE * lanes(memory)


class Panels(NamedTuple):
    """Columns of a matrix as tiles read them: row r of the n-th at memory[n · step + r · row]."""

    memory: object
    row: int  # from a row to the next
    step: int  # from a tile's columns to the next tile's


@inlined
def _near(panels, matrix, depth):
    """Tell whether so many rows of the matrix lie close enough together to be read in place."""
    return depth * matrix.stride <= PANEL_BYTES // VECTOR_BYTES * lanes(panels)


@inlined
def group_width(panels, matrix, depth, width):
    """Return how many columns, in whole tiles, are prepared at a time: all, or what is packed.

    At least one, even of none.
    """
    wide = tile_lanes(panels)
    numbers = PANEL_BYTES // VECTOR_BYTES * lanes(panels)
    return max(1, width) if _near(panels, matrix, depth) else numbers // ((depth | 1) * wide) * wide


@shared
def prepare(panels, matrix, r, depth, j, width):
    """Return `width` columns from j on of rows r, r + 1, ... of the matrix, padding included.

    Where the rows do not lie close together they are packed into `panels`.
    """
    apart()
    lane, wide = lanes(panels), tile_lanes(panels)
    start = matrix.start + r * matrix.stride + j
    if _near(panels, matrix, depth):
        return Panels(advance(matrix.memory, start), matrix.stride, wide)
    step = (depth | 1) * wide  # an odd number of rows, see above
    for n in range(depth):
        place, at = n * wide, start + n * matrix.stride
        for q in range(0, width, wide):
            for i in range(0, min(wide, width - q), lane):
                store(panels, place + i, load(matrix.memory, at + q + i, ONE))
            place += step
    return Panels(panels, wide, step)


@inlined
def _product(target, t, initial, left, n, r, panel, stride, depth, block):
    a_row = left.starts[n] + left.offset + r
    b_row = left.starts[n + 1] + left.offset + r
    c_row = left.starts[n + 2] + left.offset + r
    d_row = left.starts[n + 3] + left.offset + r
    a_at, b_at = target.starts[n] + target.offset + t, target.starts[n + 1] + target.offset + t
    c_at, d_at = target.starts[n + 2] + target.offset + t, target.starts[n + 3] + target.offset + t
    a = b = c = d = load(initial, t, block)
    if r > 0:
        a, b = load(target.memory, a_at, block), load(target.memory, b_at, block)
        c, d = load(target.memory, c_at, block), load(target.memory, d_at, block)
    at = 0
    for i in range(depth):
        row = load(panel, at, block)
        a = a + row * left.memory[a_row + i]
        b = b + row * left.memory[b_row + i]
        c = c + row * left.memory[c_row + i]
        d = d + row * left.memory[d_row + i]
        at += stride
    store(target.memory, a_at, a)
    store(target.memory, b_at, b)
    store(target.memory, c_at, c)
    store(target.memory, d_at, d)


@shared
def multiply(target, initial, left, matrix, n_rows, depth, width, panels):
    """target_nj ← initial_j + Σ_r left_nr matrix_rj for n_rows rows, a multiple of 4."""
    apart()
    lane, wide = lanes(panels), tile_lanes(panels)
    for r in range(0, depth, DEPTH):
        part = min(DEPTH, depth - r)
        group = group_width(panels, matrix, part, width)
        for first in range(0, width, group):
            stop = min(first + group, width)
            prepared = prepare(panels, matrix, r, part, first, stop - first)
            panel, row = prepared.memory, prepared.row
            for j in range(first, stop, wide):
                for n in range(0, n_rows, 4):
                    if MANY_REGISTERS:
                        if j + 4 * lane <= width:
                            _product(target, j, initial, left, n, r, panel, row, part, FOUR)
                        else:
                            i = j
                            if i + 2 * lane <= width:
                                _product(target, i, initial, left, n, r, panel, row, part, TWO)
                                i += 2 * lane
                            if i < width:
                                rest = advance(panel, i - j)
                                _product(target, i, initial, left, n, r, rest, row, part, ONE)
                    else:
                        _product(target, j, initial, left, n, r, panel, row, part, TWO)
                panel = advance(panel, prepared.step)


class Onto(NamedTuple):
    """Sums begin with what is there."""


@open_function(default=True)
def begun(initial, target, n, k, sums):
    """Return the sums of rows n to n + 3 of the target in column k with what they begin with."""
    return sums + initial[k]


@begun.register(Onto)
def _(initial, target, n, k, sums):
    at = target.offset + k
    sums = with_lane(sums, 0, sums[0] + target.memory[target.starts[n] + at])
    sums = with_lane(sums, 1, sums[1] + target.memory[target.starts[n + 1] + at])
    sums = with_lane(sums, 2, sums[2] + target.memory[target.starts[n + 2] + at])
    return with_lane(sums, 3, sums[3] + target.memory[target.starts[n + 3] + at])


@shared
def dots(target, initial, left, matrix, n_rows, depth, count):
    """target_nk ← initial_k + Σ_j left_nj matrix_kj for n_rows rows, a multiple of 4.

    Both factors are read as vectors, `depth` numbers with padding; nothing is packed. A tile is
    four rows and two of the matrix, so many of which stay in the first-level cache for all rows.
    """
    apart()
    x, w, lane = left.memory, matrix.memory, lanes(matrix.memory)
    group = max(1, FIRST_LEVEL // VECTOR_BYTES * lane // matrix.stride // 2) * 2
    for first in range(0, count, group):
        for n in range(0, n_rows, 4):
            a, b = left.starts[n] + left.offset, left.starts[n + 1] + left.offset
            c, d = left.starts[n + 2] + left.offset, left.starts[n + 3] + left.offset
            for k in range(first, min(first + group, count), 2):
                other = min(k + 1, count - 1)
                at, further = matrix.start + k * matrix.stride, matrix.start + other * matrix.stride
                a_k = b_k = c_k = d_k = splat(w, ONE, 0.0)
                a_l = b_l = c_l = d_l = a_k
                for j in range(0, depth, lane):
                    w_k, w_l = load(w, at + j, ONE), load(w, further + j, ONE)
                    x_a, x_b = load(x, a + j, ONE), load(x, b + j, ONE)
                    x_c, x_d = load(x, c + j, ONE), load(x, d + j, ONE)
                    a_k = a_k + w_k * x_a
                    b_k = b_k + w_k * x_b
                    c_k = c_k + w_k * x_c
                    d_k = d_k + w_k * x_d
                    a_l = a_l + w_l * x_a
                    b_l = b_l + w_l * x_b
                    c_l = c_l + w_l * x_c
                    d_l = d_l + w_l * x_d
                of_k = begun(initial, target, n, k, totals(a_k, b_k, c_k, d_k))
                of_l = begun(initial, target, n, other, totals(a_l, b_l, c_l, d_l))
                for i in range(4):
                    place = target.starts[n + i] + target.offset
                    target.memory[place + k] = of_k[i]
                    target.memory[place + other] = of_l[i]


@inlined
def _outer(tile, left, i, n_columns, panel, row_size, depth, block):
    wide = tile_lanes(tile)
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
        at += row_size
    store(tile, 0, a)
    store(tile, wide, b)
    store(tile, 2 * wide, c)
    store(tile, 3 * wide, d)


@shared
def outer(tile, left, i, n_columns, panel, row, depth, width):
    """tile_aj ← Σ_n left_n(i+a) panel_nj for four columns of the left, sums over `depth` rows."""
    apart()
    lane = lanes(panel)
    if MANY_REGISTERS:
        if width >= 4 * lane:
            _outer(tile, left, i, n_columns, panel, row, depth, FOUR)
        else:
            j = 0
            if width >= 2 * lane:
                _outer(tile, left, i, n_columns, panel, row, depth, TWO)
                j = 2 * lane
            if j < width:
                rest = advance(panel, j)
                _outer(advance(tile, j), left, i, n_columns, rest, row, depth, ONE)
    else:
        _outer(tile, left, i, n_columns, panel, row, depth, TWO)
