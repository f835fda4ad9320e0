"""Averages of the weights after each update, beside the weights that are trained."""

import pickle

import numpy as np
import pytest
from plain import BackpropRegressor
from trained import (
    LOSSES,
    ORDER,
    SIZES,
    C,
    D,
    X,
    assert_equal,
    assert_padding_is_zero,
    assert_same,
    descend,
    project,
    random_network,
    trainer,
)

from fastbp.activations import ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

Y = D[:, 0]
AVERAGING = {"hidden_layer_sizes": (9, 5), "activation": "tanh", "random_state": 0}
AVERAGING |= {"shuffle": False, "tol": 0, "max_iter": 2, "learning_rate_init": 0.02}
SOLVERS = {
    "online": {"batch_size": 1},
    "momentum": {"batch_size": 1, "momentum": 0.9},
    "adam": {"solver": "adam", "batch_size": 2},
    "clipped": {"batch_size": 2, "clip_norm": 0.1},
}


def recorded(settings, n_epochs=2):
    """Return the parameters after each update: one call of `partial_fit` each."""
    model, size, path = BackpropRegressor(**AVERAGING, **settings), settings["batch_size"], []
    for _ in range(n_epochs):
        for start in range(0, 6, size):
            part = slice(start, start + size)
            model.partial_fit(X[part], Y[part])
            path.append([p.copy() for p in model.coefs_ + model.intercepts_])
    return path


@pytest.mark.parametrize("average", [True, 2, 5, 1000])
@pytest.mark.parametrize("solver", SOLVERS)
def test_average(solver, average, interpreted):
    """Of the weights after each update from number `average` on; before it, they themselves."""
    settings = SOLVERS[solver]
    model = BackpropRegressor(**AVERAGING, **settings, average=average).fit(X[:6], Y[:6])
    path = recorded(settings)
    mean = [np.mean(parts, axis=0) for parts in zip(*path[int(average) - 1 :], strict=True)]
    assert_same(model.coefs_ + model.intercepts_, mean or path[-1])


@pytest.mark.parametrize("through", ["nothing", "pickle", "predict"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_training_goes_on_without_the_average(solver, through, interpreted):
    """From the weights of the last update, not from their mean."""
    settings = SOLVERS[solver]
    model = BackpropRegressor(**AVERAGING, **settings, average=3)
    for n in range(3):
        model.partial_fit(X[:6], Y[:6])
        if n == 1 and through == "pickle":
            model = pickle.loads(pickle.dumps(model))
        if n == 1 and through == "predict":
            model.predict(X)
    path = recorded(settings, 3)
    mean = [np.mean(parts, axis=0) for parts in zip(*path[2:], strict=True)]
    assert_same(model.coefs_ + model.intercepts_, mean)


def test_weights_assigned_after_an_average_are_trained(interpreted):
    """Not those that the average had put away."""
    model = BackpropRegressor(**AVERAGING, batch_size=1, average=True).fit(X[:6], Y[:6])
    model.coefs_[0][:] = 0.0
    model.learning_rate_init = 1e-300
    model._optimizer.learning_rate = 1e-300
    model.partial_fit(X[:6], Y[:6])
    assert abs(model._optimizer.trained[:4]).max() < 1e-290


def test_average_and_loss(interpreted):
    """The loss is that of the weights that are trained: the same as without."""
    models = [
        BackpropRegressor(**AVERAGING, batch_size=1, average=average).fit(X[:6], Y[:6])
        for average in (False, True)
    ]
    assert models[0].loss_curve_ == pytest.approx(models[1].loss_curve_, rel=1e-12)


@pytest.mark.parametrize("clip_norm", [None, 1e9])
@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_average_of_weights_with_a_limit(batch_size, start, clip_norm, interpreted):
    """Of the limited ones, so that the limit holds for their mean as well."""
    path, _, _ = descend(batch_size, after=project)
    network = random_network(SIZES)
    settings = {"batch_size": batch_size, "max_norm": C, "clip_norm": clip_norm}
    training = trainer(
        network, X, D, ACTIVATIONS["tanh"], LOSSES["SquaredError"], average_from=start, **settings
    )
    training.epoch(ORDER)
    assert_equal(network, path[-1])
    training.optimizer.show_average(network)
    mean = [np.mean(parts, axis=0) for parts in zip(*path[start - 1 :], strict=True)]
    assert_equal(network, mean)
    assert max(np.linalg.norm(w, axis=0).max() for w in network.weights) <= C * (1 + 1e-14)
    assert_padding_is_zero(network)
