"""Colours that say the same in grey, and bars that say what they mean."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize

from .fitted import Fit

UNITS = colormaps["cividis"].with_extremes(bad="white")
"""Of units and areas: the larger the lighter, in grey as well; signed numbers around its middle."""

CONNECTIONS = LinearSegmentedColormap.from_list(
    "connections", ["#a63603", "#f0a66f", "0.82", "#6baed6", "#08306b"]
).with_extremes(bad="0.88")
"""Of lines: the further from zero the darker; dashes say in grey which are negative."""


def norm_of(values: Any, *, signed: bool | None = None) -> Normalize:
    """Return the scale of these numbers: from 0 on, or if any is negative as far to both sides."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    largest = float(np.abs(values).max(initial=0)) or 1.0
    signed = bool((values < 0).any()) if signed is None else signed
    return Normalize(-largest if signed else 0.0, largest)


def ink_on(colour: Any) -> str:
    """Return black or white, whichever is easier to read on a colour (ITU-R BT.601)."""
    red, green, blue = colour[:3]
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def short(number: float) -> str:
    """Return a number in few letters, with a minus sign."""
    return f"{number:.2g}".replace("-", "\N{MINUS SIGN}")


def bar(
    ax: Any, mappable: Any, label: str, left: float, bottom: float, width: float, height: float
) -> Any:
    """Draw a colour bar, numbers below and its label below these, in a box of a sheet."""
    third = height / 3
    inset = ax.inset_axes([left, bottom + 2 * third, width, third], transform=ax.transData)
    drawn = ax.figure.colorbar(mappable, cax=inset, orientation="horizontal")
    drawn.set_ticks([])
    low, high = mappable.norm.vmin, mappable.norm.vmax
    numbers, words = Fit(ax, most=9), Fit(ax, most=10)
    box = width / 3, 0.8 * third
    for at, ha in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        text = short(low + at * (high - low))
        numbers.write(left + at * width, bottom + 1.4 * third, text, *box, ha=ha)
    words.write(left + width / 2, bottom + 0.45 * third, label, width, 0.9 * third)
    return drawn


def sampled(cmap: Colormap, n: int) -> list[Any]:
    """Return n colours, from dark to not too light for a line on white."""
    return [cmap(at) for at in np.linspace(0.0, 0.75, n)]
