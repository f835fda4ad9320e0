"""The estimators' parameters: what each may be, and which do not go together."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer_names

from ..activations import ACTIVATIONS
from ._sklearn import Interval, Options, StrOptions
from .catalogue import RULES

SKLEARN_SCHEDULES = ("constant", "invscaling", "adaptive")
SCHEDULES = (*SKLEARN_SCHEDULES, "cosine", "linear", "one_cycle")

POSITIVE = Interval(Real, 0, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
BELOW_ONE = Interval(Real, 0, 1, closed="left")

CONSTRAINTS: dict = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions(set(ACTIVATIONS)), list, tuple, np.ndarray],
    "solver": [StrOptions({*RULES, "lbfgs"}), tuple],
    "alpha": [StrOptions({"auto"}), NOT_NEGATIVE],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions(set(SCHEDULES))],
    "learning_rate_init": [StrOptions({"auto"}), POSITIVE],
    "power_t": [NOT_NEGATIVE],
    "max_iter": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [NOT_NEGATIVE],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [BELOW_ONE],
    "beta_1": [BELOW_ONE],
    "beta_2": [BELOW_ONE],
    "epsilon": [POSITIVE],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
    "warmup_epochs": [Interval(Integral, 0, None, closed="left")],
    "l1_ratio": [Interval(Real, 0, 1, closed="both")],
    "dropout": [BELOW_ONE, list, tuple, np.ndarray],
    "max_norm": [POSITIVE, None],
    "clip_norm": [POSITIVE, None],
    "average": ["boolean", Interval(Integral, 1, None, closed="left")],
    "standardize": ["boolean"],
    "dtype": [StrOptions({"float32", "float64", "auto"}), None],
}


def check_combinations(estimator: Any) -> None:
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
    if not all(isinstance(rate, Real) and 0 <= rate < 1 for rate in dropout):
        raise ValueError(f"dropout: rates must be in [0, 1), got {list(dropout)}")
    return tuple(float(rate) for rate in dropout)
