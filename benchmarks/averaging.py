"""What averaging costs in accuracy, what a round costs in time, and what 100 workers would send.

``python -P benchmarks/averaging.py`` prints the tables of ``docs/distributed.md``. In this process,
with Dask's threads; ``--processes`` adds a cluster of two processes. (-P: `sparse.py`,
which is beside it, is not the library of that name, which Dask looks for.)
"""

import argparse
import os
import sys
import time
import warnings

import dask
import dask.array as da
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.distributed import fit_partitions
from fastbp.distributed.rounds import TOGETHER
from fastbp.network.network import Network

SEEDS = 2


def smooth(n_rows):
    """Return rows of ten inputs and a target that is hard for few steps (Friedman, 1991)."""
    X = np.random.default_rng(0).uniform(size=(n_rows, 10)).astype(np.float32)
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    y += 10 * X[:, 3] + 5 * X[:, 4] + np.random.default_rng(1).standard_normal(n_rows)
    return train_test_split(X, y, test_size=0.2, random_state=0)


def digits():
    """Return the handwritten digits."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, test_size=0.3, random_state=0)


def divided(X, y, n_parts):
    """Return the rows in so many partitions of the same size."""
    rows = -(-len(X) // n_parts)
    return da.from_array(X, chunks=(rows, X.shape[1])), da.from_array(y, chunks=rows)


def accuracy():
    """Print the score on rows held out, by partitions and by rounds in an epoch."""
    cases = {
        "digits, 1257 rows": (BackpropClassifier(), digits(), (2, 8)),
        "Friedman, 8000 rows": (BackpropRegressor(), smooth(10_000), (2, 8, 32)),
        "Friedman, 80 000 rows": (BackpropRegressor(), smooth(100_000), (2, 8, 32)),
    }
    print("| data | partitions | fit | a round an epoch | 8 rounds | a round, 4 × the epochs |")
    print("|---|---|---|---|---|---|")
    for name, (model, (X, X_test, y, y_test), numbers) in cases.items():
        models = [clone(model).set_params(random_state=seed) for seed in range(SEEDS)]
        whole = [clone(one).fit(X, y) for one in models]
        alone = np.mean([one.score(X_test, y_test) for one in whole])
        for n_parts in numbers:
            arrays, cells = divided(X, y, n_parts), []
            for options in ({}, {"rounds_per_epoch": 8}, {"rounds": 4 * whole[0].n_iter_}):
                fitted = [fit_partitions(clone(one), *arrays, **options) for one in models]
                cells.append(np.mean([one.score(X_test, y_test) for one in fitted]))
            row = " | ".join(f"{cell:.3f}" for cell in (alone, *cells))
            print(f"| {name} | {n_parts} | {row} |", flush=True)


def least(action, repeats=3):
    """Return the least time that something takes, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def per_epoch(train, many, few=2):
    """Return the milliseconds that one epoch more takes."""
    train(few)  # compiles
    return 1e3 * (least(lambda: train(many)) - least(lambda: train(few))) / (many - few)


def speed(where):
    """Print the time of an epoch in one process and in rounds, by rows."""
    model = BackpropRegressor(random_state=0)
    print(f"| rows, {where} | fit, ms an epoch | two partitions, ms | speed-up |")
    print("|---|---|---|---|")
    for n_rows in (2_000, 20_000, 200_000, 1_000_000):
        X, _, y, _ = smooth(n_rows * 5 // 4)
        arrays = divided(X, y, 2)
        many = 22 if n_rows < 1e6 else 7
        each = [
            per_epoch(lambda n, X=X, y=y: clone(model).set_params(max_iter=n).fit(X, y), many),
            per_epoch(lambda n, a=arrays: fit_partitions(clone(model), *a, rounds=n), many),
        ]
        print(
            f"| {n_rows:,} | {each[0]:.3g} | {each[1]:.3g} | {each[0] / each[1]:.2f} |", flush=True
        )


def sent(n_rows=10**9, n_workers=100, sizes=(784, 500, 10), per_pattern=15.2e-6, gigabits=10):
    """Print what a round sends and computes where each worker has one partition."""
    network = Network(list(sizes), np.float32)
    single, double = network.parameters.nbytes, 2 * network.parameters.nbytes
    print(f"{network.parameters.size:,} numbers with their padding, {single / 1e6:.2f} MB")
    seconds, total, senders, size = 0.0, n_workers * single, n_workers, single
    while senders > 1:
        received = min(senders, TOGETHER) * size
        seconds += 8 * received / (gigabits * 1e9)
        total += senders * size
        senders, size = -(-senders // TOGETHER), double
    seconds += 8 * (double + n_workers * single) / (gigabits * 1e9)  # all fetch from one, at worst
    total += double
    compute = n_rows / n_workers * per_pattern
    print(f"a round of {n_rows // n_workers:,} rows a worker: {compute:.0f} s of training")
    print(f"{total / 1e6:.0f} MB in all, {seconds:.2f} s at {gigabits} Gb/s at worst,")
    print(
        f"{100 * seconds / compute:.2f} % of the training; {gigabits / 10:g} Gb/s: ten times that"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", action="store_true")
    parser.add_argument("--only", choices=["accuracy", "speed", "sent"])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.only in (None, "sent"):
        sent()
    if given.only in (None, "accuracy"):
        accuracy()
    if given.only in (None, "speed"):
        with dask.config.set(scheduler="threads", num_workers=2):
            speed("two threads")
        if given.processes:
            from distributed import Client, LocalCluster

            options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
            with LocalCluster(**options) as cluster, Client(cluster):
                speed("two processes")
    print(f"{os.cpu_count()} cores", file=sys.stderr)
