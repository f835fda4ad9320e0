"""What the two estimators share: parameters, the contract of scikit-learn's MLP, the network."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from ..kernels.descent import Formulas
from ..kernels.rows.catalogue import rows_of
from ..training.epochs import fit_epochs
from ..training.lbfgs import Objective, fit_lbfgs
from ..training.prediction import predict_outputs
from ..training.progress import Task
from ..training.trainer import Trainer
from ..warned import called_directly, warn
from ._sklearn import n_threads
from .callbacks import CallbackSupportMixin, Observer
from .conversion import SklearnConversion
from .data.far_table import FarTable, far_table
from .data.user_input import DTYPES, Table, check_table, plain
from .data.validation_set import GivenSet
from .draft import LEARNING, Draft, held, lock_of, view_of
from .growing.columns import columns_of
from .one_row.given import NamedRow
from .one_row.route import LearningRoute, drop
from .one_row.row_by_row import RowByRow
from .one_row.tables_of_one import predicted, prepare_prediction
from .parameters.combinations import check_combinations
from .parameters.table import CONSTRAINTS
from .restarts import seeds_beside, train_best

VALIDATED: set[tuple] = set()  # classes, and their parameters
MOST_VALIDATED = 1000
STANDARDIZED_TOGETHER = 2**24  # numbers of X that are copied at a time to predict


def numbers_only(out: np.ndarray) -> np.ndarray:
    """Return the outputs; refuse those that are not numbers."""
    if np.isnan(out.sum()) and np.isnan(out).any():
        raise ValueError(
            "The network's outputs are not numbers: coefs_ or intercepts_ are not finite, or so "
            "large that sums overflow. Fit it anew"
        )
    return out


class BaseBackprop(SklearnConversion, RowByRow, CallbackSupportMixin, BaseEstimator):
    """A multi-layer perceptron trained by backpropagation; see the two estimators."""

    _parameter_constraints: ClassVar[dict] = CONSTRAINTS
    _parameter_names: ClassVar[tuple[str, ...]]

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Return the names of the parameters, without a look at the signature each time.

        That takes 0.07 ms, and `get_params`, `set_params` and `clone`, which does so twice, are a
        third of a small fit in a search.
        """
        if "_parameter_names" not in vars(cls):
            cls._parameter_names = tuple(super()._get_param_names())
        return list(cls._parameter_names)

    def _validate_params(self) -> None:
        """Validate the parameters, unless such ones have been validated already.

        It takes a quarter of a millisecond, and a search fits the same ones again and again.
        """
        # Not by `_get_param_names`, which looks at the signature anew: 0.1 ms.
        given = tuple(item for item in vars(self).items() if item[0][0] != "_" != item[0][-1])
        key = (type(self), given, tuple(type(value) for _, value in given))  # True is not 1
        try:
            if key in VALIDATED:
                return
        except TypeError:  # some can't be looked up, such as lists
            super()._validate_params()
            return
        super()._validate_params()
        if len(VALIDATED) >= MOST_VALIDATED:
            VALIDATED.clear()
        VALIDATED.add(key)

    # --- Training ---------------------------------------------------------------------------------

    def _fit(
        self,
        X: Table,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        given: GivenSet,
        *,
        incremental: bool,
        classes: ArrayLike | None = None,
        by_row: bool = False,
    ) -> Self:
        with lock_of(self):
            drop(self)  # single rows wait until this has ended
            was_trained = self._is_trained()
            anew = not was_trained or not (self.warm_start or incremental)
            self._check_call(given, incremental=incremental, was_trained=was_trained)
            draft = Draft(self, goes_on=not anew)
            inner, progress, observer = draft.estimator, draft.progress, None
            given_weights = self.warm_start and hasattr(self, "coefs_")
            restarts = self.n_init - 1 if anew and not (incremental or given_weights) else 0
            seeds = seeds_beside(self.random_state, restarts)
            # np.any of a number takes 2 µs.
            drops_out = self.dropout > 0 if type(self.dropout) is float else np.any(self.dropout)
            draws = anew or not incremental or drops_out
            if draws:
                draft.will_draw()
            try:
                if incremental:
                    inner._declare_classes(y, classes)
                task, method = inner._prepare(
                    X, y, sample_weight, given, progress, anew=anew, incremental=incremental
                )
                if not draws and len(task.order) > 1:  # which will be shuffled
                    draft.will_draw()
                seen = X.values if isinstance(X, NamedRow) else X
                observer = Observer.of(self, inner, seen, y, task, 1 + len(seeds))
                if seeds:
                    train_best(draft, task, method, seeds, observer)
                else:
                    inner._train(method, task, observer)
                if observer is not None:
                    observer.end()
                draft.take_over(self._with_route(inner, method) if by_row else None)
            except KeyboardInterrupt:
                # Where somebody else's loop called, and in a stream, Ctrl-C reaches it.
                if draft.progress.n_iter == 0 or incremental or not called_directly():
                    draft.drop()
                    raise
                if observer is not None:
                    observer.end()
                draft.take_over()
                warn("Training interrupted by user.")
            except BaseException as failure:
                # What the first fit has learned until somebody's callback failed is kept; a refusal
                # of ours keeps nothing.
                if was_trained or draft.progress.n_iter == 0 or isinstance(failure, ValueError):
                    draft.drop()
                else:
                    draft.take_over()
                raise
        return self

    def _check_call(self, given: GivenSet, *, incremental: bool, was_trained: bool) -> None:
        """Refuse what can be refused before the rows are looked at."""
        if not given.is_there() and incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True without X_val and y_val"
            )
        if incremental and was_trained:
            self._validate_params()  # scikit-learn does so before the first call only
        check_combinations(self)

    def _with_route(self, draft: Self, method: Objective | Trainer) -> Callable[[dict], None]:
        """Return what adds to an estimator's attributes how further rows are learned."""

        def add(attributes: dict) -> None:
            if isinstance(method, Trainer):
                route = LearningRoute(self, draft, method, attributes, lock_of(self))
                if route.call is not None:
                    attributes[LEARNING] = route

        return add

    def _train(self, method: Objective | Trainer, task: Task, observer: Observer | None) -> None:
        """Train until it is done."""
        if isinstance(method, Objective):
            fit_lbfgs(method, task, observer)
        else:
            fit_epochs(method, task, self._random_state, observer)

    # --- Prediction -------------------------------------------------------------------------------

    def _outputs(self, X: Table, formulas: Formulas | None = None) -> np.ndarray:
        """Return the outputs of the network for X, (n_samples, n_outputs), in float64.

        In float32 where X is. `formulas` are those of the network if they are not given.
        """
        if not self._is_trained():
            check_is_fitted(self)  # which takes 3 µs
        with held(self):
            return self._outputs_now(X, formulas)

    def _outputs_now(self, X: Table, formulas: Formulas | None) -> np.ndarray:
        return self._outputs_of(self._table(X), formulas)

    def _table(self, X: Table) -> Table:
        """Return X as it is predicted for: checked, and with the columns that are known."""
        dtypes = DTYPES if self.mean_ is not None else (self._network().dtype,)
        columns, table = columns_of(self, X), far_table(X)
        if isinstance(X, NamedRow):
            X = self._columns(X).X.astype(dtypes[0], copy=False)
        elif columns is not None:
            X = columns.X
        elif table is not None:
            validate_data(self, X, skip_check_array=True, reset=False)
            return table
        else:
            named = hasattr(self, "feature_names_in_")
            given, X = X, None if named else plain(X, self.n_features_in_, dtypes)
            if X is None:
                X = validate_data(
                    self, check_table(given), accept_sparse="csr", dtype=dtypes, reset=False
                )
        return X

    def _outputs_of(self, X: Table, formulas: Formulas | None = None) -> np.ndarray:
        """Return the outputs for a table that has been checked."""
        network = self._fitting_network(X.shape[1], self._n_outputs())
        formulas = self._formulas if formulas is None else formulas
        if self.mean_ is None or isinstance(X, FarTable):
            rows = self._rows(X, network.dtype)
            out = predict_outputs(network, formulas, rows, range(X.shape[0]), n_threads())
            return numbers_only(out if self.mean_ is None else out.astype(X.dtype, copy=False))
        result = np.empty((X.shape[0], network.sizes[-1]), X.dtype)
        width = X.shape[1]
        if hasattr(X, "indptr") and not self._is_centred:
            width = -(-X.nnz // X.shape[0])
        step = max(1, STANDARDIZED_TOGETHER // max(1, width))
        for n in range(0, X.shape[0], step):  # a copy of a part of X at a time
            rows = rows_of(self._standardized(X[n : n + step], network.dtype))
            n_rows = min(step, X.shape[0] - n)
            result[n : n + step] = predict_outputs(
                network, formulas, rows, range(n_rows), n_threads()
            )
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
        y = predicted(self, X)
        if y is None:
            view = view_of(self)
            with held(view):  # the weights, and the units that outputs are in
                y = view._decode(view._outputs(X))
            prepare_prediction(self, X)
        return y

    def __sklearn_tags__(self) -> Any:
        """Say that sparse input is taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
