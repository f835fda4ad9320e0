"""What it costs not to know a stream's features and classes in advance, in time and in score.

Run ``python benchmarks/growing.py``. Time: a stream of 10 000 rows, each of which has one column
that no row before had, against the same rows where all names were in a row before; the two take
turns, row by row, in one process, and the ratio is to be at most 2. ``--names`` takes fewer. Score:
digits in a random order, predicted before they are learned, some classes or columns of which come
late, against a network that knew all of them from the start.
"""

import argparse
import time

import numpy as np
import pandas
from sklearn.datasets import load_digits

from fastbp import BackpropClassifier, BackpropRegressor

SEEDS = 6


def seconds_of_names(n_names: int) -> tuple[float, float]:
    """Return what the rows take where names come one by one, and where all are known."""
    names = [f"column {n}" for n in range(n_names)]
    rng = np.random.default_rng(0)
    values, y = rng.normal(size=n_names), rng.normal(size=n_names)
    one_by_one, at_once = (BackpropRegressor(random_state=0, new_features="add") for _ in range(2))
    seconds = [0.0, 0.0]

    def learn(number: int, model: BackpropRegressor, frame: pandas.DataFrame, n: int) -> None:
        start = time.perf_counter()
        model.partial_fit(frame, y[n : n + 1])
        seconds[number] += time.perf_counter() - start

    warm = BackpropRegressor(random_state=0)
    warm.partial_fit(np.ones((1, 3)), [1.0]).partial_fit(np.ones((1, 3)), [1.0])  # compiles
    all_names = pandas.DataFrame(rng.normal(size=(1, n_names)), columns=names)
    for n in range(n_names):
        frame = pandas.DataFrame({names[n]: values[n : n + 1]})
        learn(0, one_by_one, frame, n)
        learn(1, at_once, frame if n else all_names, n)
    assert one_by_one.n_features_in_ == at_once.n_features_in_ == n_names
    return seconds[0], seconds[1]


def progressive(seed: int, late: str, known: int, *, grows: bool) -> float:
    """Return the accuracy of predictions before each row is learned."""
    X, y = load_digits(return_X_y=True)
    rows = np.random.default_rng(seed).permutation(len(y))
    frame = pandas.DataFrame(X[rows], columns=[f"pixel {n}" for n in range(X.shape[1])])
    y, names = y[rows], frame.columns
    if late == "classes":
        first = np.flatnonzero(y < known)[:300]
        rest = np.setdiff1d(np.arange(len(y)), first)
        order = np.concatenate([first, rest])
        frame, y = frame.iloc[order].reset_index(drop=True), y[order]
    adds = {"new_classes" if late == "classes" else "new_features": "add"} if grows else {}
    model, classes = BackpropClassifier(random_state=seed, **adds), np.arange(10)
    every_second = np.arange(len(names)) % 2 == 0
    right = 0
    for n in range(900):
        row = frame.iloc[n : n + 1]
        if late == "columns" and n < 300:
            row = row[names[every_second]] if grows else row * every_second
        right += bool(n) and model.predict(row)[0] == y[n]
        model.partial_fit(
            row, y[n : n + 1], classes=None if n or "new_classes" in adds else classes
        )
    return right / 899


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=10_000)
    n_names = parser.parse_args().names
    growing, known = seconds_of_names(n_names)
    print(f"{n_names} names: one by one {growing:.2f} s, at once {known:.2f} s", end=", ")
    print(f"ratio {growing / known:.2f}")
    for late, count in (("classes", 2), ("classes", 5), ("classes", 10), ("columns", 10)):
        scores = [
            [progressive(seed, late, count, grows=grows) for seed in range(SEEDS)]
            for grows in (True, False)
        ]
        means = np.mean(scores, axis=1)
        print(f"{late} come late, {count} are known: {means[0]:.3f}, known from the start ", end="")
        print(f"{means[1]:.3f}, standard deviation over seeds {np.std(scores, axis=1).max():.3f}")


if __name__ == "__main__":
    main()
