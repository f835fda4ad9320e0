"""What the two estimators share: parameters, the contract of scikit-learn's MLP, the network."""

import operator
import weakref
from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ..kernels.descent import Model
from ..kernels.rows import rows_of
from ..training.automatic import LBFGS_ITERATIONS, epochs_for
from ..training.epochs import Task, fit_epochs
from ..training.failures import constant_error, judge
from ..training.lbfgs import Objective, fit_lbfgs
from ..training.moments import shortened
from ..training.patterns import Data
from ..training.prediction import outputs
from ..training.validation import Validation
from ..training.weights import as_dtype, relative, repeated
from ..warned import called_directly, warn
from ._sklearn import _openmp_effective_n_threads
from .bound_network import BoundNetwork
from .callbacks import CallbackSupportMixin, Observer
from .conversion import SklearnConversion
from .data.held_out import held_out
from .data.standardization import Standardization
from .data.user_input import check_table, checked_weights
from .data.validation_set import GivenSet
from .draft import Draft, lock_of, view_of
from .parameters import CONSTRAINTS, check_combinations
from .solvers import Solvers

VALIDATED: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # estimators' parameters
STANDARDIZED_TOGETHER = 2**24  # numbers of X that are copied at a time to predict


def is_stochastic(estimator: BaseEstimator) -> bool:
    """Tell whether the solver can train with a part of the data."""
    if estimator.solver == "lbfgs":
        raise AttributeError("partial_fit is only available for the other solvers than 'lbfgs'")
    return True


def n_threads() -> int:
    """Return how many threads scikit-learn would take: OMP_NUM_THREADS and joblib limit them."""
    return _openmp_effective_n_threads()


def numbers_only(out: np.ndarray) -> np.ndarray:
    """Return the outputs; refuse those that are not numbers."""
    if np.isnan(out.sum()) and np.isnan(out).any():
        raise ValueError(
            "The network's outputs are not numbers: coefs_ or intercepts_ are not finite, or so "
            "large that sums overflow. Fit it anew"
        )
    return out


