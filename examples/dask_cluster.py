"""
On a Dask cluster
=================

A search, one model over all partitions, and predictions where the rows are.

``python -m pip install 'fastbp[distributed]'``. Without an argument the cluster is two processes
here; with the address of a scheduler, ``python examples/dask_cluster.py tcp://...:8786``, that one.
"""

import copy
import sys

import dask
import dask.array as da
import joblib
from dask.distributed import Client
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from fastbp import BackpropClassifier
from fastbp.distributed import fit_partitions


def search():
    """Let the workers try parameters, each fit on one of them."""
    X, y = load_digits(return_X_y=True)
    grid = {"hidden_layer_sizes": [(32,), (64, 32)]}
    model = GridSearchCV(BackpropClassifier(random_state=0), grid, cv=3)
    with joblib.parallel_config(backend="dask"):
        model.fit(X, y)
    print(f"search: {model.best_params_}, accuracy {model.best_score_:.3f}")


def one_model():
    """Train one model on the partitions of a table that no machine need hold."""
    rng = da.random.default_rng(0)
    X = rng.normal(size=(40_000, 10), chunks=(10_000, 10))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    model = fit_partitions(BackpropClassifier(random_state=0), X, y)
    print(f"one model: {model.n_iter_} rounds, loss {model.loss_:.3f}")

    # What dask_ml's ParallelPostFit does: the model goes to the rows.
    labels = X.map_blocks(model.predict, drop_axis=1, dtype=model.classes_.dtype)
    print(f"one model: accuracy {(labels == y).mean().compute():.3f}")
    return X, y


def one_after_the_other(X, y):
    """Do what dask_ml's Incremental does: `partial_fit` of a partition after the other.

    A task that gets what the one before returned; a copy, as a task may be done twice.
    """

    @dask.delayed(pure=False)
    def learned(model, rows, labels):
        return copy.deepcopy(model).partial_fit(rows, labels, classes=[0, 1])

    model = BackpropClassifier(random_state=0)
    for rows, labels in zip(X.to_delayed().ravel(), y.to_delayed().ravel(), strict=True):
        model = learned(model, rows, labels)
    print(f"incremental: loss {model.compute().loss_:.3f}")


if __name__ == "__main__":
    address = {"address": sys.argv[1]} if len(sys.argv) > 1 else {"n_workers": 2}
    with Client(**address) as client:
        print(client.dashboard_link)  # progress, task by task
        search()
        one_after_the_other(*one_model())
