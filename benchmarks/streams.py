"""The evidence for streams: progressive scores of `partial_fit` along the tables.

Run ``python benchmarks/streams.py``: rows in a random order, ten at a time, predicted before they
are learned; as they are, and with all columns two and the target three standard deviations higher
from halfway on. Accuracy, or R² around the mean of each half; a table with a refused call has −1.
``--rate``, ``--memory`` try another learning rate and another memory of the statistics.
"""

import argparse

import numpy as np
import tables

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.training import moments

TABLES = [
    "german",
    "segment",
    "page_blocks",
    "chile",
    "satimage",
    "abalone",
    "airfoil",
    "computers",
]
TABLES += ["compactiv", "quakes"]
ROWS, BLOCK = 6000, 10


def progressive(name: str, rate: str | float, *, shifted: bool) -> float:
    """Return the score of the predictions that were made before each block was learned."""
    X, y, task = tables.load(name)
    classification = task == "classification"
    order = np.random.RandomState(0).permutation(len(X))[:ROWS]
    X, y = X[order], y[order] if classification else y[order].astype(float)
    half = len(X) // 2
    if shifted:
        X[half:] += 2 * X.std(axis=0)
        if not classification:
            y[half:] += 3 * y.std()
    kind = BackpropClassifier if classification else BackpropRegressor
    model, predicted = kind(random_state=0, learning_rate_init=rate), np.zeros(len(X))
    classes = {"classes": np.unique(y)} if classification else {}
    for n in range(0, len(X), BLOCK):
        rows = slice(n, n + BLOCK)
        if n:
            predicted[rows] = model.predict(X[rows])
        try:
            model.partial_fit(X[rows], y[rows], **classes)
        except ValueError:
            return -1.0
    if classification:
        return float(np.mean(predicted[BLOCK:] == y[BLOCK:]))
    centred = np.concatenate([y[:half] - y[:half].mean(), y[half:] - y[half:].mean()])
    return float(1 - np.sum((predicted - y)[BLOCK:] ** 2) / np.sum(centred[BLOCK:] ** 2))


def main() -> None:
    """Print both scores of each table, and the means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, help="learning rate (default: the automatic one)")
    parser.add_argument("--memory", type=float, default=moments.MEMORY, help="rows remembered")
    options = parser.parse_args()
    moments.MEMORY = options.memory
    rate = "auto" if options.rate is None else options.rate
    scores = []
    for name in TABLES:
        scores.append([progressive(name, rate, shifted=shifted) for shifted in (False, True)])
        print(f"{name:12} {scores[-1][0]:7.3f} as it is {scores[-1][1]:7.3f} shifted", flush=True)
    plain, shifted = np.maximum(scores, -1).mean(axis=0)
    print(f"{'mean':12} {plain:7.3f} as it is {shifted:7.3f} shifted")


if __name__ == "__main__":
    main()
