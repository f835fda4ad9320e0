"""Rows of a CSR matrix: the first layer's loops go over the entries of a row, and over no more.

Weights of inputs that are zero are neither read nor written. What updates would make of them all
the same, by a penalty or by momentum, is made up for when they are touched again: `history` knows,
see `..lazy.interface`.
"""

from typing import Any, NamedTuple

import numpy as np

from ...compiling.jit import apart, inlined, shared
from ...penalties import penalty_terms
from ...vectors.simd import (
    FOUR,
    LINE,
    PER_LINE,
    lanes,
    load,
    pointer,
    splat,
    store,
    total,
)
from .. import online
from ..batches.backward import update_first_layer
from ..batches.forward import first_product
from ..descent import descend
from ..layers import first_net
from ..lazy.interface import AtRest, catch_up, count, end_update, look, note, opened, scale
from ..max_norm import constrained
from .interface import counted_from, inputs_of, stage

NOTHING = np.empty(0, np.int64)


class SparseRows(NamedTuple):
    """Rows of a CSR matrix, no entry of which is given twice."""

    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    n_inputs: int
    history: Any = AtRest()
    places: np.ndarray = NOTHING  # where a batch's entries are sorted by input, see `_by_input`


class Entries(NamedTuple):
    """Pointers to the same."""

    data: Any
    indices: Any
    indptr: Any
    history: Any


@inputs_of.register(SparseRows)
def _(rows, staged):
    history = opened(rows.history)
    return Entries(pointer(rows.data), pointer(rows.indices), pointer(rows.indptr), history)


@stage.register(SparseRows)
def _(rows, p, staged, start):
    return p


@counted_from.register(SparseRows)
def _(rows, layers):
    return layers.weights_at[0] + layers.fan_in[0] * layers.stride[0]


# --- Net inputs -----------------------------------------------------------------------------------


@inlined
def _net_block(memory, entries, p, target, j, block):
    at, stride = memory.layers.weights_at[0] + j, memory.layers.stride[0]
    net = load(memory.w, memory.layers.biases_at[0] + j, block)
    first = entries.indptr[p]
    for e in range(first, entries.indptr[p + 1]):
        w = load(memory.w, at + entries.indices[e] * stride, block)
        net = net + w * (entries.data[e] * scale(entries.history, e - first))
    store(memory.net, target + j, net)


@shared
def _net(memory, entries, p, target):
    """net_j = Σ_i w_ji x_i + b_j over the entries x_i of row p, for all units; at net[target + j].

    The weights are looked at before.
    """
    apart()
    start, stride, first = memory.layers.weights_at[0], memory.layers.stride[0], entries.indptr[p]
    for e in range(first, entries.indptr[p + 1]):
        i = entries.indices[e]
        look(entries.history, memory, e - first, i, start + i * stride)
    width, lane, j = memory.layers.reach[0], lanes(memory.w), 0
    while j + 4 * lane <= width:
        _net_block(memory, entries, p, target, j, FOUR)
        j += 4 * lane
    while j < width:
        _net_block(memory, entries, p, target, j, LINE)
        j += PER_LINE * lane


@first_net.register(SparseRows)
def _(rows, memory, inputs, x):
    _net(memory, inputs, x, 0)


@first_product.register(SparseRows)
def _(rows, batch, n_rows, j, end):  # all units: sparse rows are one thread's, see `catalogue`
    for n in range(n_rows):
        _net(batch.memory, batch.inputs, batch.starts[n], batch.multiples[n])


# --- Updates --------------------------------------------------------------------------------------


@inlined
def catch_up_rows(memory, history, first, stop):
    """Let the weights of inputs `first` to stop − 1 catch up."""
    start, stride = memory.layers.weights_at[0], memory.layers.stride[0]
    for i in range(first, stop):
        catch_up(history, memory, i, start + i * stride)


@inlined
def _update_block(memory, learning, at, j, value, kept, pull, block):
    """w_ji ← w_ji + η δ_j x_i; return the penalty's terms of the weights before, as they lie."""
    w, eta_delta = load(memory.w, at + j, block), load(memory.eta_delta, j, block)
    descend(learning, memory, at + j, w * kept, eta_delta * value, pull)
    return penalty_terms(learning.penalty, w)


