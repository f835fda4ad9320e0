"""Run a function of vectors over an array, compiled."""

import numpy as np

from fastbp.compiling.jit import inlined, kernel
from fastbp.vectors.simd import ONE, lanes, load, pointer, store


def apply_compiled(function, array):
    """Return function(array), computed by a kernel that loads and stores vectors."""
    array = np.asarray(array)
    width = 64
    padded = np.zeros(-(-array.size // width) * width, array.dtype)
    padded[: array.size] = array.ravel()
    result = np.empty_like(padded)
    _compile(function)(padded, result)
    return result[: array.size].reshape(array.shape)


_kernels = {}


def _compile(function):
    if function not in _kernels:

        def apply(values, result):
            source, target = pointer(values), pointer(result)
            for i in range(0, values.size, lanes(source)):
                store(target, i, function(load(source, i, ONE)))

        _kernels[function] = kernel(apply).uncached
    return _kernels[function]


__all__ = ["apply_compiled", "inlined"]
