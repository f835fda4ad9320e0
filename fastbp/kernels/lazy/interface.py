"""Weights of inputs that are zero for a while, and the updates that pass by them meanwhile.

An update changes the weights of all inputs, also of those whose descent is zero: a penalty pulls
them, momentum carries them on. With sparse rows that is put off. A `History` knows how many updates
the weights of each input have seen; before they are read they catch up: what steps without descent
would have made of weights and state is computed at once. `passed` says how, where there is a way
that costs less than the steps themselves, which are `replay`; so any rule and any penalty will do.
Where it is a factor, weights may lie as they are until they change: `scale` is what they are to be
multiplied with. It is found out by `look`, once for an entry.

What the penalty of these weights adds to the error at each update is made up for as well. The
penalty's value is linear in the sum of its terms, since its pull depends on one weight alone; so
terms may be summed in any order.
"""

from typing import Any, NamedTuple

from ...compiling.dispatch import open_function
from ...compiling.jit import apart, inlined, shared
from ...penalties import penalty_terms
from ...rules import at_step
from ...vectors.simd import ONE, lanes, load, pointer, splat, total
from ..descent import Learning, descend
from ..max_norm import NoConstraint
from ..weighting import Unweighted


class AtRest(NamedTuple):
    """Steps without descent change nothing: there is nothing to catch up with."""


class History(NamedTuple):
    """The updates of an epoch, and how many of them the weights of each input have seen."""

    rule: NamedTuple
    penalty: NamedTuple
    way: NamedTuple  # to catch up
    before: int  # updates before the epoch
    seen: Any  # updates, of each input
    now: Any  # the number of updates that have been made, one number
    terms: Any  # Σ over updates and weights, one number: of the penalty, times `counts`
    pulls: Any  # of each update
    counts: Any  # of each update: what its penalty counts in the error
    ends: Any  # of each update: the first one after it with another pull or count
    looked: Any  # of the weights that were looked at: their scale, what their terms count


class Replay(NamedTuple):
    """Every step is made."""


@open_function
def opened(history):
    """Return the history, or the way, with pointers in place of arrays."""
    raise NotImplementedError


@open_function
def catch_up(history, memory, i, at):
    """Let the weights of input i, which begin at number `at`, catch up."""
    raise NotImplementedError


@open_function
def look(history, memory, k, i, at):
    """Look at the weights of input i, the k-th that matters: they catch up, or get a scale."""
    raise NotImplementedError


@open_function
def scale(history, k):
    """Return what the weights that were looked at as the k-th are to be multiplied with."""
    raise NotImplementedError


@open_function
def count(history, k):
    """Return what the penalty's terms of these weights count, as they lie, this update included."""
    raise NotImplementedError


@open_function
def note(history, i):
    """Note that the weights of input i have seen the present update."""
    raise NotImplementedError


@open_function
def end_update(history, terms):
    """Note that an update has been made, and the terms of what has been touched, counted."""
    raise NotImplementedError


@open_function
def passed(way, history, memory, at, since, until):
    """Let a row of weights catch up with updates `since`, ..., until − 1, of the same pull.

    Return Σ of the penalty's terms before each of them.
    """
    raise NotImplementedError


@opened.register(Replay)
@opened.register(AtRest)
def _(history):
    return history


@catch_up.register(AtRest)
def _(history, memory, i, at):
    pass


@look.register(AtRest)
def _(history, memory, k, i, at):
    pass


@scale.register(AtRest)
def _(history, k):
    return 1.0


@count.register(AtRest)
def _(history, k):
    return 1.0


@note.register(AtRest)
def _(history, i):
    pass


@end_update.register(AtRest)
def _(history, terms):
    pass


@opened.register(History)
def _(history):
    return History(
        history.rule,
        history.penalty,
        opened(history.way),
        history.before,
        pointer(history.seen),
        pointer(history.now),
        pointer(history.terms),
        pointer(history.pulls),
        pointer(history.counts),
        pointer(history.ends),
        pointer(history.looked),
    )


@shared
def _make_up(history, memory, at, since, now):
    """Let weights catch up with updates `since`, ..., now − 1."""
    apart()
    while since < now:
        until = min(history.ends[since], now)
        terms = passed(history.way, history, memory, at, since, until)
        history.terms[0] += history.counts[since] * terms
        since = until


@catch_up.register(History)
def _(history, memory, i, at):
    if history.seen[i] < history.now[0]:
        _make_up(history, memory, at, history.seen[i], history.now[0])
        history.seen[i] = history.now[0]


@open_function(default=True)
def scale_of(way, history, memory, i, at):
    """Return the scale of weights that are looked at, and what their terms as they lie count."""
    catch_up(history, memory, i, at)
    return 1.0, history.counts[history.now[0]]


@look.register(History)
def _(history, memory, k, i, at):
    scale, count = scale_of(history.way, history, memory, i, at)
    history.looked[2 * k], history.looked[2 * k + 1] = scale, count


@scale.register(History)
def _(history, k):
    return float(history.looked[2 * k])


@count.register(History)
def _(history, k):
    return float(history.looked[2 * k + 1])


@note.register(History)
def _(history, i):
    history.seen[i] = history.now[0] + 1


@end_update.register(History)
def _(history, terms):
    history.terms[0] += terms
    history.now[0] += 1


@inlined
def replay(history, memory, at, since, until):
    """Make all steps, one after the other; see `passed`."""
    pull, terms = float(history.pulls[since]), splat(memory.w, ONE, 0.0)
    nothing = terms
    for n in range(since, until):
        learning = Learning(
            at_step(history.rule, history.before + n + 1),
            history.penalty,
            Unweighted(),
            NoConstraint(),
            0,
            0.0,
        )
        for j in range(at, at + memory.layers.reach[0], lanes(memory.w)):
            w = load(memory.w, j, ONE)
            terms = terms + penalty_terms(history.penalty, w)
            descend(learning, memory, j, w, nothing, pull)
    return total(terms)


@passed.register(Replay)
def _(way, history, memory, at, since, until):
    return replay(history, memory, at, since, until)
