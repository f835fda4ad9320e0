"""The regressor."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if

from .. import losses
from ..kernels.targets import PartlyMissing, Values
from ._sklearn import StrOptions, _fit_context
from .base import BaseBackprop
from .data.metrics import r2
from .data.missing_targets import ScoreOfGiven, partly_missing, r2_of_given
from .data.standardization import TargetStandardization
from .data.user_input import as_column, check_numbers
from .data.validation_set import GivenSet
from .documentation import documented
from .one_row.tables_of_one import is_worthwhile, row_first
from .parameters.formulas import loss_for
from .parameters.whole import Activation, Auto, DType
from .solvers import is_stochastic


@documented
class BackpropRegressor(ScoreOfGiven, RegressorMixin, TargetStandardization, BaseBackprop):
    """Multi-layer perceptron regressor, trained by backpropagation, pattern by pattern.

    Columns and targets are taken in their own units. The default is online training, one update of
    the weights after every pattern, of a network and for a time chosen by evidence. The parameters
    and attributes are those of scikit-learn's MLP, all but the first keyword-only; with
    ``standardize=False`` so are the numbers.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of shape (n_hidden_layers,), default=(64, 32)
        Units in each hidden layer. ``()`` is a network without hidden layers, the delta rule:
        linear or Poisson regression.
    {activation}
    loss : {'squared_error', 'poisson', 'absolute_error', 'huber', 'quantile'} or record, \
default='squared_error'
        The error E_p of one pattern, summed over the outputs.

        - 'squared_error': ½ (d − o)².
        - 'poisson': half the Poisson deviance, outputs e^net; d must not be negative.
        - 'absolute_error': the distance of d and o.
        - 'huber': squared near the target, linear beyond a distance of 1; for another one
          ``fastbp.losses.Huber(threshold)``.
        - 'quantile': the pinball loss of the median; for other quantiles
          ``fastbp.losses.Quantile(quantile)``.
        - a record with formulas of your own, see `fastbp.losses`.
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    BackpropClassifier : The same for classes.
    sklearn.neural_network.MLPRegressor : The twin: equal parameters, equal results, with
        ``standardize=False``. Only the loss of several outputs is not: here their sum, of which
        the deltas are the gradient, there their mean.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> from fastbp import BackpropRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, scaled=False)
    >>> BackpropRegressor(random_state=0).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.35
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseBackprop._parameter_constraints,
        "loss": [StrOptions(set(losses.REGRESSION_LOSSES)), tuple],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] | np.ndarray = (64, 32),
        *,
        activation: Activation = "relu",
        loss: str | tuple = "squared_error",
        solver: str | tuple = "sgd",
        alpha: float | Auto = "auto",
        batch_size: int | Auto = 1,
        learning_rate: str = "cosine",
        learning_rate_init: float | Auto = "auto",
        power_t: float = 0.5,
        max_iter: int | Auto = "auto",
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.0,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        scoring: str | Callable | None = None,
        warmup_epochs: int = 0,
        l1_ratio: float = 0.0,
        dropout: float | Sequence[float] | np.ndarray = 0.0,
        max_norm: float | None = None,
        clip_norm: float | None = None,
        average: bool | int = False,
        standardize: bool = True,
        missing_targets: str = "error",
        new_features: str = "error",
        dtype: DType | None = None,
        n_init: int = 1,
        shortcuts: bool = False,
        connections: Sequence[np.ndarray] | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.scoring = scoring
        self.warmup_epochs = warmup_epochs
        self.l1_ratio = l1_ratio
        self.dropout = dropout
        self.max_norm = max_norm
        self.clip_norm = clip_norm
        self.average = average
        self.standardize = standardize
        self.missing_targets = missing_targets
        self.new_features = new_features
        self.dtype = dtype
        self.n_init = n_init
        self.shortcuts = shortcuts
        self.connections = connections

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> "BackpropRegressor":
        """Train on X and y, from new weights unless ``warm_start=True``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the patterns, see the class's notes.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set. With ``early_stopping=True`` it takes the place of the
            patterns that would be held out; else it is only watched. In a `Pipeline` it is
            transformed like X with ``Pipeline(..., transform_input=["X_val"])`` and metadata
            routing, see the page on data.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights, non-negative. A row of weight zero is not there.

        Returns
        -------
        self : BackpropRegressor
            The trained regressor.
        """
        given = GivenSet(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, given, incremental=False)

    @available_if(is_stochastic)
    @row_first
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> "BackpropRegressor":
        """Go on training with one pass over X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the patterns, see the class's notes.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set, which is scored after the pass. With
            ``early_stopping=True`` it must be given: nothing is stopped or restored, but
            ``learning_rate="adaptive"`` follows its score.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights, non-negative. A row of weight zero is not there.

        Returns
        -------
        self : BackpropRegressor
            The trained regressor.
        """
        given = GivenSet(X_val, y_val, sample_weight_val)
        alone = sample_weight is None and not given.is_there()
        by_row = alone and is_worthwhile(self, X)
        return self._fit(X, y, sample_weight, given, incremental=True, by_row=by_row)

    def _validate_target(self, y: np.ndarray, *, incremental: bool) -> np.ndarray:
        y = as_column(y)
        if isinstance(self._loss(), losses.Poisson) and np.any(y < 0):
            raise ValueError("loss='poisson' requires non-negative values in y")
        return y

    def _validate_other_target(self, y: np.ndarray) -> np.ndarray:
        return self._validate_target(y, incremental=True)

    def _count_outputs(self, y: np.ndarray) -> int:
        return 1 if y.ndim == 1 else y.shape[1]

    def _n_outputs(self) -> int:
        return self.n_outputs_

    def _check_given_target(self, y: ArrayLike) -> None:
        check_numbers(y)

    def _encode(self, y: np.ndarray, dtype: np.dtype) -> Values | PartlyMissing:
        targets = self._standardized_target(y, dtype)
        if self.missing_targets == "error":
            return Values(targets)
        return partly_missing(targets, self._formulas.loss)

    def _loss(self) -> NamedTuple:
        return loss_for(self.loss, losses.REGRESSION_LOSSES)

    def _stratify(self, y: np.ndarray) -> None:
        return None

    def _decode(self, out: np.ndarray) -> np.ndarray:
        out = self._in_units(out)
        return out.ravel() if out.shape[1] == 1 else out

    _metric = staticmethod(r2_of_given)
    _plain_metric = staticmethod(r2)  # of targets none of which is missing
