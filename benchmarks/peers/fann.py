"""FANN, the C library for neural networks, through ctypes."""

import ctypes
import os
import tempfile
from ctypes import POINTER, c_char_p, c_double, c_float, c_uint, c_void_p
from ctypes.util import find_library
from functools import cache
from typing import ClassVar

import numpy as np

from .interface import Peer

# From fann_data.h.
LINEAR, SIGMOID_SYMMETRIC = 0, 5
TRAIN_INCREMENTAL = 0
ERRORFUNC_LINEAR = 0
CONNECTIONS = "connections (connected_to_neuron, weight)"  # last line of a saved network
REALS = {"float32": ("floatfann", c_float), "float64": ("doublefann", c_double)}


@cache
def library(dtype: str) -> ctypes.CDLL | None:
    """Return FANN's library for one dtype, or None."""
    name, real = REALS[dtype]
    path = find_library(name)
    if path is None:
        return None
    lib = ctypes.CDLL(path)
    lib.fann_create_standard_array.restype = c_void_p
    lib.fann_create_train_from_callback.restype = c_void_p
    lib.fann_train_epoch.argtypes = [c_void_p, c_void_p]
    lib.fann_get_total_connections.argtypes = [c_void_p]
    lib.fann_get_connection_array.argtypes = [c_void_p, c_void_p]
    lib.fann_save.argtypes = [c_void_p, c_char_p]
    lib.fann_create_from_file.restype = c_void_p
    lib.fann_set_learning_rate.argtypes = [c_void_p, c_float]
    for kind in "hidden", "output":
        getattr(lib, f"fann_set_activation_steepness_{kind}").argtypes = [c_void_p, real]
    lib.fann_destroy.argtypes = lib.fann_destroy_train.argtypes = [c_void_p]
    return lib


class Fann(Peer):
    """`fann_train_epoch` with FANN_TRAIN_INCREMENTAL: one update per pattern.

    tanh only (its rectifier came later than the common 2.2). FANN takes outputs beyond ±0.98 as
    ±0.98 in the derivative, and its learning rate is a float: equal to some digits.
    """

    name: ClassVar[str] = "FANN"
    remark: ClassVar[str] = "`fann_train_epoch`, incremental; clips f′ at |out| = 0.98; no relu"
    tolerance: ClassVar[dict[str, float]] = {"float32": 0.02, "float64": 0.02}

    @classmethod
    def absence(cls) -> str | None:
        """Return that there is no library, if so."""
        found = all(library(dtype) for dtype in REALS)
        return None if found else "libfann (libfloatfann, libdoublefann) not installed"

    @classmethod
    def version(cls) -> str:
        """Return the library's file name."""
        return str(find_library("floatfann"))

    @classmethod
    def refusal(cls, case) -> str | None:
        """Return that the case is not tanh, if so."""
        return None if case.activation == "tanh" else "no relu"

    def __init__(self, case):
        super().__init__(case)
        self.lib, self.real = library(case.dtype), REALS[case.dtype][1]
        lib, sizes = self.lib, case.sizes
        self.ann = c_void_p(
            lib.fann_create_standard_array(len(sizes), (c_uint * len(sizes))(*sizes))
        )
        lib.fann_set_activation_function_hidden(self.ann, SIGMOID_SYMMETRIC)
        lib.fann_set_activation_function_output(self.ann, LINEAR)
        lib.fann_set_activation_steepness_hidden(self.ann, 1.0)
        lib.fann_set_activation_steepness_output(self.ann, 1.0)
        lib.fann_set_train_error_function(self.ann, ERRORFUNC_LINEAR)
        lib.fann_set_training_algorithm(self.ann, TRAIN_INCREMENTAL)
        lib.fann_set_learning_rate(self.ann, case.eta)

        class Connection(ctypes.Structure):
            _fields_ = (("sender", c_uint), ("receiver", c_uint), ("weight", self.real))

        self.connections = (Connection * lib.fann_get_total_connections(self.ann))()
        self.set_weights(case.network())
        self.sets = {}

    def __del__(self):
        """Free what the library holds."""
        for data in getattr(self, "sets", {}).values():
            self.lib.fann_destroy_train(data)
        if hasattr(self, "ann"):
            self.lib.fann_destroy(self.ann)

    def data_set(self, rows: int) -> c_void_p:
        """Return the library's copy of the first rows."""
        sizes = self.case.sizes

        @ctypes.CFUNCTYPE(None, c_uint, c_uint, c_uint, POINTER(self.real), POINTER(self.real))
        def give(row, n_inputs, n_outputs, inputs, outputs):
            np.ctypeslib.as_array(inputs, (n_inputs,))[:] = self.X[row]
            np.ctypeslib.as_array(outputs, (n_outputs,))[:] = self.Y[row]

        create = self.lib.fann_create_train_from_callback
        return c_void_p(create(rows, sizes[0], sizes[-1], give))

    def run(self, rows: int, epochs: int) -> None:
        """Go on from where the last run ended."""
        if rows not in self.sets:
            self.sets[rows] = self.data_set(rows)
        for _ in range(epochs):
            self.lib.fann_train_epoch(self.ann, self.sets[rows])

    def _connections(self) -> np.ndarray:
        """Return a view of the connections as the library has them now."""
        self.lib.fann_get_connection_array(self.ann, self.connections)
        return np.ctypeslib.as_array(self.connections)

    def _blocks(self, numbers: np.ndarray):
        """Yield a view (fan_out, fan_in + 1) of each layer's weights, the bias last."""
        at = 0
        for fan_in, fan_out in zip(self.case.sizes, self.case.sizes[1:], strict=False):
            n = (fan_in + 1) * fan_out
            yield numbers[at : at + n].reshape(fan_out, fan_in + 1)
            at += n

    def set_weights(self, network) -> None:
        """Give it the weights of a network.

        By way of a file: `fann_set_weight_array` looks for every connection among all, which takes
        minutes for 400,000.
        """
        numbers = np.zeros(len(self.connections), self.case.dtype)
        layers = zip(self._blocks(numbers), network.weights, network.biases, strict=True)
        for block, w, b in layers:
            block[:, :-1], block[:, -1] = w.T, b
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "network")
            self.lib.fann_save(self.ann, file.encode())
            with open(file) as stream:
                *settings, _ = stream.read().splitlines()
            senders = self._connections()["sender"]
            pairs = zip(senders.tolist(), numbers.tolist(), strict=True)
            line = " ".join(f"({sender}, {number!r})" for sender, number in pairs)
            with open(file, "w") as stream:
                stream.write("\n".join([*settings, f"{CONNECTIONS}={line} ", ""]))
            self.lib.fann_destroy(self.ann)
            self.ann = c_void_p(self.lib.fann_create_from_file(file.encode()))

    def weights(self):
        """Return views of the connections."""
        blocks = list(self._blocks(self._connections()["weight"].copy()))
        return [block[:, :-1].T for block in blocks], [block[:, -1] for block in blocks]
