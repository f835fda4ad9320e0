"""Training: epoch after epoch, until it stops getting better. Plain Python, no numerics."""

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .callbacks import Observer
from .training import Trainer
from .validation import Validation


def fit_epochs(
    estimator: Any,
    trainer: Trainer,
    order: np.ndarray,
    random_state: np.random.RandomState,
    *,
    validation: Validation | None = None,
    observer: Observer | None = None,
    incremental: bool = False,
) -> None:
    """Train until the loss (or the validation score) stops improving, at most `max_iter` epochs.

    Parameters
    ----------
    estimator : estimator
        Its ``max_iter, shuffle, tol, n_iter_no_change, early_stopping, verbose`` are read; its
        ``n_iter_, t_, loss_, loss_curve_, best_loss_, validation_scores_, validation_loss_curve_,
        best_validation_score_`` are kept up to date after every epoch, so that an interrupted fit
        leaves a model.
    trainer : Trainer
        Does the epochs.
    order : ndarray of int
        The numbers of the rows to train with; shuffled in place.
    random_state : RandomState
        Shuffles.
    validation : Validation, default=None
        Watched after every epoch. With `early_stopping` its score decides in place of the loss,
        and the best weights are kept.
    observer : Observer, default=None
        Is told of every epoch, and may end training after it.
    incremental : bool, default=False
        Whether to make one pass only, without a warning that it was the last, and to keep its
        weights whatever their score.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` epochs were not enough.
    UserWarning
        If Ctrl-C ended training; the model is that of the moment.
    """
    network, optimizer = trainer.network, trainer.optimizer
    by_score = validation is not None and estimator.early_stopping
    best = network.parameters.copy() if by_score and not incremental else None
    estimator.n_iter_ = 0
    try:
        while estimator.n_iter_ < (1 if incremental else estimator.max_iter):
            if observer is not None:
                observer.begin_epoch()
            if estimator.shuffle:
                # The draws, and so the order, of ``sklearn.utils.shuffle``, but not its 0.1 ms.
                random_state.shuffle(order)
            optimizer.hide_average(network)
            estimator.loss_ = trainer.epoch(order)
            optimizer.show_average(network)
            estimator.n_iter_ += 1
            estimator.t_ += len(order)
            estimator.loss_curve_.append(estimator.loss_)
            if estimator.verbose:
                print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
            if validation is not None:
                score, loss = validation.evaluate()
                if best is not None and score > estimator.best_validation_score_:
                    best = network.parameters.copy()
                better_score = _note_validation(estimator, score, loss)
            improved = better_score if by_score else _note_loss(estimator)
            estimator._no_improvement_count = 0 if improved else estimator._no_improvement_count + 1
            optimizer.end_epoch(estimator.t_)
            if observer is not None and observer.end_epoch():
                break
            if estimator._no_improvement_count > estimator.n_iter_no_change:
                what = "Validation score" if by_score else "Training loss"
                message = (
                    f"{what} did not improve more than tol={estimator.tol:f} for "
                    f"{estimator.n_iter_no_change} consecutive epochs."
                )
                if optimizer.stops(message, estimator.verbose):
                    break
                estimator._no_improvement_count = 0
            if estimator.n_iter_ == estimator.max_iter and not incremental:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and "
                    "the optimization hasn't converged yet.",
                    ConvergenceWarning,
                    stacklevel=2,
                )
    except KeyboardInterrupt:
        optimizer.show_average(network)
        warnings.warn("Training interrupted by user.", stacklevel=2)
    if best is not None:
        network.parameters[:] = best


def _note_loss(estimator: Any) -> bool:
    """Keep the best loss; tell whether the last was better than it by `tol`."""
    loss, best = estimator.loss_, estimator.best_loss_
    # Written so that a loss of nan counts as no improvement in neither comparison, as there.
    improved = not loss > best - estimator.tol
    if loss < best:
        estimator.best_loss_ = loss
    return improved


def _note_validation(estimator: Any, score: float, loss: float) -> bool:
    """Keep both and the best score; tell whether the last score was better than it by `tol`."""
    estimator.validation_scores_.append(score)
    estimator.validation_loss_curve_.append(loss)
    if estimator.verbose:
        print(f"Validation score: {score:f}")
    improved = not score < estimator.best_validation_score_ + estimator.tol
    if score > estimator.best_validation_score_:
        estimator.best_validation_score_ = score
    return improved
