"""Training: one epoch after the other. Plain Python; kernels do the numbers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from ..compiling.jit import for_types_of
from ..kernels.batches.accumulated import train_summed
from ..kernels.batches.minibatch import batches, train_batches
from ..kernels.delayed import train_delayed
from ..kernels.max_norm import MaxNorm, NoLimit
from ..kernels.online import Learning, Model, train_online
from ..kernels.predict import predict_few, predict_many
from ..network.memory import LARGEST, TOGETHER, Workspace
from ..network.network import Network
from ..penalties import Decay, NoPenalty
from ..rules import GradientDescent
from .optimizer import Optimizer
from .patterns import Data, check_patterns, check_rows, copies
from .regularization import Regularization

# A kernel cannot be interrupted. Weights times patterns of one call: some 100 ms at most, so that
# Ctrl-C and progress reach the user.
WORK_PER_CALL = 200_000_000
PER_UNIT = 30  # weights: what an activation costs
PER_STEP = 5  # patterns: what an update after a batch costs
PATTERNS_PER_CALL = 250_000
MANY = 8 * LARGEST  # rows from which on a second to compile faster prediction is well spent
# Rows: their numbers need memory, the more the more rows. Not fewer: threads that often hand the
# GIL to each other were seen to wait milliseconds for it, the other processor idle.
PREDICTED_PER_CALL = 128 * LARGEST
COPIED_TOGETHER = 2**17  # inputs of rows that must be copied to predict


def patterns_per_call(network: Network, passes: int = 1) -> int:
    """Return how many patterns a kernel that goes over the parameters so often may take at once."""
    work = passes * network.parameters.size + PER_UNIT * network.n_units
    return max(1, min(PATTERNS_PER_CALL, WORK_PER_CALL // work))


def parts_of(batch: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, bool, bool]]:
    """Yield the parts of a batch of some `size` patterns, and whether each is the first and last.

    In multiples of what goes through the network together: sums are then the same for any size.
    """
    size = max(1, size // LARGEST) * LARGEST
    for n in range(0, len(batch), size):
        yield batch[None, n : n + size], n == 0, n + size >= len(batch)


def numbers_of(order: np.ndarray | range) -> np.ndarray:
    """Return the row numbers as an array; `np.asarray` would go through a range one by one."""
    return np.arange(order.start, order.stop) if isinstance(order, range) else order


def outputs(
    network: Network, model: Model, rows: NamedTuple, order: np.ndarray | range
) -> np.ndarray:
    """Return the network's outputs for the rows of the given numbers, (n_rows, n_outputs)."""
    check_rows(network, rows)
    result = np.empty((len(order), network.sizes[-1]), network.dtype)
    largest = min(patterns_per_call(network), PREDICTED_PER_CALL)
    if len(order) < MANY:
        kernel, memory = predict_few.choose(model), network.scratch(copies=copies(rows))
        for n in range(0, len(order), largest):
            part, place = numbers_of(order[n : n + largest]), result[n : n + largest]
            kernel(network.parameters, network.table, rows, part, model, memory, place)
        return result
    # As many threads as scikit-learn's own: limits by OMP_NUM_THREADS and by joblib hold.
    n_threads = max(1, min(_openmp_effective_n_threads(), len(order) // MANY))
    n_parts = -(-len(order) // (largest * n_threads)) * n_threads  # as many for each
    size = -(-len(order) // n_parts)
    parts = iter(range(0, len(order), size))  # the threads' next ones: taken under the GIL
    kernel, copied = predict_many.choose(model), copies(rows)
    together = min(LARGEST, max(1, COPIED_TOGETHER // network.sizes[0])) if copied else LARGEST
    memories = [network.workspace(together, copies=copied) for _ in range(n_threads)]

    def work(memory: Workspace) -> None:
        for n in parts:
            part, place = numbers_of(order[n : n + size]), result[n : n + size]
            kernel(network.parameters, network.table, rows, part, model, memory, place)

    if n_threads == 1:
        work(memories[0])
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            try:
                for done in [pool.submit(work, memory) for memory in memories]:
                    done.result()
            finally:  # after an interrupt the threads find nothing more to do
                for _ in parts:
                    pass
    return result


class Trainer:
    """One pass after the other over the same data.

    Parameters
    ----------
    network : Network
        Trained in place.
    model : Model
        The formulas.
    data : Data
        The patterns.
    optimizer : Optimizer
        The update rule.
    regularization : Regularization
        What keeps weights small and units apart.
    batch_size : int
        Patterns per update.
    """

    def __init__(
        self,
        network: Network,
        model: Model,
        data: Data,
        optimizer: Optimizer,
        regularization: Regularization,
        *,
        batch_size: int,
    ) -> None:
        check_patterns(network, data)
        self.network, self.model, self.data, self.optimizer = network, model, data, optimizer
        self.regularization, self.batch_size = regularization, batch_size
        self.limit, self.clip = regularization.limit(), float(regularization.clip_norm or 0)
        self.state, self.weights = optimizer.memory(network), data.weights()
        self.scratch: np.ndarray | Workspace
        copied = copies(data.rows)
        if batch_size == 1 and not self.clip:
            rule, penalty = optimizer.rule(), regularization.penalty(optimizer.learning_rate)
            plain = isinstance(rule, GradientDescent) and isinstance(self.limit, NoLimit)
            if plain and isinstance(penalty, (NoPenalty, Decay)):
                kernel, self.scratch = train_delayed, network.scratch(TOGETHER, copies=copied)
            else:
                kernel, self.scratch = train_online, network.scratch(copies=copied)
        else:
            whole = batch_size > LARGEST or bool(self.clip)
            kernel = train_summed if whole else train_batches
            self.scratch = network.workspace(batch_size, copies=copied, gradient=whole)
        self.in_batches, self.whole = (
            kernel in (train_summed, train_batches),
            kernel is train_summed,
        )
        self.sums = np.zeros(3)
        slots = self.state.size // max(1, network.parameters.size)
        passes = 1 if self.in_batches else 1 + 2 * slots + 3 * isinstance(self.limit, MaxNorm)
        self.per_call = patterns_per_call(network, passes)
        model = self.regularization.training_model(model, 0)
        self.kernel = kernel.choose(data.targets, model, optimizer.rule())
        self.call: Callable | None = None  # the kernel for the types of this trainer's arguments

    def _calls(self, order: np.ndarray) -> Iterator[tuple]:
        """Yield what each call of the kernel gets of the order, and what else it wants to know."""
        if not self.in_batches:
            for n in range(0, len(order), self.per_call):
                yield order[n : n + self.per_call], ()
        elif self.whole and self.batch_size > self.per_call:
            for n in range(0, len(order), self.batch_size):
                batch = order[n : n + self.batch_size]
                for part, opens, closes in parts_of(batch, self.per_call):
                    yield part, (opens, closes, self.sums)
        else:
            steps = batches(order, self.batch_size)
            size = max(1, self.per_call // (self.batch_size + PER_STEP))
            for n in range(0, len(steps), size):
                yield steps[n : n + size], (True, True, self.sums) if self.whole else ()

    def epoch(self, order: np.ndarray) -> float:
        """Train with the patterns in this order; return the mean error before each update."""
        order = np.ascontiguousarray(order, np.int64)  # the type that the kernel was compiled for
        network, optimizer = self.network, self.optimizer
        model = self.regularization.training_model(self.model)
        rule = optimizer.rule()
        penalty = self.regularization.penalty(optimizer.learning_rate)
        error = 0.0
        for part, more in self._calls(order):
            learning = Learning(
                rule, penalty, self.weights, self.limit, optimizer.updates, self.clip
            )
            args = (
                network.parameters,
                self.state,
                network.table,
                self.data.rows,
                self.data.targets,
                part,
                model,
                learning,
                self.scratch,
                *more,
            )
            if self.call is None:  # there may be no other call
                self.call = self.kernel
            elif self.call is self.kernel:
                self.call = for_types_of(self.kernel, args)
            error += self.call(*args)
            if not more or more[1]:
                optimizer.updates += len(part)
        return error / len(order)
