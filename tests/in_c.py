"""Networks in C, compiled here, and called from Python."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

from fastbp.export import to_c

CC, CXX = shutil.which("cc") or shutil.which("gcc"), shutil.which("c++") or shutil.which("g++")
STRICT = "-Wall -Wextra -pedantic -Werror -Wshadow -Wdouble-promotion".split()
needs_compiler = pytest.mark.skipif(CC is None, reason="no C compiler")


def build(folder, sources, *options):
    """Compile C sources, a dictionary of file names, into one library; return its path."""
    for name, text in sources.items():
        (folder / name).write_text(text)
    target = folder / f"networks{len(list(folder.iterdir()))}.so"
    units = [name for name in sources if not name.startswith("part_")]
    command = [CC, "-std=c99", *STRICT, *options, "-shared", "-fPIC", *units, "-o", target, "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    return target


def networks_of(folder, models, **options):
    """Return the networks in C of some estimators, compiled together: all in one library."""
    texts = {f"part_{n}.c": to_c(model, name=f"n{n}", **options) for n, model in enumerate(models)}
    whole = "".join(f'#include "{name}"\n' for name in texts)
    library = ctypes.CDLL(str(build(folder, {**texts, "all.c": whole}, "-O0")))
    dtype = options.get("dtype")
    return [InC(library, f"n{n}", model, dtype) for n, model in enumerate(models)]


def pointer(numbers):
    return numbers.ctypes.data_as(ctypes.c_void_p)


class InC:
    """A network in C, as an estimator is called."""

    def __init__(self, library, name, model, dtype=None):
        self.library, self.name = library, name
        self.dtype = np.dtype(dtype or model.coefs_[0].dtype)
        self.classes, self.n_outputs = getattr(model, "classes_", None), len(model.intercepts_[-1])
        self.one_label = self.classes is not None and (
            not model._label_binarizer.y_type_.startswith("multilabel")
        )
        self.address = ctypes.addressof(ctypes.c_char.in_dll(library, f"{name}_trained"))

    def call(self, what, x, *more):
        function = getattr(self.library, f"{self.name}_{what}")
        x = np.ascontiguousarray(x, self.dtype)
        return function(ctypes.c_void_p(self.address), pointer(x), *more)

    def predict(self, X):
        if self.one_label:
            return self.classes[[self.call("predict", x) for x in X]]
        dtype = self.dtype if self.classes is None else np.int32
        result = np.zeros((len(X), self.n_outputs), dtype)
        for x, y in zip(X, result, strict=True):
            self.call("predict", x, pointer(y))
        return result.ravel() if self.n_outputs == 1 else result

    def predict_proba(self, X):
        result = np.zeros((len(X), len(self.classes)), self.dtype)
        for x, y in zip(X, result, strict=True):
            self.call("predict_proba", x, pointer(y))
        return result

    def learn(self, x, target):
        """Learn a row, its target as in y; of one class per row, its number."""
        if self.one_label:
            return self.call("learn", x, ctypes.c_int(target))
        dtype = self.dtype if self.classes is None else np.int32
        return self.call("learn", x, pointer(np.atleast_1d(np.asarray(target, dtype))))

    def struct(self, size):
        """Return the bytes of the network."""
        return ctypes.string_at(self.address, size)


def difference(found, wanted):
    """Return the largest difference, relative to the largest number that is wanted."""
    return np.abs(found - wanted).max() / np.abs(wanted).max()
