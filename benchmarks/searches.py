"""Searches of scikit-learn: data, candidates, who is searched, and how long it takes.

``searches.py fastbp`` (or scikit-learn) times a new process's import and first search.
"""

import json
import sys
import time
import warnings

import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits, load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

DATA = {"iris": load_iris, "digits": load_digits}
GRID = {  # twelve candidates
    "hidden_layer_sizes": [(16,), (32,), (64,)],
    "alpha": [1e-4, 1e-2],
    "learning_rate_init": [1e-3, 1e-2],
}
RANDOM = {"hidden_layer_sizes": [(16,), (32,), (64,)], "alpha": loguniform(1e-5, 1e-1)}
RANDOM |= {"learning_rate_init": loguniform(1e-3, 1e-1)}
FOLDS = 5


def standardized(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return X, its columns standardised, and y."""
    X, y = DATA[name](return_X_y=True)
    return StandardScaler().fit_transform(X), y


def twins(max_iter: int) -> dict:
    """Return an estimator of each, with the same parameters: Adam, batches of 200, relu."""
    from fastbp import BackpropClassifier

    mlp = MLPClassifier(max_iter=max_iter, random_state=0)
    return {"fastbp": BackpropClassifier.from_sklearn(mlp), "peer": mlp}


def search_of(kind: str, estimator, n_jobs: int | None, max_iter: int):
    """Return a search that has not begun."""
    common = {"cv": FOLDS, "n_jobs": n_jobs, "refit": False}
    if kind == "grid":
        return GridSearchCV(estimator, GRID, **common)
    common["random_state"] = 0
    if kind == "random":
        return RandomizedSearchCV(estimator, RANDOM, n_iter=12, **common)
    resource = {"resource": "max_iter", "min_resources": max(1, max_iter // 9)}
    return HalvingGridSearchCV(estimator, GRID, max_resources=max_iter, **resource, **common)


def timed(search, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the seconds of a search, and the score of every candidate in every split."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "hasn't converged yet": it is not meant to
        start = time.perf_counter()
        search.fit(X, y)
        seconds = time.perf_counter() - start
    names = [f"split{n}_test_score" for n in range(FOLDS)]
    return seconds, np.array([search.cv_results_[name] for name in names])


def first(who: str) -> None:
    """Print how long import and first search of iris take."""
    X, y = standardized("iris")
    start = time.perf_counter()
    estimator = twins(20)["fastbp"] if who == "fastbp" else MLPClassifier(max_iter=20)
    timed(search_of("grid", estimator, None, 20), X, y)
    print("\n" + json.dumps({"seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    first(sys.argv[1])
