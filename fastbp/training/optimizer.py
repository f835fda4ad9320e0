"""An update rule at work: its learning rate now, its memory, and the average of the weights."""

import copy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..network.growth import Growth
from ..network.layout import aligned, aligned_copy, aligned_zeros
from ..network.network import Network
from ..rules import (
    Averaged,
    Masked,
    init,
)
from ..schedules import Schedule

ADAPTIVE_MINIMUM = 1e-6  # below this "adaptive" stops


@dataclass
class Optimizer:
    """An update rule at work.

    Parameters
    ----------
    initial : record of `fastbp.rules`
        The rule at the learning rate η that the schedule starts from.
    schedule : Schedule
        The learning rate's way.
    average_from : int, default=0
        The update from which on weights are averaged; 0 for none.
    masked : bool, default=False
        Whether there are parameters that stay zero, see `Network.free`.
    """

    initial: Any
    schedule: Schedule
    average_from: int = 0
    masked: bool = False
    learning_rate: float = field(init=False)
    counts: np.ndarray = field(init=False, repr=False)  # of updates and of epochs
    state: np.ndarray | None = field(init=False, default=None, repr=False)
    trained: np.ndarray | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self.base, self.counts = self.initial.eta, np.zeros(2, np.int64)
        self.learning_rate = self.base * self.schedule.factor(0)

    @property
    def updates(self) -> int:
        """How many updates have been made."""
        return int(self.counts[0])

    @updates.setter
    def updates(self, number: int) -> None:
        self.counts[0] = number

    @property
    def epochs(self) -> int:
        """How many epochs the schedule has gone through."""
        return int(self.counts[1])

    @epochs.setter
    def epochs(self, number: int) -> None:
        self.counts[1] = number

    def copy(self) -> "Optimizer":
        """Return one that goes on alike, with a memory of its own."""
        other = copy.copy(self)
        other.counts = self.counts.copy()
        if self.state is not None:
            other.state = aligned_copy(self.state)
        return other

    def follow(self, asked: "Optimizer") -> None:
        """Take over other hyper-parameters; the state stays where it is still that of the rule.

        The learning rate stays where training has led it, unless another one or another schedule
        is asked for.
        """
        same_rule = type(asked.initial) is type(self.initial) and asked.masked == self.masked
        same_rate = asked.initial.eta == self.initial.eta
        if not same_rule:
            self.state, self.trained, self.updates = None, None, 0
        if not same_rate or asked.schedule.name != self.schedule.name:
            self.base, self.epochs = asked.initial.eta, 0
            self.learning_rate = asked.learning_rate
        elif asked.schedule.warmup != self.schedule.warmup:
            self.learning_rate = self.base * asked.schedule.factor(self.epochs)
        self.initial, self.schedule = asked.initial, asked.schedule
        self.average_from, self.masked = asked.average_from, asked.masked

    def rule(self) -> NamedTuple:
        """Return the record of the update rule at the present learning rate."""
        rule = self.initial._replace(eta=self.learning_rate)
        rule = Masked(rule) if self.masked else rule
        return Averaged(rule, self.average_from) if self.average_from else rule

    def state_for(self, network: Network) -> np.ndarray:
        """Return the rule's state of the network's parameters, all first numbers first."""
        first = init(self.rule(), network.parameters)
        size = len(first) * network.parameters.size
        # Anew also where other `coefs_` have been assigned.
        if self.state is None or (self.state.size, self.state.dtype) != (size, network.dtype):
            self.state, self.updates, self.trained = aligned_zeros(size, network.dtype), 0, None
            for row, values in zip(
                self.state.reshape(len(first), network.parameters.size), first, strict=True
            ):
                row[:] = values
            if self.masked and network.free is not None:
                self.mask(network)[:] = network.free
        self.state = aligned(self.state)  # it is not after unpickling
        return self.state

    def mask(self, network: Network) -> np.ndarray:
        """Return the part of the state that says which parameters are free."""
        assert self.masked and self.state is not None
        return self.state.reshape(-1, network.parameters.size)[1 if self.average_from else 0]

    def grow(self, growth: Growth) -> None:
        """Let the state grow along with a network, the new weights of which have been drawn.

        What is new begins as `init` says, and so does the state of outputs whose net inputs are
        others now; the average of new weights begins with them.
        """
        before, after = growth.before.parameters.size, growth.after
        n_kept, n_inputs = len(init(self.rule(), after.biases[0])), growth.before.sizes[0]
        if self.state is None or self.state.size != n_kept * before:
            return  # of another network: `state_for` begins anew
        kept = self.state.reshape(n_kept, before)
        if growth.in_place:
            if self.trained is not None:
                self.trained = self.trained.copy()
            for layer, block in enumerate(after.input_blocks(after.parameters)):
                new = block[n_inputs:]
                for row, values in zip(kept, init(self.rule(), new), strict=True):
                    after.input_blocks(row)[layer][n_inputs:] = values
                if self.trained is not None:
                    after.input_blocks(self.trained)[layer][n_inputs:] = new
            return
        first = init(self.rule(), after.parameters)
        self.state = aligned_zeros(len(first) * after.parameters.size, after.dtype)
        rows = self.state.reshape(len(first), after.parameters.size)
        for row, values, old in zip(rows, first, kept, strict=True):
            row[:] = values
            growth.carry(old, row, net_inputs=False)
        if self.trained is not None:
            trained = after.parameters.copy()
            growth.carry(self.trained, trained)
            self.trained = trained

    def end_epoch(self, n_patterns_seen: int) -> None:
        """Set the learning rate of the next epoch."""
        self.epochs += 1
        if self.schedule.name == "invscaling":
            self.base = float(self.initial.eta) / (n_patterns_seen + 1) ** self.schedule.power_t
        self.learning_rate = self.base * self.schedule.factor(self.epochs)

    def stops(self, message: str, verbose: bool | int) -> bool:
        """Tell whether no more improvement ends training; "adaptive" slows down first."""
        if self.schedule.name != "adaptive":
            stops, what = True, "Stopping."
        elif self.learning_rate <= ADAPTIVE_MINIMUM:
            stops, what = True, "Learning rate too small. Stopping."
        else:
            self.base /= 5.0
            self.learning_rate /= 5.0
            stops, what = False, f"Setting learning rate to {self.learning_rate:f}"
        if verbose:
            print(f"{message} {what}")
        return stops

    # --- The average ------------------------------------------------------------------------------

    def show_average(self, network: Network) -> None:
        """Give the network the averaged weights, and keep those that training goes on with."""
        if self.average_from and self.updates and self.trained is None and self.state is not None:
            self.trained = network.parameters.copy()
            network.become(self.state[: network.parameters.size])

    def hide_average(self, network: Network) -> None:
        """Give the network back what `show_average` kept, unless somebody has changed it."""
        if self.trained is not None and self.state is not None:
            if np.array_equal(network.parameters, self.state[: network.parameters.size]):
                network.become(self.trained)
            self.trained = None
