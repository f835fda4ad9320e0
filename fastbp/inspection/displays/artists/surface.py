"""What a surface is drawn with."""

from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from .colours import UNITS


def draw_surface(
    ax: Any,
    first: np.ndarray,
    second: np.ndarray,
    errors: np.ndarray,
    n_levels: int,
    contour_kw: dict[str, Any],
) -> tuple[Any, Any]:
    """Draw areas of equal error, and their bar."""
    errors = np.ma.masked_invalid(errors)
    if not errors.count():
        raise ValueError("E_tot is not finite anywhere on this plane: give a smaller span")
    low, high = float(errors.min()), float(errors.max())
    high = high if high > low else low + 1.0
    # Quadratic in the level: as a parabola rises, so that lines are at equal distances in a valley.
    levels = low + (high - low) * np.linspace(0, 1, n_levels + 1) ** 2
    given = {"cmap": UNITS, "levels": levels} | contour_kw
    surface = ax.contourf(first, second, errors, **given)
    ax.contour(surface, colors="black", linewidths=0.3, alpha=0.6)
    bar = ax.figure.colorbar(surface, ax=ax, label=r"$E_\mathrm{tot} = \Sigma_p\,E_p$")
    bar.locator = MaxNLocator(6)
    bar.update_ticks()
    for one in (ax.xaxis, ax.yaxis):
        one.set_major_locator(MaxNLocator(5))
    ax.tick_params(labelsize=8)
    bar.ax.tick_params(labelsize=8)
    return surface, bar


def draw_path(ax: Any, path: np.ndarray | None, here: np.ndarray) -> Any:
    """Draw the path, where it begins, and the network."""
    line = None
    edge = {"markeredgecolor": "black", "linestyle": "", "zorder": 4}
    if path is not None:
        (line,) = ax.plot(*path.T, color="white", linewidth=1.4, zorder=3)
        line.set_path_effects(outlined())
        line.set(marker=".", markersize=3)
        ax.plot(*path[0], marker="^", markersize=8, color="white", **edge)
    ax.plot(*here, marker="*", markersize=13, color="white", **edge)
    return line


def outlined() -> list[Any]:
    """Return what lets a white line be seen on white."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=3.0, foreground="black"), Normal()]
