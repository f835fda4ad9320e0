"""Working memory: one table says of what parts it consists, how large each is and where it begins.

`network.network.Network` allocates it, kernels cut it by the same names.
"""

import functools
from typing import NamedTuple, TypeVar

import numpy as np

from ..compiling.dispatch import open_function
from ..compiling.jit import inlined
from ..vectors.simd import ALIGNMENT, TILE, VECTOR_BYTES, advance, pointer
from .crew import Crew, Pieces, new_crew
from .layout import Layers, ShortcutLayers, WithShortcuts, aligned_zeros

TOGETHER = 4  # patterns that share a sweep over the first layer, see `kernels.delayed`
LARGEST = 256  # patterns that go through the network together
DEPTH = 128  # of the products that a tile sums up at a time: the inputs of 200 patterns, so many
# of each, stay in the second-level cache while all tiles are computed from them
FIRST_LEVEL = 2**14  # bytes of weights that are to stay in the first-level cache
PANEL_BYTES = 2**17  # of the panels that lie packed at a time, in the second-level cache too


class Needs(NamedTuple):
    """What the sizes of parts depend on: counts of numbers."""

    n_inputs: int
    n_units: int  # with padding
    n_parameters: int  # with padding
    n_patterns: int  # at a time
    pattern_stride: int  # from a pattern's units to the next's
    in_vector: int  # numbers of a register
    staged: bool  # whether rows are copied together
    descent: bool  # whether that of a batch is kept as a whole


UNITS = {
    "net": lambda n: n.n_patterns * n.pattern_stride,
    "out": lambda n: n.n_patterns * n.pattern_stride,
    "eta_delta": lambda n: n.n_patterns * n.pattern_stride,
}
OF_PATTERNS = UNITS | {
    "gram": lambda n: n.n_patterns**2,  # products of any two patterns' inputs
    "staged": lambda n: 2 * n.n_patterns * n.n_inputs * n.staged,  # of these patterns, and the next
}
OF_BATCHES = UNITS | {
    "zeros": lambda n: n.pattern_stride,
    "descent": lambda n: n.n_parameters * n.descent,
}
OF_THREADS = {  # of each of those that share the work of a batch
    "tile": lambda n: 4 * TILE * n.in_vector,
    "panels": lambda n: PANEL_BYTES // VECTOR_BYTES * n.in_vector,
    "staged": lambda n: n.n_patterns * n.n_inputs * n.staged,
}
PATTERN_SIZES, BATCH_SIZES = tuple(OF_PATTERNS.values()), tuple(OF_BATCHES.values())
THREAD_SIZES = tuple(OF_THREADS.values())
NET, OUT, ETA_DELTA = 0, 1, 2
GRAM, STAGED = (list(OF_PATTERNS).index(name) for name in ("gram", "staged"))
ZEROS, DESCENT = (list(OF_BATCHES).index(name) for name in ("zeros", "descent"))
TILE_PART, PANELS, STAGED_BATCH = range(3)


class PatternMemory(NamedTuple):
    """Working memory of one pattern, or of `TOGETHER`: the parts of `OF_PATTERNS`."""

    numbers: np.ndarray
    starts: np.ndarray  # of each part
    pattern_stride: int


class SharedMemory(NamedTuple):
    """Working memory of `TOGETHER` patterns that threads share: the parts of `OF_PATTERNS`."""

    numbers: np.ndarray
    starts: np.ndarray
    pattern_stride: int
    crew: Crew


class BatchMemory(NamedTuple):
    """Working memory of a batch: the parts of `OF_BATCHES`, and of a thread's `OF_THREADS`."""

    numbers: np.ndarray
    starts: np.ndarray
    pattern_stride: int
    capacity: int  # patterns, a multiple of 4
    own: "ThreadMemory"
    crew: Crew


Shared = TypeVar("Shared", SharedMemory, BatchMemory)


class ThreadMemory(NamedTuple):
    """Working memory of a thread: the parts of `OF_THREADS`."""

    numbers: np.ndarray
    starts: np.ndarray
    places: np.ndarray  # where rows of inputs start, and the multiples of the stride


