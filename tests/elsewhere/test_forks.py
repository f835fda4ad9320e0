"""A process that forks while one of its threads compiles: children that compile and train."""

import os
import subprocess
import sys

import pytest

FORKS = """
import gc, os, threading, time, warnings
import numpy as np
from fastbp.compiling import jit
from numba import njit

def square(values):
    total = 0.0
    for value in values:
        total += value * value
    return total

def cached(values):
    return square(values)

cached.__module__ = "fastbp"
square = njit(square)
compiled = []

def compile_for_ever():
    while True:
        for function in (cached, square.py_func):
            kernel = jit.kernel(function)
            (kernel.cached if function is cached else kernel.uncached)(np.arange(4.0))
            compiled.append(kernel)

threading.Thread(target=compile_for_ever, daemon=True).start()
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 dislikes forks beside threads
while not compiled:
    time.sleep(0.01)
for n in range(12):
    time.sleep(0.013 * n)
    child = os.fork()
    if child == 0:
        kernel = jit.kernel(cached)
        fine = kernel.cached(np.arange(3.0)) == 5 and kernel.uncached(np.arange(2)) == 1
        os._exit(0 if fine and gc.isenabled() else 1)
    assert os.waitpid(child, 0)[1] == 0
before = len(compiled)
time.sleep(1)
assert len(compiled) > before  # the parent goes on
print("done", flush=True)
os._exit(0)
"""

AFTER_A_FIT = """
import os, warnings
import numpy as np
from fastbp import BackpropEnsembleRegressor

warnings.simplefilter("ignore")
X = np.arange(60.0).reshape(20, 3)
model = BackpropEnsembleRegressor((4,), n_estimators=4, n_jobs=3, max_iter=3, random_state=0)
expected = model.fit(X, X[:, 0]).predict(X)
child = os.fork()
if child == 0:
    fine = np.array_equal(model.predict(X), expected)
    fine = fine and np.array_equal(model.fit(X, X[:, 0]).predict(X), expected)
    os._exit(0 if fine else 1)
assert os.waitpid(child, 0)[1] == 0
print("done", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.parametrize("program", [FORKS, AFTER_A_FIT], ids=["compiling", "after a fit"])
def test_forks(program, tmp_path):
    """While a thread compiles, and after threads have trained."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "done\n"
