"""Which kernel trains, and why: the first row of the table whose condition holds."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ...compiling.jit import Kernel
from ...kernels.batches.accumulated import train_accumulated
from ...kernels.batches.minibatch import train_batches
from ...kernels.delayed import train_delayed
from ...kernels.max_norm import NoConstraint
from ...kernels.online import train_online
from ...network.crew import Pieces
from ...network.memory import (
    LARGEST,
    TOGETHER,
    BatchMemory,
    PatternMemory,
    SharedMemory,
    shared_memory,
)
from ...network.network import Network
from ...penalties import NoPenalty, WeightDecay
from ...rules import GradientDescent


class Situation(NamedTuple):
    """What the choice depends on."""

    rule: Any
    penalty: Any
    constraint: Any
    batch_size: int
    clip: float  # the longest gradient, 0 for any
    alone: bool = False  # whether there is a single row
    sparse: bool = False  # whether rows leave weights untouched
    shortcuts: bool = False  # whether later layers read the inputs, too


class Row(NamedTuple):
    """A kernel, when it is taken, and the measurement that decided so (`benchmarks/NOTES.md`)."""

    kernel: Kernel
    condition: Callable[[Situation], bool]
    working: Callable[[Network, int, bool, Pieces], PatternMemory | SharedMemory | BatchMemory]
    """Its working memory for a network, a batch size, rows that are staged or not, and pieces."""
    in_batches: bool
    """Whether it gets its order in rows of a batch each."""
    in_portions: bool
    """Whether it may get a batch in portions."""
    why: str


def is_plain(s: Situation) -> bool:
    """Tell whether updates are outer products and nothing else, which can be made later."""
    free = isinstance(s.constraint, NoConstraint) and not (s.sparse or s.shortcuts)
    return free and type(s.rule) is GradientDescent and type(s.penalty) in MADE_LATER


MADE_LATER = (NoPenalty, WeightDecay)

KERNELS = (
    Row(
        train_delayed,
        lambda s: s.batch_size == 1 and not s.clip and is_plain(s) and not s.alone,
        lambda network, size, staged, pieces: shared_memory(
            network.pattern_memory(TOGETHER, staged=staged), pieces
        ),
        in_batches=False,
        in_portions=False,
        why="784-500-10 in float32: 24.9 µs a pattern online, 14.8 so; small networks alike",
    ),
    Row(
        train_online,
        lambda s: s.batch_size == 1 and not s.clip,
        lambda network, size, staged, _: network.pattern_memory(staged=staged),
        in_batches=False,
        in_portions=False,
        why="momentum, a penalty's value and lengths of weights need every update at once; sparse "
        "rows read and write the weights of their entries alone, and have no sweep to share; with "
        "shortcuts a pattern's updates change net inputs of all layers; a single row has the bits "
        "of `learn_one`, whose steps are these",
    ),
    Row(
        train_batches,
        lambda s: s.batch_size <= LARGEST and not s.clip,
        lambda network, size, staged, pieces: network.batch_memory(
            size, staged=staged, pieces=pieces
        ),
        in_batches=True,
        in_portions=False,
        why="a tile's descent meets the rule in registers, and is never stored: 4.8 times as fast "
        "as the faster of scikit-learn and PyTorch",
    ),
    Row(
        train_accumulated,
        lambda s: True,
        lambda network, size, staged, pieces: network.batch_memory(
            size, staged=staged, descent=True, pieces=pieces
        ),
        in_batches=True,
        in_portions=True,
        why="a length is known when all is summed; 256 patterns together fill the second-level "
        "cache, and a batch of any size can be interrupted every 100 ms",
    ),
)


def row_for(situation: Situation) -> Row:
    """Return the first row whose condition holds."""
    return next(row for row in KERNELS if row.condition(situation))
