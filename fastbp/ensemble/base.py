"""What both ensembles share: all networks are trained, or none, and all are asked."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..estimators._sklearn import _fit_context
from ..estimators.data.user_input import Table
from ..estimators.data.validation_set import GivenSet
from ..estimators.draft import LEARNING, NOBODY, held, lock_of
from ..estimators.one_row.given import Row
from ..estimators.restarts import spawned
from ..estimators.solvers import is_stochastic
from .conversion import voting_of
from .parameters import network_of, of_network, threads_for
from .training import fitted, given_back, trained_further

if TYPE_CHECKING:
    from sklearn.ensemble import VotingClassifier, VotingRegressor


def mean_of(answers: Iterable[np.ndarray]) -> np.ndarray:
    """Return the mean of arrays, in their dtype; they are added in float64 as they come."""
    total, n, dtype = np.zeros(()), 0, np.dtype(np.float64)
    for one in answers:
        total, n, dtype = total + one, n + 1, one.dtype
    return (total / n).astype(dtype, copy=False)


class BackpropEnsemble(BaseEstimator):
    """Networks of one kind from several seeds; see the two ensembles."""

    _kinds: ClassVar[tuple]  # of networks: one
    n_estimators: int
    n_jobs: int | None
    random_state: Any
    warm_start: bool
    solver: str | tuple
    estimators_: list[Any]

    # --- Training ---------------------------------------------------------------------------------

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
    ) -> Self:
        """Train all networks on X and y, from new weights unless ``warm_start=True``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets; of a classifier labels, or a label indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the patterns, see the notes of the networks' class.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set. With ``early_stopping=True`` it takes the place of the
            patterns that would be held out; else it is only watched.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights, non-negative. A row of weight zero is not there.

        Returns
        -------
        self : object
            The trained ensemble.
        """
        given, n_threads = GivenSet(X_val, y_val, sample_weight_val), threads_for(self.n_jobs)
        with lock_of(self):
            if self.warm_start and hasattr(self, "estimators_"):
                self._train_further(
                    lambda network: network.fit(X, y, sample_weight, **given._asdict())
                )
                return self
            with given_back(self.random_state):
                seeds = spawned(self.random_state, self.n_estimators)
                first = network_of(self, seeds[0])
                self.estimators_ = fitted(first, seeds, X, y, sample_weight, given, n_threads)
        return self

    def _partial_fit(self, *given: Any, **more: Any) -> Self:
        threads_for(self.n_jobs)
        with lock_of(self):
            self._train_further(lambda network: network.partial_fit(*given, **more))
        return self

    @available_if(is_stochastic)
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
    ) -> Self:
        """Go on training with one pass of each network over X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the patterns, see the notes of the networks' class.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set, which is scored after the pass.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights, non-negative. A row of weight zero is not there.

        Returns
        -------
        self : object
            The trained ensemble.
        """
        given = GivenSet(X_val, y_val, sample_weight_val)
        return self._partial_fit(X, y, sample_weight, **given._asdict())

    def learn_one(self, x: Row, y: Any, w: float = 1.0) -> None:
        """Let each network learn one row: what `partial_fit` does with it, in microseconds.

        Parameters
        ----------
        x : dict, sequence of numbers or ndarray of shape (n_features,)
            The row, see `learn_one` of the networks.
        y : label or float
            The class, or the target value; of several outputs or labels, a sequence.
        w : float, default=1.0
            The weight of the row, 0 or more. With 0 nothing is learned.

        Raises
        ------
        ValueError, TypeError
            If the row, its target or its weight is refused. Nothing has changed then. (Where the
            weights of one network leave all bounds, those before it have learned the row.)
        """
        is_stochastic(self)
        with lock_of(self):
            networks = vars(self).get("estimators_")
            if networks is not None:
                for network in networks:
                    network.learn_one(x, y, w)
                return
            self._validate_params()
            with given_back(self.random_state):
                networks = self._new_networks()
                for network in networks:
                    network.learn_one(x, y, w)
            if networks[0]._is_trained():
                self.estimators_ = networks

    def _new_networks(self) -> list[Any]:
        return [network_of(self, seed) for seed in spawned(self.random_state, self.n_estimators)]

    def _train_further(self, call: Callable[[Any], Any]) -> None:
        """Train the networks by a call of each; new ones if there are none."""
        networks, n_threads = vars(self).get("estimators_"), threads_for(self.n_jobs)
        if networks is not None and len(networks) != self.n_estimators:
            raise ValueError(
                f"n_estimators has changed since the first call, from {len(networks)} to "
                f"{self.n_estimators}: set it back, or fit anew with warm_start=False"
            )
        with given_back(self.random_state):
            before = self._new_networks() if networks is None else networks
            self.estimators_ = trained_further(before, of_network(self), call, n_threads)

    # --- What the networks know -------------------------------------------------------------------

    @property
    def _kind(self) -> Any:
        return self._kinds[0]

    def _first(self) -> Any:
        check_is_fitted(self)
        return self.estimators_[0]

    @property
    def n_features_in_(self) -> int:
        """Number of inputs."""
        return self._first().n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the inputs, where X had any."""
        return self._first().feature_names_in_

    @property
    def n_outputs_(self) -> int:
        """Number of outputs."""
        return self._first().n_outputs_

    @property
    def n_iter_(self) -> int:
        """Epochs of the network that took the most."""
        check_is_fitted(self)
        return max(network.n_iter_ for network in self.estimators_)

    # --- Prediction -------------------------------------------------------------------------------

    def _reading(self, networks: list[Any]) -> Any:
        """Return what to be within while networks are asked: rows are learned in place."""
        return lock_of(self) if any(LEARNING in vars(one) for one in networks) else NOBODY

    def _answers(
        self, X: Table, answer: Callable[[Any, np.ndarray], np.ndarray]
    ) -> Iterator[np.ndarray]:
        """Yield what each network makes of its outputs for X, which is looked at once."""
        check_is_fitted(self)
        networks = self.estimators_
        with self._reading(networks):
            X = networks[0]._table(X)
            for network in networks:
                with held(network):
                    yield answer(network, network._outputs_of(X))

    # --- Out --------------------------------------------------------------------------------------

    def to_sklearn(self) -> "VotingClassifier | VotingRegressor":
        """Return scikit-learn's ensemble with the same networks, fitted if this one is.

        The fitted one predicts the same. Nothing is shared between the two.

        Returns
        -------
        voting : VotingClassifier or VotingRegressor
            With soft voting, of what `to_sklearn` returns of each network.

        Raises
        ------
        ValueError
            If scikit-learn's can't predict the same: several outputs or labels, and what
            `to_sklearn` of the networks refuses.
        """
        networks = vars(self).get("estimators_")
        if networks is None:
            self._validate_params()
            with given_back(self.random_state):
                networks = self._new_networks()
        with self._reading(networks):
            return voting_of(networks, self.n_jobs)

    def __sklearn_tags__(self) -> Any:
        """Say that sparse input is taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
