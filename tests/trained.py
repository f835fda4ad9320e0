"""Networks and trainers straight over the kernels, without an estimator."""

from itertools import pairwise

import numpy as np

from fastbp import losses
from fastbp.kernels.data import Classes, Values
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
