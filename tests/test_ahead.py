"""Compiling ahead, the notice of a cold cache, and machine code that is what it should be."""

import os
import platform
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from trained import LOSSES, random_network, random_patterns, trainer

import fastbp
from fastbp import ahead
from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.batches.minibatch import train_batches
from fastbp.kernels.delayed import train_delayed
from fastbp.kernels.online import train_online
from fastbp.vectors.simd import PER_LINE, TILE, VECTOR_BYTES

NOTICE = "fastbp: compiling kernels"
FIT = """
import warnings, numpy as np
from fastbp import BackpropRegressor
from fastbp.kernels import delayed, predict
warnings.simplefilter("ignore")
X = np.eye(4, dtype=np.float32)
model = BackpropRegressor(max_iter=1).fit(X, [0.0, 1, 2, 3])
model.predict(X)
model.predict(np.resize(X, (5000, 4)))
for kernel in (delayed.train_delayed, predict.predict_few, predict.predict_many):
    print(sum(kernel.cached.stats.cache_hits.values()), end=" ")
    print(sum(kernel.cached.stats.cache_misses.values()), end=" ")
"""


def run(folder, *arguments):
    package = Path(fastbp.__file__).parents[1]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": str(package)}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    )


SEARCH = """
import warnings, numpy as np
from fastbp import BackpropRegressor
from sklearn.model_selection import GridSearchCV
if __name__ == "__main__":
    warnings.simplefilter("ignore")
    X = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    grid = {"hidden_layer_sizes": [2, 3], "learning_rate_init": [0.01, 0.1]}
    model = BackpropRegressor(max_iter=2, random_state=0)
    print(GridSearchCV(model, grid, cv=2, n_jobs=2).fit(X, X[:, 0]).best_score_)
"""


def test_warmup_from_the_command_line(tmp_path):
    """And what it compiles serves other processes, which compile nothing."""
    cache, script = tmp_path / "cache", tmp_path / "search.py"
    warmed = run(cache, "-m", "fastbp", "warmup", "--dtype", "float32")
    steps = [line.split("s  ")[1] for line in warmed.stdout.splitlines()]
    assert steps == [
        "BackpropRegressor, values, float32",
        "BackpropClassifier, two classes, float32",
        "BackpropClassifier, more classes, float32",
    ]
    assert warmed.stderr.count(NOTICE) == 1  # the cache was cold
    files = {path: path.stat().st_mtime_ns for path in cache.rglob("*.*")}
    script.write_text(SEARCH)
    fitted, searched = run(cache, "-c", FIT), run(cache, str(script))
    assert fitted.stdout.split() == ["1", "0"] * 3
    assert NOTICE not in fitted.stderr + searched.stderr  # the cache is warm
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*.*")} == files


def test_warmup_of_an_estimator(tmp_path):
    run(
        tmp_path,
        "-c",
        "import fastbp; fastbp.warmup([fastbp.BackpropRegressor(early_stopping=True, alpha=1)], "
        "dtypes=['float32'])",
    )
    fit = FIT.replace("max_iter=1", "alpha=0.1, max_iter=1")
    fit = fit.replace("delayed.train_delayed", "online.train_online").replace("delayed,", "online,")
    assert run(tmp_path, "-c", fit).stdout.split() == ["1", "0"] * 3


class Loud(fastbp.BackpropRegressor):
    def fit(self, X, y):
        warnings.warn("machine code can't be kept", stacklevel=2)
        warnings.warn("anything else", stacklevel=2)
        return super().fit(X, y)


def test_warmup_lets_what_is_said_of_machine_code_pass(interpreted, monkeypatch):
    monkeypatch.setattr(ahead, "MANY", 3)
    with pytest.warns(UserWarning) as caught:
        fastbp.warmup([Loud(hidden_layer_sizes=(2,))], dtypes=["float32"])
    assert [str(warning.message) for warning in caught] == ["machine code can't be kept"]


# What is measured on machine code as users have it.
unchecked = pytest.mark.skipif(jit.CHECKED, reason="every access is followed by a branch")

# In the first layer's sweep update and forward pass, in the later layers' delta and update:
FUSED = {
    # each in blocks of two cache lines and of one,
    "online": (train_online, {"momentum": 0.9}, 2 * 2 * (2 + 1) * PER_LINE),
    # of four patterns each, and the later layers as above.
    "delayed": (train_delayed, {}, 2 * 4 + 2 * (2 + 1) * PER_LINE),
}


@unchecked
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", FUSED)
def test_hot_loops_are_vector_code(kind, dtype):
    if platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("the names of instructions are those of x86")
    sizes = [3, 7, 2]
    X, d = random_patterns(4, sizes, "SquaredError", dtype)
    kernel, rule, least = FUSED[kind]
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    training = trainer(random_network(sizes, dtype), X, d, *formulas, **rule)
    assert training.kernel is kernel.cached
    training.kernel = kernel.uncached  # machine code from disk comes without its assembly
    training.epoch(np.arange(4))
    assembly = training.kernel.inspect_asm(training.kernel.signatures[-1])
    letter, register = {4: "s", 8: "d"}[dtype().itemsize], {64: "zmm", 32: "ymm"}[VECTOR_BYTES]
    fused = list(re.finditer(rf"\tvfmadd\d+p{letter}\t.*%{register}", assembly))
    assert len(fused) >= least
    # From the first to the last, all loops over patterns and weights: no call may be in them.
    assert "\tcall" not in assembly[fused[0].start() : fused[-1].end()]


def test_tiles_are_vector_code():
    if platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("the names of instructions are those of x86")
    X, d = random_patterns(4, [3, 7, 2], "SquaredError", np.float32)
    network = random_network([3, 7, 2], np.float32)
    formulas = ACTIVATIONS["relu"], LOSSES["SquaredError"]  # without products of their own
    training = trainer(network, X, d, *formulas, batch_size=2)
    training.kernel = train_batches.uncached  # machine code from disk comes without its assembly
    training.epoch(np.arange(4))
    assembly = training.kernel.inspect_asm(training.kernel.signatures[-1])
    register = {64: "zmm", 32: "ymm"}[VECTOR_BYTES]
    # Four rows of TILE registers each, in `multiply` and in `outer`, and four by two in `dots`.
    assert len(re.findall(rf"\tvfmadd\d+ps\t.*%{register}", assembly)) >= 2 * 4 * TILE + 4 * 2
