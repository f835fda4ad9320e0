"""Parameters that do not go together, and those that must fit the network."""

from numbers import Real
from typing import Any

import numpy as np

from .whole import Whole


def check_combinations(estimator: Whole) -> None:
    """Refuse parameters that make no sense together.

    Raises
    ------
    ValueError
        It names both, and what would be right.
    """
    solver, schedule = estimator.solver, estimator.learning_rate
    stochastic = "take one of the stochastic solvers, such as 'adam' or 'sgd'"
    if solver == "lbfgs":
        for name, off in (("average", False), ("max_norm", None), ("clip_norm", None)):
            if getattr(estimator, name) not in (off, None):
                raise ValueError(f"{name} does not go with solver='lbfgs': {stochastic}")
        if np.any(estimator.dropout):
            raise ValueError(f"dropout does not go with solver='lbfgs': {stochastic}")
        if estimator.alpha != 0 and estimator.l1_ratio:
            raise ValueError(
                "l1_ratio does not go with solver='lbfgs', which needs a smooth penalty: "
                f"set l1_ratio=0, or {stochastic}"
            )
    if isinstance(estimator.alpha, tuple) and estimator.l1_ratio:
        raise ValueError(
            "l1_ratio does not go with a record as alpha, which says all of it: set l1_ratio=0"
        )
    if solver in ("lbfgs", "rprop"):
        if estimator.warmup_epochs:
            raise ValueError(f"warmup_epochs does not go with solver={solver!r}: set it to 0")
    if solver == "adamw" and estimator.l1_ratio:
        raise ValueError(
            "l1_ratio does not go with solver='adamw', whose alpha is a decay of weights: set "
            "l1_ratio=0, or take solver='adam'"
        )
    if estimator.warmup_epochs and schedule == "one_cycle":
        raise ValueError(
            "warmup_epochs does not go with learning_rate='one_cycle', which rises by itself: set "
            "it to 0"
        )


def dropout_rates(dropout: Any, n_hidden_layers: int) -> tuple[float, ...]:
    """Return the rate of each hidden layer.

    Raises
    ------
    ValueError
        If there is not one in [0, 1) for each.
    """
    if isinstance(dropout, Real):
        return (float(dropout),) * n_hidden_layers
    if len(dropout) != n_hidden_layers:
        raise ValueError(
            f"dropout: a list has one rate per hidden layer, got {len(dropout)} rates for "
            f"{n_hidden_layers} hidden layers"
        )
    if not all(isinstance(rate, Real) and 0 <= float(rate) < 1 for rate in dropout):
        raise ValueError(f"dropout: rates must be in [0, 1), got {list(dropout)}")
    return tuple(float(rate) for rate in dropout)
