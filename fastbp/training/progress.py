"""What training has to do, what it notes and tells of it, and where an interrupt goes back to.

Training knows no estimator: it gets a `Task`, and keeps the `Progress` in it up to date.
"""

import math
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple, Protocol

import numpy as np

from ..kernels.one_row.records import RECENT
from .moments import Moments
from .patterns import Patterns
from .trainer import Trainer
from .validation import Validation

KEPT = 1000  # values of a stream's curves


class Settings(NamedTuple):
    """What the user wants of training: the estimators' parameters of these names."""

    max_iter: int | str
    shuffle: bool
    tol: float
    n_iter_no_change: float
    early_stopping: bool
    max_fun: int
    verbose: bool | int


@dataclass
class Progress:
    """What training has come to; the estimators' attributes of these names and an underscore.

    None is what is not noted: the best loss where a score decides, scores where there is no
    validation set.
    """

    n_iter: int = 0
    t: int = 0
    loss: float = math.nan
    running_loss: float | None = None
    best_loss: float | None = math.inf
    best_validation_score: float | None = None
    no_improvement_count: int = 0
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] | None = None
    validation_loss_curve: list[float] | None = None

    def note_epoch(self, loss: float, n_patterns: int, *, stream: bool) -> None:
        """Note that an epoch of so many patterns has ended with this loss."""
        self.n_iter += 1
        self.t += n_patterns
        before = self.running_loss if stream else None
        self.loss = self.running_loss = loss
        if before is not None:
            fraction = min(1.0, n_patterns / min(self.t, RECENT))
            self.running_loss = before + (loss - before) * fraction
        self.loss_curve.append(loss)
        if stream:
            del self.loss_curve[:-KEPT]

    def note_best_loss(self, tol: float) -> bool:
        """Keep the best loss; tell whether the last was better than it by `tol`."""
        best = math.inf if self.best_loss is None else self.best_loss
        # Written so that a loss of nan counts as no improvement in neither comparison, as in
        # scikit-learn.
        improved = not self.loss > best - tol
        if self.loss < best:
            self.best_loss = self.loss
        return improved

    def note_validation(self, score: float, loss: float, tol: float, *, stream: bool) -> bool:
        """Keep both and the best score; tell whether the last was better than it by `tol`."""
        append(self.validation_scores, score, stream=stream)
        append(self.validation_loss_curve, loss, stream=stream)
        best = self.best_score()
        if score > best:
            self.best_validation_score = score
        return not score < best + tol

    def best_score(self) -> float:
        """Return the best score so far."""
        return -math.inf if self.best_validation_score is None else self.best_validation_score


def append(curve: list[float] | None, value: float, *, stream: bool) -> None:
    """Add to a curve, if it is kept; that of a stream keeps its last `KEPT` values."""
    if curve is not None:
        curve.append(value)
        if stream:
            del curve[:-KEPT]


class Task(NamedTuple):
    """What a call of `fit` or `partial_fit` has to do.

    Parameters
    ----------
    patterns : Patterns
        The patterns, as the kernels read them.
    order : ndarray of int
        The numbers of the rows to train with; shuffled in place.
    validation : Validation or None
        Watched after every epoch. With `early_stopping` its score decides in place of the loss,
        and the best weights are kept.
    n_epochs : int
        The most epochs.
    incremental : bool
        Whether it is one pass of many: without a warning that it was the last, and keeping its
        weights whatever their score.
    constant : float or None
        The error of the best constant prediction, or None if it isn't known.
    sample_weight : ndarray of shape (n_rows,) or None
        The weights as the caller gave them.
    settings : Settings
        What the user wants.
    progress : Progress
        Kept up to date.
    moments : Moments or None
        Of the columns, or None if they are not standardised.
    names : ndarray of str or None
        Of the columns, if they have names.
    """

    patterns: Patterns
    order: np.ndarray
    validation: Validation | None
    n_epochs: int
    incremental: bool
    constant: float | None
    sample_weight: np.ndarray | None
    settings: Settings
    progress: Progress
    moments: Moments | None
    names: np.ndarray | None


class Observer(Protocol):
    """Whoever wants to know of every epoch."""

    def begin_epoch(self) -> None:
        """Tell that an epoch begins."""

    def end_epoch(self) -> bool:
        """Tell that the epoch has ended; return whether training shall end as well."""


# Not by `vars`, which makes an object's attributes a dictionary, slower from then on.
NOTED = tuple(Progress.__dataclass_fields__)
OF_RULE = ("base", "learning_rate", "updates", "epochs", "state", "trained")
numbers_of, rule_of = attrgetter(*NOTED), attrgetter(*OF_RULE)


class LastEpoch:
    """What training had come to when the last epoch was finished.

    An interrupt may come between any two steps. So two memories take turns, and which of them is
    whole is said in one assignment.

    Parameters
    ----------
    progress : Progress
        It is noted, and how long its curves are.
    trainer : Trainer
        The parameters of its network and the state of its rule are copied.
    """

    def __init__(self, progress: Progress, trainer: Trainer) -> None:
        self.progress, self.trainer = progress, trainer
        curves = (progress.loss_curve, progress.validation_scores, progress.validation_loss_curve)
        self.curves = [(curve, len(curve)) for curve in curves if curve is not None]
        self.free: tuple[np.ndarray, np.ndarray] | None = None
        self.whole: tuple | None = None

    def note(self, best: np.ndarray | None) -> None:
        """Note all of it; `best` are the parameters with the best score."""
        parameters, state = self.trainer.network.parameters, self.trainer.state
        free = self.free or (np.empty_like(parameters), np.empty_like(state))
        free[0][:] = parameters
        free[1][:] = state
        before, self.free = self.whole, None
        self.whole = free, numbers_of(self.progress), rule_of(self.trainer.optimizer), best
        self.free = None if before is None else before[0]

    def go_back(self) -> np.ndarray | None:
        """Make training what it was then; return the parameters with the best score.

        Before the first epoch has ended there is nothing to go back to.
        """
        if self.whole is None:
            self.progress.n_iter = 0
            return None
        (parameters, state), numbers, rule, best = self.whole
        vars(self.progress).update(zip(NOTED, numbers, strict=True))
        vars(self.trainer.optimizer).update(zip(OF_RULE, rule, strict=True))
        self.trainer.network.become(parameters)
        self.trainer.state[:] = state
        for curve, length in self.curves:
            del curve[length + self.progress.n_iter :]
        return best
