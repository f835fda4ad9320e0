"""What the two estimators share: parameters, the contract of scikit-learn's MLP, the network."""

import contextlib
import warnings
from abc import abstractmethod
from collections.abc import Iterator
from numbers import Integral
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from . import activations
from .callbacks import CallbackSupportMixin, Observer
from .conversion import SklearnConversion
from .epochs import fit_epochs
from .kernels.online import Model
from .lbfgs import Objective, fit_lbfgs
from .network import Network
from .optimizer import Optimizer, rule_of
from .parameters import CONSTRAINTS, SKLEARN_SCHEDULES, check_combinations, dropout_rates
from .regularization import Regularization
from .schedules import Schedule
from .training import Data, Trainer, outputs, rows_of
from .validation import GivenSet, Validation, held_out


@contextlib.contextmanager
def unchanged_if_refused(estimator: BaseEstimator) -> Iterator[None]:
    """Give the estimator back its attributes, and its generator its state, if the block raises."""
    before, generator = dict(vars(estimator)), estimator.random_state
    state = generator.get_state() if isinstance(generator, np.random.RandomState) else None
    try:
        yield
    except Exception:
        vars(estimator).clear()
        vars(estimator).update(before)
        if state is not None:
            generator.set_state(state)
        raise


def is_stochastic(estimator: BaseEstimator) -> bool:
    """Tell whether the solver can train with a part of the data."""
    if estimator.solver == "lbfgs":
        raise AttributeError("partial_fit is only available for the other solvers than 'lbfgs'")
    return True