@functools.lru_cache(maxsize=256)
def _places(parts: tuple, needs: Needs, itemsize: int) -> tuple[np.ndarray, int]:
    """Return where each part begins, a cache line each, and how many numbers there are in all.

    It takes 15 µs to find out, twice of what one row costs otherwise.
    """
    line = ALIGNMENT // itemsize
    ends = np.cumsum([-(-size(needs) // line) * line for size in parts], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    starts.flags.writeable = False
    return starts, int(ends[-1])


def pattern_memory(
    n_inputs: int, n_units: int, n_parameters: int, dtype: np.dtype, n_patterns: int, staged: bool
) -> PatternMemory:
    """Return new working memory for so many patterns at a time."""
    itemsize = dtype.itemsize
    in_vector = VECTOR_BYTES // itemsize
    needs = Needs(n_inputs, n_units, n_parameters, n_patterns, n_units, in_vector, staged, False)
    starts, size = _places(PATTERN_SIZES, needs, itemsize)
    return PatternMemory(aligned_zeros(size, dtype), starts, n_units)


def batch_memory(
    n_inputs: int,
    n_units: int,
    n_parameters: int,
    dtype: np.dtype,
    n_patterns: int,
    staged: bool,
    descent: bool,
    pieces: Pieces,
) -> BatchMemory:
    """Return new working memory for batches; larger ones than `LARGEST` go through in parts."""
    capacity = -(-min(n_patterns, LARGEST) // 4) * 4
    line = ALIGNMENT // dtype.itemsize
    # An odd number of cache lines: rows a power of two apart would share few places of a cache.
    stride = (n_units // line | 1) * line
    in_vector = VECTOR_BYTES // dtype.itemsize
    needs = Needs(n_inputs, n_units, n_parameters, capacity, stride, in_vector, staged, descent)
    starts, size = _places(BATCH_SIZES, needs, dtype.itemsize)
    own_starts, own_size = _places(THREAD_SIZES, needs, dtype.itemsize)
    places = np.concatenate([np.zeros(capacity, np.int64), stride * np.arange(capacity)])
    whole = aligned_zeros(size + own_size, dtype)
    own = ThreadMemory(whole[size:], own_starts, places)
    return BatchMemory(whole[:size], starts, stride, capacity, own, new_crew(pieces))


def shared_memory(memory: PatternMemory, pieces: Pieces) -> SharedMemory:
    """Return working memory for threads that share the work of patterns, cut so."""
    return SharedMemory(*memory, new_crew(pieces))


def for_crew(memory: Shared, n_threads: int) -> list[Shared]:
    """Return the same memory for each of so many threads, with what each has of its own."""
    members = []
    for t in range(n_threads):
        mine = memory._replace(crew=memory.crew._replace(thread=t, n_threads=n_threads))
        if t > 0 and isinstance(mine, BatchMemory):
            numbers = aligned_zeros(mine.own.numbers.size, mine.own.numbers.dtype)
            own = mine.own._replace(numbers=numbers, places=mine.own.places.copy())
            mine = mine._replace(own=own)
        members.append(mine)
    return members


# --- In kernels -----------------------------------------------------------------------------------


class Memory(NamedTuple):
    """Pointers to the parameters, the rule's state, and the buffers of one pattern.

    Pointers, because every use of an array costs a reference count, which Numba does not always
    see through: 5 ns per pattern each.
    """

    w: object
    state: object  # the first number of it of each parameter, then the second, ...
    n_parameters: int
    layers: Layers | ShortcutLayers
    last: int  # the number of the output layer
    net: object
    out: object
    eta_delta: object


@open_function(default=True)
def numbers_of(layout):
    """Return the numbers of a layout, (8, n_layers)."""
    return layout


@open_function(default=True)
def layers_of(layout):
    """Return the pointers to the numbers of a layout, a row each."""
    at, n = pointer(layout), layout.shape[1]
    return Layers(
        at,
        advance(at, n),
        advance(at, 2 * n),
        advance(at, 3 * n),
        advance(at, 4 * n),
        advance(at, 5 * n),
        advance(at, 6 * n),
        advance(at, 7 * n),
    )


@numbers_of.register(WithShortcuts)
def _(layout):
    return layout.numbers


@layers_of.register(WithShortcuts)
def _(layout):
    layers = layers_of(layout.numbers)
    return ShortcutLayers(
        layers.fan_in,
        layers.fan_out,
        layers.weights_at,
        layers.stride,
        layers.biases_at,
        layers.units_at,
        layers.width,
        layers.reach,
    )


@inlined
def memory_of(parameters, state, layout, memory):
    """Return the pointers to a network's parameters, a rule's state and working memory.

    Those of the first pattern; the others' are `further`.
    """
    return Memory(
        pointer(parameters),
        pointer(state),
        parameters.size,
        layers_of(layout),
        numbers_of(layout).shape[1] - 1,
        part(memory, NET),
        part(memory, OUT),
        part(memory, ETA_DELTA),
    )


@inlined
def part(memory, number):
    """Return the pointer to a part of working memory."""
    return advance(pointer(memory.numbers), memory.starts[number])


@inlined
def further(memory, at):
    """Return the memory of a pattern whose net, out and delta are so many numbers further on."""
    return Memory(
        memory.w,
        memory.state,
        memory.n_parameters,
        memory.layers,
        memory.last,
        advance(memory.net, at),
        advance(memory.out, at),
        advance(memory.eta_delta, at),
    )
