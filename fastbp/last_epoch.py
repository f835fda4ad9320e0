"""Where an interrupt or a failure in the middle of an epoch goes back to."""

from typing import Any

import numpy as np

from .draft import CURVES
from .network import Network
from .optimizer import Optimizer

NOTED = ("n_iter_", "t_", "loss_", "running_loss_", "best_loss_", "best_validation_score_")
NOTED += ("_no_improvement_count",)


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
        self.free: list[np.ndarray] | None = None
        self.whole: tuple | None = None

    def _changing(self) -> list[np.ndarray]:
        state = self.optimizer.state
        return [self.network.parameters] + ([] if state is None else [state])

    def note(self, best: np.ndarray | None) -> None:
        """Note all of it; `best` are the parameters with the best score."""
        estimator, changing = self.estimator, self._changing()
        copies = self.free or [np.empty_like(one) for one in changing]
        for copy, one in zip(copies, changing, strict=True):
            np.copyto(copy, one)
        noted = {name: vars(estimator)[name] for name in NOTED}
        lengths = [len(getattr(estimator, name) or ()) for name in CURVES]
        before, self.free = self.whole, None
        self.whole = copies, noted, lengths, dict(vars(self.optimizer)), best
        self.free = None if before is None else before[0]

    def go_back(self) -> np.ndarray | None:
        """Make training what it was then; return the parameters with the best score.

        Before the first epoch has ended there is nothing to go back to.
        """
        if self.whole is None:
            self.estimator.n_iter_ = 0
            return None
        copies, noted, lengths, rule, best = self.whole
        for one, copy in zip(self._changing(), copies, strict=True):
            np.copyto(one, copy)
        vars(self.estimator).update(noted)
        for name, length in zip(CURVES, lengths, strict=True):
            if getattr(self.estimator, name) is not None:
                del getattr(self.estimator, name)[length:]
        vars(self.optimizer).update(rule)
        return best
