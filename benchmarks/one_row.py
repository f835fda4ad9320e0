"""Print what one row costs: `learn_one` beside River, tables of one row beside scikit-learn.

µs per call, least of many short interleaved repetitions. ``python benchmarks/one_row.py``; River
takes part where it is installed.
"""

import timeit
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.neural_network import MLPClassifier

from fastbp import BackpropClassifier

try:
    from river import linear_model
except ImportError:
    linear_model = None

ROUNDS, CALLS = 60, 500


def least(cases: dict[str, Callable], calls: int = CALLS) -> dict[str, float]:
    """Return µs per call of each."""
    found = dict.fromkeys(cases, np.inf)
    for _ in range(ROUNDS):
        for name, case in cases.items():
            found[name] = min(found[name], timeit.timeit(case, number=calls) / calls * 1e6)
    return found


def single_rows(n: int, hidden: int, n_classes: int, **parameters) -> None:
    """Print rows as dictionaries, lists and arrays, beside River's logistic regression."""
    rng = np.random.default_rng(0)
    names = [f"feature_{i}" for i in range(n)]
    X, y = rng.normal(size=(300, n)), np.arange(300) % n_classes
    model = BackpropClassifier((hidden,), random_state=0, **parameters)
    model.partial_fit(pd.DataFrame(X, columns=names), y, classes=np.arange(n_classes))
    row = X[0].tolist()
    x, array = dict(zip(names, row, strict=True)), X[0].copy()
    model.learn_one(x, 1)
    model.predict_one(x)
    cases = {
        "learn_one(dict)": lambda: model.learn_one(x, 1),
        "learn_one(list)": lambda: model.learn_one(row, 1),
        "learn_one(array)": lambda: model.learn_one(array, 1),
        "predict_one(dict)": lambda: model.predict_one(x),
        "predict_proba_one(dict)": lambda: model.predict_proba_one(x),
    }
    if linear_model:
        river = linear_model.LogisticRegression()
        river.learn_one(x, True)
        cases |= {
            "River's learn_one": lambda: river.learn_one(x, True),
            "River's predict_one": lambda: river.predict_one(x),
            "River's predict_proba_one": lambda: river.predict_proba_one(x),
        }
    found = least(cases)
    print(f"{n}-{hidden}-{n_classes} {parameters}")
    for name, time in found.items():
        peer = f"River's {name.split('(')[0]}"
        share = f"  x {time / found[peer]:.2f} of River's" if peer in found and "(" in name else ""
        print(f"  {name:26s} {time:7.2f}{share}")


def tables_of_one(n: int, hidden: int, n_classes: int) -> None:
    """Print tables of one row, beside scikit-learn's MLP."""
    rng = np.random.default_rng(0)
    X, y, classes = rng.normal(size=(300, n)), np.arange(300) % n_classes, np.arange(n_classes)
    ours = BackpropClassifier((hidden,), random_state=0).partial_fit(X, y, classes=classes)
    theirs = MLPClassifier((hidden,), random_state=0).partial_fit(X, y, classes=classes)
    x, label = X[:1].copy(), y[:1].copy()
    for _ in range(30):
        ours.partial_fit(x, label)
        ours.predict(x)
    cases = {
        "partial_fit": lambda: ours.partial_fit(x, label),
        "predict": lambda: ours.predict(x),
        "scikit-learn's partial_fit": lambda: theirs.partial_fit(x, label),
        "scikit-learn's predict": lambda: theirs.predict(x),
    }
    found = least(cases, 20)
    print(f"{n}-{hidden}-{n_classes}, tables of one row")
    for name in ("partial_fit", "predict"):
        factor = found[f"scikit-learn's {name}"] / found[name]
        print(f"  {name:26s} {found[name]:7.2f}  scikit-learn's takes {factor:.0f} times as long")


def small_fit() -> None:
    """Print a fit of 150 x 4, one epoch."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(150, 4)), np.arange(150) % 3
    cases = {}
    for standardize in (True, False):
        model = BackpropClassifier((8,), max_iter=1, random_state=0, standardize=standardize)
        model.set_params(learning_rate="constant", learning_rate_init=1e-3)
        cases[f"standardize={standardize}"] = lambda model=model: model.fit(X, y)
        model.fit(X, y)
    print("fit of 150 x 4, one epoch")
    for name, time in least(cases, 20).items():
        print(f"  {name:26s} {time:7.1f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    single_rows(10, 32, 2)
    single_rows(10, 32, 2, standardize=False, dtype="float64")
    single_rows(30, 64, 2)
    single_rows(64, 100, 10)
    for sizes in ((10, 32, 2), (30, 64, 2), (64, 100, 10)):
        tables_of_one(*sizes)
    small_fit()