class BaseBackprop(SklearnConversion, CallbackSupportMixin, BaseEstimator):
    """A multi-layer perceptron trained by backpropagation; see the two estimators."""

    _parameter_constraints: ClassVar[dict] = CONSTRAINTS

    def _declare_classes(self, y: ArrayLike, classes: ArrayLike | None) -> None:
        """Note the classes that `partial_fit` is told of."""

    @abstractmethod
    def _validate_target(self, y: np.ndarray, *, incremental: bool) -> np.ndarray:
        """Check y, note what the fitted attributes say of it, and return it, 1-D if it can be."""

    @abstractmethod
    def _validate_other_target(self, y: np.ndarray) -> np.ndarray:
        """Check y of patterns that are not trained with, and return it, 1-D if it can be."""

    @abstractmethod
    def _encode(self, y: np.ndarray, dtype: np.dtype) -> tuple[NamedTuple, int]:
        """Return the targets' record and the number of outputs."""

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

    # --- Formulas and network ---------------------------------------------------------------------

    def _hidden_layer_sizes(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if not all(isinstance(size, Integral) and size > 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must be integers > 0, got {sizes}.")
        return sizes

    def _model(self) -> Model:
        """Return the formulas: activation of the hidden layers, and loss."""
        n_hidden_layers = len(self._hidden_layer_sizes())
        return Model(activations.resolve(self.activation, n_hidden_layers), self._loss())

    def _network(self) -> Network:
        """Return the network that `coefs_` and `intercepts_` are views of.

        Where they have been assigned to (or unpickled), they are copied to a new one.
        """
        network = vars(self).get("_bound_network")
        if network is None or not network.is_behind(self.coefs_, self.intercepts_):
            network = Network.of(self.coefs_, self.intercepts_)
            self._bind(network)
        return network

    def _bind(self, network: Network) -> None:
        self._bound_network = network
        self.coefs_, self.intercepts_ = list(network.weights), list(network.biases)

    def __getstate__(self) -> dict:
        """Leave the network out: copies of `coefs_` would not be views of its copy."""
        state = super().__getstate__()
        return {key: value for key, value in state.items() if key != "_bound_network"}

    def _initialize(self, sizes: list[int], dtype: np.dtype, model: Model) -> None:
        """Draw a new network, and forget what training has noted."""
        self.n_iter_, self.t_ = 0, 0
        self.loss_curve_: list[float] = []
        self._no_improvement_count = 0
        last_hidden = max(len(sizes) - 3, 0)
        factors = [
            getattr(
                activations.activation_of(model.activation, min(n, last_hidden)), "init_factor", 6
            )
            for n in range(len(sizes) - 1)
        ]
        network = Network(sizes, dtype)
        network.initialize(self._random_state, factors)
        self._bind(network)

    def _begin_notes(self, *, anew: bool, validated: bool, incremental: bool) -> None:
        """Begin to look for the best loss or score, or go on where the last call left off."""
        judged_by = (self.early_stopping, self.scoring)
        if anew or judged_by != getattr(self, "_judged_by", None):
            self._judged_by = judged_by
            self.best_loss_ = None if self.early_stopping else np.inf
            self.validation_scores_ = None
        if not validated and (self.validation_scores_ is None or not incremental):
            self.validation_scores_ = self.validation_loss_curve_ = None
            self.best_validation_score_ = None
        elif self.validation_scores_ is None:
            self.validation_scores_, self.validation_loss_curve_ = [], []
            self.best_validation_score_ = -np.inf

    # --- Training ---------------------------------------------------------------------------------

    def _fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        given: GivenSet,
        *,
        incremental: bool,
        classes: ArrayLike | None = None,
    ) -> "BaseBackprop":
        first_pass = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        if not given.is_there() and incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True without X_val and y_val"
            )
        check_combinations(self)
        with unchanged_if_refused(self):
            if incremental:
                self._declare_classes(y, classes)
            data, order, validation = self._prepare(
                X, y, sample_weight, given, first_pass, incremental
            )
            method = self._method(data, order, incremental)
        n_epochs = 1 if incremental or self.solver == "lbfgs" else self.max_iter
        observer = Observer.of(self, X, y, data.sample_weight, order, n_epochs)
        if isinstance(method, Objective):
            fit_lbfgs(self, method, validation=validation, observer=observer)
        else:
            fit_epochs(
                self,
                method,
                order,
                self._random_state,
                validation=validation,
                observer=observer,
                incremental=incremental,
            )
        # Without a mask of all parameters, which would be a quarter of their size.
        parameters = self._network().parameters
        if not (np.isfinite(parameters.min()) and np.isfinite(parameters.max())):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large"
                " values and need to be preprocessed."
            )
        if observer is not None:
            observer.end()
        return self

    def _prepare(self, X, y, sample_weight, given, first_pass, incremental):
        """Check everything that can be refused; return data, rows to train with, validation."""
        hidden = self._hidden_layer_sizes()
        dtypes = (np.float64, np.float32) if first_pass else self._network().dtype
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=dtypes,
            multi_output=True,
            y_numeric=not hasattr(self, "predict_proba"),
            reset=first_pass,
        )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        order = np.arange(X.shape[0])
        if sample_weight is not None:  # a row without weight is not there
            order = np.flatnonzero(sample_weight)
            if not len(order):
                raise ValueError("sample_weight: at least one weight must be positive")
        y = self._validate_target(y, incremental=incremental)
        model = self._model()
        targets, n_outputs = self._encode(y, X.dtype)
        sizes = [X.shape[1], *hidden, n_outputs]
        self._random_state = check_random_state(self.random_state)
        if first_pass:
            self._initialize(sizes, X.dtype, model)
        by_score = self.early_stopping and self.solver != "lbfgs"
        self._begin_notes(
            anew=first_pass, validated=given.is_there() or by_score, incremental=incremental
        )
        network = self._network()
        if network.sizes != sizes:
            raise ValueError(
                f"coefs_ are those of a network with the layers {network.sizes}; X, y and "
                f"hidden_layer_sizes ask for {sizes}"
            )
        self.n_layers_, self.n_outputs_ = len(sizes), n_outputs
        self.out_activation_ = getattr(model.loss, "out_activation", type(model.loss).__name__)

        data = Data(rows_of(X), targets, sample_weight)
        validation = None
        if given.is_there():
            validation = self._watch(given, again=by_score and not (first_pass or incremental))
        elif by_score:
            order, rest = held_out(
                order, self._stratify(y), self.validation_fraction, self._random_state
            )
            validation = Validation(self, X, y, data, rest)
        costs = self._costs(y, order, X.dtype)
        if costs is not None and not costs[order].all():  # a class that costs nothing
            order = order[costs[order] > 0]
            if not len(order):
                raise ValueError("class_weight: the weight of some class in y must be positive")
        return Data(data.rows, self._smoothed(targets), sample_weight, costs), order, validation

    def _watch(self, given: GivenSet, *, again: bool) -> Validation:
        """Return the given validation set; `again` begins with the score that the network has."""
        X_val, y_val, patterns = given.checked(self, self._network().dtype)
        validation = Validation(self, X_val, y_val, patterns, np.arange(len(y_val)))
        if again:  # the best so far may be that of another set, which this one may never reach
            score, _ = validation.evaluate()
            self.best_validation_score_ = -np.inf if np.isnan(score) else score
        return validation

    def _costs(self, y: np.ndarray, order: np.ndarray, dtype: np.dtype) -> np.ndarray | None:
        """Return what E_p costs at each row, or None where it is 1."""
        return None

    def _smoothed(self, targets: NamedTuple) -> NamedTuple:
        """Return the targets to train with."""
        return targets

    def _method(self, data: Data, order: np.ndarray, incremental: bool) -> Objective | Trainer:
        """Return what trains: SciPy's objective, or our trainer."""
        network, model = self._network(), self._model()
        regularization = Regularization(
            self.alpha,
            self.l1_ratio,
            self.solver == "adamw",
            self.max_norm,
            self.clip_norm,
            dropout_rates(self.dropout, len(network.sizes) - 2),
            self._random_state,
        )
        if self.solver == "lbfgs":
            return Objective(network, model, data, regularization, order)
        if not incremental or not hasattr(self, "_optimizer"):
            self._optimizer = self._new_optimizer()
        size = self._batch_size(len(order))
        return Trainer(network, model, data, self._optimizer, regularization, batch_size=size)

    def _new_optimizer(self) -> Optimizer:
        # scikit-learn's "adam" has the schedules' parameters, and ignores them.
        ignored = self.solver == "adam" and self.learning_rate in SKLEARN_SCHEDULES
        name = "constant" if ignored else self.learning_rate
        schedule = Schedule(name, float(self.power_t), self.max_iter, self.warmup_epochs)
        return Optimizer(rule_of(self), schedule, int(self.average))

    def _batch_size(self, n_samples: int) -> int:
        if self.solver == "rprop":
            return n_samples
        if self.batch_size == "auto":
            return min(200, n_samples)
        if self.batch_size > n_samples:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                stacklevel=2,
            )
        return int(min(self.batch_size, n_samples))

    # --- Prediction -------------------------------------------------------------------------------

    def _outputs(self, X: ArrayLike) -> np.ndarray:
        """Return the outputs of the network for X, of shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        network = self._network()
        X = validate_data(self, X, accept_sparse="csr", dtype=network.dtype, reset=False)
        return outputs(network, self._model(), rows_of(X), range(X.shape[0]))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predicted values or classes.
        """
        return self._decode(self._outputs(X))

    def __sklearn_tags__(self):
        """Say that sparse input is taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
