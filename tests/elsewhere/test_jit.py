"""Machine code on disk: found again, never stale, never of somebody else's source, and optional."""

import gc
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import fastbp
from fastbp.compiling import jit

TRAIN = """
import json, numpy as np
from fastbp import BackpropRegressor
from fastbp.kernels.delayed import train_delayed
{more}
X = np.arange(40.0).reshape(8, 5) % 7 / 7
model = BackpropRegressor((3,), activation={activation}, loss="squared_error", alpha=0, momentum=0,
                          batch_size=1, learning_rate_init=0.1, random_state=0, standardize=False)
model.partial_fit(X, X[:, 0])
numbers = np.concatenate([w.ravel() for w in model.coefs_ + model.intercepts_]).tolist()
stats = getattr(train_delayed.cached, "stats", None)
names = ("cache_hits", "cache_misses") if stats else ()
count = [sum(getattr(stats, name).values()) for name in names]
print(json.dumps([numbers, count, len(getattr(train_delayed.uncached, "signatures", ()))]))
"""

CUBE = """
from typing import NamedTuple
from fastbp.activations import value, derivative

class Cube(NamedTuple):
    scale: float = 0.1

@value.register(Cube)
def _(activation, net):
    return activation.scale * net * net * net

@derivative.register(Cube)
def _(activation, net, out):
    return 3 * activation.scale * net * net
"""


@pytest.fixture
def package(tmp_path):
    """Return a copy of the package, without its caches."""
    source = Path(fastbp.__file__).parent
    return shutil.copytree(
        source, tmp_path / "site" / "fastbp", ignore=shutil.ignore_patterns("__pycache__")
    )


def run(package, code, **environment):
    """Run code with this copy of the package in a new process; return what it prints.

    Without .pyc files (-B), which Python itself believes by a source's time and size.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "PYTHON"))}
    environment = inherited | {"PYTHONPATH": str(package.parent)} | environment
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", code],
        env=environment,
        cwd=package.parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip() or "null")


def train(package, activation='"tanh"', more="", **environment):
    code = TRAIN.format(activation=activation, more=more)
    numbers, count, n_uncached = run(package, code, **environment)
    return np.array(numbers), count, n_uncached


def machine_code(folder):
    return {file.name: file.stat().st_mtime_ns for file in folder.rglob("*.kernel")}


def test_machine_code_is_found_again_and_never_stale(package, tmp_path):
    """Edits keep a file's size and its time: nothing but its content tells."""
    cache = tmp_path / "cache"
    first, count, n_uncached = train(package, NUMBA_CACHE_DIR=str(cache))
    assert count == [0, 1] and n_uncached == 0
    files = machine_code(cache)
    assert len(files) == 1

    again, count, _ = train(package, NUMBA_CACHE_DIR=str(cache))
    assert count == [1, 0] and machine_code(cache) == files
    np.testing.assert_array_equal(again, first)

    file = package / "kernels/layers.py"
    old, new = "dot = dot + load(memory.w", "dot = dot - load(memory.w"
    text, status = file.read_text(), file.stat()
    assert old in text and len(old) == len(new)
    file.write_text(text.replace(old, new))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_size == status.st_size
    edited, count, _ = train(package, NUMBA_CACHE_DIR=str(cache))
    none = tmp_path / "none"
    truth, _, _ = train(package, NUMBA_DISABLE_JIT="1", NUMBA_CACHE_DIR=str(none))
    assert not none.exists()
    assert count == [0, 1] and np.abs(edited - first).max() > 1e-3
    np.testing.assert_allclose(edited, truth, rtol=1e-12, atol=1e-14)


def test_records_from_outside_are_not_cached(package, tmp_path):
    cache = tmp_path / "cache"
    numbers, count, n_uncached = train(
        package, activation="Cube()", more=CUBE, NUMBA_CACHE_DIR=str(cache)
    )
    assert count == [0, 0] and n_uncached == 1 and not machine_code(cache)
    truth, _, _ = train(package, activation="Cube()", more=CUBE, NUMBA_DISABLE_JIT="1")
    np.testing.assert_allclose(numbers, truth, rtol=1e-12, atol=1e-14)


def test_importing_compiles_nothing(package, tmp_path):
    code = """
import gc, fastbp
from numba.core.dispatcher import Dispatcher
compiled = [d for d in gc.get_objects() if issubclass(type(d), Dispatcher) and d.signatures]
print([d.py_func.__module__ for d in compiled if d.py_func.__module__.startswith("fastbp")])
"""
    cache = tmp_path / "cache"
    assert run(package, code, NUMBA_CACHE_DIR=str(cache)) == []
    assert not cache.exists() or not any(cache.rglob("*"))


@pytest.mark.parametrize("enabled", [True, False])
def test_no_garbage_collection_while_compiling(enabled):
    """And after it as before it, even if compilation fails."""
    seen = []

    def look(n):
        raise NotImplementedError

    @numba.extending.overload(look)
    def _(n):
        seen.append(gc.isenabled())
        return (lambda n: 1) if isinstance(n, numba.types.Integer) else None

    function = jit.kernel(lambda n: look(n))
    (gc.enable if enabled else gc.disable)()
    try:
        assert function.uncached(3) == 1
        assert not any(seen) and seen and gc.isenabled() == enabled
        with pytest.raises(numba.TypingError):
            function.uncached(1.5)
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_garbage_is_collected_after_kernels_within_kernels():
    def inner(n):
        return n + 1

    def outer(n):
        return inner(n)

    kernel = jit.kernel(inner).uncached  # in another compilation, it is a part
    inner = numba.njit(inner)
    assert kernel(1) == jit.kernel(outer).uncached(1) == 2 and gc.isenabled()
