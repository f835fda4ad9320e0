"""The limits of the machine as measured: bandwidth at a size, fused multiply-adds; one core."""

import ctypes
import functools
import time
from types import SimpleNamespace

import numpy as np
from compiled_c import compiler, shared_library

from fastbp.compiling import jit
from fastbp.network.layout import aligned_zeros
from fastbp.vectors.simd import FOUR, VECTOR_BYTES, lanes, load, pointer, store, total

ACROSS = 8  # vectors in flight, as in roofline.c
FLOPS = 2 * ACROSS  # per lane and step of `multiply_add`


@jit.kernel
def _read_all(numbers, n, repeats):
    """roofline.c's, for machines without a C compiler."""
    memory = pointer(numbers)
    lane = lanes(memory)
    a, b = load(memory, 0, FOUR), load(memory, 4 * lane, FOUR)
    for _ in range(repeats):
        for i in range(0, n, ACROSS * lane):
            a = a + load(memory, i, FOUR)
            b = b + load(memory, i + 4 * lane, FOUR)
    return total(a + b)


@jit.kernel
def _update_all(numbers, n, repeats):
    """roofline.c's, for machines without a C compiler."""
    memory = pointer(numbers)
    lane = lanes(memory)
    for _ in range(repeats):
        for i in range(0, n, ACROSS * lane):
            store(memory, i, load(memory, i, FOUR) + 1e-3)
            store(memory, i + 4 * lane, load(memory, i + 4 * lane, FOUR) + 1e-3)
    return numbers[0]


@jit.kernel
def _multiply_add(numbers, n, repeats):
    """roofline.c's, for machines without a C compiler."""
    memory = pointer(numbers)
    a, b = load(memory, 0, FOUR), load(memory, 4 * lanes(memory), FOUR)
    s, t = a, a + 1.0
    for _ in range(repeats):
        for _ in range(n):
            s, t = s * a + b, t * a + b
    return total(s + t)


NAMES = ("read_all", "update_all", "multiply_add")


@functools.cache
def functions(dtype: str) -> SimpleNamespace:
    """Return the three measured functions (numbers, n, repeats)."""
    if not compiler():
        return SimpleNamespace(**{name: globals()[f"_{name}"] for name in NAMES})
    real = "float" if dtype == "float32" else "double"
    library = shared_library("roofline.c", f"-DREAL={real}", f"-DBYTES={VECTOR_BYTES}")

    def of(name):
        function = getattr(library, name)
        function.restype = ctypes.c_double
        function.argtypes = [ctypes.c_void_p, ctypes.c_long, ctypes.c_long]
        return lambda numbers, n, repeats: function(numbers.ctypes.data, n, repeats)

    return SimpleNamespace(**{name: of(name) for name in NAMES})


def seconds(function, numbers: np.ndarray, n: int, budget: float) -> float:
    """Return the time of one repeat: the fastest of nine tries within the budget."""
    function(numbers, n, 1)
    repeats, elapsed = 1, 0.0
    while elapsed < budget / 20:
        repeats *= 2
        start = time.perf_counter()
        function(numbers, n, repeats)
        elapsed = time.perf_counter() - start
    times = []
    for _ in range(9):
        start = time.perf_counter()
        function(numbers, n, repeats)
        times.append(time.perf_counter() - start)
    return min(times) / repeats


@functools.cache
def bandwidth(how: str, size: int, dtype: str, budget: float) -> float:
    """Return bytes per second of 'read' or 'update' in a working set of `size` bytes."""
    block = ACROSS * VECTOR_BYTES
    n = max(size // block, 1) * block // np.dtype(dtype).itemsize
    numbers = aligned_zeros(n, dtype)
    numbers[:] = 1
    function = getattr(functions(dtype), f"{how}_all")
    return n * numbers.itemsize / seconds(function, numbers, n, budget)


@functools.cache
def peak(dtype: str, budget: float) -> float:
    """Return floating-point operations per second in registers."""
    numbers = aligned_zeros(ACROSS * VECTOR_BYTES, dtype)
    numbers[:] = 0.5
    steps = 1000
    flops = FLOPS * steps * VECTOR_BYTES // numbers.itemsize
    return flops / seconds(functions(dtype).multiply_add, numbers, steps, budget)
