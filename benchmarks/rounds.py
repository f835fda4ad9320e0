"""Times of several peers on one case, in alternating rounds."""

import math
import time
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from peers import Peer

# Patterns of the check of the weights.
TRIAL = 100
# A peer so many times slower than fastbp is timed in one round only.
SLOW = 50


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
    measure them, so the time per pattern is that of the epochs beyond the first; these take as
    long as the budget says, but are three at least (slow peers: one).

    Parameters
    ----------
    peer : Peer
        Who trains.
    budget : Budget
        How long.
    reference : float, default=None
        fastbp's seconds per pattern; a peer that is `SLOW` beside it takes part in one round.
    """

    peer: Peer
    budget: Budget
    reference: float | None = None
    setting: Any = field(init=False)
    rows: int = field(init=False)
    epochs: int = field(init=False)
    slow: bool = field(init=False)
    long: list[float] = field(init=False, default_factory=list)
    short: list[float] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        trial = self._whole_batches(self.peer.trial)
        trials = {}
        for setting in self.peer.settings:
            self.peer.use(setting)
            self.peer.run(trial, 1)  # whatever is compiled or allocated on first use
            trials[setting] = self._epoch(trial) / trial
        self.setting = min(trials, key=trials.get)
        self.peer.use(self.setting)
        self.rows = self._whole_batches(int(self.budget.seconds / trials[self.setting]), trial)
        self.peer.run(self.rows, 1)
        epoch = self._epoch(self.rows)
        self.slow = self.reference is not None and epoch / self.rows > SLOW * self.reference
        self.epochs = 1 + max(1 if self.slow else 3, math.ceil(self.budget.seconds / epoch))

    def _whole_batches(self, rows: int, least: int = 1) -> int:
        """Return a number of rows that makes whole batches, where there are so many."""
        batch, patterns = self.peer.case.batch_size, self.peer.case.patterns
        return min(patterns, max(rows // batch, -(-least // batch)) * batch)

    def _epoch(self, rows: int) -> float:
        """Return roughly the seconds of an epoch, without what a run costs once."""
        once, epochs = timed(self.peer, rows, 1), 1
        if once > 20 * self.budget.seconds:
            return once
        once, several = min(once, timed(self.peer, rows, 1)), 0.0
        while several < 2 * once and several < once + self.budget.seconds:
            epochs *= 4
            several = min(timed(self.peer, rows, epochs) for _ in range(2))
        return (several - once) / (epochs - 1)

    def round(self) -> None:
        """Note the time of one long run, and of a short one."""
        if self.slow and self.long:
            return
        self.peer.use(self.setting)
        self.short.append(timed(self.peer, self.rows, 1))
        self.long.append(timed(self.peer, self.rows, self.epochs))

    def seconds_per_pattern(self) -> float:
        """Return the time of the fastest rounds."""
        long, short = min(self.long), min(self.short)
        if long > short:
            return (long - short) / ((self.epochs - 1) * self.rows)
        return long / (self.epochs * self.rows)  # somebody disturbed the short runs


def timed(peer: Peer, rows: int, epochs: int) -> float:
    """Return the seconds of a run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "hasn't converged yet": it is not meant to
        start = time.perf_counter()
        peer.run(rows, epochs)
        return time.perf_counter() - start


def disagreement(peer: Peer, ours: Peer) -> float:
    """Return the largest difference of two new peers' weights after the same training."""
    rows = min(max(TRIAL, 3 * peer.case.batch_size), peer.case.patterns)
    for each in (ours, peer):
        timed(each, rows, 1)
    pairs = zip(peer.weights(), ours.weights(), strict=True)
    return max(
        float(np.abs(a - b).max())
        for theirs, own in pairs
        for a, b in zip(theirs, own, strict=True)
    )
