"""Threads that share the calls of a kernel: how many, and that they begin and end with a call.

What is computed does not depend on them, see `fastbp.kernels.crew`. So their number is what
turns out to be fastest, and is found out again from time to time: whether two pay depends on how
far apart two processors are at the moment, and on who else uses them.
"""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable

from ...compiling.jit import is_compiling
from ...compiling.numba_internals import numba_threads
from ...kernels.crew import STATE
from ...kernels.rows.catalogue import Rows, is_staged
from ...kernels.rows.sparse import SparseRows
from ...network.crew import UNDIVIDED, Pieces
from ...network.memory import LARGEST, BatchMemory, Shared, SharedMemory, for_crew
from ...network.network import Network
from ...vectors.simd import ALIGNMENT

DIVIDED_FROM = 2**20  # weights times patterns of a batch, some 50 µs: less is not shared
ONLINE_FROM = 2**16  # weights, which are swept once in four patterns
PROBE = 80_000_000  # weights times patterns of a call that is to tell a speed: some 5 ms
SHORTEST = 0.5e-3  # seconds of a call that is worth the 0.06 ms to begin a thread
FASTER = 1.1  # times; fewer threads than that are as good
AGAIN = 1.0  # seconds, until speeds are looked at again
OVER = 2**62  # a phase after all others

_training: list[int] = []  # threads that are in an epoch


def _forget_others() -> None:
    """Keep the thread that goes on in a child after a fork."""
    _training[:] = [thread for thread in _training if thread == threading.get_ident()]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_others)


def pieces_for(network: Network, batch_size: int, rows: Rows) -> Pieces:
    """Return how the work of a batch is cut: by sizes alone, for the sake of equal sums.

    Of one pattern after the other, the sweeps of `fastbp.kernels.delayed` are.

    Sparse rows are not shared: their first layer changes what it knows of weights as it reads them;
    nor are rows that must be copied and have no batch to be copied for.
    """
    size = network.parameters.size
    if batch_size == 1:
        shared = size >= ONLINE_FROM and not is_staged(rows)
        return Pieces(2, 1) if shared else UNDIVIDED
    if isinstance(rows, SparseRows) or size * min(batch_size, LARGEST) < DIVIDED_FROM:
        return UNDIVIDED
    lines = int(network.layers.width.max()) * network.dtype.itemsize // ALIGNMENT
    return Pieces(8, 10) if lines >= 16 else Pieces(2, 2)


def allowed(n_threads: int) -> int:
    """Return how many threads a fit may take at most, where OpenMP may take so many.

    Numba's own limit holds as well. A process of a pool takes one, unless who began it has said how
    many: others beside it have the processors.
    """
    if multiprocessing.parent_process() is not None and "OMP_NUM_THREADS" not in os.environ:
        return 1
    return max(1, min(n_threads, numba_threads()))


class Training:
    """Within it, this thread is one of those that train: they divide the processors.

    A generator as context manager takes 1.5 of a small epoch's 17 µs more.
    """

    def __enter__(self) -> None:
        # Without a lock, which a fork might leave locked: a list's methods are indivisible.
        _training.append(threading.get_ident())

    def __exit__(self, *failure: object) -> None:
        _training.remove(threading.get_ident())


