"""A small kernel of which the machine code is kept, and what keeping it comes to."""

import errno
import os
import warnings
from pathlib import Path

import numpy as np

from fastbp.compiling import jit


def small(values):
    """Return the sum of squares: quickly compiled."""
    total = 0.0
    for value in values:
        total += value * value
    return total


small.__module__ = "fastbp"  # others' kernels are not kept


def run():
    """Run the kernel as a new process would; return whether it was found and what is warned of."""
    function = jit.kernel(small).cached
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert function(np.arange(4.0)) == 14
    assert all(warning.filename == __file__ for warning in caught)  # who called
    return bool(function.stats.cache_hits), [str(warning.message) for warning in caught]


def read_only(*unwritable):
    """Let nothing be opened for writing below some folders; modes don't bind root."""

    def open_for_us(path, flags):
        if any(folder in Path(path).parents for folder in unwritable):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return os.open(path, flags, 0o644)

    return open_for_us
