"""What images of units are drawn with."""

from math import ceil, sqrt
from typing import Any, NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from .colours import UNITS, bar, norm_of, short
from .fitted import Fit, shortened

APART, TITLE = 0.12, 0.2  # of an image's width
EDGE = 0.03  # beyond the images, for their frames
SHAPE = 1.5  # width of the drawing to its height


class Grid(NamedTuple):
    """Where images are on a sheet; they are one wide."""

    n_rows: int
    n_columns: int
    height: float  # of an image
    margins: float  # on the left and below, for the inputs' names
    below: float  # for the bar

    @classmethod
    def of(cls, images: np.ndarray, kind: str) -> "Grid":
        """Return a grid of about the shape of a figure."""
        n, rows, columns = images.shape
        height = min(max(rows / columns, 0.2), 5.0) if kind == "weights" else 1.0
        cell = (height + APART + TITLE) / (1 + APART)
        n_columns = min(n, max(1, round(sqrt(n * SHAPE * cell))))
        n_rows = ceil(n / n_columns)
        whole = n_rows * (height + APART + TITLE)
        margins = 0.09 * max(n_columns, whole) if kind == "response" else 0.0
        return cls(n_rows, n_columns, height, margins, 0.2 * max(whole, 0.8 * n_columns))

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lower left and the upper right corner of the sheet."""
        width = self.n_columns * (1 + APART) - APART
        whole = self.n_rows * (self.height + APART + TITLE)
        return (-self.margins - EDGE, -whole - self.margins - self.below), (width + EDGE, 0.0)

    def corner(self, number: int) -> tuple[float, float]:
        """Return the lower left corner of an image."""
        row, column = divmod(number, self.n_columns)
        step = self.height + APART + TITLE
        return column * (1 + APART), -(row + 1) * step + APART


def draw_images(ax: Any, grid: Grid, display: Any, image_kw: dict[str, Any]) -> list[Any]:
    """Draw the images, the number of its unit above each."""
    signed = True if display.kind == "weights" else None
    origin = "upper" if display.kind == "weights" else "lower"
    given = {"cmap": UNITS, "norm": norm_of(display.images, signed=signed)} | image_kw
    drawn, fit = [], Fit(ax, most=10)
    limits = ax.get_xlim(), ax.get_ylim()
    for n, (image, unit) in enumerate(zip(display.images, display.units, strict=True)):
        left, bottom = grid.corner(n)
        extent = left, left + 1, bottom, bottom + grid.height
        own = {"origin": origin, "extent": extent, "interpolation": "nearest"} | given
        drawn.append(ax.imshow(image, aspect="equal", **own))
        if display.borders is not None:
            draw_border(ax, display.borders[n], extent)
        ax.add_patch(
            Rectangle((left, bottom), 1, grid.height, fill=False, edgecolor="0.3", linewidth=0.6)
        )
        middle = bottom + grid.height + 0.5 * TITLE
        fit.write(left + 0.5, middle, f"unit {unit}", 1.0, 0.8 * TITLE)
    ax.set_xlim(*limits[0])
    ax.set_ylim(*limits[1])
    return drawn


def draw_border(ax: Any, net: np.ndarray, extent: tuple[float, float, float, float]) -> None:
    """Draw a line where net_j = 0, if it is anywhere: white in black, seen on any colour."""
    if net.min() < 0 < net.max():
        across = np.linspace(*extent[:2], net.shape[1])
        up = np.linspace(*extent[2:], net.shape[0])
        ax.contour(across, up, net, levels=[0.0], colors="black", linewidths=2.4)
        ax.contour(across, up, net, levels=[0.0], colors="white", linewidths=1.0)


def write_inputs(
    ax: Any, grid: Grid, names: tuple[str, str], extent: tuple[float, float, float, float]
) -> None:
    """Write below and on the left which inputs are meant, and from where to where."""
    (left, low), (right, top) = grid.corners
    bottom = low + grid.below + grid.margins
    fit = Fit(ax, most=10)
    texts = [
        f"{named(name)}: {short(extent[2 * n])} … {short(extent[2 * n + 1])} →"
        for n, name in enumerate(names)
    ]
    across, up = right, top - bottom
    fit.write(right / 2, bottom - 0.4 * grid.margins, texts[0], across, 0.7 * grid.margins)
    fit.write(
        left + 0.45 * grid.margins,
        (top + bottom) / 2,
        texts[1],
        0.7 * grid.margins,
        up,
        rotation=90,
    )


def named(name: str) -> str:
    """Return a name of the user's as it is, and our own as formulas."""
    return name if name in ("$x_1$", "$x_2$") else shortened(name)


def draw_bar(ax: Any, grid: Grid, image: Any, label: str) -> Any:
    """Draw the colour bar below all."""
    (_, low), (right, _) = grid.corners
    return bar(ax, image, label, 0.05 * right, low, 0.9 * right, 0.85 * grid.below)
