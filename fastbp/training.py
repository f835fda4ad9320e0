"""Training: one epoch after the other. Plain Python; kernels do the numbers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from .jit import for_types_of
from .kernels.data import DenseRows, SparseRows, StridedRows, Unweighted, Weighted
from .kernels.delayed import train_delayed
from .kernels.limits import NoLimit
from .kernels.minibatch import batches, train_batches
from .kernels.online import Learning, Model, train_online
from .kernels.penalty import Decay, NoPenalty
from .kernels.predict import predict_few, predict_many
from .kernels.summed import train_summed
from .kernels.workspace import LARGEST, TOGETHER, Workspace
from .network import Network
from .optimizer import Optimizer
from .regularization import Regularization
from .rules import GradientDescent

# A kernel cannot be interrupted. Weights times patterns of one call: some 100 ms, so that Ctrl-C
# and progress reach the user.
WORK_PER_CALL = 200_000_000
PATTERNS_PER_CALL = 1_000_000
MANY = 8 * LARGEST  # rows from which on a second to compile faster prediction is well spent
# Rows: their numbers need memory, the more the more rows. Not fewer: threads that often hand the
# GIL to each other were seen to wait milliseconds for it, the other processor idle.
PREDICTED_PER_CALL = 128 * LARGEST
COPIED_TOGETHER = 2**17  # inputs of rows that must be copied to predict


class Data(NamedTuple):
    """What is learned: rows, their targets, and weights and costs per row, or None.

    Sample weights are relative within a batch; costs, of classes, are not.
    """

    rows: NamedTuple
    targets: NamedTuple
    sample_weight: np.ndarray | None
    costs: np.ndarray | None = None

    def weights(self) -> NamedTuple:
        """Return the record that the kernels read weights and costs from."""
        if self.sample_weight is None and self.costs is None:
            return Unweighted()
        shares = np.ones_like(self.costs) if self.sample_weight is None else self.sample_weight
        errors = shares if self.costs is None else shares * self.costs
        return Weighted(read_only(errors), read_only(shares))


def rows_of(X: Any) -> NamedTuple:
    """Return the record that the kernels read rows from; nothing is copied."""
    if hasattr(X, "indptr"):
        arrays = (read_only(array) for array in (X.data, X.indices, X.indptr))
        return SparseRows(*arrays, n_inputs=X.shape[1])
    X = read_only(X)
    return DenseRows(X, X.shape[1]) if X.flags.c_contiguous else StridedRows(X)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a read-only view: with it the kernels need one compilation for both kinds."""
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def patterns_per_call(network: Network) -> int:
    """Return how many patterns a kernel may take at a time."""
    return max(1, min(PATTERNS_PER_CALL, WORK_PER_CALL // network.parameters.size))


def copies(rows: NamedTuple) -> bool:
    """Tell whether the rows must be copied together for the kernels."""
    return not isinstance(rows, DenseRows)


def outputs(
    network: Network, model: Model, rows: NamedTuple, order: np.ndarray | range
) -> np.ndarray:
    """Return the network's outputs for the rows of the given numbers, (n_rows, n_outputs)."""
    result = np.empty((len(order), network.sizes[-1]), network.dtype)
    few = len(order) < MANY
    # As many threads as scikit-learn's own: limits by OMP_NUM_THREADS and by joblib hold.
    n_threads = max(1, min(_openmp_effective_n_threads(), len(order) // MANY))
    largest = min(patterns_per_call(network), PREDICTED_PER_CALL)
    n_parts = -(-len(order) // (largest * n_threads)) * n_threads  # as many for each
    size = -(-len(order) // n_parts)
    parts = iter(range(0, len(order), size))  # the threads' next ones: taken under the GIL
    if few:
        kernel, memories = predict_few.choose(model), [network.scratch(copies=copies(rows))]
    else:
        kernel, copied = predict_many.choose(model), copies(rows)
        together = min(LARGEST, max(1, COPIED_TOGETHER // network.sizes[0])) if copied else LARGEST
        memories = [network.workspace(together, copies=copied) for _ in range(n_threads)]

    def work(memory: np.ndarray | Workspace) -> None:
        for n in parts:
            part = order[n : n + size]
            if isinstance(part, range):  # np.asarray would go through its numbers one by one
                part = np.arange(part.start, part.stop)
            place = result[n : n + size]
            kernel(network.parameters, network.table, rows, part, model, memory, place)

    if n_threads == 1:
        work(memories[0])
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            for done in [pool.submit(work, memory) for memory in memories]:
                done.result()
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
        self.in_batches = kernel in (train_summed, train_batches)
        model = self.regularization.training_model(model, 0)
        self.kernel = kernel.choose(data.targets, model, optimizer.rule())
        self.call: Callable | None = None  # the kernel for the types of this trainer's arguments

    def epoch(self, order: np.ndarray) -> float:
        """Train with the patterns in this order; return the mean error before each update."""
        order = np.ascontiguousarray(order, np.int64)  # the type that the kernel was compiled for
        network, optimizer, size = self.network, self.optimizer, patterns_per_call(self.network)
        model = self.regularization.training_model(self.model)
        rule = optimizer.rule()
        penalty = self.regularization.penalty(optimizer.learning_rate)
        steps = order
        if self.in_batches:
            steps, size = batches(order, self.batch_size), -(-size // self.batch_size)
        error = 0.0
        for n in range(0, len(steps), size):
            part = steps[n : n + size]
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
            )
            if self.call is None:  # there may be no other call
                self.call = self.kernel
            elif self.call is self.kernel:
                self.call = for_types_of(self.kernel, args)
            error += self.call(*args)
            optimizer.updates += len(part)
        return error / len(order)
