"""What curves by epochs are drawn with."""

from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from .colours import UNITS, sampled
from .fitted import Fit as Fitted
from .fitted import shortened

MARKERS = "os^Dv<>pP*"
NAMED = 10  # fits that a key has room for
MARKED = 10  # markers of a line, about
KEY, GAP = 0.27, 0.05  # of the width, of the height
TRAINING, VALIDATION = "-", (0, (4.0, 1.8))


def look_of(number: int, n_fits: int) -> dict[str, Any]:
    """Return how the lines of a fit look: told apart by brightness and by markers."""
    colour = sampled(UNITS, n_fits)[number] if n_fits > 1 else UNITS(0.15)
    look = {"color": colour, "linewidth": 1.5, "markersize": 4.5}
    if n_fits > NAMED:
        return look | {"linewidth": 0.8, "markersize": 0}
    return look | {"marker": MARKERS[number % len(MARKERS)]}


def draw_fit(ax: Any, panel: str, fit: Any, look: dict[str, Any]) -> dict[str, Any]:
    """Draw what a fit has for a panel; return its lines by what they are."""
    n_epochs, lines = len(fit.loss), {}
    curves = {"loss": ("loss", "validation_loss")}.get(panel, (panel,))
    for what in curves:
        values = getattr(fit, what)
        if values:
            # A validation set may have come late, and 'lbfgs' looks at it at the end.
            epochs = np.arange(n_epochs - len(values), n_epochs) + 1
            style = VALIDATION if what in ("validation_loss", "score") else TRAINING
            every = max(1, len(values) // MARKED)
            own = {"linestyle": style, "markevery": every} | look
            (lines[what],) = ax.plot(epochs, values, **own)
            if what == "score" and fit.best is not None:
                place = [epochs[fit.best]], [values[fit.best]]
                star = {"marker": "*", "s": 110, "edgecolors": "black", "linewidths": 0.7}
                ax.scatter(*place, color=look["color"], zorder=3, **star)
    return lines


def key_entries(fits: dict[str, Any], panels: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return names and looks that a key must say, if they are several."""
    entries = []
    if 1 < len(fits) <= NAMED:
        looks = [look_of(number, len(fits)) for number in range(len(fits))]
        entries = list(zip(fits, looks, strict=True))
    plain = {"color": "black", "linewidth": 1.5}
    dashed, solid = plain | {"linestyle": VALIDATION}, plain | {"linestyle": TRAINING}
    shown = [fit for fit in fits.values() if "loss" in panels and fit.validation_loss]
    scored = [fit for fit in fits.values() if "score" in panels and fit.score]
    if shown or (scored and "loss" in panels):
        entries += [("training", solid), ("validation", dashed)]
    for metric in dict.fromkeys(fit.metric for fit in scored):
        entries.append((f"score: {metric}", dashed))
    if any(fit.best is not None for fit in scored):
        star = {"color": "0.6", "marker": "*", "markersize": 10, "markeredgecolor": "black"}
        entries.append(("kept", star | {"linestyle": ""}))
    return entries


def divided(ax: Any, panels: list[str], *, with_key: bool) -> tuple[dict[str, Any], Any]:
    """Return axes for each panel within these, and some for the key, or the axes themselves."""
    if len(panels) == 1 and not with_key:
        return {panels[0]: ax}, None
    ax.set_axis_off()
    shares = np.array([2.0 if name == "loss" else 1.0 for name in panels])
    heights = shares / shares.sum() * (1 - GAP * (len(panels) - 1))
    width, top = 1 - KEY if with_key else 1.0, 1.0
    axes: dict[str, Any] = {}
    for name, height in zip(panels, heights, strict=True):
        first = next(iter(axes.values()), None)
        axes[name] = ax.inset_axes([0, top - height, width, height], sharex=first)
        top -= height + GAP
    return axes, ax.inset_axes([width + 0.03, 0, KEY - 0.03, 1]) if with_key else None


def finish(ax: Any, label: str, *, is_last: bool) -> None:
    """Label the axes of a panel; its ticks are away from its edges, where the next ones begin."""
    ax.set_ylabel(label)
    ax.yaxis.set_major_locator(MaxNLocator(nbins="auto", prune="both", min_n_ticks=2))
    ax.ticklabel_format(axis="y", useOffset=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True))
    ax.tick_params(labelsize=8, labelbottom=is_last)
    ax.grid(alpha=0.3)
    if is_last:
        ax.set_xlabel("epoch")


def draw_key(ax: Any, entries: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """Draw samples of lines with their names, as large as there is room for; return the names."""
    rows, fit = max(len(entries), 8), Fitted(ax, most=9, least=4)
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(rows, 0)
    for row, (name, look) in enumerate(entries):
        ax.plot([0.0, 0.08, 0.16], [row + 0.5] * 3, markevery=[1], **look)
        fit.write(0.21, row + 0.5, shortened(name, 20), 0.79, 0.8, ha="left")
    return fit.texts
