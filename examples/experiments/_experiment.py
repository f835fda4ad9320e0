"""What the experiments share: the set-up of 1986, epochs until something is learned, results."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from fastbp import BackpropRegressor
from fastbp.losses import LogisticSquaredError

SEEDS = range(20)

AS_IN_1986 = {
    "activation": "logistic",
    "loss": LogisticSquaredError(),  # E_p = ½ Σ (d − o)², logistic outputs
    "alpha": 0,
    "learning_rate": "constant",
    "nesterovs_momentum": False,
    "standardize": False,
    "shuffle": False,
    "dtype": "float64",
}
"""What Rumelhart, Hinton and Williams write down, as parameters of `BackpropRegressor`."""


def with_weights_from(
    model: BackpropRegressor, sizes: Sequence[int], bound: float, seed: int
) -> BackpropRegressor:
    """Give a network of these sizes weights and biases that are uniform within ± bound.

    `partial_fit` begins with `coefs_` and `intercepts_` that are there.
    """
    draw = np.random.default_rng(seed).uniform
    fan_ins = list(accumulate(sizes)) if model.shortcuts else sizes
    layers = list(zip(fan_ins[:-1], sizes[1:], strict=True))
    model.coefs_ = [draw(-bound, bound, layer) for layer in layers]
    model.intercepts_ = [draw(-bound, bound, fan_out) for _, fan_out in layers]
    return model


def epochs_to_learn(
    model: BackpropRegressor,
    X: np.ndarray,
    targets: np.ndarray,
    learned: Callable[[np.ndarray], bool],
    most: int,
    every: int = 1,
) -> float:
    """Return after how many epochs ``learned(outputs)``; infinity, if it takes more than `most`.

    One call of `partial_fit` is one epoch, or `every` of them: the table is repeated, and with
    ``shuffle=False`` its rows come in their order, again and again.
    """
    X_run = np.tile(X, (every, 1))
    targets_run = np.tile(targets, (every,) + (1,) * (targets.ndim - 1))
    for epoch in range(every, most + 1, every):
        model.partial_fit(X_run, targets_run)
        if learned(model.predict(X)):
            return epoch
    return np.inf


def within(targets: np.ndarray, distance: float) -> Callable[[np.ndarray], bool]:
    """Return the criterion that every output is less than a distance away from its target.

    With 0.4 and targets of 0 and 1 it is Fahlman's, 40-20-40: the lower 40 % of the range are a
    zero, the upper 40 % a one, and what lies between is neither.
    """
    return lambda out: bool(np.abs(out - targets).max() < distance)


def shown(number: float) -> str:
    """Return a number as tables have it."""
    if np.isinf(number):
        return "never"
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


class Result(NamedTuple):
    """What a network took from each seed (infinity: too long), and what a paper says it took."""

    name: str
    values: Sequence[float]
    published: float | str = "not published"
    source: str = ""

    def quartiles(self) -> str:
        """Return "median (first to third quartile)"."""
        points = np.quantile(self.values, [0.25, 0.5, 0.75], method="inverted_cdf")
        low, middle, high = map(shown, points)
        return f"{middle} ({low} to {high})"

    def learned(self) -> str:
        """Return from how many seeds it was learned."""
        return f"{np.isfinite(self.values).sum()} of {len(self.values)}"


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below their head, each column as wide as it must be."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def print_results(results: Sequence[Result], unit: str = "epochs") -> None:
    """Print a row for each: learned by how many, median and quartiles, what was published."""
    rows = []
    for one in results:
        published = one.published if isinstance(one.published, str) else shown(one.published)
        rows.append((one.name, one.learned(), one.quartiles(), published, one.source))
    head = ("", "learned", f"{unit}, median (quartiles)", "published", "source")
    print_table(head, rows)


def draw_results(results: Sequence[Result], unit: str = "epochs") -> plt.Figure:
    """Draw a box for each, from those seeds that learned it, and diamonds for published figures."""
    figure, ax = plt.subplots(figsize=(7, 1.1 + 0.5 * len(results)), layout="constrained")
    drawn = results[::-1]
    values = [np.asarray(one.values)[np.isfinite(one.values)] for one in drawn]
    names = [f"{one.name}\n{one.learned()}" for one in drawn]
    ax.boxplot(values, orientation="horizontal", tick_labels=names, whis=(0, 100), widths=0.5)
    marks = [
        (one.published, n + 1) for n, one in enumerate(drawn) if not isinstance(one.published, str)
    ]
    if marks:
        ax.plot(*zip(*marks, strict=True), "D", color="C3", markersize=7, label="published")
        figure.legend(loc="outside lower left")  # where no mark is
    ax.set(xscale="log", xlabel=unit)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(lambda number, _: shown(number))
    ax.xaxis.set_minor_formatter(NullFormatter())
    return figure
