"""What the parts of an estimator know of the whole: parameters, attributes, and their types."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...kernels.descent import Formulas
from ...kernels.targets import Classes, PartlyMissing, Targets, Values
from ...training.moments import Moments
from ...training.optimizer import Optimizer

Auto = Literal["auto"]
DType = Literal["float32", "float64", "auto"]
Activation = str | Sequence | np.ndarray


class Whole(ABC):
    """What the parts of an estimator know of the whole, and what each of the two says itself."""

    hidden_layer_sizes: int | Sequence[int] | np.ndarray
    activation: Activation
    loss: str | tuple
    solver: str | tuple
    alpha: float | Auto | tuple
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
    missing_targets: str
    new_features: str
    dtype: DType | None
    n_init: int
    shortcuts: bool
    connections: Sequence[np.ndarray] | None

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
    def _encode(self, y: np.ndarray, dtype: np.dtype) -> Values | PartlyMissing | Classes:
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

    def _smoothed(self, targets: Values | PartlyMissing | Classes) -> Targets:
        """Return the targets to train with."""
        return targets


def defaults_of(cls: Any) -> dict[str, Any]:
    """Return the defaults of an estimator's parameters, all but the first."""
    return cls.__init__.__kwdefaults__
