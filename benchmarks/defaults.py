"""The evidence for the defaults: scores and times on real tables, as they come.

Run ``python benchmarks/defaults.py --page`` to renew the table of docs/performance.md: 5-fold
cross-validated accuracy or R² and the time of a fit, of our estimators at their defaults on raw
columns and raw targets, beside scikit-learn's MLP at its defaults with columns and targets
standardised for it, and beside HistGradientBoosting. The three fits of a fold are timed in turn,
one thread each.
"""

import argparse
import itertools
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import tables  # noqa: E402
from sklearn.base import BaseEstimator  # noqa: E402
from sklearn.compose import TransformedTargetRegressor  # noqa: E402
from sklearn.ensemble import (  # noqa: E402
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.model_selection import KFold, StratifiedKFold  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from fastbp import BackpropClassifier, BackpropRegressor  # noqa: E402

FOLDS = 5
MANY = 20_000  # rows, from which on one fold is enough
TINY = 60  # rows, up to which R² is that of all predictions together
ALL = [*tables.CLASSIFICATION, *tables.REGRESSION]


def fastbp(classification: bool) -> BaseEstimator:
    """Return our estimator."""
    return (BackpropClassifier if classification else BackpropRegressor)(random_state=0)


def mlp(classification: bool) -> BaseEstimator:
    """Return scikit-learn's MLP, with everything standardised for it."""
    if classification:
        return make_pipeline(StandardScaler(), MLPClassifier(random_state=0))
    model = make_pipeline(StandardScaler(), MLPRegressor(random_state=0))
    return TransformedTargetRegressor(model, transformer=StandardScaler())


def boosting(classification: bool) -> BaseEstimator:
    """Return gradient-boosted trees."""
    kind = HistGradientBoostingClassifier if classification else HistGradientBoostingRegressor
    return kind(random_state=0)


def folds(X: np.ndarray, y: np.ndarray, classification: bool) -> Iterator[tuple]:
    """Yield the rows to train with and to test with; rare classes as they fall."""
    stratified = classification and np.bincount(y).min() >= FOLDS
    splitter = (StratifiedKFold if stratified else KFold)(FOLDS, shuffle=True, random_state=0)
    for n, split in enumerate(splitter.split(X, y)):
        if n == 0 or len(X) < MANY:
            yield split


def score(y: np.ndarray, predicted: np.ndarray, classification: bool) -> float:
    """Return accuracy or R²."""
    if classification:
        return float(np.mean(y == predicted))
    return float(1 - np.mean((y - predicted) ** 2) / np.var(y))


def measure(contenders: list, name: str, n_folds: int) -> np.ndarray:
    """Return (score, seconds to fit) of each, (n_contenders, 2)."""
    X, y, task = tables.load(name)
    classification = task == "classification"
    scores, seconds, pooled = [], [], []
    for train, test in itertools.islice(folds(X, y, classification), n_folds):
        predictions, row = [], []
        for contender in contenders:
            model = contender(classification)
            start = time.perf_counter()
            model.fit(X[train], y[train])
            row.append(time.perf_counter() - start)
            predictions.append(model.predict(X[test]))
        seconds.append(row)
        scores.append([score(y[test], each, classification) for each in predictions])
        pooled.append((y[test], predictions))
    result = np.mean(scores, axis=0)
    if len(X) <= TINY:
        truth = np.concatenate([part for part, _ in pooled])
        for n in range(len(contenders)):
            predicted = np.concatenate([parts[n] for _, parts in pooled])
            result[n] = score(truth, predicted, classification)
    return np.column_stack([result, np.mean(seconds, axis=0)])


def line(cells: list) -> str:
    """Return a row of a table in Markdown."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def compared(
    contenders: dict, names: list[str], chosen_by: Callable, n_folds: int = FOLDS
) -> list[str]:
    """Print the table, a line per data set, and the means, in Markdown, and return its lines.

    `chosen_by` says of the names which of them the last mean is over.
    """
    columns = list(contenders)
    table = [
        line(["data set", "rows × columns", *columns, *(f"{name}, ms" for name in columns)]),
        "|---|---|" + "---|" * (2 * len(columns)),
    ]
    print("\n".join(table))
    results, sizes, unseen = [], [], []
    for name in names:
        shape = tables.load(name)[0].shape
        results.append(measure(list(contenders.values()), name, n_folds))
        sizes.append(shape[0])
        unseen.append(not chosen_by(name))
        table.append(line([name, f"{shape[0]} × {shape[1]}", *cells(results[-1])]))
        print(table[-1], flush=True)
    results, sizes = np.array(results), np.array(sizes)
    kinds = {"all": sizes > 0, "above 60 rows": sizes > TINY, "not chosen by": np.array(unseen)}
    for what, chosen in kinds.items():
        if chosen.any():
            scores = np.maximum(results[chosen, :, 0], -1).mean(axis=0)
            times = np.exp(np.log(results[chosen, :, 1]).mean(axis=0))
            means = np.column_stack([scores, times])
            table.append(line([f"**{what}**", f"{chosen.sum()} tables", *cells(means)]))
            print(table[-1])
    return table


def main() -> None:
    """Compare, and put the table into its page if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="a part of a data set's name")
    parser.add_argument("--page", action="store_true", help="put the table into the page")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    contenders = {"fastbp": fastbp, "scikit-learn's MLP": mlp, "boosting": boosting}
    compile_ahead([fastbp])
    names = [name for name in ALL if (options.only or "") in name]
    table = compared(contenders, names, lambda name: name not in tables.UNSEEN)
    if options.page:
        write("defaults", table)


def compile_ahead(contenders: list) -> None:
    """Compile before the clock starts."""
    for contender in contenders:
        for y in ([0, 1] * 6, [0, 1, 2] * 4):
            contender(True).fit(np.eye(12), y).predict(np.eye(12))
        contender(False).fit(np.eye(12), range(12)).predict(np.eye(12))


def write(mark: str, table: list[str]) -> None:
    """Put a table between its marks in the page on performance."""
    page = Path(__file__).parents[1] / "docs" / "performance.md"
    start, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    before, rest = page.read_text(encoding="utf-8").split(start)
    text = before + start + "\n".join(table) + "\n" + end + rest.split(end)[1]
    page.write_text(text, encoding="utf-8")


def cells(result: np.ndarray) -> list[str]:
    """Return scores and times as they are printed."""
    return [f"{one:.3f}" for one in result[:, 0]] + [f"{1e3 * one:.3g}" for one in result[:, 1]]


if __name__ == "__main__":
    main()
