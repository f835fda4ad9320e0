"""Times of several peers on one case, in alternating rounds."""

import math
import time
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from peers import Peer

# Patterns of the check of the weights, and of the first guess of a peer's speed.
TRIAL = 100


@dataclass(frozen=True)
class Budget:
    """How long a measurement may take.

    Parameters
    ----------
    seconds : float
        Training per peer and round.
    rounds : int
        Alternations over the peers; the fastest round counts.
    """

    seconds: float
    rounds: int


@dataclass
class Runner:
    """A peer with as many rows and epochs as fit the budget, and its times.

    A run has costs that come once: checks of the data, calls of the library. Runs of one epoch
    measure them, so the time per pattern is that of the epochs beyond the first.
    """

    peer: Peer
    budget: Budget
    setting: Any = field(init=False)
    rows: int = field(init=False)
    epochs: int = field(init=False)
    long: list[float] = field(init=False, default_factory=list)
    short: list[float] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        trial = min(TRIAL, self.peer.case.patterns)
        trials = {}
        for setting in self.peer.settings:
            self.peer.use(setting)
            self.peer.run(trial, 1)  # whatever is compiled or allocated on first use
            trials[setting] = min(timed(self.peer, trial, 1) for _ in range(3)) / trial
        self.setting = min(trials, key=trials.get)
        self.rows = self._rows(trials[self.setting])
        self.peer.use(self.setting)
        self.peer.run(self.rows, 1)
        # A second look, because a trial is short for the fast ones.
        once = min(timed(self.peer, self.rows, 1) for _ in range(2))
        epoch = max((timed(self.peer, self.rows, 5) - once) / 4, once / 100) if once < 0.1 else once
        self.epochs = max(1, math.ceil(self.budget.seconds / epoch))

    def _rows(self, seconds_per_pattern: float) -> int:
        patterns = self.peer.case.patterns
        return min(patterns, max(TRIAL, int(self.budget.seconds / seconds_per_pattern)))

    def round(self) -> None:
        """Note the time of one long run, and of a short one."""
        self.peer.use(self.setting)
        if self.epochs > 1:
            self.short.append(timed(self.peer, self.rows, 1))
        self.long.append(timed(self.peer, self.rows, self.epochs))

    def seconds_per_pattern(self) -> float:
        """Return the time of the fastest rounds."""
        if self.epochs == 1:
            return min(self.long) / self.rows
        return (min(self.long) - min(self.short)) / ((self.epochs - 1) * self.rows)


def timed(peer: Peer, rows: int, epochs: int) -> float:
    """Return the seconds of a run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "hasn't converged yet": it is not meant to
        start = time.perf_counter()
        peer.run(rows, epochs)
        return time.perf_counter() - start


def disagreement(peer: Peer, ours: Peer) -> float:
    """Return the largest difference of two new peers' weights after the same training."""
    for each in (ours, peer):
        timed(each, min(TRIAL, peer.case.patterns), 1)
    pairs = zip(peer.weights(), ours.weights(), strict=True)
    return max(
        float(np.abs(a - b).max())
        for theirs, own in pairs
        for a, b in zip(theirs, own, strict=True)
    )
