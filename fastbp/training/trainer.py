"""Training: one epoch after the other. Plain Python; kernels do the numbers."""

from collections.abc import Callable, Iterator

import numpy as np

from ..compiling.jit import for_types_of
from ..kernels.batches.gradient import Portion
from ..kernels.batches.minibatch import batches
from ..kernels.crew import SO_FAR
from ..kernels.descent import Formulas, Learning
from ..kernels.lazy.mostly_zero import are_mostly_zero, entries_of
from ..kernels.lazy.untouched import has_closed_form, untouched_of
from ..kernels.max_norm import MaxNorm
from ..kernels.rows.catalogue import Rows, at_most, held, is_staged, n_rows_of, shuffle, windows
from ..kernels.rows.sparse import SparseRows
from ..network.memory import TOGETHER, BatchMemory, SharedMemory
from ..network.network import Network
from .calls.kernel_table import Situation, row_for
from .calls.portions import PER_STEP, WORK_PER_CALL, patterns_per_call, portions_of
from .calls.threads import Team, Training, pieces_for
from .optimizer import Optimizer
from .patterns import Patterns, check_patterns
from .regularization import Regularization


class Trainer:
    """One pass after the other over the same data.

    Parameters
    ----------
    network : Network
        Trained in place.
    formulas : Formulas
        The formulas.
    patterns : Patterns
        Rows, targets, weights.
    optimizer : Optimizer
        The update rule.
    regularization : Regularization
        What keeps weights small and units apart.
    batch_size : int
        Patterns per update.
    n_threads : int, default=1
        How many may share a batch; how many do is found out, see `.calls.threads`.
    """

    def __init__(
        self,
        network: Network,
        formulas: Formulas,
        patterns: Patterns,
        optimizer: Optimizer,
        regularization: Regularization,
        *,
        batch_size: int,
        n_threads: int = 1,
    ) -> None:
        check_patterns(network, patterns)
        self.network, self.formulas, self.patterns = network, formulas, patterns
        self.optimizer, self.regularization = optimizer, regularization
        self.batch_size, self.constraint = batch_size, regularization.constraint()
        self.clip = float(regularization.clip_norm or 0)
        self.state, self.weighting = optimizer.state_for(network), patterns.weighting()
        rule, penalty = optimizer.rule(), regularization.penalty(optimizer.learning_rate)
        if (
            batch_size == 1
            and not self.clip
            and are_mostly_zero(patterns.rows)
            and has_closed_form(rule, penalty, self.constraint)
        ):
            self.patterns = patterns = patterns._replace(rows=entries_of(patterns.rows))
        situation = Situation(
            rule,
            penalty,
            self.constraint,
            batch_size,
            self.clip,
            alone=n_rows_of(patterns.rows) == 1,
            sparse=isinstance(patterns.rows, SparseRows),
            shortcuts=network.shortcuts,
        )
        self.row = row_for(situation)
        pieces = pieces_for(network, batch_size, patterns.rows)
        self.working = self.row.working(network, batch_size, is_staged(patterns.rows), pieces)
        self.team: Team | None = None
        if isinstance(self.working, SharedMemory | BatchMemory):
            self.team = Team(self.working, n_threads)
        self.untouched = untouched_of(
            network, patterns.rows, in_batches=self.row.in_batches, whole=self.row.in_portions
        )
        self.sums = np.zeros(4)
        kept = self.state.size // max(1, network.parameters.size)
        passes = (
            1 if self.row.in_batches else 1 + 2 * kept + 3 * isinstance(self.constraint, MaxNorm)
        )
        untouched = self.untouched is not None and self.untouched.is_cheap(rule, penalty)
        self.per_call = patterns_per_call(network, patterns.rows if untouched else None, passes)
        formulas = regularization.training_formulas(formulas, 0)
        self.kernel = self.row.kernel.choose(patterns.targets, formulas, rule, penalty)
        self.call: Callable | None = None  # the kernel for the types of this trainer's arguments

    def shuffle(self, order: np.ndarray, random_state: np.random.RandomState) -> None:
        """Shuffle an order of patterns in place."""
        shuffle(self.patterns.rows, order, random_state, self.batch_size)

    def _calls(self, rows: Rows, order: np.ndarray) -> Iterator[tuple]:
        """Yield rows, the part of the order of each call of the kernel, and what else it wants."""
        together = at_most(rows, self.per_call)
        if self.row.in_portions and self.batch_size > together:
            for n in range(0, len(order), self.batch_size):
                batch = order[n : n + self.batch_size]
                for part, portion in portions_of(batch, together, self.sums):
                    yield held(rows, part), part[None], (portion,)
            return
        for near, patterns in windows(rows, order, self.batch_size):
            if not self.row.in_batches:
                n = 0
                while n < len(patterns):
                    size = self._size()
                    yield near, patterns[n : n + size], ()
                    n += size
                continue
            whole = (Portion(True, self.sums),) if self.row.in_portions else ()
            steps, n = batches(patterns, self.batch_size), 0
            while n < len(steps):
                size = max(1, self._size() // (self.batch_size + PER_STEP))
                yield near, steps[n : n + size], whole
                n += size

    def _size(self) -> int:
        """Return how many patterns the next call may get: of shared sweeps, in whole ones.

        So bits depend neither on what a call may take nor on what threads are timed with.
        """
        if self.team is None:
            return self.per_call
        size = self.team.patterns(self.per_call, self.network.parameters.size)
        return size if self.row.in_batches else max(TOGETHER, size // TOGETHER * TOGETHER)

    def epoch(self, order: np.ndarray) -> float:
        """Train with the patterns in this order; return the mean error before each update."""
        with Training():
            return self._epoch(np.ascontiguousarray(order, np.int64))  # what kernels want

    def _epoch(self, order: np.ndarray) -> float:
        network, optimizer = self.network, self.optimizer
        formulas = self.regularization.training_formulas(self.formulas)
        rule = optimizer.rule()
        penalty = self.regularization.penalty(optimizer.learning_rate)
        error, rows = 0.0, self.patterns.rows
        if self.untouched is not None:
            rows = self.untouched.begin(
                order, rule, penalty, self.weighting, optimizer.updates, self.batch_size
            )
        if self.team is not None:
            self.team.memory.crew.sums[SO_FAR] = 0
        for near, part, more in self._calls(rows, order):
            learning = Learning(
                rule, penalty, self.weighting, self.constraint, optimizer.updates, self.clip
            )
            args = (
                network.parameters,
                self.state,
                network.layout,
                near,
                self.patterns.targets,
                part,
                formulas,
                learning,
                self.working,
                *more,
            )
            if self.call is None:  # there may be no other call
                self.call = self.kernel
            elif self.call is self.kernel:
                self.call = for_types_of(self.kernel, args)
            if self.team is None:
                error += self.call(*args)
            else:
                error = self.team.run(self.call, args, part.size)  # the sum so far
            if not more or more[0].closes:
                optimizer.updates += len(part)
        if self.untouched is not None:
            error += self.untouched.end(rows, self.state, self.working, WORK_PER_CALL)
        network.show()
        return float(error) / len(order)
