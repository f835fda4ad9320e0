"""Training: one pass over the data, and learning-rate schedules; kernels do the numbers."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .kernels.data import DenseRows, SparseRows, StridedRows, Unweighted, Weighted, WeightedAlone
from .kernels.minibatch import batches, train_batches
from .kernels.online import Learning, Model, train_online
from .kernels.penalty import L2, NoPenalty
from .kernels.predict import predict
from .network import Network, aligned, aligned_zeros
from .rules import GradientDescent, Momentum, Nesterov, remembers

# A kernel cannot be interrupted. Weights times patterns of one call: some 100 ms, so that Ctrl-C
# and progress reach the user.
WORK_PER_CALL = 200_000_000
PATTERNS_PER_CALL = 1_000_000


class Data(NamedTuple):
    """What is learned: rows, their targets, and a weight per row or None."""

    rows: NamedTuple
    targets: NamedTuple
    sample_weight: np.ndarray | None


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


def outputs(network: Network, model: Model, rows: NamedTuple, order: np.ndarray) -> np.ndarray:
    """Return the network's outputs for the rows of the given numbers, (n_rows, n_outputs)."""
    result = np.empty((len(order), network.sizes[-1]), network.dtype)
    scratch, size = network.scratch(), patterns_per_call(network)
    for n in range(0, len(order), size):
        part = slice(n, n + size)
        predict(network.parameters, network.table, rows, order[part], model, scratch, result[part])
    return result


@dataclass
class Optimizer:
    """An update rule at work: hyper-parameters, the learning rate now, and what it remembers.

    Parameters
    ----------
    learning_rate_init, schedule, power_t, momentum, nesterov
        As in the estimators.
    """

    learning_rate_init: float
    schedule: str
    power_t: float
    momentum: float
    nesterov: bool
    learning_rate: float = field(init=False)
    state: np.ndarray | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self.learning_rate = float(self.learning_rate_init)

    def rule(self) -> NamedTuple:
        """Return the record of the update rule at the present learning rate."""
        if self.momentum == 0:
            return GradientDescent(self.learning_rate)
        kind = Nesterov if self.nesterov else Momentum
        return kind(self.learning_rate, float(self.momentum))

    def memory(self, network: Network) -> np.ndarray:
        """Return what the rule remembers of the network's parameters, zeros at first."""
        size = remembers(self.rule()) * network.parameters.size
        # Anew also where other `coefs_` have been assigned.
        if self.state is None or (self.state.size, self.state.dtype) != (size, network.dtype):
            self.state = aligned_zeros(size, network.dtype)
        self.state = aligned(self.state)  # it is not after unpickling
        return self.state

    def end_epoch(self, n_patterns_seen: int) -> None:
        """Set the learning rate of the next epoch."""
        if self.schedule == "invscaling":
            self.learning_rate = (
                float(self.learning_rate_init) / (n_patterns_seen + 1) ** self.power_t
            )

    def stops(self, message: str, verbose: bool | int) -> bool:
        """Tell whether no more improvement ends training; "adaptive" slows down first."""
        if self.schedule != "adaptive":
            stops, what = True, "Stopping."
        elif self.learning_rate <= 1e-6:
            stops, what = True, "Learning rate too small. Stopping."
        else:
            self.learning_rate /= 5.0
            stops, what = False, f"Setting learning rate to {self.learning_rate:f}"
        if verbose:
            print(f"{message} {what}")
        return stops


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
    alpha : float
        The L2 penalty.
    batch_size : int
        Patterns per update.
    """

    def __init__(
        self,
        network: Network,
        model: Model,
        data: Data,
        optimizer: Optimizer,
        *,
        alpha: float,
        batch_size: int,
    ) -> None:
        self.network, self.model, self.data, self.optimizer = network, model, data, optimizer
        self.penalty = L2(float(alpha)) if alpha else NoPenalty()
        self.batch_size = batch_size
        self.scratch = network.scratch(batches=batch_size > 1)
        self.state = optimizer.memory(network)
        weights = data.sample_weight
        if weights is None:
            self.weights = Unweighted()
        else:
            self.weights = (Weighted if batch_size > 1 else WeightedAlone)(read_only(weights))
        kernel = train_batches if batch_size > 1 else train_online
        self.kernel = kernel.choose(*data, model, optimizer.rule())

    def epoch(self, order: np.ndarray) -> float:
        """Train with the patterns in this order; return the mean error before each update."""
        network, size = self.network, patterns_per_call(self.network)
        steps = order
        if self.batch_size > 1:
            steps, size = batches(order, self.batch_size), -(-size // self.batch_size)
        learning = Learning(self.optimizer.rule(), self.penalty, self.weights)
        error = 0.0
        for n in range(0, len(steps), size):
            error += self.kernel(
                network.parameters,
                self.state,
                network.table,
                self.data.rows,
                self.data.targets,
                steps[n : n + size],
                self.model,
                learning,
                self.scratch,
            )
        return error / len(order)
