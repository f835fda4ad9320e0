"""Training: epoch after epoch, until it stops getting better. Plain Python, no numerics."""

import math
import time
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..schedules import ENDING
from ..warned import warn
from .failures import Diverged, diverged
from .patterns import Patterns
from .progress import LastEpoch, Observer
from .validation import Validation

KEPT = 1000  # values of a stream's curves
RECENT = 1000  # patterns, over which the mean loss of a stream is taken


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
    constant : float
        The error of the best constant prediction, or None if it isn't known.
    sample_weight : ndarray of shape (n_rows,) or None
        The weights as the caller gave them.
    method : Trainer or Objective
        What trains.
    """

    patterns: Patterns
    order: np.ndarray
    validation: Validation | None
    n_epochs: int
    incremental: bool
    constant: float | None
    sample_weight: np.ndarray | None = None
    method: Any = None


def fit_epochs(
    estimator: Any, task: Task, random_state: np.random.RandomState, observer: Observer | None
) -> None:
    """Train until the loss (or the validation score) stops improving, at most `n_epochs` epochs.

    A schedule that ends at zero is gone through to its end: at the high rates of its beginning the
    loss may stand still for long, and falls when they do.

    Parameters
    ----------
    estimator : estimator
        Its ``max_iter, shuffle, tol, n_iter_no_change, early_stopping, verbose`` are read; its
        ``n_iter_, t_, loss_, loss_curve_, best_loss_, validation_scores_, validation_loss_curve_,
        best_validation_score_`` are kept up to date after every epoch, so that an interrupted fit
        leaves a formulas.
    task : Task
        What is to be done.
    random_state : RandomState
        Shuffles.
    observer : Observer or None
        Is told of every epoch, and may end training after it.

    Raises
    ------
    Diverged
        As soon as the loss is not finite, or if no epoch had a score that is a number: then
        there is no best network.

    Warns
    -----
    ConvergenceWarning
        If as many epochs as the user asked for were not enough.

    Notes
    -----
    Whatever ends it by an exception, Ctrl-C among them, leaves what the last finished epoch left.
    """
    trainer, validation, order = task.method, task.validation, task.order
    network, optimizer = trainer.network, trainer.optimizer
    by_score = validation is not None and estimator.early_stopping
    best = network.parameters.copy() if by_score and not task.incremental else None
    has_end = optimizer.schedule.name in ENDING
    last = LastEpoch(estimator, network, optimizer)
    estimator.n_iter_ = 0
    try:
        for _ in range(task.n_epochs):
            start = time.perf_counter()
            if observer is not None:
                observer.begin_epoch()
            if estimator.shuffle and len(order) > 1:
                # The draws, and so the order, of ``sklearn.utils.shuffle``, but not its 0.1 ms.
                random_state.shuffle(order)
            optimizer.hide_average(network)
            loss = trainer.epoch(order)
            if not math.isfinite(loss):
                raise diverged(estimator, task, estimator.n_iter_ + 1)
            optimizer.show_average(network)
            estimator.n_iter_ += 1
            estimator.t_ += len(order)
            estimator.loss_ = loss
            estimator.running_loss_ = _running(estimator, task) if task.incremental else loss
            _append(estimator.loss_curve_, loss, task)
            trainer.regularization.listen(estimator.n_iter_, estimator.loss_)
            if estimator.verbose:
                _tell(estimator, optimizer.learning_rate, time.perf_counter() - start)
            if validation is not None:
                score, loss = validation.evaluate()
                if best is not None and score > estimator.best_validation_score_:
                    best = network.parameters.copy()
                better_score = _note_validation(estimator, score, loss, task)
            improved = better_score if by_score else _note_loss(estimator)
            estimator._no_improvement_count = 0 if improved else estimator._no_improvement_count + 1
            optimizer.end_epoch(estimator.t_)
            if not task.incremental:
                last.note(best)
            if observer is not None and observer.end_epoch():
                break
            if estimator._no_improvement_count > estimator.n_iter_no_change and (
                by_score or not has_end
            ):
                what = "Validation score" if by_score else "Training loss"
                message = (
                    f"{what} did not improve more than tol={estimator.tol:f} for "
                    f"{estimator.n_iter_no_change} consecutive epochs."
                )
                if optimizer.stops(message, estimator.verbose):
                    break
                estimator._no_improvement_count = 0
        else:
            falling = estimator._no_improvement_count <= estimator.n_iter_no_change
            if falling and estimator.max_iter != "auto" and not task.incremental:
                warn(
                    f"Stochastic Optimizer: Maximum iterations ({task.n_epochs}) reached and "
                    "the optimization hasn't converged yet.",
                    ConvergenceWarning,
                )
    except BaseException:
        best = last.go_back()
        raise
    finally:
        if best is not None:
            network.parameters[:] = best
    if best is not None and np.isnan(estimator.validation_scores_[-estimator.n_iter_ :]).all():
        raise Diverged(
            "early_stopping: no epoch had a validation score that is a number "
            f"(scoring={estimator.scoring!r}), so none is the best"
        )


def _tell(estimator: Any, learning_rate: float, seconds: float) -> None:
    """Print the loss of the last epoch; from ``verbose=2`` on its rate and time, too."""
    more = (
        f", learning rate = {learning_rate:.3g}, {seconds:.3f} s" if estimator.verbose > 1 else ""
    )
    print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}{more}")


def _running(estimator: Any, task: Task) -> float:
    """Return the mean loss of a stream over its last `RECENT` patterns, older ones fading."""
    loss, before = estimator.loss_, getattr(estimator, "running_loss_", estimator.loss_)
    return before + (loss - before) * min(1.0, len(task.order) / min(estimator.t_, RECENT))


def _append(curve: list[float], value: float, task: Task) -> None:
    """Add to a curve; that of a stream keeps its last `KEPT` values."""
    curve.append(value)
    if task.incremental and len(curve) > KEPT:
        del curve[:-KEPT]


def _note_loss(estimator: Any) -> bool:
    """Keep the best loss; tell whether the last was better than it by `tol`."""
    loss, best = estimator.loss_, estimator.best_loss_
    # Written so that a loss of nan counts as no improvement in neither comparison, as there.
    improved = not loss > best - estimator.tol
    if loss < best:
        estimator.best_loss_ = loss
    return improved


def _note_validation(estimator: Any, score: float, loss: float, task: Task) -> bool:
    """Keep both and the best score; tell whether the last score was better than it by `tol`."""
    _append(estimator.validation_scores_, score, task)
    _append(estimator.validation_loss_curve_, loss, task)
    if estimator.verbose:
        print(f"Validation score: {score:f}")
    improved = not score < estimator.best_validation_score_ + estimator.tol
    if score > estimator.best_validation_score_:
        estimator.best_validation_score_ = score
    return improved