class Team:
    """The threads that a kernel's calls may take, one of them the caller's own.

    Parameters
    ----------
    memory : SharedMemory or BatchMemory
        The caller's. Others get their own when they are first asked.
    limit : int
        How many threads there may be.
    """

    def __init__(self, memory: SharedMemory | BatchMemory, limit: int) -> None:
        self.memory = memory
        self.limit = min(limit, max(memory.crew.pieces)) if is_compiling() else 1
        self.members: dict[int, list] = {1: [memory]}
        self.chosen = 1
        self.to_try: list[int] = []  # numbers of threads, to be timed by the next calls
        self.seconds: dict[int, float] = {}  # for a pattern, by so many threads
        self.until = 0.0

    def patterns(self, most: int, work: int) -> int:
        """Return how many patterns the next call is to get, at most, of so many weights each."""
        self._look_again()
        return min(most, max(1, PROBE // work)) if self.to_try else most

    def _free(self) -> int:
        """Return how many threads there may be at the moment."""
        return max(1, self.limit // max(1, len(_training)))

    def _look_again(self) -> None:
        if self.limit > 1 and not self.to_try and time.perf_counter() >= self.until:
            free, counts = self._free(), [1]
            while counts[-1] < free:
                counts.append(min(2 * counts[-1], free))
            self.to_try, self.seconds = 2 * counts, {}
            self.until = time.perf_counter() + AGAIN

    def _size(self, n_patterns: int) -> int:
        """Return how many threads the next call takes."""
        self._look_again()
        n_threads = self.to_try.pop(0) if self.to_try else self.chosen
        long = n_patterns * self.seconds.get(1, 0.0) >= SHORTEST
        return min(n_threads, self._free()) if long else 1

    def run(self, kernel: Callable, args: tuple, n_patterns: int) -> float:
        """Return ``kernel(*args)``, called by as many threads as are best at the moment.

        Parameters
        ----------
        kernel : callable
            As compiled.
        args : tuple
            Those of the caller's thread, its working memory among them.
        n_patterns : int
            How many patterns they are.
        """
        if self.limit == 1:
            return kernel(*args)
        n_threads = self._size(n_patterns)
        if n_threads not in self.members:
            self.members[n_threads] = for_crew(self.memory, n_threads)
        start = time.perf_counter()
        result = together(kernel, args, self.members[n_threads])
        seconds = (time.perf_counter() - start) / n_patterns
        self.seconds[n_threads] = min(seconds, self.seconds.get(n_threads, seconds))
        if not self.to_try:
            self.chosen = best(self.seconds)
        return result


def best(seconds: dict[int, float]) -> int:
    """Return the number of threads to go on with: more than another only if that is faster."""
    chosen = min(seconds)
    for n_threads in sorted(seconds):
        if seconds[n_threads] * FASTER <= seconds[chosen]:
            chosen = n_threads
    return chosen


def together(kernel: Callable, args: tuple, members: list[Shared]) -> float:
    """Call a kernel by several threads at once, the first of them this one; return its result.

    Parameters
    ----------
    kernel : callable
        As compiled.
    args : tuple
        Its arguments, among them what they share.
    members : list of SharedMemory or BatchMemory
        What each thread has in its place, see `fastbp.network.memory.for_crew`.

    Raises
    ------
    BaseException
        What one of the threads has raised, after all have ended.
    """
    if len(members) == 1:
        return kernel(*args)
    kind, sync, raised = type(members[0]), members[0].crew.sync, []
    sync[:] = 0

    def work(memory: Shared) -> float:
        try:
            return kernel(*(memory if isinstance(arg, kind) else arg for arg in args))
        except BaseException as error:
            raised.append(error)
            sync[STATE] = OVER  # nobody waits for this thread
            raise

    others = [threading.Thread(target=quietly, args=(work, memory)) for memory in members[1:]]
    try:
        with contextlib.suppress(RuntimeError):  # can't start a thread: then fewer do it
            for other in others:
                other.start()
        result = work(members[0])
    except BaseException:
        sync[STATE] = OVER
        raise
    finally:
        join(others)
    if raised:
        raise raised[0]
    return result


def join(others: list[threading.Thread]) -> None:
    """Wait until threads have ended; an interrupt meanwhile is raised then.

    They do no more than a piece each: nobody touches the weights after a call. (One that is about
    to begin when that is interrupted will find that all is over.)
    """
    interrupt = None
    while alive := [other for other in others if other.is_alive()]:
        try:
            alive[0].join()
        except KeyboardInterrupt as raised:
            interrupt = raised
    if interrupt is not None:
        raise interrupt


def quietly(work: Callable, memory: SharedMemory | BatchMemory) -> None:
    """Work in a thread; what is raised, the thread that began it tells."""
    with contextlib.suppress(BaseException):
        work(memory)
