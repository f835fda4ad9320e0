"""Networks and trainers straight over the kernels, without an estimator."""

from itertools import pairwise

import naive
import numpy as np
import scipy.sparse

from fastbp import losses
from fastbp.activations import ACTIVATIONS
from fastbp.kernels.data import Classes, Values
from fastbp.kernels.minibatch import train_batches
from fastbp.kernels.online import Model
from fastbp.network import Network
from fastbp.optimizer import Optimizer
from fastbp.regularization import Regularization
from fastbp.rules import GradientDescent, Momentum, Nesterov
from fastbp.schedules import Schedule
from fastbp.training import Data, Trainer, rows_of

# One record of each loss, with the hyper-parameters that naive.LOSSES has.
LOSSES = {
    "SquaredError": losses.SquaredError(),
    "LogisticSquaredError": losses.LogisticSquaredError(),
    "BinaryLogLoss": losses.BinaryLogLoss(),
    "MultinomialLogLoss": losses.MultinomialLogLoss(),
    "Poisson": losses.Poisson(),
    "AbsoluteError": losses.AbsoluteError(),
    "Huber": losses.Huber(0.7),
    "Quantile": losses.Quantile(0.3),
}


ROWS = {
    "dense": np.ascontiguousarray,
    "by column": np.asfortranarray,
    "reversed": lambda X: np.ascontiguousarray(X[:, ::-1])[:, ::-1],
    "every second": lambda X: np.repeat(X, 2, axis=0)[::2],
    "sparse": scipy.sparse.csr_array,
}


def random_network(sizes, dtype=np.float64, seed=0):
    """Return a network whose net inputs are of the order of 1, biases included."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, i**-0.5, (i, j)).astype(dtype) for i, j in pairwise(sizes)]
    return Network.of(weights, [rng.normal(0, 0.5, j).astype(dtype) for j in sizes[1:]])


def random_patterns(n_patterns, sizes, loss, dtype=np.float64, seed=1):
    """Return inputs, and targets that the loss allows."""
    rng = np.random.default_rng(seed)
    X, shape = rng.normal(size=(n_patterns, sizes[0])), (n_patterns, sizes[-1])
    if loss == "MultinomialLogLoss":
        targets = np.eye(sizes[-1])[rng.integers(sizes[-1], size=n_patterns)]
    elif loss == "Poisson":
        targets = rng.poisson(1.5, shape)
    elif loss in ("BinaryLogLoss", "LogisticSquaredError"):
        targets = rng.integers(2, size=shape)
    else:
        targets = rng.normal(0, 1.5, shape)
    return X.astype(dtype), targets.astype(dtype)


def trainer(
    network,
    X,
    targets,
    activation,
    loss,
    *,
    eta=0.1,
    momentum=0.0,
    nesterov=False,
    rule=None,
    batch_size=1,
    sample_weight=None,
    costs=None,
    average_from=0,
    **regularization,
):
    """Return what trains the network in place by ``epoch(order)``; 1-D targets are classes."""
    is_codes = targets.ndim == 1
    targets = Classes(targets, network.sizes[-1]) if is_codes else Values(targets)
    data = Data(rows_of(X), targets, sample_weight, costs)
    if rule is None:
        kind = Nesterov if nesterov else Momentum
        rule = kind(eta, momentum) if momentum else GradientDescent(eta)
    return Trainer(
        network,
        Model(activation, loss),
        data,
        Optimizer(rule, Schedule(), average_from),
        Regularization(**regularization),
        batch_size=batch_size,
    )


def check_epoch(
    sizes,
    batch_size,
    *,
    dtype=np.float64,
    rows="dense",
    weighted=True,
    loss="SquaredError",
    clip_norm=None,
    n_patterns=11,
    kernel=train_batches,
    **settings,
):
    """Compare one epoch with naive.py, error included, and padding with zero."""
    own = random_network(sizes, dtype)
    X, d = random_patterns(n_patterns, sizes, loss, dtype)
    X[np.abs(X) < 0.3] = 0  # for sparse rows
    settings = {"eta": 0.03, "alpha": 0.1, "batch_size": batch_size, **settings}
    order = np.random.default_rng(3).permutation(n_patterns)
    expected = dict(settings)
    if weighted:
        s, c = np.random.default_rng(2).uniform(0.5, 2, (2, n_patterns)).astype(dtype)
        settings |= {"sample_weight": s, "costs": c}
        expected |= {"sample_weight": s[order], "costs": c[order]}
    hidden = ["tanh"] * (len(sizes) - 2)
    wide = [np.asarray(a, np.float64)[order] for a in (X, d)]
    weights, biases, errors = naive.train(*wide, own.weights, own.biases, hidden, loss, **expected)
    trains = trainer(
        own,
        ROWS[rows](X),
        d,
        ACTIVATIONS["tanh"],
        LOSSES[loss],
        clip_norm=clip_norm,
        **settings,
    )
    assert trains.kernel in (kernel.py_func, kernel.cached)
    error = trains.epoch(order)
    counts = [min(batch_size, n_patterns - n) for n in range(0, n_patterns, batch_size)]
    tolerance = 1e-11 if dtype == np.float64 else 2e-5
    np.testing.assert_allclose(error, np.average(errors, weights=counts), rtol=tolerance)
    for mine, other in zip(own.weights + own.biases, weights + biases, strict=True):
        assert mine.dtype == dtype
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)
        mine[:] = 0
    np.testing.assert_array_equal(own.parameters, 0)  # so padding was
