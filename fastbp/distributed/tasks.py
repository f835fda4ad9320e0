"""What workers do: rows made ready once, a run of them trained with in each round, sums of weights.

Each is a function of its arguments alone: whoever does it, and how often, the result is the same.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..estimators.data.validation_set import GivenSet
from ..kernels.descent import Formulas
from ..network.network import Network
from ..training.optimizer import Optimizer
from ..training.patterns import Patterns, as_dtype
from ..training.regularization import Regularization
from ..training.trainer import Trainer
from .survey import block_at


class Prepared(NamedTuple):
    """A partition as kernels read it, and the order that its rows come in before they are mixed."""

    patterns: Patterns
    order: np.ndarray


def prepared(model: Any, number: int, X: Any, y: Any, sample_weight: Any, unit: float) -> Prepared:
    """Return the rows of a partition, standardised, with their targets and what they weigh.

    Parameters
    ----------
    model : estimator
        It knows classes, means and scales of all partitions.
    number : int
        That of the partition, for errors.
    X, y, sample_weight : array-like
        The partition; weights may be None.
    unit : float
        The weight that counts as one.
    """
    block = block_at(number, X, y, sample_weight)
    weights, dtype = block.sample_weight, model._network().dtype
    if weights is not None:
        weights = weights / unit
    try:
        _, y, patterns = GivenSet(block.given, block.y, weights).checked(model, dtype)
    except ValueError as refusal:  # which speaks of a validation set
        raise ValueError(f"partition {number}: {refusal.__cause__ or refusal}") from refusal
    order = np.arange(len(y))
    costs = model._costs(y, order)
    if costs is not None:  # rows of a class that costs nothing are not there
        order = order[costs > 0]
    size = 200 if model.batch_size == "auto" else model.batch_size
    order, acting, costs = model._weighed(
        order, patterns.sample_weight, costs, size, incremental=True
    )
    targets = model._smoothed(patterns.targets)
    return Prepared(Patterns(patterns.rows, targets, *as_dtype(dtype, acting, costs)), order)


def n_patterns(part: Prepared) -> int:
    """Return how many patterns an epoch has in a partition."""
    return len(part.order)


class Common(NamedTuple):
    """What all partitions begin a round with."""

    network: Network
    formulas: Formulas
    optimizer: Optimizer
    regularization: Regularization
    batch_size: int
    shuffle: bool
    seed: int


class Trained(NamedTuple):
    """What has come of a round: in one partition, or on average over some."""

    parameters: np.ndarray
    state: np.ndarray
    updates: float
    loss: float


class Turn(NamedTuple):
    """Which patterns of which epoch: run `run` of as many as there are rounds in an epoch."""

    epoch: int
    run: int
    n_runs: int

    def of(self, n: int) -> slice:
        """Return which of n patterns it is the turn of."""
        return slice(self.run * n // self.n_runs, (self.run + 1) * n // self.n_runs)

    def length(self, n: int) -> int:
        """Return how many of n patterns these are."""
        part = self.of(n)
        return part.stop - part.start


def generator(seed: int, *key: int) -> np.random.RandomState:
    """Return what draws for a partition: by its number, epoch and round, not by who trains it."""
    sequence = np.random.SeedSequence(seed, spawn_key=key)
    return np.random.RandomState(np.random.MT19937(sequence))


def trained(part: Prepared, common: Common, number: int, length: int, turn: Turn) -> Trained:
    """Train with a run of a partition's patterns, from the common weights.

    Raises
    ------
    ValueError
        If there are not `length` patterns, as there were when it was first made ready.
    """
    if len(part.order) != length:
        raise ValueError(
            f"partition {number} had {length} patterns, and now has {len(part.order)}: it must be "
            "the same whenever it is read, as it is again where a worker is lost"
        )
    network = common.network.copy()
    optimizer = common.optimizer.copy()  # threads share what was sent
    order = part.order.copy()
    if common.shuffle:
        generator(common.seed, number, turn.epoch).shuffle(order)
    order = order[turn.of(len(order))]
    draws = None
    if any(common.regularization.dropout):
        draws = generator(common.seed, number, turn.epoch, 1 + turn.run)
    trainer = Trainer(
        network,
        common.formulas,
        part.patterns,
        optimizer,
        replace(common.regularization, random_state=draws),
        batch_size=max(1, min(common.batch_size, len(order))),
    )
    before = optimizer.updates
    loss = trainer.epoch(order) if len(order) else 0.0
    return Trained(network.parameters, trainer.state, optimizer.updates - before, loss)


def added(fractions: list[float], parts: list[Trained]) -> Trained:
    """Return Σ_p fraction_p part_p, in float64 and in the order of the partitions."""
    parameters = fractions[0] * parts[0].parameters.astype(np.float64)
    state = fractions[0] * parts[0].state.astype(np.float64)
    updates, loss = fractions[0] * parts[0].updates, fractions[0] * parts[0].loss
    for fraction, part in zip(fractions[1:], parts[1:], strict=True):
        parameters += fraction * part.parameters.astype(np.float64)
        state += fraction * part.state.astype(np.float64)
        updates += fraction * part.updates
        loss += fraction * part.loss
    return Trained(parameters, state, updates, loss)
