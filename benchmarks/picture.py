"""The picture of the ratios: time per pattern of each peer, relative to fastbp."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

# A colour and a marker per peer; they differ without colours, too.
STYLES = {
    "C": ("#444444", "s"),
    "JAX": ("#0072b2", "o"),
    "FANN": ("#009e73", "^"),
    "NumPy": ("#e69f00", "D"),
    "PyTorch": ("#d55e00", "v"),
    "scikit-learn": ("#cc79a7", "P"),
}


def draw(results: dict, path: Path) -> None:
    """Draw a panel per activation and dtype; networks to the right, ratios (log) upwards."""
    entries = results["epochs"]
    activations = list(dict.fromkeys(e["activation"] for e in entries))
    dtypes = list(dict.fromkeys(e["dtype"] for e in entries))
    shape = (len(activations), len(dtypes))
    size = (1.5 + 4 * shape[1], 1.6 + 2.5 * shape[0])
    figure, axes = plt.subplots(
        *shape, figsize=size, sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for row, activation in enumerate(activations):
        for column, dtype in enumerate(dtypes):
            ax = axes[row, column]
            here = [e for e in entries if (e["activation"], e["dtype"]) == (activation, dtype)]
            ax.axhline(1, color="black", linewidth=1.2)
            for name, (color, marker) in STYLES.items():
                points = [
                    (x, e["seconds"][name] / e["seconds"]["fastbp"])
                    for x, e in enumerate(here)
                    if name in e["seconds"]
                ]
                if points:
                    ax.plot(*zip(*points, strict=True), color=color, marker=marker, label=name)
            ax.set_yscale("log")
            ax.set_title(f"{activation}, {dtype}", fontsize=10)
            ax.set_xticks(range(len(here)), [e["network"] for e in here], rotation=30, ha="right")
            ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
            ax.grid(axis="y", color="0.9")
            ax.spines[["top", "right"]].set_visible(False)
        axes[row, 0].set_ylabel("time / fastbp's")
    handles = {}
    for ax in axes.flat:
        handles |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles, loc="outside right center", frameon=False)
    figure.suptitle(
        "Online training, time per pattern relative to fastbp (black line)", fontsize=11
    )
    figure.supxlabel(f"{results['date']}; {results['machine']}", fontsize=8, color="0.4")
    figure.savefig(path, dpi=150)
    plt.close(figure)
