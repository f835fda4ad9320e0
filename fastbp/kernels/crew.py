"""How threads share the work of a call: each takes the next piece that nobody has taken.

The work of a batch has three phases: `UP` to the first layer by its units, `THROUGH` the network by
patterns, `DOWN` with the updates by units again. (That of `.delayed` has two.) A phase begins when
all pieces of the one before are done. What is computed of a piece depends on nobody who computes
it, and no sum is made in another order: all bits are the same for any number of threads.

Pieces are taken, not dealt out: a thread that the system does not let run holds nothing, so the
others go on without it. Behind barriers two threads took up to 30 times as long where another
program used a processor. Each begins with other pieces than the others, so that weights stay in its
cache from batch to batch.

One word says which phase it is, counted through the whole call, and by a bit each which
pieces are taken. Who does the last piece of a phase opens the next.
"""

from typing import Any, NamedTuple

from ..compiling.jit import apart, inlined, shared
from ..network.crew import MOST_PIECES
from ..vectors.atomics import compare_and_swap, fetch_add, give_way, pause, read, write
from ..vectors.simd import ALIGNMENT, pointer

UP, THROUGH, DOWN, PHASES = 0, 1, 2, 3
STATE, DONE = 0, ALIGNMENT // 8  # words: the phase and what is taken; how many pieces are done
PAUSES = 100  # then another thread may run: this one may keep from running who it waits for
SO_FAR, ERRORS, TERMS = 0, 1, 1 + MOST_PIECES  # of `Crew.sums`


class Sharing(NamedTuple):
    """Pointers to the same as `fastbp.network.crew.Crew`."""

    sync: Any
    sums: Any
    n_columns: int
    n_groups: int
    thread: int
    n_threads: int


@inlined
def sharing_of(crew):
    """Return the pointers to what a crew agrees by."""
    columns, groups = crew.pieces.columns, crew.pieces.groups
    sync, sums = pointer(crew.sync), pointer(crew.sums)
    return Sharing(sync, sums, columns, groups, crew.thread, crew.n_threads)


@shared
def take(crew, phase, n_pieces, before):
    """Return a piece of the phase after the one `before`, −1 if there is none to be had."""
    apart()
    if crew.n_threads == 1:
        return before + 1 if before + 1 < n_pieces else -1
    first = crew.thread * n_pieces // crew.n_threads
    while True:
        state = read(crew.sync, STATE)
        if state >> MOST_PIECES != phase:
            return -1
        piece = -1
        for n in range(n_pieces):
            nth = first + n if first + n < n_pieces else first + n - n_pieces
            if (state >> nth) & 1 == 0:
                piece = nth
                break
        if piece < 0 or compare_and_swap(crew.sync, STATE, state, state | (1 << piece)):
            return piece


@inlined
def is_last(crew, piece, n_pieces):
    """Note that a piece is done; tell whether all are."""
    if crew.n_threads == 1:
        return piece == n_pieces - 1
    if fetch_add(crew.sync, DONE, 1) + 1 < n_pieces:
        return False
    write(crew.sync, DONE, 0)
    return True


@inlined
def open_next(crew, phase):
    """Let the phase after this one begin."""
    if crew.n_threads > 1:
        write(crew.sync, STATE, (phase + 1) << MOST_PIECES)


@inlined
def is_over(crew, phase):
    """Tell whether a phase is over: others were faster."""
    return crew.n_threads > 1 and read(crew.sync, STATE) >> MOST_PIECES > phase


@shared
def wait(crew, phase):
    """Wait until a phase is over."""
    apart()
    pauses = 0
    while crew.n_threads > 1 and read(crew.sync, STATE) >> MOST_PIECES <= phase:
        pauses += 1
        if pauses < PAUSES:
            pause()
        else:
            give_way()


@inlined
def cut(size, unit, piece, n_pieces):
    """Return where a piece of so many numbers begins, in whole units, as equal as can be."""
    if n_pieces == 1:  # divisions are slow: 4 % of a step of 10-32-2
        return piece * size
    return min(size, (size + unit - 1) // unit * piece // n_pieces * unit)


@inlined
def sum_of(crew, first, n_pieces):
    """Return the sum over pieces, in their order."""
    result = 0.0
    for piece in range(n_pieces):
        result += crew.sums[first + piece]
    return result
