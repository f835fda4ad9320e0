"""Texts that stay within boxes, whatever the size of the figure."""

from typing import Any

import numpy as np
from matplotlib.text import Text
from matplotlib.transforms import Bbox

MARGIN = 0.95  # of a box that its text may fill: hinting makes some sizes wider than in proportion


class FittedText(Text):
    """A text that belongs to a `Fit`, which says how large it is."""

    def __init__(self, fit: "Fit", box: tuple[float, float], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fit, self.box = fit, box

    def draw(self, renderer: Any) -> None:
        """Draw it, if it is large enough to be read."""
        if self.fit.size(renderer):
            super().draw(renderer)

    def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Bbox:
        """Return where it is drawn; a point, where it is not."""
        if self.fit.size(renderer):
            return super().get_window_extent(renderer, dpi)
        return Bbox.null()

    def room(self, renderer: Any) -> float:
        """Return how often the text as it is would fit into its box."""
        corners = self.get_transform().transform([(0, 0), self.box])
        width, height = np.abs(corners[1] - corners[0])
        extent = super().get_window_extent(renderer)
        return MARGIN * min(width / max(extent.width, 1e-9), height / max(extent.height, 1e-9))


class Fit:
    """Texts of one size: the largest at which each stays within its box, looked for when drawn.

    Parameters
    ----------
    ax : Axes
        What they are drawn in.
    most, least : float
        Between these sizes, in points. Where there is no room for the smallest, all are left out.
    """

    def __init__(self, ax: Any, most: float = 10.0, least: float = 4.5) -> None:
        self.ax, self.most, self.least = ax, most, least
        self.texts: list[FittedText] = []
        self.found: tuple[Any, float] = (None, 0.0)

    def write(
        self, x: float, y: float, text: str, width: float, height: float, **more: Any
    ) -> FittedText:
        """Write a text at (x, y), by default around it; the box is in units of the axes' data."""
        more = {"ha": "center", "va": "center", "transform": self.ax.transData} | more
        written = FittedText(self, (width, height), x, y, text, **more)
        written.set_in_layout(False)
        self.ax.add_artist(written)
        self.texts.append(written)
        return written

    def size(self, renderer: Any = None) -> float:
        """Return the size in points, 0 where there is no room."""
        corners = self.ax.transData.transform([(0, 0), (1, 1)])
        key = (corners.tobytes(), self.ax.figure.dpi, len(self.texts))
        if key != self.found[0]:
            self.found = (key, 0.0)
            for text in self.texts:
                text.set_fontsize(self.most)
            room = min((text.room(renderer) for text in self.texts if text.get_text()), default=1)
            size = self.most * min(1.0, room)
            for text in self.texts:
                text.set_fontsize(size)
            self.found = (key, size if size >= self.least else 0.0)
        return self.found[1]


def shortened(text: Any, most: int = 18) -> str:
    """Return a name of so many letters at most, its end left out; no formula is read into it."""
    name = str(text)
    name = name if len(name) <= most else name[: most - 1] + "…"
    return name.replace("$", r"\$")
