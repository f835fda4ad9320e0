"""The axes that a picture is drawn in: the caller's, or new ones."""

from typing import Any


def axes_for(ax: Any, display: Any) -> Any:
    """Return the axes, new ones for None.

    Raises
    ------
    ImportError
        If Matplotlib is missing. It names the extra.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__} needs Matplotlib: pip install 'fastbp[plot]'"
        ) from error
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def as_sheet(ax: Any, low: tuple[float, float], high: tuple[float, float]) -> Any:
    """Make the axes a sheet of paper: one unit in both directions, from low to high, no frame.

    What is drawn in such units neither overlaps nor changes its shape in a figure of any size.
    """
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    return ax
