"""The score on a validation set that ``scoring=`` stands for."""

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring

from ...training.progress import Progress
from ..draft import shown
from ..parameters.whole import Whole
from .labels import is_numbered, labels_of
from .user_input import Table


class Score:
    """How good an estimator is, with the network of the moment, on a validation set.

    Parameters
    ----------
    estimator : estimator
        By its `scoring`.
    progress : Progress
        What a scorer sees as the estimator's.
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        The input.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The truth, as a scorer takes it.
    weights : ndarray of shape (n_samples,) or None
        The weights.
    order : ndarray of int
        The numbers of the rows to validate with.

    Raises
    ------
    ValueError
        If `scoring` is no scorer.
    """

    def __init__(
        self,
        estimator: Whole,
        progress: Progress,
        X: Table,
        y: np.ndarray,
        weights: np.ndarray | None,
        order: np.ndarray,
    ) -> None:
        self.estimator, self.progress, self.scoring = estimator, progress, estimator.scoring
        self.truth, self.weights = y[order], None if weights is None else weights[order]
        if is_numbered(estimator):
            self.truth = labels_of(estimator)[self.truth]
        self.scorer: Callable | None = None
        if self.scoring is not None and not (
            isinstance(self.scoring, str) and self.scoring == "loss"
        ):
            self.X, self.scorer = X[order], check_scoring(estimator, self.scoring)
            weighted = weights is not None and takes_weights(self.scorer)
            self.keywords = {"sample_weight": self.weights} if weighted else {}

    def of(self, estimator: Whole, progress: Progress) -> "Score":
        """Return the same score for another estimator, which is trained beside this one."""
        other = copy.copy(self)
        other.estimator, other.progress = estimator, progress
        return other

    def __call__(self, out: np.ndarray, loss: float) -> float:
        """Return the score of the network with these outputs and this loss; nan if it has none."""
        if self.scorer is not None:
            return self.by_scorer(self.scorer, out)
        if self.scoring is not None:
            return -loss
        predicted = self.estimator._decode(out)
        if predicted.dtype.kind == "f" and not np.isfinite(predicted).all():
            return np.nan
        return self.estimator._metric(self.truth, predicted, sample_weight=self.weights)

    def by_scorer(self, scorer: Callable, out: np.ndarray) -> float:
        """Return what the user's scorer says; it is asked if all outputs are finite."""
        if not np.isfinite(out).all():
            return np.nan
        score: Any = scorer(self.present(), self.X, self.truth, **self.keywords)
        is_scalar: bool = np.isscalar(score)
        if not is_scalar or isinstance(score, str):
            raise ValueError(f"scoring must return a number, got {score!r} from {scorer}")
        return float(score)

    def present(self) -> Any:
        """Return the estimator as it is, without feature names: it predicts for arrays silently."""
        view = object.__new__(type(self.estimator))  # copy.copy would copy its weights
        vars(view).update(vars(self.estimator) | shown(self.progress))
        vars(view).pop("feature_names_in_", None)
        return view


def takes_weights(scorer: Callable) -> bool:
    """Tell whether a scorer takes sample weights."""
    if hasattr(scorer, "_accept_sample_weight"):  # scikit-learn's own: not every metric does
        return scorer._accept_sample_weight()
    return "sample_weight" in inspect.signature(scorer).parameters
