"""A vector value type: short arithmetic on `lanes` numbers at once, in registers.

The automatic vectoriser gives up on the loops of backpropagation: they are short, and NumPy arrays
may alias. Here a vector is a value: kernels load it from memory, compute with operators, and store
it. A vector may be wider than the machine's registers; LLVM splits it, so one source serves blocks
of one, two and four registers.

All operations have two meanings that agree. In compiled code a vector is an LLVM vector and memory
is a plain pointer, or one that knows its bounds, see `.span`. In Python a vector is a copied slice
of a NumPy array and memory is the array itself, with its bounds checked; `arithmetic`,
`elementwise` and `transfer` say what the machine does. On vectors, the operators and NumPy's
elementwise functions work in both; what NumPy has no name for is defined here.

Products and sums carry LLVM's ``contract`` flag: ``a * b + c`` becomes one fused instruction.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import binding

from ..compiling.numba_internals import option


def _vector_bytes() -> int:
    """Return the width of one register: 64 bytes with AVX-512, else 32.

    With 64 on a machine of 32, blocks of four spill the register file and float64 fell threefold.
    """
    features = option("CPU_FEATURES")
    if features is None:
        features = binding.get_host_cpu_features().flatten()
    return 64 if "+avx512f" in features else 32


VECTOR_BYTES = _vector_bytes()
MANY_REGISTERS = VECTOR_BYTES == 64  # 32, not 16
TILE = 4 if MANY_REGISTERS else 2  # vectors beside each other in a tile of four rows
ALIGNMENT = 64  # of parameters and buffers, whatever the register: a cache line


class One(NamedTuple):
    """A block of one register."""


class Two(NamedTuple):
    """A block of two registers."""


class Four(NamedTuple):
    """A block of four registers."""


REGISTERS = {One: 1, Two: 2, Four: 4}
ONE, TWO, FOUR = One(), Two(), Four()
# Rows are padded to whole cache lines, so these two serve any layer.
LINE, TWO_LINES = (ONE, TWO) if VECTOR_BYTES == ALIGNMENT else (TWO, FOUR)
PER_LINE = ALIGNMENT // VECTOR_BYTES  # registers


def lanes(numbers):
    """Return how many numbers of their dtype one register holds."""
    return VECTOR_BYTES // numbers.itemsize


def lanes_of(vector):
    """Return how many numbers the vector holds."""
    return vector.size


def pointer(array):
    """Return the array's numbers: a pointer when compiled, a flat view in Python.

    The array must be C-contiguous, and its owner must outlive the kernel.
    """
    flat = array.reshape(-1)
    if not np.shares_memory(flat, array) and array.size:
        raise ValueError("the array is not contiguous")
    return flat


def load(numbers, start, block):
    """Return the vector numbers[start], numbers[start + 1], ... as wide as the block."""
    return load_like(numbers, start, numbers[: REGISTERS[type(block)] * lanes(numbers)])


def advance(numbers, count):
    """Return the numbers from number `count` on."""
    return numbers[count:]


def load_like(numbers, start, vector):
    """Return the vector numbers[start], numbers[start + 1], ... as wide as the given one."""
    stop = start + vector.size
    if not 0 <= start < stop <= numbers.size:
        raise IndexError(f"load of [{start}, {stop}) from {numbers.size} numbers")
    return numbers[start:stop].copy()


def store(numbers, start, vector):
    """numbers[start], numbers[start + 1], ... ← vector."""
    stop = start + vector.size
    if not 0 <= start < stop <= numbers.size:
        raise IndexError(f"store to [{start}, {stop}) of {numbers.size} numbers")
    numbers[start:stop] = vector


def load_each(numbers, start, step, like):
    """Return a tuple of vectors like those of the tuple `like`, `step` numbers from each other."""
    return tuple(load_like(numbers, start + m * step, like[m]) for m in range(len(like)))


def store_each(numbers, start, step, vectors, like):
    """Store a tuple of vectors where `load_each` finds them; they must be as those of `like`.

    Raises
    ------
    TypeError
        If they are not: no number beyond what `like` stands for is written. A kernel does not
        compile then.
    """
    if not alike(vectors, like):
        raise TypeError(NOT_ALIKE)
    for m, vector in enumerate(vectors):
        store(numbers, start + m * step, vector)


def alike(vectors, like):
    """Tell whether two tuples have the same number of vectors, of the same dtypes and sizes."""
    kinds = [[(one.dtype, one.shape) for one in each] for each in (vectors, like)]
    return isinstance(vectors, tuple) and kinds[0] == kinds[1]


NOT_ALIKE = "there must be as many vectors as before, of the same dtypes"


def splat(numbers, block, number):
    """Return a vector of the numbers' dtype, as wide as the block, of one number."""
    return np.full(REGISTERS[type(block)] * lanes(numbers), number, numbers.dtype)


def total(vector):
    """Σ of the vector's lanes, in the order of a balanced tree."""
    while vector.size > 1:
        half = vector.size // 2
        vector = vector[:half] + vector[half:]
    return vector[0]


def totals(a, b, c, d):
    """Return the four vectors' totals, in this order, again and again in all lanes."""
    return np.resize(np.array([total(a), total(b), total(c), total(d)]), a.size)


def largest(vector):
    """Return the largest of the vector's lanes."""
    return vector.max()


def keep_first(vector, count, other):
    """Return the vector with all lanes from number `count` on taken from `other`, or set to it."""
    return np.where(np.arange(vector.size) < count, vector, np.asarray(other, vector.dtype))


def with_lane(vector, index, number):
    """Return the vector with lane `index` (if there is such a lane) replaced by the number."""
    return np.where(np.arange(vector.size) == index, vector.dtype.type(number), vector)


def uniform(like, number):
    """Return numbers in [0, 1), one per lane: a hash of number, number + 1, ... in 24 bits.

    Multiplications and shifts as in the finalizer of MurmurHash3; the same for both dtypes.
    """
    x = np.arange(like.size, dtype=np.uint32) + np.uint32(number & 0xFFFFFFFF)
    for factor, shift in HASH:
        x = x * np.uint32(factor)
        x = x ^ (x >> np.uint32(shift))
    return (x >> np.uint32(8)).astype(like.dtype) * like.dtype.type(2.0**-24)


HASH = ((0x9E3779B1, 16), (0x85EBCA6B, 13), (0xC2B2AE35, 16))


def fma(a, b, c):
    """a·b + c, with one rounding when compiled."""
    return a * b + c


def polynomial(x, coefficients):
    """Σ_k coefficients[k] x^k, summed in pairs (Estrin) when compiled: short in latency."""
    result = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        result = result * x + coefficient
    return result


def power_of_two(n):
    """2^n for integral n in the range of the dtype's normal exponents."""
    return np.ldexp(n.dtype.type(1), n.astype(np.int32))


def exponent(x):
    """⌊log2 x⌋ as a float, for positive normal x."""
    return (np.frexp(x)[1] - 1).astype(x.dtype)


def mantissa(x):
    """x / 2^⌊log2 x⌋, in [1, 2), for positive normal x."""
    return 2 * np.frexp(x)[0]
