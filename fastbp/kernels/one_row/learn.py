"""An update by one row.

The steps are those of `fastbp.kernels.online` for a single pattern, and so are the bits. All that
may be refused is looked at before anything changes; weights that have left all bounds are put back.
"""

import numpy as np

from ...compiling.jit import inlined, kernel_with_gil
from ...objects.capi import address_of
from ...penalties import penalty_value
from ...rules import delta_scale
from ...vectors.kept import kept
from ...vectors.simd import LINE, ONE, PER_LINE, lanes, load, splat, store, total
from ..descent import Learning, at_update, penalty_sum
from ..max_norm import constrain
from ..online import update_first, update_later
from ..output_layer import FromBelow, output_deltas
from ..rows.dense import DenseRows
from .predict import forward_row, read
from .records import RECENT, STEEP, RowWeight, put_target, target_from
from .units import commit, note, put_inputs, target_in


@inlined
def _all_within(numbers, count, limit):
    """Tell whether no number, of as many as fill lines, is larger; NaN is."""
    beyond = splat(numbers, LINE, 0.0)
    for i in range(0, count, PER_LINE * lanes(numbers)):
        within = np.abs(load(numbers, i, LINE)) <= limit
        beyond = beyond + np.where(within, 0.0, 1.0)
    return total(beyond) == 0


@inlined
def _copy(numbers, start, to, place, count):
    """to[place + i] ← numbers[start + i] for as many as fill vectors: 4 times as fast as slices."""
    for i in range(0, count, lanes(numbers)):
        store(to, place + i, load(numbers, start + i, ONE))


@inlined
def _update(learned, y, given_weight):
    """Make the update; return E_p, NaN if it is refused."""
    row, refused = learned.row, np.float64(np.nan)
    raw, n, memory = row.raw, row.n_inputs, row.memory
    if not (note(row.units, raw, n, given_weight) and note(row.target_units, y, 1, given_weight)):
        return refused
    row.inputs[0] = given_weight  # as the network's dtype has it
    weight = 1.0 * row.inputs[0]
    put_inputs(row.units, raw, n, row.inputs, True)
    size = put_target(learned.targets, target_in(row.target_units, y))
    given = learned.learning
    learning = Learning(
        given.rule,
        given.penalty,
        RowWeight(weight),
        given.constraint,
        learned.notes.counts[0],
        given.clip,
    )
    eta = delta_scale(learning.rule)
    forward_row(row)
    terms = penalty_sum(learning.penalty, memory.w, 0, memory.layers.biases_at[0])
    errors = output_deltas(row.formulas.loss, memory, learned.targets, 0, eta * weight, FromBelow())
    error = weight * total(errors) + penalty_value(learning.penalty, terms)
    if error - error != 0:
        return refused
    n_parameters = memory.n_parameters
    _copy(memory.w, 0, learned.before, 0, n_parameters)
    _copy(memory.state, 0, learned.before, n_parameters, learned.n_state)
    now = at_update(learning, 1)
    for layer in range(memory.last, 0, -1):
        update_later(memory, layer, row.formulas.activation, now, eta, 0)
    update_first(DenseRows(row.inputs, n), memory, row.inputs, 0, 0, now, eta)
    constrain(learning.constraint, now.rule, memory)
    if not _all_within(memory.w, n_parameters, learned.limit * max(1.0, size)):
        _copy(learned.before, 0, memory.w, 0, n_parameters)
        _copy(learned.before, n_parameters, memory.state, 0, learned.n_state)
        return refused
    commit(row.units, raw, n, given_weight)
    commit(row.target_units, y, 1, given_weight)
    return error


@inlined
def _take_down(notes, error):
    """Note that a row has been learned."""
    notes.counts[0] += 1
    notes.counts[1] += 1
    notes.patterns[0] += 1
    notes.losses[0] = error
    notes.losses[1] += (error - notes.losses[1]) * (1.0 / min(notes.patterns[0], RECENT))


@kernel_with_gil
def learn_row(kept_row, x, y, weight):
    """w ← w + η δ out for one row, once everything about it is found to be all right.

    Parameters
    ----------
    kept_row : Kept
        A `RowToLearn`.
    x : object
        The row.
    y : object
        The target in the user's units, or the label.
    weight : float
        Of the row.

    Returns
    -------
    learned : bool
        Whether it has been. If not, nothing has changed.
    """
    learned = kept(kept_row)
    row = learned.row
    is_target, target = target_from(learned.targets, address_of(y), learned.codes)
    if not (is_target and target - target == 0 and 0 < weight <= STEEP):
        return False
    if not (read(row, address_of(x)) and learned.alive[0] and not learned.alive[1]):
        return False
    error = _update(learned, target, weight)
    if error != error:
        return False
    _take_down(learned.notes, error)
    return True
