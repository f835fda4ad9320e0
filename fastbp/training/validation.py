"""The validation set, and how the network does on it."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import check_scoring

from ..kernels.targets import Classes, Smoothed
from ..losses import error
from .patterns import Patterns
from .prediction import predict_outputs


class Validation:
    """Patterns that are not trained with, and how well the network does on them at the moment.

    Parameters
    ----------
    estimator : estimator
        Its network is evaluated, by its `scoring`.
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        The input.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The truth, as a scorer takes it.
    patterns : Patterns
        The same as the kernels read it, with weights.
    order : ndarray of int
        The numbers of the rows to validate with.
    n_threads : int, default=1
        How many threads may predict.

    Raises
    ------
    ValueError
        If `scoring` is no scorer.
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: np.ndarray,
        patterns: Patterns,
        order: np.ndarray,
        n_threads: int = 1,
    ) -> None:
        self.estimator, self.truth = estimator, y[order]
        self.network, self.formulas = estimator._network(), estimator._formulas
        self.rows, self.order, self.n_threads = patterns.rows, order, n_threads
        self.target = numbers(patterns.targets, order, self.network.dtype)
        self.weights = None if patterns.sample_weight is None else patterns.sample_weight[order]
        scoring = estimator.scoring
        if scoring is None:
            self.score = self._default_score
        elif isinstance(scoring, str) and scoring == "loss":
            self.score = self._negative_loss
        else:
            self.X, self.scorer = X[order], check_scoring(estimator, scoring)
            weighted = self.weights is not None and takes_weights(self.scorer)
            self.keywords = {"sample_weight": self.weights} if weighted else {}
            self.score = self._scorer_score

    def try_out(self) -> None:
        """Let a scorer score a network without weights: what it can't score is refused in time.

        Without weights, since what these predict before training may be out of its domain.
        """
        parameters = self.network.parameters.copy()
        self.network.parameters[:] = 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a score that says nothing yet
                score, _ = self.evaluate()
            if np.isnan(score) and self.estimator.early_stopping:
                raise ValueError("the score is not a number")
        except Exception as failure:
            raise ValueError(
                f"scoring={self.estimator.scoring!r} can't score this validation set: {failure} "
                "(it may need another kind of target, pos_label or average; see "
                "sklearn.metrics.make_scorer)"
            ) from failure
        finally:
            self.network.parameters[:] = parameters

    def evaluate(self) -> tuple[float, float]:
        """Return score and loss of the network as it is."""
        out = predict_outputs(self.network, self.formulas, self.rows, self.order, self.n_threads)
        return self.score(out), self.loss(out)

    def loss(self, out: np.ndarray) -> float:
        """Return the weighted mean of E_p."""
        with np.errstate(all="ignore"):  # outputs may have overflowed: then so has the loss
            errors = error(self.formulas.loss, self.target, out).sum(axis=1, dtype=np.float64)
            return float(np.average(errors, weights=self.weights))

    def _default_score(self, out: np.ndarray) -> float:
        predicted = self.estimator._decode(out)
        if predicted.dtype.kind == "f" and not np.isfinite(predicted).all():
            return np.nan
        return self.estimator._metric(self.truth, predicted, sample_weight=self.weights)

    def _negative_loss(self, out: np.ndarray) -> float:
        return -self.loss(out)

    def _scorer_score(self, out: np.ndarray) -> float:
        if not np.isfinite(out).all():
            return np.nan
        score = self.scorer(present(self.estimator), self.X, self.truth, **self.keywords)
        if not np.isscalar(score) or isinstance(score, str):
            raise ValueError(f"scoring must return a number, got {score!r} from {self.scorer}")
        return float(score)


def numbers(targets: NamedTuple, order: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return the targets of these rows as numbers, of shape (n_rows, n_outputs)."""
    if isinstance(targets, Smoothed):
        plain = numbers(targets.targets, order, dtype)
        return (1 - targets.smoothing) * plain + targets.smoothing / targets.n_classes
    if not isinstance(targets, Classes):
        return targets.values[order].astype(dtype)
    codes = targets.codes[order]
    if targets.n_outputs == 1:
        return codes[:, None].astype(dtype)
    return (codes[:, None] == np.arange(targets.n_outputs)).astype(dtype)


def takes_weights(scorer: Callable) -> bool:
    """Tell whether a scorer takes sample weights."""
    if hasattr(scorer, "_accept_sample_weight"):  # scikit-learn's own: not every metric does
        return scorer._accept_sample_weight()
    return "sample_weight" in inspect.signature(scorer).parameters


def present(estimator: Any) -> Any:
    """Return the estimator as it is, without feature names: it predicts for arrays silently."""
    view = object.__new__(type(estimator))  # copy.copy would copy its weights
    vars(view).update(vars(estimator))
    vars(view).pop("feature_names_in_", None)
    return view
