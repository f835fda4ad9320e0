"""One batch, or a part of one: up through the network, deltas down, updates. By one thread or more.

See `.crew` for how threads share it.
"""

from ...compiling.jit import inlined
from ..crew import (
    DOWN,
    ERRORS,
    PHASES,
    TERMS,
    THROUGH,
    UP,
    cut,
    is_last,
    open_next,
    sum_of,
    take,
    wait,
)
from .backward import columns, pass_down, update_piece
from .forward import first_layer, later_layers, output_deltas_batch, stage_batch


@inlined
def _up(batch, rows, order, formulas, n_patterns, n_rows, phase):
    """Compute net and out of the first layer, by its units."""
    crew, width = batch.crew, batch.memory.layers.reach[0]
    piece = take(crew, phase, crew.n_columns, -1)
    while piece >= 0:
        j, end = columns(batch, width, piece), columns(batch, width, piece + 1)
        first_layer(batch, rows, order, formulas.activation, n_patterns, n_rows, j, end)
        if is_last(crew, piece, crew.n_columns):
            open_next(crew, phase)
        piece = take(crew, phase, crew.n_columns, piece)
    wait(crew, phase)


@inlined
def _through(batch, targets, order, formulas, learning, n_patterns, n_rows, scale, phase):
    """Compute all else up to the outputs, and deltas down to the second layer, by patterns."""
    crew, weighting = batch.crew, learning.weighting
    piece = take(crew, phase, crew.n_groups, -1)
    while piece >= 0:
        first, stop = cut(n_rows, 4, piece, crew.n_groups), cut(n_rows, 4, piece + 1, crew.n_groups)
        later_layers(batch, order, formulas.activation, n_patterns, first, stop)
        crew.sums[ERRORS + piece] = output_deltas_batch(
            batch, targets, order, formulas.loss, weighting, scale, first, min(stop, n_patterns)
        )
        pass_down(batch, order, formulas.activation, learning, n_patterns, first, stop)
        if is_last(crew, piece, crew.n_groups):
            open_next(crew, phase)
        piece = take(crew, phase, crew.n_groups, piece)
    wait(crew, phase)


@inlined
def train_step(batch, rows, targets, order, formulas, learning, n_patterns, scale, pull, step):
    """Update the weights once: by deltas that are scaled, and a penalty that pulls so.

    Return whether what comes after it, before the next step, is for this thread to do; it then
    calls `close_step`. The others do so at once, and wait there.
    """
    crew, phase, closes = batch.crew, PHASES * step, False
    n_rows = stage_batch(batch, rows, order, n_patterns)
    _up(batch, rows, order, formulas, n_patterns, n_rows, phase + UP)
    _through(batch, targets, order, formulas, learning, n_patterns, n_rows, scale, phase + THROUGH)
    piece = take(crew, phase + DOWN, crew.n_columns, -1)
    while piece >= 0:
        crew.sums[TERMS + piece] = update_piece(
            batch, rows, order, formulas, learning, n_patterns, n_rows, pull, piece
        )
        closes = is_last(crew, piece, crew.n_columns)
        piece = take(crew, phase + DOWN, crew.n_columns, piece)
    return closes


@inlined
def close_step(crew, step, closes):
    """Let the next step begin, or wait until it does."""
    if closes:
        open_next(crew, PHASES * step + DOWN)
    else:
        wait(crew, PHASES * step + DOWN)


@inlined
def errors_of(crew):
    """Return Σ_p e_p E_p of the step."""
    return sum_of(crew, ERRORS, crew.n_groups)


@inlined
def terms_of(crew):
    """Return the sum of the penalty's terms, of the weights before the step."""
    return sum_of(crew, TERMS, crew.n_columns)
