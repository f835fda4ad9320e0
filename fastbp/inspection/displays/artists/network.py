"""What a picture of a network is drawn with."""

from typing import Any

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.patches import FancyArrowPatch

from ..arrangement import Column
from .colours import CONNECTIONS, UNITS, bar, ink_on, norm_of, short
from .fitted import Fit, shortened

DIAMETER = 0.72  # of a unit; two units are at a distance of 1
THINNEST, WIDER = 0.5, 2.2  # lines, in points
DASHES = (0, (3.0, 1.6))


def draw_edges(ax: Any, lines: list[np.ndarray], along: np.ndarray) -> LineCollection:
    """Draw the connections: darker and wider the larger they are, dashed where negative."""
    norm, known = norm_of(along, signed=True), np.nan_to_num(along)
    order = np.argsort(np.abs(known), kind="stable")  # the largest on top
    drawn = LineCollection(
        [lines[n] for n in order],
        array=np.ma.masked_invalid(along[order]),
        cmap=CONNECTIONS,
        norm=norm,
        linewidths=THINNEST + WIDER * np.abs(known[order]) / norm.vmax,
        linestyles=[DASHES if value < 0 else "solid" for value in known[order]],
        capstyle="butt",
        zorder=1,
    )
    ax.add_collection(drawn, autolim=False)
    return drawn


def draw_units(
    ax: Any, columns: list[Column], values: list[np.ndarray], *, numbers: bool
) -> EllipseCollection:
    """Draw the units: lighter the larger their numbers are, which are written in them."""
    places = [(column.x, y) for column in columns for y in column.y]
    flat = np.ma.masked_invalid(np.concatenate(values).astype(float))
    n = len(places)
    drawn = EllipseCollection(
        np.full(n, DIAMETER),
        np.full(n, DIAMETER),
        np.zeros(n),
        units="xy",
        offsets=places,
        offset_transform=ax.transData,
        array=flat,
        cmap=UNITS,
        norm=norm_of(flat.filled(np.nan)),
        edgecolors="black",
        linewidths=0.8,
        zorder=2,
    )
    ax.add_collection(drawn, autolim=False)
    if numbers:
        fit = Fit(ax, most=9)
        for (x, y), value, colour in zip(places, flat, drawn.to_rgba(flat), strict=True):
            if value is not np.ma.masked:
                box = 0.86 * DIAMETER, 0.5 * DIAMETER
                fit.write(x, y, short(float(value)), *box, color=ink_on(colour), zorder=3)
    return drawn


def write_titles(ax: Any, columns: list[Column], sizes: list[int], half: float) -> None:
    """Write what each layer is, and how many units it has, above all."""
    width = 0.9 * (columns[1].x - columns[0].x)
    names = ["inputs", *(f"hidden {n}" for n in range(1, len(sizes) - 1)), "outputs"]
    words, counts = Fit(ax), Fit(ax, most=9)
    for column, name, size in zip(columns, names, sizes, strict=True):
        words.write(column.x, 1.2 * half, name, width, 0.13 * half)
        counts.write(column.x, 1.07 * half, str(size), width, 0.11 * half, color="0.35")


def write_gaps(ax: Any, columns: list[Column], sizes: list[int]) -> None:
    """Write how many units are left out, where they would be."""
    width, fit = 0.9 * (columns[1].x - columns[0].x), Fit(ax, most=9)
    for column, size in zip(columns, sizes, strict=True):
        if column.gap is not None:
            left_out = f"⋯ {size - len(column.units)} more"
            fit.write(
                column.x,
                column.gap,
                left_out,
                width,
                0.8,
                zorder=3,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
            )


def write_names(ax: Any, column: Column, names: Any, x: float, width: float, ha: str) -> None:
    """Write the units' names beside them, if they have any."""
    if names is not None:
        fit = Fit(ax)
        for unit, y in zip(column.units, column.y, strict=True):
            fit.write(x, y, shortened(names[unit]), 0.95 * width, 0.8, ha=ha)


def draw_direction(ax: Any, wide: float, y: float, *, back: bool) -> None:
    """Draw which way the numbers went: o forward, or δ back."""
    ends = [(0.0, y), (wide, y)]
    start, end = ends[::-1] if back else ends
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=9, color="0.35", shrinkA=0, shrinkB=0
    )
    ax.add_patch(arrow)
    Fit(ax).write(
        wide / 2,
        y,
        r"$\delta$" if back else "$o$",
        0.3 * wide,
        0.16 * abs(y),
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def draw_bars(
    ax: Any,
    bars: list[tuple[Any, str]],
    sides: tuple[float, float],
    heights: tuple[float, float],
) -> list[Any]:
    """Draw colour bars side by side, each with its label."""
    (left, right), (low, high) = sides, heights
    width = (right - left) / len(bars)
    return [
        bar(ax, one, label, left + (n + 0.04) * width, low, 0.92 * width, high - low)
        for n, (one, label) in enumerate(bars)
    ]
