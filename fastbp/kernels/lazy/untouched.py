"""Sparse rows as training reads them: with the history of the weights that they leave untouched."""

from typing import Any, NamedTuple

import numpy as np

from ...compiling.dispatch import implemented, said_with
from ...network.memory import LARGEST, BatchMemory, PatternMemory
from ...network.network import Network
from ...penalties import Elastic, is_quadratic, penalised, penalty_terms, penalty_value, shrunk
from ...rules import (
    Adam,
    Averaged,
    GradientDescent,
    Nadam,
    at_step,
    delta_scale,
    init,
    is_linear,
    rests,
    step,
)
from ..max_norm import NoConstraint, constrained
from ..rows.catalogue import Rows
from ..rows.sparse import SparseRows
from .adam import moments_way
from .averaged import mean_way
from .elastic import soft_way
from .interface import AtRest, History, Replay
from .linear import linear_way
from .settle import settle

WORK_OF_A_STEP = 16  # of catching up, in closed form or not, by that of an update of a weight
OF_RULES, OF_PENALTIES = (init, at_step, step), (penalised, shrunk, penalty_terms)


def is_at_rest(rule: Any, penalty: Any) -> bool:
    """Tell whether updates without descent change nothing."""
    free = is_aside(penalty) and not implemented(shrunk, penalty)
    return free and said_with(rests, rule, OF_RULES) and bool(rests(rule))


def is_aside(penalty: Any) -> bool:
    """Tell whether the penalty is no part of the objective."""
    return not (implemented(penalised, penalty) or implemented(penalty_terms, penalty))


def way_for(rule: Any, penalty: Any, pulls: np.ndarray, before: int) -> NamedTuple:
    """Return how weights catch up with updates; its class depends on those of the records alone."""
    if type(rule) is GradientDescent and type(penalty) is Elastic:
        return soft_way(penalty, pulls)
    if not (said_with(is_quadratic, penalty, OF_PENALTIES) and is_quadratic(penalty)):
        return Replay()
    if type(rule) in (Adam, Nadam) and rule.beta_2 > 0 and is_aside(penalty):
        return moments_way(rule, penalty, before, len(pulls))
    averaged = type(rule) is Averaged
    moves = rule.rule if averaged else rule
    way: NamedTuple | None = None
    if said_with(is_linear, moves, OF_RULES) and is_linear(moves, implemented(penalised, penalty)):
        way = (mean_way if averaged else linear_way)(rule, penalty, pulls)
    return way or Replay()


def has_closed_form(rule: Any, penalty: Any, constraint: Any) -> bool:
    """Tell whether weights catch up in a time that does not grow with what they have missed."""
    if constrained(constraint):
        return False
    return is_at_rest(rule, penalty) or not isinstance(
        way_for(rule, penalty, np.ones(1), 0), Replay
    )


class Untouched:
    """What sparse rows need beside their entries, epoch after epoch.

    Parameters
    ----------
    network : Network
        Its weights are touched or not.
    rows : SparseRows
        The rows.
    in_batches : bool
        Whether entries of a batch are to be sorted by input.
    whole : bool
        Whether each update is one of all weights, by a gradient that is summed as a whole.
    """

    def __init__(
        self, network: Network, rows: SparseRows, *, in_batches: bool, whole: bool
    ) -> None:
        self.network, self.rows = network, rows
        self.in_batches, self.whole = in_batches, whole
        self.known: tuple = ()
        self.history: Any = AtRest()  # of the last epoch

    def is_cheap(self, rule: Any, penalty: Any) -> bool:
        """Tell whether what updates without descent come to takes no longer for many of them."""
        if self.whole:
            return False
        return has_closed_form(rule, penalty, NoConstraint())

    def make_room(self, order: np.ndarray, batch_size: int) -> SparseRows:
        """Return rows with room to sort the entries of any batch of this order by input."""
        if self.in_batches:
            place = np.arange(len(order))
            starts = place[place % batch_size % LARGEST == 0]
            counts = np.diff(self.rows.indptr)[order].astype(np.int64)
            size = self.rows.n_inputs + 4 * int(np.add.reduceat(counts, starts).max())
            if len(self.rows.places) < size:
                self.rows = self.rows._replace(places=np.full(size, -1, np.int64))
        return self.rows

    def begin(
        self,
        order: np.ndarray,
        rule: Any,
        penalty: Any,
        weighting: NamedTuple,
        updates: int,
        batch_size: int,
    ) -> SparseRows:
        """Return the rows for an epoch that begins after so many updates."""
        rows = self.make_room(order, batch_size)
        if self.whole or is_at_rest(rule, penalty):
            return rows
        before = updates if implemented(at_step, rule) else 0
        in_batch = getattr(weighting, "in_batch", None)
        known = rule, penalty, len(order), batch_size, before
        if in_batch is not None or known != self.known:  # else it is that of the last epoch
            self.known, self.history = (
                known,
                self._history(order, rule, penalty, in_batch, updates, batch_size),
            )
        history = self.history
        for numbers in (history.seen, history.now, history.terms):
            numbers[:] = 0
        return rows._replace(history=history._replace(before=updates))

    def _history(
        self,
        order: np.ndarray,
        rule: Any,
        penalty: Any,
        in_batch: np.ndarray | None,
        before: int,
        batch_size: int,
    ) -> History:
        """Return the history of an epoch that begins."""
        starts = np.arange(0, len(order), batch_size)
        sizes = np.diff(np.append(starts, len(order)))
        weights = sizes.astype(np.float64)
        if in_batch is not None:
            weights = np.add.reduceat(in_batch[order].astype(np.float64), starts)
        pulls, counts = delta_scale(rule) / weights, sizes / weights
        differs = (np.diff(pulls) != 0) | (np.diff(counts) != 0)
        ends = np.append(np.flatnonzero(differs) + 1, len(starts))
        return History(
            rule,
            penalty,
            way_for(rule, penalty, pulls, before),
            before,
            np.zeros(self.rows.n_inputs, np.int64),
            np.zeros(1, np.int64),
            np.zeros(1),
            pulls,
            np.append(counts, 0.0),  # after the last update, too, weights are looked at
            np.repeat(ends, np.diff(ends, prepend=0)),
            np.zeros(2 * max(1, int(np.diff(self.rows.indptr).max()))),
        )

    def end(
        self,
        rows: SparseRows,
        state: np.ndarray,
        working: PatternMemory | BatchMemory,
        work: int,
    ) -> float:
        """Let all weights catch up; return what their penalty adds to the errors of the epoch.

        A kernel does so many steps of a weight in a call, at most.
        """
        history, network = rows.history, self.network
        if isinstance(history, AtRest):
            return 0.0
        steps = len(history.pulls) if isinstance(history.way, Replay) else 1
        size = max(1, work // (WORK_OF_A_STEP * steps * network.sizes[1]))
        for first in range(0, rows.n_inputs, size):
            stop = min(first + size, rows.n_inputs)
            settle(network.parameters, state, network.layout, rows, working, first, stop)
        value = penalty_value(history.penalty, float(history.terms[0]))
        return float(value - penalty_value(history.penalty, 0.0))


def untouched_of(network: Network, rows: Rows, *, in_batches: bool, whole: bool) -> Any:
    """Return an `Untouched` of these rows, None if they are not sparse."""
    if isinstance(rows, SparseRows):
        return Untouched(network, rows, in_batches=in_batches, whole=whole)
    return None
