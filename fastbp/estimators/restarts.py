"""Networks from several seeds that share what one fit has prepared; and the best of them.

Rows, targets, statistics and the validation set are looked at, standardised and held out once.
Each start has weights, orders, a rule's state and a progress of its own, so that threads may train
them side by side, with the same bits whatever their number.
"""

import copy
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from ..jobs import run_all
from ..kernels.rows.far import FarRows
from ..training.failures import Diverged
from ..training.lbfgs import Objective
from ..training.progress import Task
from ..training.trainer import Trainer
from ..warned import Warned, collected, warn_of
from ._sklearn import n_threads
from .callbacks import Observer
from .draft import Draft, shown
from .persistence import copied

LARGEST_SEED = 2**31 - 1
# Of the first start's own: the others have theirs, or get them when they need them.
ITS_OWN = ("coefs_", "intercepts_", "_bound_network", "_optimizer", "_random_state", "_mask_state")


def spawned(random_state: Any, n: int) -> list[int]:
    """Return seeds; the first of them are the same however many there are."""
    return check_random_state(random_state).randint(LARGEST_SEED, size=n).tolist()


def seeds_beside(random_state: Any, n: int) -> list[int]:
    """Return such seeds without drawing from the generator, which is that of the first start."""
    if n == 0:
        return []
    if isinstance(random_state, np.random.RandomState) or random_state is None:
        random_state = copy.deepcopy(check_random_state(random_state))
    return spawned(random_state, n)


class Start(NamedTuple):
    """A network that is about to be trained.

    Parameters
    ----------
    estimator : estimator
        What it will be the network of.
    task : Task
        What is to be done.
    method : Objective or Trainer
        By what.
    """

    estimator: Any
    task: Task
    method: Objective | Trainer

    def score(self) -> float:
        """Return what it is kept for: minus the final loss, with early stopping the best score."""
        progress = self.task.progress
        by_score = self.task.settings.early_stopping and self.task.validation is not None
        score = progress.best_score() if by_score else -progress.loss
        return -np.inf if np.isnan(score) else score


class Prepared:
    """What a fit has prepared.

    Parameters
    ----------
    estimator : estimator
        Which has prepared a fit with new weights, and not begun to train.
    task : Task
        What is to be done.
    method : Objective or Trainer
        By what.

    Attributes
    ----------
    first : Start
        The start that has been prepared.
    shares_reading : bool
        Whether rows are read when they are needed, into memory that all starts share: then one is
        trained after the other.
    """

    def __init__(self, estimator: Any, task: Task, method: Objective | Trainer) -> None:
        self.first = Start(estimator, task, method)
        self.shares_reading = isinstance(task.patterns.rows, FarRows)
        self.names = estimator._get_param_names()  # which takes 0.1 ms
        self.attributes = {k: v for k, v in vars(estimator).items() if k not in ITS_OWN}
        # Training changes both.
        self.order, self.progress = task.order.copy(), copy.deepcopy(task.progress)
        self.left_out = np.zeros(len(estimator.coefs_[0]), bool)
        if estimator._moments is not None:  # columns that are constant
            self.left_out = estimator._moments.constant & ~estimator.coefs_[0].any(axis=1)
        self.sizes, self.dtype = estimator._network().sizes, estimator._network().dtype

    def start(self, seed: int, **parameters: Any) -> Start:
        """Return a start from other weights, those that a fit of its own would draw.

        Parameters
        ----------
        seed : int
            Of weights, orders and what drops out.
        **parameters
            Those of the estimator that are others.
        """
        first, task, method = self.first
        estimator = object.__new__(type(first))
        for name, value in self.attributes.items():
            vars(estimator)[name] = value if name in self.names else copied(value)
        vars(estimator).update(parameters)
        estimator._random_state = np.random.RandomState(seed)
        estimator._draw(self.sizes, self.dtype)
        estimator._leave_out(self.left_out)
        progress, validation = copy.deepcopy(self.progress), task.validation
        if validation is not None:
            scorer: Any = validation.scorer
            validation = validation.of(estimator._network(), scorer.of(estimator, progress))
        task = task._replace(
            # Those of the trainer may have been put in another form.
            patterns=method.patterns,
            order=self.order.copy(),
            validation=validation,
            progress=progress,
        )
        return Start(estimator, task, estimator._method(task, getattr(method, "batch_size", 1)))


class Best:
    """The best of some starts, whichever is trained first.

    Attributes
    ----------
    start : Start or None
        It; the first of several that are as good.
    """

    def __init__(self) -> None:
        self.start: Start | None = None
        self.number, self.warned, self.lock = 0, Warned(), threading.Lock()
        self.failures: dict[int, Diverged] = {}

    def train(self, number: int, begin: Callable[[], Start], observer: Observer | None) -> None:
        """Train a start, and keep it if it is the best so far.

        One that diverges is not; of one that is ended otherwise, what its last epoch left counts.
        """
        start = begin()
        if observer is not None:
            observer.turn_to(start.estimator, start.task.progress)
        with collected() as warned:
            try:
                start.estimator._train(start.method, start.task, observer)
            except Diverged as failure:
                self.failures[number] = failure
                return
            except BaseException:
                if start.task.progress.n_iter > 0:
                    self.offer(number, start, [])
                raise
        self.offer(number, start, warned)

    def offer(self, number: int, start: Start, warned: Warned) -> None:
        """Keep a start that has been trained if it is the best so far."""
        with self.lock:
            if self.start is not None:
                before, now = self.start.score(), start.score()
                if now < before or (now == before and number > self.number):
                    return
            self.start, self.number, self.warned = start, number, warned

    def fitted(self) -> Any:
        """Return the estimator that has been trained, and say what is to be said of it.

        Raises
        ------
        Diverged
            If all starts have.
        """
        if self.start is None:
            raise self.failures[min(self.failures)]
        warn_of(self.warned)
        vars(self.start.estimator).update(shown(self.start.task.progress))
        return self.start.estimator


def train_best(
    draft: Draft,
    task: Task,
    method: Objective | Trainer,
    seeds: list[int],
    observer: Observer | None,
) -> None:
    """Train a draft that has been prepared, from these seeds as well; it becomes the best of all.

    Callbacks are told of one epoch after the other.
    """
    prepared, best = Prepared(draft.estimator, task, method), Best()
    begins: list[Callable] = [lambda: prepared.first]
    begins += [partial(prepared.start, seed) for seed in seeds]
    jobs = [partial(best.train, n, begin, observer) for n, begin in enumerate(begins)]
    one_by_one = prepared.shares_reading or observer is not None
    try:
        run_all(jobs, 1 if one_by_one else n_threads())
    finally:
        if best.start is not None:
            draft.estimator, draft.progress = best.start.estimator, best.start.task.progress
            if observer is not None:
                observer.turn_to(draft.estimator, draft.progress)
    best.fitted()
