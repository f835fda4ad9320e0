"""Where the units of a network are drawn, and its connections; large layers are abridged."""

from typing import NamedTuple

import numpy as np

SHAPE = 1.4  # width of a drawing to its height
NARROWEST = 1.6  # distance of two columns, in distances of two units
POINTS = 24  # of an arc


class Column(NamedTuple):
    """A layer as it is drawn, the inputs being the first."""

    x: float
    units: np.ndarray  # numbers of those that are drawn, (n_drawn,)
    y: np.ndarray  # (n_drawn,), the first on top
    gap: float | None  # the height at which others are left out


class Connections(NamedTuple):
    """What is drawn between a layer and one that it reads, (n_connections,) each."""

    layer: int  # of `coefs_`
    rows: np.ndarray  # of `coefs_[layer]`
    columns: np.ndarray
    lines: np.ndarray  # (n_connections, n_points, 2)


def columns_of(sizes: list[int], most: int) -> list[Column]:
    """Return the columns of a network with layers of these sizes, the inputs first.

    Of more than `most` units the first and the last are drawn, with a gap between them.
    """
    tallest = max(2, *(min(size, most) for size in sizes))
    apart = max(NARROWEST, SHAPE * tallest / (len(sizes) - 1))
    result = []
    for n, size in enumerate(sizes):
        slots, units, gap = np.arange(min(size, most)), np.arange(size), None
        heights = (len(slots) - 1) / 2 - slots
        if size > most:
            gap, heights = float(heights[most // 2]), np.delete(heights, most // 2)
            units = np.r_[: most // 2, size - (most - 1 - most // 2) : size]
        result.append(Column(n * apart, units, heights, gap))
    return result


def sources(sizes: list[int], layer: int, fan_in: int) -> list[tuple[int, int]]:
    """Return of each column that a layer reads its number, and the row that its weights begin at.

    A layer reads the last `fan_in` units before it: those of the layer below, or with shortcuts
    those of all.
    """
    ends = np.cumsum(sizes[: layer + 1])
    starts = ends - sizes[: layer + 1] - (ends[-1] - fan_in)
    return [(column, int(start)) for column, start in enumerate(starts) if start >= 0]


def connections_of(
    columns: list[Column], sizes: list[int], masks: list[np.ndarray]
) -> list[Connections]:
    """Return the connections between units that are drawn; a mask says which there are."""
    result = []
    for layer, mask in enumerate(masks):
        above = columns[layer + 1]
        for number, start in sources(sizes, layer, len(mask)):
            below = columns[number]
            there = mask[np.ix_(start + below.units, above.units)]
            i, j = np.nonzero(there)
            ends = np.stack([np.full(len(i), below.x), below.y[i]], axis=1)
            tips = np.stack([np.full(len(j), above.x), above.y[j]], axis=1)
            between = columns[number + 1 : layer + 1]
            lines = np.stack([ends, tips], axis=1) if not between else arcs(ends, tips, between)
            result.append(Connections(layer, start + below.units[i], above.units[j], lines))
    return result


def arcs(ends: np.ndarray, tips: np.ndarray, between: list[Column]) -> np.ndarray:
    """Return parabolas around the columns between, (n, POINTS, 2): above the upper half."""
    middle = (ends + tips) / 2
    # Unequal, so that arcs of units at the same height do not cover each other.
    reach = max(column.y[0] for column in between) + 0.5 + 0.25 * len(between)
    apex = np.where(middle[:, 1] >= 0, reach, -reach) + 0.1 * (ends[:, 1] - tips[:, 1])
    bent = np.stack([middle[:, 0], 2 * apex - middle[:, 1]], axis=1)
    t = np.linspace(0, 1, POINTS)[:, None, None]
    curve = (1 - t) ** 2 * ends + 2 * t * (1 - t) * bent + t**2 * tips
    return curve.transpose(1, 0, 2)
