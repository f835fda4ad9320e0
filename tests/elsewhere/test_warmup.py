"""Compiling ahead, and who finds what has been compiled."""

import os
import subprocess
import sys
from pathlib import Path

import fastbp

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
    steps = [line.split(" s  ")[1] for line in warmed.stdout.splitlines()]
    assert steps == [
        "1/3  BackpropRegressor, values, float32",
        "2/3  BackpropClassifier, two classes, float32",
        "3/3  BackpropClassifier, more classes, float32",
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
