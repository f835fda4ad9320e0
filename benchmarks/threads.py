"""Print what threads bring within one fit: µs an update by one, by two, and by as many as turn out.

``python benchmarks/threads.py``; with ``--busy``, while another program computes on a processor.
Least of many short, alternating epochs: of one thread, of two, of those that `Team` takes. The
first column is how long a cache line takes from one processor to another and back, in ns, at that
moment: where it is short, two virtual processors may be halves of one.
"""

import subprocess
import sys
import threading
import time

import numpy as np
from numba import njit

from fastbp.activations import Relu
from fastbp.kernels.descent import Formulas
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.targets import Values
from fastbp.losses import SquaredError
from fastbp.network.layout import aligned_zeros
from fastbp.network.network import Network
from fastbp.rules import GradientDescent, Momentum
from fastbp.schedules import Schedule
from fastbp.training.calls.threads import AGAIN, Team
from fastbp.training.optimizer import Optimizer
from fastbp.training.patterns import Patterns
from fastbp.training.regularization import Regularization
from fastbp.training.trainer import Trainer
from fastbp.vectors.atomics import read, write
from fastbp.vectors.simd import pointer

ROUNDS = 12
EPOCH = 200_000_000  # weights times patterns: some 20 ms
HIGGS = (28, 300, 300, 300, 300, 300, 1)  # OpenNN's network
CASES = (
    ((784, 500, 10), 200),
    (HIGGS, 100),
    ((784, 100, 10), 200),
    ((64, 100, 10), 200),
    ((784, 500, 10), 1000),
    ((784, 500, 10), 1),
    ((300, 512, 1), 1),
)


@njit(nogil=True)
def ping(numbers, me, n):
    """Wait for the other, and answer, n times."""
    at = pointer(numbers)
    for i in range(n):
        while read(at, 0) != 2 * i + me:
            pass
        write(at, 0, 2 * i + me + 1)


def distance(n: int = 5000) -> float:
    """Return the ns that a cache line takes to another processor and back."""
    numbers = aligned_zeros(8, np.dtype(np.int64))
    other = threading.Thread(target=ping, args=(numbers, 1, n))
    start = time.perf_counter()
    other.start()
    ping(numbers, 0, n)
    other.join()
    return (time.perf_counter() - start) / n * 1e9


def trainer(sizes: tuple, batch_size: int, dtype: str) -> tuple[Trainer, np.ndarray]:
    """Return what trains a network, and an order of its patterns."""
    rng, network = np.random.default_rng(0), Network(sizes, np.dtype(dtype))
    for weights in network.weights:
        weights[:] = rng.normal(0, len(weights) ** -0.5, weights.shape)
    n_steps = max(2, EPOCH // (network.parameters.size * batch_size))
    n_patterns = n_steps * batch_size
    X = rng.normal(size=(n_patterns, sizes[0])).astype(dtype)
    d = rng.normal(size=(n_patterns, sizes[-1])).astype(dtype)
    rule = Momentum(1e-7, 0.9) if batch_size > 1 else GradientDescent(1e-7)
    training = Trainer(
        network,
        Formulas(Relu(), SquaredError()),
        Patterns(rows_of(X), Values(d), None, None),
        Optimizer(rule, Schedule()),
        Regularization(),
        batch_size=batch_size,
        n_threads=2,
    )
    return training, np.arange(n_patterns)


class Fixed(Team):
    """So many threads, whatever they bring."""

    n_threads = 1

    def _size(self, n_patterns: int) -> int:
        """Return their number."""
        return self.n_threads

    def patterns(self, most: int, work: int) -> int:
        """Return all: nothing is tried."""
        return most


def measure(sizes: tuple, batch_size: int, dtype: str) -> None:
    """Print the figures of one case."""
    training, order = trainer(sizes, batch_size, dtype)
    auto, fixed = training.team, Fixed(training.working, 2)
    seconds: dict[str, list[float]] = {"one": [], "two": [], "chosen": []}
    near = distance()
    for team in (fixed, auto):  # compiled, loaded, and decided
        training.team = team
        training.epoch(order)
        training.epoch(order)
    until = time.perf_counter() + 1.5 * AGAIN
    while time.perf_counter() < until:
        training.epoch(order)
    for _ in range(ROUNDS):
        for name in seconds:
            training.team, fixed.n_threads = (auto if name == "chosen" else fixed), 1
            if name == "two":
                fixed.n_threads = 2
            start = time.perf_counter()
            training.epoch(order)
            seconds[name].append((time.perf_counter() - start) / len(order) * batch_size * 1e6)
    one, two, chosen = (min(times) for times in seconds.values())
    middle = {name: float(np.median(times)) for name, times in seconds.items()}
    print(
        f"{near:6.0f}  {'-'.join(map(str, sizes)):28} {batch_size:5} {dtype}  "
        f"{one:9.1f} {two:9.1f} {chosen:9.1f}   x {one / two:4.2f} x {one / chosen:4.2f}"
        f"   medians x {middle['one'] / middle['two']:4.2f} "
        f"x {middle['one'] / middle['chosen']:4.2f}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    busy = "--busy" in sys.argv
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
    distance(10)
    print("there and back, network, batch; us an update by one thread, two, chosen; times as fast")
    try:
        for sizes, batch_size in CASES:
            for dtype in ("float32", "float64"):
                measure(sizes, batch_size, dtype)
    finally:
        if hog is not None:
            hog.kill()
            hog.wait()


if __name__ == "__main__":
    main()
