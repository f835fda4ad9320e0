"""What training notes and tells of its progress, and where an interrupt goes back to."""

from operator import attrgetter
from typing import Any, Protocol

import numpy as np

from ..network.network import Network
from .optimizer import Optimizer

CURVES = ("loss_curve_", "validation_scores_", "validation_loss_curve_")
NOTED = ("n_iter_", "t_", "loss_", "running_loss_", "best_loss_", "best_validation_score_")
NOTED += ("_no_improvement_count",)
OF_RULE = ("base", "learning_rate", "updates", "epochs", "state", "trained")
numbers_of, rule_of = attrgetter(*NOTED), attrgetter(*OF_RULE)


class Observer(Protocol):
    """Whoever wants to know of every epoch."""

    def begin_epoch(self) -> None:
        """Tell that an epoch begins."""

    def end_epoch(self) -> bool:
        """Tell that the epoch has ended; return whether training shall end as well."""


class LastEpoch:
    """What training had come to when the last epoch was finished.

    An interrupt may come between any two steps. So two memories take turns, and which of them is
    whole is said in one assignment.

    Parameters
    ----------
    estimator : estimator
        Its curves and numbers are noted.
    network, optimizer : Network, Optimizer
        Their parameters and state are copied.
    """

    def __init__(self, estimator: Any, network: Network, optimizer: Optimizer) -> None:
        self.estimator, self.network, self.optimizer = estimator, network, optimizer
        curves = [getattr(estimator, name) for name in CURVES]
        self.curves = [(curve, len(curve)) for curve in curves if curve is not None]
        self.free: tuple[np.ndarray, np.ndarray] | None = None
        self.whole: tuple | None = None

    def note(self, best: np.ndarray | None) -> None:
        """Note all of it; `best` are the parameters with the best score."""
        parameters, state = self.network.parameters, self.optimizer.state
        free = self.free or (np.empty_like(parameters), np.empty_like(state))
        free[0][:] = parameters
        free[1][:] = state
        before, self.free = self.whole, None
        self.whole = free, numbers_of(self.estimator), rule_of(self.optimizer), best
        self.free = None if before is None else before[0]

    def go_back(self) -> np.ndarray | None:
        """Make training what it was then; return the parameters with the best score.

        Before the first epoch has ended there is nothing to go back to.
        """
        if self.whole is None:
            self.estimator.n_iter_ = 0
            return None
        (parameters, state), numbers, rule, best = self.whole
        vars(self.estimator).update(zip(NOTED, numbers, strict=True))
        vars(self.optimizer).update(zip(OF_RULE, rule, strict=True))
        self.network.parameters[:] = parameters
        self.optimizer.state[:] = state
        for curve, length in self.curves:
            del curve[length + self.estimator.n_iter_ :]
        return best
