"""What a call of `fit` or `partial_fit` does before it trains: all that can be refused."""

from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.rows.catalogue import Rows, rows_of
from ..network.network import Network
from ..training.automatic import LBFGS_ITERATIONS, epochs_for
from ..training.failures import constant_error
from ..training.lbfgs import Objective
from ..training.moments import shortened
from ..training.patterns import Patterns, as_dtype, relative, repeated
from ..training.progress import Progress, Settings, Task
from ..training.trainer import Trainer
from ..training.validation import Validation
from ._sklearn import n_threads
from .data.checked_input import CheckedInput
from .data.far_table import FarTable
from .data.held_out import held_out
from .data.missing_targets import check_columns, restored
from .data.scoring import Score
from .data.user_input import Table, checked_weights
from .data.validation_set import GivenSet
from .generators import generator_of
from .growing.columns import Columns
from .growing.features import grow_features

settings_of = attrgetter(*Settings._fields)


class Preparation(CheckedInput):
    """What the estimators know of getting ready."""

    _judged_by: tuple
    _split_seed: int

    def _begin_notes(
        self, progress: Progress, *, anew: bool, validated: bool, incremental: bool
    ) -> None:
        """Begin to look for the best loss or score, or go on where the last call left off."""
        judged_by = (self.early_stopping, self.scoring)
        if anew or judged_by != getattr(self, "_judged_by", None):
            self._judged_by = judged_by
            progress.best_loss = None if self.early_stopping else np.inf
            progress.validation_scores = None
        if not validated and (progress.validation_scores is None or not incremental):
            progress.validation_scores = progress.validation_loss_curve = None
            progress.best_validation_score = None
        elif progress.validation_scores is None:
            progress.validation_scores, progress.validation_loss_curve = [], []
            progress.best_validation_score = -np.inf

    def _prepare(
        self,
        X: Table,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        given: GivenSet,
        progress: Progress,
        *,
        anew: bool,
        incremental: bool,
    ) -> tuple[Task, Objective | Trainer]:
        """Check everything that can be refused; return what is to be done."""
        hidden = self._hidden_layer_sizes()
        columns = self._known_columns(X) if incremental and not anew else None
        X, y, missing = self._validated(X, y, columns, anew=anew, incremental=incremental)
        sample_weight, order = self._rows_there(X, sample_weight, anew=anew)
        y = restored(self._validate_target(y, incremental=incremental), missing)
        sizes = [X.shape[1], *hidden, self._count_outputs(y)]
        network = self._network_for(sizes, X, columns, anew=anew, incremental=incremental)
        by_score = self.early_stopping and self.solver != "lbfgs"
        validated = given.is_there() or by_score
        self._begin_notes(progress, anew=anew, validated=validated, incremental=incremental)
        rest = None
        if by_score and not given.is_there():
            order, rest = self._held_out(order, y, anew=anew)
        if missing is not None and not incremental:
            check_columns(y, order)
        rows = self._rows_to_learn(
            X, y, sample_weight, order, columns, network.dtype, anew=anew, incremental=incremental
        )
        targets = self._encode(y, network.dtype)
        order, costs = self._costly(order, y)
        size = self._batch_size(len(order), incremental=incremental)
        order, weights, costs = self._weighed(
            order, sample_weight, costs, size, incremental=incremental
        )
        patterns = Patterns(rows, self._smoothed(targets), *as_dtype(network.dtype, weights, costs))
        validation = None
        if given.is_there():
            again = by_score and not (anew or incremental)
            validation = self._watch(given, progress, again=again)
        elif rest is not None:
            held = Patterns(rows, targets, *as_dtype(network.dtype, sample_weight))
            validation = self._validation(progress, X, y, held, rest)
        if validation is not None and not incremental and (by_score or self.scoring is not None):
            validation.try_out(decides=self.early_stopping)
        constant = None
        if not incremental and self.standardize:
            constant = constant_error(self._formulas.loss, patterns, order, network.dtype)
        task = Task(
            patterns,
            order,
            validation,
            1 if incremental else self._n_epochs(len(order), size),
            incremental,
            constant,
            sample_weight,
            Settings._make(settings_of(self)),
            progress,
            None if self.mean_ is None else self._moments,
            getattr(self, "feature_names_in_", None),
        )
        return task, self._method(task, size)

    def _rows_there(
        self, X: Any, sample_weight: ArrayLike | None, *, anew: bool
    ) -> tuple[np.ndarray | None, np.ndarray]:
        """Return the weights, checked, and the rows that are there: those that have any."""
        if sample_weight is None:
            return None, np.arange(X.shape[0])
        dtype = self._network_dtype(X) if anew else self._network().dtype
        weights = checked_weights(sample_weight, X.shape[0], dtype)
        return weights, np.flatnonzero(weights)

    def _held_out(
        self, order: np.ndarray, y: np.ndarray, *, anew: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows to train with, and those to validate with."""
        return held_out(
            order,
            self._stratify(y),
            self.validation_fraction,
            self._splitter(anew=anew),
            evenly=self.standardize,
        )

    def _network_for(
        self, sizes: list[int], X: Any, columns: Columns | None, *, anew: bool, incremental: bool
    ) -> Network:
        """Return the network to train: a new one, or a copy, which may have to grow."""
        # What is drawn goes on from call to call; without `standardize` it begins anew in each, as
        # scikit-learn has it.
        if anew or not self.standardize or not hasattr(self, "_random_state"):
            self._random_state = generator_of(self.random_state)
        if anew:
            self._begin(sizes, self._network_dtype(X), incremental=incremental)
        else:
            self._bind(self._network().copy())
            self._check_kept()
            if columns is not None and self.new_features == "add" and columns.new:
                grow_features(self, columns.new)
        network = self._network()
        if network.sizes != sizes:
            raise ValueError(
                f"coefs_ are those of a network with the layers {network.sizes}; X, y and "
                f"hidden_layer_sizes ask for {sizes}"
            )
        self.n_layers_, self.n_outputs_ = len(sizes), sizes[-1]
        loss = self._formulas.loss
        self.out_activation_ = getattr(loss, "out_activation", type(loss).__name__)
        return network

    def _rows_to_learn(
        self,
        X: Any,
        y: np.ndarray,
        sample_weight: np.ndarray | None,
        order: np.ndarray,
        columns: Columns | None,
        dtype: np.dtype,
        *,
        anew: bool,
        incremental: bool,
    ) -> Rows:
        """Return the rows as the network reads them, after noting what is to be noted of them."""
        if self.standardize and (anew or incremental):
            there = None if columns is None or columns.given.all() else columns.given
            self._note_rows(X, y, sample_weight, order, there, anew=anew)
        elif isinstance(X, FarTable):
            X.check(dtype if self.mean_ is None else X.dtype)
        if incremental and self.standardize:
            return rows_of(shortened(self._standardized(X, dtype)))
        return self._rows(X, dtype)

    def _n_epochs(self, n_patterns: int, batch_size: int) -> int:
        """Return how many epochs there are at most, or iterations of L-BFGS."""
        if self.max_iter != "auto":
            return self.max_iter
        return LBFGS_ITERATIONS if self.solver == "lbfgs" else epochs_for(n_patterns, batch_size)

    def _costly(self, order: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the order without rows of a class that costs nothing, and what rows cost."""
        costs = self._costs(y, order)
        if costs is not None and not costs[order].all():
            order = order[costs[order] > 0]
            if not len(order):
                raise ValueError("class_weight: the weight of some class in y must be positive")
        return order, costs

    def _weighed(
        self,
        order: np.ndarray,
        sample_weight: np.ndarray | None,
        costs: np.ndarray | None,
        batch_size: int,
        *,
        incremental: bool,
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Return the order, weights within batches and costs by which the weights act."""
        if batch_size == 1 and self.solver != "lbfgs":
            if sample_weight is not None:  # acts on the error, else it would cancel
                acting = sample_weight if incremental else relative(sample_weight, order)
                sample_weight = None
                if (acting[order] != 1).any():
                    costs = acting if costs is None else acting * costs
            if costs is not None:
                order, costs = repeated(order, costs)
        elif sample_weight is not None and self.alpha == "auto" and not incremental:
            sample_weight = relative(sample_weight, order)  # the penalty is by rows, not by weight
        return order, sample_weight, costs

    def _splitter(self, *, anew: bool) -> np.random.RandomState:
        """Return what draws the rows that are held out: the same ones in later fits."""
        if not self.standardize:
            return self._random_state
        if anew or not hasattr(self, "_split_seed"):
            self._split_seed = self._random_state.randint(2**31 - 1)
        return generator_of(self._split_seed)

    def _note_rows(
        self,
        X: Table,
        y: np.ndarray,
        sample_weight: np.ndarray | None,
        order: np.ndarray,
        given: np.ndarray | None,
        *,
        anew: bool,
    ) -> None:
        """Note means and scales of the rows to train with, and of the columns that are given."""
        weights = sample_weight
        if len(order) < X.shape[0]:
            order = np.sort(order)
            X = X.of_rows(order) if isinstance(X, FarTable) else X[order]
            y = y[order]
            weights = None if weights is None else weights[order]
        moments = self._note_units(X, y, weights, given, anew=anew)
        if anew:  # what has never varied does not matter; there is no gradient that would change it
            constant = moments.constant
            if constant.any() and len(order) > 1 and not self._were_given:
                self._leave_out(constant)

    def _validation(
        self, progress: Progress, X: Any, y: np.ndarray, patterns: Patterns, order: np.ndarray
    ) -> Validation:
        """Return these rows as a validation set."""
        score = Score(self, progress, X, y, patterns.sample_weight, order)
        return Validation(self._network(), self._formulas, patterns, order, score, n_threads())

    def _watch(self, given: GivenSet, progress: Progress, *, again: bool) -> Validation:
        """Return the given validation set; `again` begins with the score that the network has."""
        X_val, y_val, patterns = given.checked(self, self._network().dtype)
        validation = self._validation(progress, X_val, y_val, patterns, np.arange(len(y_val)))
        if again:  # the best so far may be that of another set, which this one may never reach
            score, _ = validation.evaluate()
            progress.best_validation_score = -np.inf if np.isnan(score) else score
        return validation
