"""Training: epoch after epoch, until it stops getting better. Plain Python, no numerics."""

import math
import time

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..schedules import ENDING
from ..warned import warn
from .failures import Diverged, diverged, judge
from .optimizer import Optimizer
from .progress import LastEpoch, Observer, Task
from .trainer import Trainer


def fit_epochs(
    trainer: Trainer, task: Task, random_state: np.random.RandomState, observer: Observer | None
) -> None:
    """Train until the loss (or the validation score) stops improving, at most `n_epochs` epochs.

    A schedule that ends at zero is gone through to its end: at the high rates of its beginning the
    loss may stand still for long, and falls when they do.

    Parameters
    ----------
    trainer : Trainer
        Its network is trained.
    task : Task
        What is to be done; its progress is kept up to date after every epoch.
    random_state : RandomState
        Shuffles.
    observer : Observer or None
        Is told of every epoch, and may end training after it.

    Raises
    ------
    Diverged
        As soon as the loss is not finite, or if no epoch had a score that is a number: then
        there is no best network. And if what has come of it is refused, see `judge`.

    Warns
    -----
    ConvergenceWarning
        If as many epochs as the user asked for were not enough.

    Notes
    -----
    Whatever ends it by an exception, Ctrl-C among them, leaves what the last finished epoch left.
    """
    progress, settings, validation = task.progress, task.settings, task.validation
    network, optimizer, stream = trainer.network, trainer.optimizer, task.incremental
    by_score = validation is not None and settings.early_stopping
    best = network.parameters.copy() if by_score and not stream else None
    last = LastEpoch(progress, trainer)
    try:
        for _ in range(task.n_epochs):
            start = time.perf_counter()
            if observer is not None:
                observer.begin_epoch()
            train_once(trainer, task, random_state)
            if settings.verbose:
                tell(task, optimizer.learning_rate, time.perf_counter() - start)
            if validation is not None:
                score, loss = validation.evaluate()
                if settings.verbose:
                    print(f"Validation score: {score:f}")
                if best is not None and score > progress.best_score():
                    best = network.parameters.copy()
                better_score = progress.note_validation(score, loss, settings.tol, stream=stream)
            improved = better_score if by_score else progress.note_best_loss(settings.tol)
            progress.no_improvement_count = 0 if improved else progress.no_improvement_count + 1
            optimizer.end_epoch(progress.t)
            if not stream:
                last.note(best)
            if observer is not None and observer.end_epoch():
                break
            if stands_still(task, optimizer, by_score=by_score):
                break
        else:
            warn_if_falling(task)
    except BaseException:
        best = last.go_back()
        raise
    finally:
        if best is not None:
            network.become(best)
    if best is not None and validation is not None:
        scores = progress.validation_scores or []
        if np.isnan(scores[-progress.n_iter :]).all():
            raise Diverged(
                "early_stopping: no epoch had a validation score that is a number "
                f"(scoring={validation.scorer.scoring!r}), so none is the best"
            )
    judge(task, network, trainer.formulas, optimizer)


def train_once(trainer: Trainer, task: Task, random_state: np.random.RandomState) -> None:
    """Train with each pattern once, and note the loss.

    Raises
    ------
    Diverged
        If it is not finite.
    """
    order, progress, optimizer = task.order, task.progress, trainer.optimizer
    if task.settings.shuffle and len(order) > 1:
        trainer.shuffle(order, random_state)
    optimizer.hide_average(trainer.network)
    loss = trainer.epoch(order)
    if not math.isfinite(loss):
        raise diverged(task, optimizer, progress.n_iter + 1)
    optimizer.show_average(trainer.network)
    progress.note_epoch(loss, len(order), stream=task.incremental)
    trainer.regularization.listen(progress.n_iter, loss)


def stands_still(task: Task, optimizer: Optimizer, *, by_score: bool) -> bool:
    """Tell whether training ends for want of improvement; "adaptive" slows down first."""
    progress, settings = task.progress, task.settings
    if progress.no_improvement_count <= settings.n_iter_no_change:
        return False
    if optimizer.schedule.name in ENDING and not by_score:
        return False
    what = "Validation score" if by_score else "Training loss"
    message = (
        f"{what} did not improve more than tol={settings.tol:f} for "
        f"{settings.n_iter_no_change} consecutive epochs."
    )
    if optimizer.stops(message, settings.verbose):
        return True
    progress.no_improvement_count = 0
    return False


def warn_if_falling(task: Task) -> None:
    """Warn if as many epochs as the user asked for were not enough."""
    settings = task.settings
    falling = task.progress.no_improvement_count <= settings.n_iter_no_change
    if falling and settings.max_iter != "auto" and not task.incremental:
        warn(
            f"Stochastic Optimizer: Maximum iterations ({task.n_epochs}) reached and "
            "the optimization hasn't converged yet.",
            ConvergenceWarning,
        )


def tell(task: Task, learning_rate: float, seconds: float) -> None:
    """Print the loss of the last epoch; from ``verbose=2`` on its rate and time, too."""
    more = (
        f", learning rate = {learning_rate:.3g}, {seconds:.3f} s"
        if task.settings.verbose > 1
        else ""
    )
    print(f"Iteration {task.progress.n_iter}, loss = {task.progress.loss:.8f}{more}")
