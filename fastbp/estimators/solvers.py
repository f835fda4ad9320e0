"""From an estimator's parameters to what trains: the rule, its rate, penalties, the trainer."""

from typing import Any

import numpy as np

from ..schedules import Schedule
from ..training.automatic import ADAPTIVE, RATE, AutomaticDecay, learning_rate_for
from ..training.lbfgs import Objective
from ..training.optimizer import Optimizer
from ..training.progress import Task
from ..training.regularization import Regularization
from ..training.trainer import Trainer
from ..warned import warn
from ._sklearn import n_threads
from .bound_network import BoundNetwork
from .generators import generator_of
from .parameters.combinations import dropout_rates
from .parameters.formulas import penalty_for, rule_for
from .parameters.table import SKLEARN_SCHEDULES


def is_stochastic(estimator: Any) -> bool:
    """Tell whether the solver can train with a part of the data."""
    if estimator.solver == "lbfgs":
        raise AttributeError("partial_fit is only available for the other solvers than 'lbfgs'")
    return True


class Solvers(BoundNetwork):
    """What the estimators know of solvers."""

    _mask_state: np.random.RandomState

    def _method(self, task: Task, batch_size: int) -> Objective | Trainer:
        """Return what trains: SciPy's objective, or our trainer."""
        network = self._network()
        rates = dropout_rates(self.dropout, len(network.sizes) - 2)
        alpha, automatic, decoupled = penalty_for(self.alpha), None, self.solver == "adamw"
        if isinstance(alpha, str) and task.incremental:
            alpha = 0.0
        elif isinstance(alpha, str):
            n_patterns, size = len(task.order), float(batch_size)
            if self.solver == "lbfgs":
                size = n_patterns
            elif self.solver == "adamw":  # shrinks weights by η α in each step, at a lower η
                size = RATE / ADAPTIVE
            constant = task.constant or 0.0
            automatic = AutomaticDecay(n_patterns, network.sizes[0], size, constant, task.n_epochs)
            # There is nothing to listen to between the first and the last iteration of L-BFGS.
            alpha = automatic.strength(0.5) if self.solver == "lbfgs" else automatic.alpha
            # Of plain descent the penalty's pull is a decay, which costs less without its value.
            plain = self.solver == "sgd" and not (self.momentum or self.l1_ratio)
            decoupled = decoupled or (plain and batch_size == 1)
        regularization = Regularization(
            alpha,
            self.l1_ratio,
            decoupled,
            self.max_norm,
            self.clip_norm,
            rates,
            self._mask_generator() if any(rates) else None,
            automatic,
        )
        if self.solver == "lbfgs":
            return Objective(
                network, self._formulas, task.patterns, regularization, task.order, n_threads()
            )
        optimizer = self._new_optimizer(task.n_epochs, batch_size, stream=task.incremental)
        if task.incremental and hasattr(self, "_optimizer"):
            self._optimizer.follow(optimizer)
        else:
            self._optimizer = optimizer
        return Trainer(
            network,
            self._formulas,
            task.patterns,
            self._optimizer,
            regularization,
            batch_size=batch_size,
            n_threads=n_threads(),
        )

    def _mask_generator(self) -> np.random.RandomState:
        """Return what draws the masks of dropout, which goes on from call to call."""
        if self.standardize:
            return self._random_state
        if not hasattr(self, "_mask_state"):
            self._mask_state = generator_of(self._random_state.randint(2**31 - 1))
        return self._mask_state

    def _new_optimizer(
        self, n_epochs: int = 1, batch_size: int = 1, *, stream: bool = False
    ) -> Optimizer:
        name = self.learning_rate
        # scikit-learn's "adam" has the schedules' parameters, and ignores them.
        if self.solver == "adam" and name in SKLEARN_SCHEDULES:
            name = "constant"
        # A stream has no end that the rate could fall towards, and rprop finds its own steps.
        if self.solver == "rprop" or (stream and name not in SKLEARN_SCHEDULES):
            name = "constant"
        rate = self.learning_rate_init
        if rate == "auto":
            n_inputs = self._network().sizes[0]
            rate = learning_rate_for(self.solver, n_inputs, float(self.momentum), batch_size)
        schedule = Schedule(name, float(self.power_t), n_epochs, int(self.warmup_epochs))
        rule, masked = rule_for(self.solver, float(rate), self), self.connections is not None
        return Optimizer(rule, schedule, int(self.average), masked)

    def _batch_size(self, n_samples: int, *, incremental: bool) -> int:
        if self.solver == "rprop":
            return n_samples
        if self.batch_size == "auto":
            return min(200, n_samples)
        if self.batch_size > n_samples and not (incremental and self.standardize):
            warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
            )
        return int(min(self.batch_size, n_samples))
