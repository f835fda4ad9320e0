"""Compile and call ``yardstick.c``: online training in hand-vectorised C."""

import ctypes
import functools

import numpy as np
from compiled_c import shared_library
from llvmlite.binding import get_host_cpu_name

from fastbp import functions
from fastbp.network.layout import aligned_zeros
from fastbp.network.network import Network
from fastbp.vectors.simd import VECTOR_BYTES


@functools.cache
def library(dtype: str, bytes_: int = VECTOR_BYTES) -> ctypes.CDLL:
    """Return the yardstick compiled for one dtype, with all that this machine has."""
    single, double = functions.TANH_SINGLE, functions.EXPM1_DOUBLE
    constants = {
        "LOW": [single.low],
        "LIMIT": [single.limit],
        "SMALL": single.small,
        "NUMERATOR": single.numerator,
        "DENOMINATOR": single.denominator,
        "EXPM1": double.coefficients,
    }
    defines = [f"-D{name}={','.join(map(repr, values))}" for name, values in constants.items()]
    defines += ["-DREAL=float", "-DSINGLE"] if dtype == "float32" else ["-DREAL=double"]
    # Zen 4 takes two cycles for 64 bytes: two sums keep it busy, and C was measured 11 to 15 %
    # faster with them, until the weights no longer fit the second-level cache.
    four_from = 8192 if bytes_ == 64 and get_host_cpu_name() == "znver4" else 0
    lib = shared_library("yardstick.c", *defines, f"-DBYTES={bytes_}", f"-DFOUR_FROM={four_from}")
    lib.train.restype = ctypes.c_double
    return lib


class Yardstick:
    """The C function, bound to a copy of a network and to data.

    Parameters
    ----------
    network : Network
        Its parameters are copied.
    X, Y : ndarray
        Patterns, C-contiguous and of the network's dtype.
    eta : float
        Learning rate.
    relu : bool
        relu units, else tanh.
    """

    def __init__(self, network: Network, X: np.ndarray, Y: np.ndarray, eta: float, relu: bool):
        self.network = Network.of(network.weights, network.biases)
        self.layout = np.ascontiguousarray(np.array(self.network.layers, np.int64).T)
        self.units = [aligned_zeros(self.network.n_units, network.dtype) for _ in range(3)]
        self.X, self.Y, self.eta, self.relu = X, Y, eta, relu
        self.function = library(network.dtype.name).train

    def __call__(self, order: np.ndarray, epochs: int = 1) -> float:
        """Train with the patterns in this order, again and again; return Σ E_p of the last epoch.

        Arguments are converted once: that takes as long as a hundred patterns of a small network.
        """
        pointer = ctypes.c_void_p
        arguments = (
            pointer(self.network.parameters.ctypes.data),
            pointer(self.layout.ctypes.data),
            ctypes.c_long(len(self.layout)),
            pointer(self.X.ctypes.data),
            pointer(self.Y.ctypes.data),
            pointer(order.ctypes.data),
            ctypes.c_long(len(order)),
            ctypes.c_double(self.eta),
            pointer(self.units[0].ctypes.data),
            pointer(self.units[1].ctypes.data),
            pointer(self.units[2].ctypes.data),
            ctypes.c_int(self.relu),
        )
        for _ in range(epochs):
            error = self.function(*arguments)
        return error
