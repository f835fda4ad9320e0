"""What an update is made of: the formulas, the rule, the penalty, how much a pattern counts."""

from typing import NamedTuple

from ..compiling.jit import inlined
from ..rules import at_step


class Model(NamedTuple):
    """What is computed: the hidden layers' activation and the loss."""

    activation: NamedTuple
    loss: NamedTuple


class Learning(NamedTuple):
    """How is learned: the update rule, the penalty, how much each pattern counts, the limit."""

    rule: NamedTuple
    penalty: NamedTuple
    weights: NamedTuple
    limit: NamedTuple
    updates: int  # made before
    clip: float  # the longest gradient, 0 for any; see `.batches.accumulated`


@inlined
def at_update(learning, n):
    """Return `learning` as it is at the n-th update of this call."""
    return Learning(
        at_step(learning.rule, learning.updates + n),
        learning.penalty,
        learning.weights,
        learning.limit,
        learning.updates,
        learning.clip,
    )