@online.update_first.register(SparseRows)
def _(rows, memory, inputs, x, x_next, learning, pull):
    width, history, lane = memory.layers.reach[0], inputs.history, lanes(memory.w)
    start, stride = memory.layers.weights_at[0], memory.layers.stride[0]
    online.update_biases(memory, learning, memory.layers.biases_at[0], 0, memory.layers.width[0])
    fours, lines = splat(memory.w, FOUR, 0.0), splat(memory.w, LINE, 0.0)
    first = inputs.indptr[x]
    for e in range(first, inputs.indptr[x + 1]):
        i, value, kept = inputs.indices[e], inputs.data[e], scale(history, e - first)
        at, j, counted = start + i * stride, 0, count(history, e - first)
        while j + 4 * lane <= width:
            four = _update_block(memory, learning, at, j, value, kept, pull, FOUR)
            fours = fours + four * counted
            j += 4 * lane
        while j < width:
            line = _update_block(memory, learning, at, j, value, kept, pull, LINE)
            lines = lines + line * counted
            j += PER_LINE * lane
        note(history, i)
    end_update(history, total(fours) + total(lines))
    if constrained(learning.constraint):
        catch_up_rows(memory, history, 0, memory.layers.fan_in[0])
    first_net(rows, memory, inputs, x_next)
    return 0.0


@inlined
def _by_input(entries, starts, n_patterns, places, room, n_inputs):
    """Chain the entries of each input of a batch; return how many inputs there are.

    places[i] is where the last entry of input i is described, further on, in four numbers for each
    entry: where the one before it is, −1 for none; its pattern; where its value is; and the fourth
    numbers are, in their order, the inputs that have entries. All places[i] are −1 before, and must
    be again.
    """
    count = n_found = 0
    for n in range(n_patterns):
        p = starts[n]
        if count + entries.indptr[p + 1] - entries.indptr[p] > room:
            raise IndexError("the entries of a batch of sparse rows are more than there is room")
        for e in range(entries.indptr[p], entries.indptr[p + 1]):
            i = entries.indices[e]
            at = n_inputs + 4 * count
            if places[i] < 0:
                places[n_inputs + 4 * n_found + 3] = i
                n_found += 1
            places[at], places[at + 1], places[at + 2] = places[i], n, e
            places[i] = at
            count += 1
    return n_found


@inlined
def _step(batch, entries, places, learning, at, first, j, pull, block):
    """w_ji ← w_ji + Σ_n η δ_nj x_ni over the chain of entries from `first` on; return the terms."""
    memory = batch.memory
    descent = splat(memory.w, block, 0.0)
    while first >= 0:
        eta_delta = load(memory.eta_delta, batch.multiples[places[first + 1]] + j, block)
        descent = descent + eta_delta * entries.data[places[first + 2]]
        first = places[first]
    w = load(memory.w, at + j, block)
    descend(learning, memory, at + j, w * scale(entries.history, 0), descent, pull)
    return total(penalty_terms(learning.penalty, w))


@update_first_layer.register(SparseRows)
def _(rows, batch, learning, n_patterns, pull, j, end):  # all units
    memory, entries, n_inputs = batch.memory, batch.inputs, rows.n_inputs
    places, room = pointer(rows.places), (rows.places.size - n_inputs) // 4
    start, stride = memory.layers.weights_at[0], memory.layers.stride[0]
    width, lane, result = memory.layers.reach[0], lanes(memory.w), 0.0
    n_found = _by_input(entries, batch.starts, n_patterns, places, room, n_inputs)
    for n in range(n_found):
        i = places[n_inputs + 4 * n + 3]
        at, first, j, terms = start + i * stride, places[i], 0, 0.0
        look(entries.history, memory, 0, i, at)
        while j + 4 * lane <= width:
            terms += _step(batch, entries, places, learning, at, first, j, pull, FOUR)
            j += 4 * lane
        while j < width:
            terms += _step(batch, entries, places, learning, at, first, j, pull, LINE)
            j += PER_LINE * lane
        places[i] = -1
        note(entries.history, i)
        result += terms * count(entries.history, 0)
    end_update(entries.history, result)
    if constrained(learning.constraint):
        catch_up_rows(memory, entries.history, 0, n_inputs)
    return 0.0
