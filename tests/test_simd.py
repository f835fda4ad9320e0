"""Random numbers in a vector are uniform, and the same compiled; so are totals and lanes."""

import numpy as np
import pytest

from fastbp.compiling import jit
from fastbp.vectors.simd import ONE, keep_first, lanes, load, pointer, store, totals, uniform

NUMBERS = [0, 1, 12345, 2**31 - 1, 2**32 - 3, 2**40 + 7]


def test_uniform():
    numbers = uniform(np.zeros(1 << 16), 0)
    assert numbers.min() >= 0 and numbers.max() < 1
    assert abs(numbers.mean() - 0.5) < 4 * np.sqrt(1 / 12 / numbers.size)
    counts = np.histogram(numbers, 64, (0, 1))[0]
    assert ((counts - 1024) ** 2 / 1024).sum() < 63 + 4 * np.sqrt(2 * 63)
    np.testing.assert_array_equal(numbers * 2**24, np.rint(numbers * 2**24))
    for number in NUMBERS:
        single, double = (uniform(np.zeros(16, t), number) for t in (np.float32, np.float64))
        assert single.dtype == np.float32 and double.dtype == np.float64
        np.testing.assert_array_equal(single, double)
        np.testing.assert_array_equal(uniform(np.zeros(15), number + 1), double[1:])


def _uniforms(numbers, result):
    target = pointer(result)
    for n in range(numbers.size):
        like = load(target, n * lanes(target), ONE)
        store(target, n * lanes(target), uniform(like, numbers[n]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_compiled(dtype):
    width = lanes(np.zeros(1, dtype))
    result = np.full(len(NUMBERS) * width, -1, dtype)
    jit.kernel(_uniforms).uncached(np.array(NUMBERS), result)
    expected = np.concatenate([uniform(np.zeros(width, dtype), n) for n in NUMBERS])
    np.testing.assert_array_equal(result, expected)


def _totals(numbers, result):
    given, target = pointer(numbers), pointer(result)
    width = lanes(given)
    a, b = load(given, 0, ONE), load(given, width, ONE)
    c, d = load(given, 2 * width, ONE), load(given, 3 * width, ONE)
    four = totals(a, b, c, d)
    store(target, 0, four)
    store(target, width, keep_first(a, 3, four))
    for i in range(4):
        target[2 * width + i] = four[i]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_totals(dtype):
    width = lanes(np.zeros(1, dtype))
    numbers = np.random.default_rng(0).integers(-99, 99, (4, width)).astype(dtype)  # exact sums
    sums = numbers.sum(axis=1)
    repeated = np.tile(sums, width // 4)
    expected = np.concatenate(
        [repeated, numbers[0, :3], repeated[3:], sums, np.zeros(width - 4, dtype)]
    )
    for function in (_totals, jit.kernel(_totals).uncached):
        result = np.zeros(3 * width, dtype)
        function(numbers.ravel(), result)
        np.testing.assert_array_equal(result, expected)
