"""Arrays between two pages of memory that nobody may touch: who does gets a SIGSEGV. Linux only."""

import ctypes
import mmap

import numpy as np

PAGE, NOTHING = mmap.PAGESIZE, 0  # PROT_NONE, for which mmap has no name
SIDES = ("upper", "lower")

_libc = ctypes.CDLL(None, use_errno=True)


def _protect(start: int, size: int, what: int) -> None:
    if _libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(size), what):
        raise OSError(ctypes.get_errno(), "mprotect")


class Guard:
    """Makes arrays whose end meets the upper guard page, or whose beginning meets the lower one.

    Arrays whose end does are aligned to their items only, own memory as well: kernels ask for no
    more (vectors are loaded as if unaligned), and numbers between end and guard would be unguarded.

    Parameters
    ----------
    side : {"upper", "lower"}
        Which of them.
    """

    def __init__(self, side: str) -> None:
        self.side = side

    def copy(self, array: np.ndarray, *, writeable: bool = True) -> np.ndarray:
        """Return a copy of the array in its own layout, on pages of its own.

        Without leave to write, a write to them is a SIGSEGV as well, whatever the array's flags.
        """
        reach = [(n - 1) * stride for n, stride in zip(array.shape, array.strides, strict=True)]
        below = sum(-distance for distance in reach if distance < 0) if array.size else 0
        above = sum(distance for distance in reach if distance > 0) + array.itemsize
        extent = below + above if array.size else 0
        n_bytes = max(1, -(-extent // PAGE)) * PAGE
        memory = mmap.mmap(-1, n_bytes + 2 * PAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        offset = PAGE + below + (n_bytes - extent if self.side == "upper" else 0)
        copy = np.ndarray(array.shape, array.dtype, memory, offset, array.strides)
        copy[...] = array
        _protect(start, PAGE, NOTHING)
        _protect(start + PAGE + n_bytes, PAGE, NOTHING)
        if not writeable:
            _protect(start + PAGE, n_bytes, mmap.PROT_READ)
        return copy

    def zeros(self, size: int, dtype: np.dtype) -> np.ndarray:
        """Stand in for `fastbp.network.layout.aligned_zeros`."""
        return self.copy(np.zeros(size, dtype))

    def fixed(self, array: np.ndarray) -> np.ndarray:
        """Return a copy that cannot be written to."""
        return self.copy(array, writeable=False)


def is_guarded(array: np.ndarray) -> bool:
    """Tell whether the array is, or lies in, one that a `Guard` has made."""
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base.obj if isinstance(base, memoryview) else base, mmap.mmap)