class BaseBackprop(
    SklearnConversion,
    BoundNetwork,
    Solvers,
    Standardization,
    CallbackSupportMixin,
    BaseEstimator,
):
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
    def _count_outputs(self, y: np.ndarray) -> int:
        """Return the number of outputs, one per target or class."""

    @abstractmethod
    def _n_outputs(self) -> int:
        """Return the number of outputs that the fitted attributes speak of."""

    @abstractmethod
    def _check_given_target(self, y: ArrayLike) -> None:
        """Refuse y that scikit-learn's validation would make something else of."""

    @abstractmethod
    def _encode(self, y: np.ndarray, dtype: np.dtype) -> NamedTuple:
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

    def _validate_what_changed(self) -> None:
        """Validate the parameters, if any is another object than in the last call.

        scikit-learn does so before the first call of `partial_fit` only.
        """
        # Not by `_get_param_names`, which looks at the signature anew: 0.1 ms.
        values = [v for name, v in vars(self).items() if name[0] != "_" and name[-1] != "_"]
        last = VALIDATED.get(self)
        if last is None or len(last) != len(values) or not all(map(operator.is_, values, last)):
            self._validate_params()
            VALIDATED[self] = values

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
        with lock_of(self):
            was_trained = self._is_trained()
            anew = not was_trained or not (self.warm_start or incremental)
            if not given.is_there() and incremental and self.early_stopping:
                raise ValueError(
                    "partial_fit does not support early_stopping=True without X_val and y_val"
                )
            if incremental and was_trained:
                self._validate_what_changed()
            check_combinations(self)
            draft = Draft(self, goes_on=not anew)
            inner, observer = draft.estimator, None
            inner.n_iter_ = 0
            draws = anew or not incremental or np.any(self.dropout)
            if draws:
                draft.will_draw()
            try:
                if incremental:
                    inner._declare_classes(y, classes)
                task = inner._prepare(X, y, sample_weight, given, anew, incremental)
                if not draws and len(task.order) > 1:  # which will be shuffled
                    draft.will_draw()
                observer = Observer.of(self, inner, X, y, task)
                inner._train(task, observer)
                draft.take_over()
            except KeyboardInterrupt:
                # Where somebody else's loop called, and in a stream, Ctrl-C reaches it.
                if inner.n_iter_ == 0 or incremental or not called_directly():
                    draft.drop()
                    raise
                if observer is not None:
                    observer.end()
                draft.take_over()
                warn("Training interrupted by user.")
            except BaseException as failure:
                # What the first fit has learned until somebody's callback failed is kept; a refusal
                # of ours keeps nothing.
                if was_trained or inner.n_iter_ == 0 or isinstance(failure, ValueError):
                    draft.drop()
                else:
                    draft.take_over()
                raise
        return self

    def _train(self, task: Task, observer: Observer | None) -> None:
        """Train until it is done, and look at what came of it."""
        if isinstance(task.method, Objective):
            fit_lbfgs(self, task, observer)
        else:
            fit_epochs(self, task, self._random_state, observer)
        judge(self, task)
        if observer is not None:
            observer.end()

    def _prepare(self, X, y, sample_weight, given, anew, incremental) -> Task:
        """Check everything that can be refused; return what is to be done."""
        hidden = self._hidden_layer_sizes()
        X = check_table(X)
        self._check_given_target(y)
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=self._dtypes(anew),
            multi_output=True,
            y_numeric=not hasattr(self, "predict_proba"),
            reset=anew,
        )
        if sample_weight is not None:
            dtype = self._network_dtype(X) if anew else self._network().dtype
            sample_weight = checked_weights(sample_weight, X.shape[0], dtype)
        order = np.arange(X.shape[0])
        if sample_weight is not None:  # a row without weight is not there
            order = np.flatnonzero(sample_weight)
        y = self._validate_target(y, incremental=incremental)
        n_outputs = self._count_outputs(y)
        sizes = [X.shape[1], *hidden, n_outputs]
        # What is drawn goes on from call to call; without `standardize` it begins anew in each, as
        # scikit-learn has it.
        if anew or not self.standardize or not hasattr(self, "_random_state"):
            self._random_state = check_random_state(self.random_state)
        if anew:
            self._begin(sizes, self._network_dtype(X), incremental=incremental)
        else:
            self._bind(self._network().copy())
            self._check_kept()
        by_score = self.early_stopping and self.solver != "lbfgs"
        self._begin_notes(
            anew=anew, validated=given.is_there() or by_score, incremental=incremental
        )
        network = self._network()
        if network.sizes != sizes:
            raise ValueError(
                f"coefs_ are those of a network with the layers {network.sizes}; X, y and "
                f"hidden_layer_sizes ask for {sizes}"
            )
        self.n_layers_, self.n_outputs_ = len(sizes), n_outputs
        loss = self._formulas.loss
        self.out_activation_ = getattr(loss, "out_activation", type(loss).__name__)

        rest = None
        if by_score and not given.is_there():
            order, rest = held_out(
                order,
                self._stratify(y),
                self.validation_fraction,
                self._splitter(anew=anew),
                evenly=self.standardize,
            )
        if self.standardize and (anew or incremental):
            self._note_rows(X, y, sample_weight, order, anew=anew)
        inputs = self._standardized(X, network.dtype)
        rows = rows_of(shortened(inputs) if incremental and self.standardize else inputs)
        targets = self._encode(y, network.dtype)
        costs = self._costs(y, order)
        if costs is not None and not costs[order].all():  # a class that costs nothing
            order = order[costs[order] > 0]
            if not len(order):
                raise ValueError("class_weight: the weight of some class in y must be positive")
        size, given_weight = self._batch_size(len(order), incremental=incremental), sample_weight
        if size == 1 and self.solver != "lbfgs":
            if sample_weight is not None:  # acts on the error, else it would cancel
                acting = sample_weight if incremental else relative(sample_weight, order)
                sample_weight = None
                if (acting[order] != 1).any():
                    costs = acting if costs is None else acting * costs
            if costs is not None:
                order, costs = repeated(order, costs)
        elif sample_weight is not None and self.alpha == "auto" and not incremental:
            sample_weight = relative(sample_weight, order)  # the penalty is by rows, not by weight
        data = Data(rows, self._smoothed(targets), *as_dtype(network.dtype, sample_weight, costs))
        validation = None
        if given.is_there():
            validation = self._watch(given, again=by_score and not (anew or incremental))
        elif rest is not None:
            held = Data(rows, targets, *as_dtype(network.dtype, given_weight))
            validation = Validation(self, X, y, held, rest, n_threads())
        if validation is not None and not incremental and (by_score or self.scoring is not None):
            validation.try_out()
        n_epochs = 1 if incremental else self.max_iter
        if n_epochs == "auto":
            n_epochs = epochs_for(len(order), size)
            n_epochs = LBFGS_ITERATIONS if self.solver == "lbfgs" else n_epochs
        constant = None
        if not incremental and self.standardize:
            constant = constant_error(self._formulas.loss, data, order, network.dtype)
        task = Task(data, order, validation, n_epochs, incremental, constant, given_weight)
        return task._replace(method=self._method(task, size))

    def _splitter(self, *, anew: bool) -> np.random.RandomState:
        """Return what draws the rows that are held out: the same ones in later fits."""
        if not self.standardize:
            return self._random_state
        if anew or not hasattr(self, "_split_seed"):
            self._split_seed = self._random_state.randint(2**31 - 1)
        return np.random.RandomState(self._split_seed)

    def _dtypes(self, anew: bool) -> Any:
        """Return the dtypes that X may have."""
        if self.standardize or (anew and self.dtype in (None, "auto")):
            return (np.float64, np.float32)
        return np.dtype(self.dtype) if anew else self._network().dtype

    def _network_dtype(self, X: Any) -> np.dtype:
        """Return the dtype of a new network."""
        if self.dtype == "auto" or (self.dtype is None and not self.standardize):
            return X.dtype
        return np.dtype(self.dtype or np.float32)

    def _note_rows(self, X, y, sample_weight, order, *, anew) -> None:
        """Note means and scales of the rows to train with."""
        weights = sample_weight
        if len(order) < X.shape[0]:
            order = np.sort(order)
            X, y = X[order], y[order]
            weights = None if weights is None else weights[order]
        self._note_units(X, y, weights, anew=anew)
        if anew:  # what has never varied does not matter; there is no gradient that would change it
            constant = self._moments.constant
            if constant.any() and len(order) > 1 and not self._were_given:
                self.coefs_[0][constant] = 0

    def _watch(self, given: GivenSet, *, again: bool) -> Validation:
        """Return the given validation set; `again` begins with the score that the network has."""
        X_val, y_val, patterns = given.checked(self, self._network().dtype)
        validation = Validation(self, X_val, y_val, patterns, np.arange(len(y_val)), n_threads())
        if again:  # the best so far may be that of another set, which this one may never reach
            score, _ = validation.evaluate()
            self.best_validation_score_ = -np.inf if np.isnan(score) else score
        return validation

    def _costs(self, y: np.ndarray, order: np.ndarray) -> np.ndarray | None:
        """Return what E_p costs at each row, or None where it is 1."""
        return None

    def _smoothed(self, targets: NamedTuple) -> NamedTuple:
        """Return the targets to train with."""
        return targets

    # --- Prediction -------------------------------------------------------------------------------

    def _outputs(self, X: ArrayLike, formulas: Model | None = None) -> np.ndarray:
        """Return the outputs of the network for X, (n_samples, n_outputs), in float64.

        In float32 where X is. `formulas` are those of the network if they are not given.
        """
        if not self._is_trained():
            check_is_fitted(self)  # which takes 3 µs
        dtypes = (np.float64, np.float32) if self.mean_ is not None else self._network().dtype
        X = validate_data(self, check_table(X), accept_sparse="csr", dtype=dtypes, reset=False)
        network = self._fitting_network(X.shape[1], self._n_outputs())
        formulas = self._formulas if formulas is None else formulas
        if self.mean_ is None:
            return numbers_only(
                outputs(network, formulas, rows_of(X), range(X.shape[0]), n_threads())
            )
        result = np.empty((X.shape[0], network.sizes[-1]), X.dtype)
        step = max(1, STANDARDIZED_TOGETHER // X.shape[1])
        for n in range(0, X.shape[0], step):  # a copy of a part of X at a time
            rows = rows_of(self._standardized(X[n : n + step], network.dtype))
            n_rows = min(step, X.shape[0] - n)
            result[n : n + step] = outputs(network, formulas, rows, range(n_rows), n_threads())
        return numbers_only(result)

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
        view = view_of(self)
        return view._decode(view._outputs(X))

    def __sklearn_tags__(self):
        """Say that sparse input is taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
