"""A trainer whose epoch is rounds on the workers, after each of which weights are averaged."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dask
import numpy as np
from dask.delayed import Delayed

from ..training.trainer import Trainer
from .cluster import Cluster, sent
from .tasks import Common, Trained, Turn, added, trained

TOGETHER = 8
"""Partitions whose weights one task adds up, and sums that the next one does: a tree, so that
nobody receives the weights of all. It depends on the number of partitions alone."""


class Order(Sequence):
    """The order of all patterns, of which those of a sample can be looked at."""

    def __init__(self, n_patterns: int, sample: np.ndarray) -> None:
        self.n_patterns, self.sample = n_patterns, sample

    def __len__(self) -> int:
        """Return the number of all patterns."""
        return self.n_patterns

    def __getitem__(self, which: Any) -> Any:
        """Return numbers of rows of the sample."""
        return self.sample[which]


class AveragingTrainer(Trainer):
    """Trains each partition from common weights, which are then the mean of theirs.

    Parameters
    ----------
    of_sample : Trainer
        One for a sample of the patterns: its network and the state of its rule are what is trained.
    cluster : Cluster
        Where the partitions are.
    parts : list of Delayed
        The partitions, ready to be trained with.
    lengths : list of int
        How many patterns an epoch has in each.
    shuffle : bool
        Whether patterns are mixed, in each partition and epoch anew.
    seed : int
        Of all that is drawn.
    n_runs : int
        Rounds in an epoch.
    """

    def __init__(
        self,
        of_sample: Trainer,
        cluster: Cluster,
        parts: list[Delayed],
        lengths: list[int],
        *,
        shuffle: bool,
        seed: int,
        n_runs: int,
    ) -> None:
        super().__init__(
            of_sample.network,
            of_sample.formulas,
            of_sample.patterns,
            of_sample.optimizer,
            of_sample.regularization,
            batch_size=of_sample.batch_size,
        )
        self.cluster, self.parts, self.lengths = cluster, parts, lengths
        self.mixes, self.seed, self.n_runs, self.n_epochs = shuffle, seed, n_runs, 0

    def shuffle(self, order: Any, random_state: np.random.RandomState) -> None:
        """Do nothing: partitions are shuffled where they are."""

    def epoch(self, order: Any) -> float:
        """Train with all patterns; return the mean error before each update."""
        loss = 0.0
        for run in range(self.n_runs):
            turn = Turn(self.n_epochs, run, self.n_runs)
            lengths = [turn.length(length) for length in self.lengths]
            if not any(lengths):  # more rounds than patterns
                continue
            mean = self._round(turn, [length / sum(lengths) for length in lengths])
            self.network.become(mean.parameters)
            self.state[:] = mean.state
            self.optimizer.updates += round(mean.updates)
            loss += sum(lengths) / len(order) * mean.loss
        self.n_epochs += 1
        return loss

    def _round(self, turn: Turn, fractions: list[float]) -> Trained:
        """Return the mean of what the partitions come to from here, by the rows they train with."""
        regularization = replace(self.regularization, random_state=None, automatic=None)
        common = sent(
            Common(
                self.network.copy(),
                self.formulas,
                self.optimizer,
                regularization,
                self.batch_size,
                self.mixes,
                self.seed,
            )
        )
        train = dask.delayed(trained, pure=False)
        parts = [
            train(part, common, number, length, turn)
            for number, (part, length) in enumerate(zip(self.parts, self.lengths, strict=True))
        ]
        doing = f"epoch {turn.epoch + 1} was trained"
        return self.cluster.results([mean_of(parts, fractions)], doing)[0]


def mean_of(parts: list[Delayed], fractions: list[float]) -> Delayed:
    """Return Σ_p fraction_p part_p as a tree of tasks."""
    add = dask.delayed(added, pure=False)
    while True:
        runs = range(0, len(parts), TOGETHER)
        parts = [add(fractions[n : n + TOGETHER], parts[n : n + TOGETHER]) for n in runs]
        fractions = [1.0] * len(parts)
        if len(parts) == 1:
            return parts[0]
