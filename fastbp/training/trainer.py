"""Training: one epoch after the other. Plain Python; kernels do the numbers."""

from collections.abc import Callable, Iterator

import numpy as np

from ..compiling.jit import for_types_of
from ..kernels.batches.accumulated import train_summed
from ..kernels.batches.minibatch import batches, train_batches
from ..kernels.delayed import train_delayed
from ..kernels.descent import Learning, Model
from ..kernels.max_norm import MaxNorm, NoLimit
from ..kernels.online import train_online
from ..kernels.rows import copies
from ..network.memory import LARGEST, TOGETHER, Workspace
from ..network.network import Network
from ..penalties import Decay, NoPenalty
from ..rules import GradientDescent
from .optimizer import Optimizer
from .patterns import Data, check_patterns
from .portions import PER_STEP, parts_of, patterns_per_call
from .regularization import Regularization


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
