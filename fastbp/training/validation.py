"""The validation set, and how the network does on it."""

import copy
import warnings
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..kernels.descent import Formulas
from ..kernels.targets import Classes, Smoothed, Targets
from ..losses import error
from ..network.network import Network
from .patterns import Patterns
from .prediction import predict_outputs


class Scorer(Protocol):
    """Whoever knows how good a network is on the validation set."""

    scoring: Any
    """What the user has called it, for messages."""

    def __call__(self, out: np.ndarray, loss: float) -> float:
        """Return the score of the network with these outputs and this loss; nan if it has none."""


class Validation:
    """Patterns that are not trained with, and how well a network does on them at the moment.

    Parameters
    ----------
    network, formulas : Network, Formulas
        What is evaluated.
    patterns : Patterns
        The patterns, with weights.
    order : ndarray of int
        The numbers of the rows to validate with.
    scorer : Scorer
        The score.
    n_threads : int, default=1
        How many threads may predict.
    """

    def __init__(
        self,
        network: Network,
        formulas: Formulas,
        patterns: Patterns,
        order: np.ndarray,
        scorer: Scorer,
        n_threads: int = 1,
    ) -> None:
        self.network, self.formulas, self.scorer = network, formulas, scorer
        self.rows, self.order, self.n_threads = patterns.rows, order, n_threads
        self.target = numbers(patterns.targets, order, network.dtype)
        self.weights = None if patterns.sample_weight is None else patterns.sample_weight[order]

    def of(self, network: Network, scorer: Scorer) -> "Validation":
        """Return the same set for another network, which is trained beside this one."""
        other = copy.copy(self)
        other.network, other.scorer, other.n_threads = network, scorer, 1
        return other

    def try_out(self, *, decides: bool) -> None:
        """Let a scorer score a network without weights: what it can't score is refused in time.

        Without weights, since what these predict before training may be out of its domain. A score
        that `decides` must be a number.
        """
        parameters = self.network.parameters.copy()
        self.network.parameters[:] = 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a score that says nothing yet
                score, _ = self.evaluate()
            if np.isnan(score) and decides:
                raise ValueError("the score is not a number")
        except Exception as failure:
            raise ValueError(
                f"scoring={self.scorer.scoring!r} can't score this validation set: {failure} "
                "(it may need another kind of target, pos_label or average; see "
                "sklearn.metrics.make_scorer)"
            ) from failure
        finally:
            self.network.parameters[:] = parameters

    def evaluate(self) -> tuple[float, float]:
        """Return score and loss of the network as it is."""
        out = predict_outputs(self.network, self.formulas, self.rows, self.order, self.n_threads)
        loss = self.loss(out)
        return self.scorer(out, loss), loss

    def loss(self, out: np.ndarray) -> float:
        """Return the weighted mean of E_p."""
        with np.errstate(all="ignore"):  # outputs may have overflowed: then so has the loss
            parts = parts_of_error(self.formulas.loss, self.target, out)
            errors = parts.sum(axis=1, dtype=np.float64)
            return float(np.average(errors, weights=self.weights))


def parts_of_error(loss: NamedTuple, target: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return what each output contributes to E_p, (n_rows, n_outputs): 0 without a target, NaN."""
    missing = np.isnan(target)
    if not missing.any():
        return error(loss, target, out)
    return np.where(missing, 0, error(loss, np.where(missing, out, target), out))


def numbers(targets: Targets, order: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return the targets of these rows as numbers, (n_rows, n_outputs); NaN where there is none."""
    if isinstance(targets, Smoothed):
        plain = numbers(targets.targets, order, dtype)
        return (1 - targets.smoothing) * plain + targets.smoothing / targets.n_classes
    if not isinstance(targets, Classes):
        return targets.values[order].astype(dtype)
    codes = targets.codes[order]
    if targets.n_outputs == 1:
        return codes[:, None].astype(dtype)
    return (codes[:, None] == np.arange(targets.n_outputs)).astype(dtype)
