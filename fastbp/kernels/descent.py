"""What an update is made of: formulas, rule, penalty, how much a pattern counts; and one step."""

from typing import NamedTuple

from ..compiling.jit import inlined
from ..penalties import penalised, penalty_terms, shrunk
from ..rules import at_step, init, step
from ..vectors.simd import ONE, lanes, load, load_each, splat, store, store_each, total


class Formulas(NamedTuple):
    """What is computed: the hidden layers' activation and the loss."""

    activation: NamedTuple
    loss: NamedTuple


class Learning(NamedTuple):
    """How is learned: the rule, the penalty, how much each pattern counts, the constraint."""

    rule: NamedTuple
    penalty: NamedTuple
    weighting: NamedTuple
    constraint: NamedTuple
    updates: int  # made before
    clip: float  # the longest gradient, 0 for any; see `.batches.accumulated`


@inlined
def at_update(learning, n):
    """Return `learning` as it is at the n-th update of this call."""
    return Learning(
        at_step(learning.rule, learning.updates + n),
        learning.penalty,
        learning.weighting,
        learning.constraint,
        learning.updates,
        learning.clip,
    )


@inlined
def make_step(rule, memory, at, w, descent):
    """w ← step(rule, w, descent, state), parameters number `at`, at + 1, ...; return the new w."""
    like = init(rule, w)
    state = load_each(memory.state, at, memory.n_parameters, like)
    w, state = step(rule, w, descent, state)
    store(memory.w, at, w)
    store_each(memory.state, at, memory.n_parameters, state, like)
    return w


@inlined
def descend(learning, memory, at, w, descent, pull):
    """Make one step of weights: `descent` penalised, `w` shrunk; return the new w.

    The objective's penalty pulls by −pull · ∂penalty/∂w, and decay acts beside the rule. Biases are
    neither penalised nor shrunk: theirs is `make_step`.
    """
    descent = penalised(learning.penalty, descent, w, pull)
    return make_step(learning.rule, memory, at, shrunk(learning.penalty, w), descent)


@inlined
def penalty_sum(penalty, numbers, first, stop):
    """Return the sum of the penalty's terms over numbers `first` to stop − 1."""
    result = 0.0
    for i in range(first, stop, lanes(numbers)):
        terms = penalty_terms(penalty, load(numbers, i, ONE))
        result += total(splat(numbers, ONE, 0.0) + terms)
    return result
