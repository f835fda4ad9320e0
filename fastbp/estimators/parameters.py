"""The estimators' parameters and attributes: what each may be, and which do not go together."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import get_scorer_names

from ..activations import ACTIVATIONS
from ..kernels.descent import Formulas
from ..kernels.targets import Classes, Targets, Values
from ..training.moments import Moments
from ..training.optimizer import Optimizer
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


Auto = Literal["auto"]
DType = Literal["float32", "float64", "auto"]
Activation = str | Sequence | np.ndarray


class Whole(ABC):
    """What the parts of an estimator know of the whole, and what each of the two says itself."""

    hidden_layer_sizes: int | Sequence[int] | np.ndarray
    activation: Activation
    loss: str | tuple
    solver: str | tuple
    alpha: float | Auto
    batch_size: int | Auto
    learning_rate: str
    learning_rate_init: float | Auto
    power_t: float
    max_iter: int | Auto
    shuffle: bool
    random_state: int | np.random.RandomState | None
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    scoring: str | Callable | None
    warmup_epochs: int
    l1_ratio: float
    dropout: float | Sequence[float] | np.ndarray
    max_norm: float | None
    clip_norm: float | None
    average: bool | int
    standardize: bool
    dtype: DType | None

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    mean_: np.ndarray | None
    scale_: np.ndarray | None
    n_features_in_: int
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    _formulas: Formulas
    _moments: Moments | None
    _optimizer: Optimizer
    _random_state: np.random.RandomState

    def _declare_classes(self, y: ArrayLike, classes: ArrayLike | None) -> None:
        """Note the classes that `partial_fit` is told of, if it is; a regressor has none."""
        return

    @abstractmethod
    def _validate_target(self, y: np.ndarray, *, incremental: bool) -> np.ndarray:
        """Check y, note what the fitted attributes say of it, and return it, 1-D if it can be."""

    @abstractmethod
    def _validate_other_target(self, y: np.ndarray) -> np.ndarray:
        """Check y of patterns that are not trained with, and return it, 1-D if it can be."""

    @abstractmethod
    def _count_outputs(self, y: np.ndarray) -> int:
        """Return the number of outputs, one per target or class."""

    @abstractmethod
    def _n_outputs(self) -> int:
        """Return the number of outputs that the fitted attributes speak of."""

    @abstractmethod
    def _check_given_target(self, y: ArrayLike) -> None:
        """Refuse y that scikit-learn's validation would make something else of."""

    @abstractmethod
    def _encode(self, y: np.ndarray, dtype: np.dtype) -> Values | Classes:
        """Return the targets' record."""

    @abstractmethod
    def _loss(self) -> NamedTuple:
        """Return the record of the loss."""

    @abstractmethod
    def _stratify(self, y: np.ndarray) -> np.ndarray | None:
        """Return what the validation set is stratified by."""

    @abstractmethod
    def _decode(self, out: np.ndarray) -> np.ndarray:
        """Return the predictions that these outputs mean."""

    @staticmethod
    @abstractmethod
    def _metric(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None) -> float:
        """Return the score of predictions."""

    def _costs(self, y: np.ndarray, order: np.ndarray) -> np.ndarray | None:
        """Return what E_p costs at each row, or None where it is 1."""
        return None

    def _smoothed(self, targets: Values | Classes) -> Targets:
        """Return the targets to train with."""
        return targets


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


def defaults_of(cls: Any) -> dict[str, Any]:
    """Return the defaults of an estimator's parameters, all but the first."""
    return cls.__init__.__kwdefaults__


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
