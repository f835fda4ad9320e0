"""Random cases: formulas, one set for many cases, as they are compiled; and sizes."""

from typing import Any, NamedTuple

import numpy as np

from fastbp import losses, rules
from fastbp.activations import ACTIVATIONS

PER_FORMULAS = 20  # cases
KERNELS = ("train_delayed", "train_accumulated", "train_online", "train_batches", "objective")
LOSSES = {
    type(loss).__name__: loss
    for loss in (
        losses.SquaredError(),
        losses.LogisticSquaredError(),
        losses.BinaryLogLoss(),
        losses.MultinomialLogLoss(),
        losses.Poisson(),
        losses.AbsoluteError(),
        losses.Huber(0.7),
        losses.Quantile(0.3),
    )
}
RULES = {
    type(rule).__name__: rule
    for rule in (
        rules.GradientDescent(0.01),
        rules.Momentum(0.01, 0.9),
        rules.Nesterov(0.01, 0.9),
        rules.AdaGrad(0.01, 1e-8),
        rules.Adam(0.001, 0.9, 0.999, 1e-8),
        rules.Nadam(0.001, 0.9, 0.999, 1e-8),
        rules.RMSprop(0.001, 0.9, 1e-8),
        rules.Rprop(0.001),
    )
}
PENALTIES = {
    "none": {},
    "L2": {"alpha": 0.1},
    "Elastic": {"alpha": 0.1, "l1_ratio": 0.3},
    "WeightDecay": {"alpha": 0.1, "decoupled": True},
}
ROWS = ("dense", "by column", "every second", "reversed", "held", "sparse")


class Formulas(NamedTuple):
    """What kernels are compiled for."""

    kernel: str
    dtype: str
    activations: list[str]  # one, or one for each hidden layer
    loss: str
    rule: str
    penalty: str
    dropout: float
    max_norm: float | None
    clip_norm: float | None
    average_from: int
    rows: str
    index_dtype: str
    targets: str
    smoothed: bool
    weighted: list[str]
    shortcuts: bool
    masked: bool  # some weights stay zero


class Sizes(NamedTuple):
    """What differs between calls of one kernel."""

    sizes: list[int]
    n_rows: int
    n_steps: int  # the length of the order
    batch_size: int
    per_call: int
    predict_many: bool
    copied_together: int
    seed: int


def formulas(seed: int, number: int) -> Formulas:
    """Return the formulas of this number, the kernels in turn."""
    rng = np.random.default_rng([seed, number])

    def chance(p: float) -> bool:
        return bool(rng.random() < p)

    def one(names: Any) -> str:
        return str(rng.choice(list(names)))

    kernel = KERNELS[number % len(KERNELS)]
    dtype = one(["float32", "float64"])
    rule, penalty, rows = one(RULES), one(PENALTIES), one(ROWS)
    max_norm = 0.9 if chance(0.3) else None
    average_from = int(rng.integers(1, 4)) if chance(0.3) else 0
    dropout = 0.3 if chance(0.3) else 0.0
    if kernel == "train_delayed" and rows == "sparse":  # whose updates are not delayed
        kernel = "train_online"
    elif kernel == "train_delayed":
        rule, max_norm, average_from = "GradientDescent", None, 0
        penalty = one(["none", "WeightDecay"])
    if (
        kernel == "train_online"
        and rule == "GradientDescent"
        and penalty in ("none", "WeightDecay")
        and rows != "sparse"
    ):
        penalty = "L2"  # else it would be delayed
    if kernel == "objective":
        penalty, max_norm, average_from, dropout = one(["none", "L2"]), None, 0, 0.0
    return Formulas(
        kernel,
        dtype,
        [one(ACTIVATIONS) for _ in range(int(rng.integers(2, 5)) if chance(0.3) else 1)],
        one(LOSSES),
        rule,
        penalty,
        dropout,
        max_norm,
        0.5 if kernel == "train_accumulated" and chance(0.7) else None,
        average_from,
        rows,
        one(["int32", "int64"]),
        targets := one(["values", "bytes", "classes", "missing"]),
        targets != "values" and chance(0.4),
        [name for name in ("sample_weight", "costs") if chance(0.4)],
        kernel != "train_delayed" and chance(0.3),
        kernel != "train_delayed" and chance(0.3),
    )


def sizes(seed: int, number: int, formulas: Formulas) -> Sizes:
    """Return the sizes of this case."""
    rng = np.random.default_rng([seed, number, 1])

    def between(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    n_hidden = len(formulas.activations)
    if n_hidden == 1:  # the same for all hidden layers, or for none of them
        n_hidden = between(1 if formulas.dropout else 0, 4)
    widths = [between(1, 70) for _ in range(n_hidden + 2)]
    if rng.random() < 0.15:  # large enough for packed panels, and sums in parts
        widths[between(0, n_hidden + 1)] = between(71, 700)
    batch_size = int(rng.choice([between(2, 9), between(10, 64), between(65, 256)]))
    if formulas.kernel in ("train_delayed", "train_online"):
        batch_size = 1
    elif formulas.kernel == "train_accumulated":
        batch_size = between(1, 520) if formulas.clip_norm else between(257, 520)
    largest = 600 if formulas.kernel == "objective" else 2 * batch_size + 20
    return Sizes(
        widths,
        between(1, 70),
        between(1, largest),
        batch_size,
        int(rng.choice([between(1, 9), between(10, 99), 10**6])),
        bool(rng.random() < 0.5),
        int(rng.choice([between(1, 999), 2**17])),
        between(0, 2**31 - 1),
    )
