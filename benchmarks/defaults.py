"""The evidence for the default parameters: scores and times beside scikit-learn's at its defaults.

Run ``python benchmarks/defaults.py`` for the table of the README: 5-fold cross-validated accuracy
or R² on data sets that come with scikit-learn and its generators, standardised (targets of
regression as well), and the time to fit, each pair of fits timed one after the other.
"""

import argparse
import time
import warnings
from collections.abc import Iterator

import numpy as np
from sklearn import datasets
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from fastbp import BackpropClassifier, BackpropRegressor

CLASSIFICATION = {
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "moons": lambda: datasets.make_moons(600, noise=0.25, random_state=0),
    "circles": lambda: datasets.make_circles(600, noise=0.15, factor=0.5, random_state=0),
    "linear, 20 inputs": lambda: datasets.make_classification(
        1000, 20, n_informative=10, random_state=0
    ),
    "clusters, 4 classes": lambda: datasets.make_classification(
        1000, 20, n_informative=8, n_classes=4, random_state=1
    ),
    "quantiles": lambda: datasets.make_gaussian_quantiles(
        n_samples=1000, n_features=5, n_classes=3, random_state=0
    ),
    "hastie": lambda: datasets.make_hastie_10_2(1500, random_state=0),
}
REGRESSION = {
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "linear": lambda: datasets.make_regression(500, 20, noise=10, random_state=0),
    "sparse": lambda: datasets.make_sparse_uncorrelated(500, random_state=0),
    "friedman 1": lambda: datasets.make_friedman1(800, noise=1, random_state=0),
    "friedman 2": lambda: datasets.make_friedman2(800, noise=50, random_state=0),
    "friedman 3": lambda: datasets.make_friedman3(800, noise=0.1, random_state=0),
    "swiss roll": lambda: datasets.make_swiss_roll(800, noise=0.2, random_state=0),
}


def folds(X: np.ndarray, y: np.ndarray, classification: bool) -> Iterator[tuple]:
    """Yield standardised (X_train, y_train, X_test, y_test) of five folds."""
    splitter = (StratifiedKFold if classification else KFold)(5, shuffle=True, random_state=0)
    for train, test in splitter.split(X, y):
        scaler = StandardScaler().fit(X[train])
        y_train, y_test = y[train], y[test]
        if not classification:
            target = StandardScaler().fit(y_train.reshape(len(y_train), -1))
            y_train = target.transform(y_train.reshape(len(y_train), -1)).reshape(y_train.shape)
            y_test = target.transform(y_test.reshape(len(y_test), -1)).reshape(y_test.shape)
        yield scaler.transform(X[train]), y_train, scaler.transform(X[test]), y_test


def measure(models: list[BaseEstimator], X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (mean score, seconds to fit) of each model over the folds, (n_models, 2)."""
    classification = hasattr(models[0], "predict_proba")
    results = np.zeros((len(models), 2))
    for X_train, y_train, X_test, y_test in folds(X, y, classification):
        for n, model in enumerate(models):
            start = time.perf_counter()
            model.fit(X_train, y_train)
            seconds = time.perf_counter() - start
            results[n] += model.score(X_test, y_test) / 5, seconds / 5
    return results


def main() -> None:
    """Print the table, a line per data set and the means, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="a part of a data set's name")
    only = parser.parse_args().only or ""
    warnings.simplefilter("ignore")
    for model in (BackpropClassifier(max_iter=1), BackpropRegressor(max_iter=1)):
        model.fit(np.eye(4), [0, 1, 0, 1])  # compile before the clock starts
    BackpropClassifier(max_iter=1).fit(np.eye(6), [0, 1, 2] * 2)
    print("| data set | fastbp | scikit-learn | difference | fit, ms | theirs, ms | ratio |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for catalogue, ours, theirs in (
        (CLASSIFICATION, BackpropClassifier, MLPClassifier),
        (REGRESSION, BackpropRegressor, MLPRegressor),
    ):
        for name, load in catalogue.items():
            if only in name:
                (ours_row, theirs_row) = measure(
                    [ours(random_state=0), theirs(random_state=0)], *load()
                )
                rows.append([*ours_row, *theirs_row])
                print(line(name, rows[-1]), flush=True)
    print(line("**mean**", np.mean(rows, axis=0)))


def line(name: str, row: list[float]) -> str:
    """Return a row of the table."""
    score, seconds, their_score, their_seconds = row
    return (
        f"| {name} | {score:.3f} | {their_score:.3f} | {score - their_score:+.3f} "
        f"| {1e3 * seconds:.1f} | {1e3 * their_seconds:.0f} | {seconds / their_seconds:.3f} |"
    )


if __name__ == "__main__":
    main()
