"""Random numbers in a vector are uniform, and the same compiled."""

import numpy as np
import pytest

from fastbp import jit
from fastbp.kernels.simd import ONE, lanes, load, pointer, store, uniform

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
