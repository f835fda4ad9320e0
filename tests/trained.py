"""Networks and trainers straight over the kernels, without an estimator."""

from itertools import pairwise

import naive
import numpy as np
import scipy.sparse

from fastbp import losses
from fastbp.activations import ACTIVATIONS
from fastbp.kernels.batches.minibatch import train_batches
from fastbp.kernels.descent import Formulas
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.targets import Classes, Values
from fastbp.network.network import Network
from fastbp.rules import GradientDescent, Momentum, Nesterov
from fastbp.schedules import Schedule
from fastbp.training.optimizer import Optimizer
from fastbp.training.patterns import Patterns
from fastbp.training.regularization import Regularization
from fastbp.training.trainer import Trainer

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
    data = Patterns(rows_of(X), targets, sample_weight, costs)
    if rule is None:
        kind = Nesterov if nesterov else Momentum
        rule = kind(eta, momentum) if momentum else GradientDescent(eta)
    return Trainer(
        network,
        Formulas(activation, loss),
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


# --- Tests of regularisation: one small problem and what should become of it ----------------------

SIZES, N_PATTERNS = [4, 9, 5, 2], 7
X, D = random_patterns(N_PATTERNS, SIZES, "SquaredError")
ORDER = np.arange(N_PATTERNS)
BATCH_SIZES = [1, 3, N_PATTERNS]
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
LABELS = np.array([0, 2, 1, 0, 0, 1, 2])  # one for each pattern
ELASTIC = {"alpha": 0.2, "l1_ratio": 0.3}
C = 0.9  # max_norm

# Of an estimator with such a network.
SETTINGS = {"hidden_layer_sizes": (9, 5), "activation": "tanh", "max_iter": 2, "random_state": 0}
SETTINGS |= {"learning_rate_init": 0.1, "tol": 0}


def train(batch_size, *, network=None, **settings):
    """Train one epoch; return the network and the error."""
    network = random_network(SIZES) if network is None else network
    settings = {"eta": 0.1, "batch_size": batch_size, **settings}
    training = trainer(network, X, D, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings)
    return network, training.epoch(ORDER)


def descend(batch_size, *, pull=None, clip=np.inf, change=None, after=None):
    """Return weights and biases after each update of one epoch; errors of the batches; lengths.

    `pull(w)` is the gradient of the penalty of a batch, `change(t, g, parameters)` the steps for
    the mean directions of descent, `after(weights)` changes the weights after each.
    """
    network = random_network(SIZES)
    parameters = [np.array(p) for p in [*network.weights, *network.biases]]
    n, path, errors, lengths = len(network.weights), [], [], []
    for t, start in enumerate(range(0, N_PATTERNS, batch_size), start=1):
        batch = slice(start, start + batch_size)
        now = (parameters[:n], parameters[n:], ["tanh"] * (n - 1), "SquaredError")
        count = len(X[batch])
        errors.append(sum(naive.error(x, d, *now) for x, d in zip(X[batch], D[batch], strict=True)))
        g = naive.mean_descent(X[batch], D[batch], *now)
        for k in range(n if pull else 0):
            g[k] = g[k] - pull(parameters[k]) / count
        lengths.append(np.sqrt(sum((part**2).sum() for part in g)))
        g = [part * min(1, clip / lengths[-1]) for part in g]
        steps = [0.1 * part for part in g] if change is None else change(t, g, parameters)
        for p, change_of_p in zip(parameters, steps, strict=True):
            p += change_of_p
        if after:
            after(parameters[:n])
        path.append([p.copy() for p in parameters])
    return path, errors, lengths


def assert_same(one, other, **close):
    for own, expected in zip(one, other, strict=True):
        np.testing.assert_allclose(own, expected, **(close or CLOSE))


def assert_equal(network, parameters, **close):
    assert_same(network.weights + network.biases, parameters, **close)


def assert_padding_is_zero(network):
    copy = network.parameters.copy()
    for part in [*network.views(copy)[0], *network.views(copy)[1]]:
        part[:] = 0
    np.testing.assert_array_equal(copy, 0)


def elastic(w):
    return 0.2 * (0.7 * (w**2).sum() / 2 + 0.3 * np.abs(w).sum())


def elastic_slope(w):
    return 0.2 * (0.7 * w + 0.3 * np.sign(w))


def with_penalties(errors, path, penalty):
    """Return the mean error, the penalty of the weights before each update in that of its batch."""
    before = [random_network(SIZES).weights, *(p[:3] for p in path[:-1])]
    return (sum(errors) + sum(penalty(w) for weights in before for w in weights)) / N_PATTERNS


def project(weights):
    for w in weights:
        w *= np.minimum(1, C / np.linalg.norm(w, axis=0))
