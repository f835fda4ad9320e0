"""Networks and trainers straight over the kernels, without an estimator."""

from typing import NamedTuple

import numpy as np
import scipy.sparse

from fastbp import losses, textbook
from fastbp.activations import ACTIVATIONS
from fastbp.estimators.parameters.formulas import activation_for
from fastbp.kernels.batches.minibatch import train_batches
from fastbp.kernels.delayed import train_delayed
from fastbp.kernels.descent import Formulas
from fastbp.kernels.online import train_online
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.targets import Classes, PartlyMissing, Values
from fastbp.network.network import Network
from fastbp.penalties import L2, Elastic, NoPenalty, WeightDecay
from fastbp.rules import (
    AdaGrad,
    Adam,
    Averaged,
    GradientDescent,
    Momentum,
    Nadam,
    Nesterov,
    RMSprop,
    Rprop,
)
from fastbp.schedules import Schedule
from fastbp.training.optimizer import Optimizer
from fastbp.training.patterns import Patterns
from fastbp.training.prediction import predict_outputs
from fastbp.training.regularization import Regularization
from fastbp.training.trainer import Trainer

# One record of each loss, with the hyper-parameters that formulas.LOSSES has.
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
RULES = {
    "plain": GradientDescent(0.02),
    "momentum": Momentum(0.02, 0.9),
    "nesterov": Nesterov(0.02, 0.9),
    "adam": Adam(0.02, 0.8, 0.9, 1e-3),
    "nadam": Nadam(0.02, 0.8, 0.9, 1e-3),
    "adagrad": AdaGrad(0.05, 1e-3),
    "rmsprop": RMSprop(0.02, 0.9, 1e-3),
    "rprop": Rprop(0.02),
}
PENALTIES = {  # the settings, and what they mean at a learning rate
    "free": ({}, lambda eta: NoPenalty()),
    "l2": ({"alpha": 0.1}, lambda eta: L2(0.1)),
    "elastic": ({"alpha": 0.1, "l1_ratio": 0.3}, lambda eta: Elastic(0.07, 0.03)),
    "decay": ({"alpha": 0.1, "decoupled": True}, lambda eta: WeightDecay(0.1 * eta)),
}


ROWS = {
    "dense": np.ascontiguousarray,
    "by column": np.asfortranarray,
    "reversed": lambda X: np.ascontiguousarray(X[:, ::-1])[:, ::-1],
    "every second": lambda X: np.repeat(X, 2, axis=0)[::2],
    "sparse": scipy.sparse.csr_array,
}


def random_network(sizes, dtype=np.float64, seed=0, *, shortcuts=False):
    """Return a network whose net inputs are of the order of 1, biases included."""
    rng = np.random.default_rng(seed)
    fan_ins = np.cumsum(sizes[:-1]) if shortcuts else sizes[:-1]
    weights = [
        rng.normal(0, i**-0.5, (i, j)).astype(dtype)
        for i, j in zip(fan_ins, sizes[1:], strict=True)
    ]
    biases = [rng.normal(0, 0.5, j).astype(dtype) for j in sizes[1:]]
    return Network.of(weights, biases, shortcuts=shortcuts)


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


def formulas_of(activation, loss):
    """Return the records of a name, or one for each hidden layer, or a record; and of a loss."""
    n_hidden_layers = len(activation) if isinstance(activation, list) else 1
    return Formulas(activation_for(activation, n_hidden_layers), LOSSES[loss])


def rule_of(eta, momentum=0.0, nesterov=False):
    kind = Nesterov if nesterov else Momentum
    return kind(eta, momentum) if momentum else GradientDescent(eta)


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
    """Return what trains the network in place by ``epoch(order)``; 1-D targets are classes.

    Of others, NaN is missing.
    """
    is_codes = targets.ndim == 1
    kind = Values if is_codes or not np.isnan(targets).any() else PartlyMissing
    targets = Classes(targets, network.sizes[-1]) if is_codes else kind(targets)
    data = Patterns(rows_of(X), targets, sample_weight, costs)
    if rule is None:
        rule = rule_of(eta, momentum, nesterov)
    return Trainer(
        network,
        Formulas(activation, loss),
        data,
        Optimizer(rule, Schedule(), average_from),
        Regularization(**regularization),
        batch_size=batch_size,
    )


class Epoch(NamedTuple):
    """What an epoch of textbook.py makes."""

    weights: list
    biases: list
    state: list
    error: float  # the mean over the patterns


def by_the_book(
    network,
    X,
    d,
    formulas,
    rule,
    *,
    order=None,
    penalty=textbook.FREE,
    batch_size=1,
    sample_weight=None,
    costs=None,
):
    """Train an epoch by textbook.py, in float64; the network itself stays as it is."""
    X, d = np.asarray(X, np.float64), np.asarray(d, np.float64)
    w, b = ([np.array(p, np.float64) for p in ps] for ps in (network.weights, network.biases))
    state, total = textbook.start(w, b, rule), 0.0
    order = np.arange(len(X)) if order is None else order
    s = np.ones(len(X)) if sample_weight is None else sample_weight
    e = s if costs is None else s * costs
    for t, n in enumerate(range(0, len(order), batch_size), start=1):
        p = order[n : n + batch_size]
        network_now = w, b, formulas, rule, state, t
        error = textbook.learn_batch(X[p], d[p], *network_now, penalty=penalty, e=e[p], s=s[p])
        total += len(p) * error
    return Epoch(w, b, state, total / len(order))


def assert_state(training, expected, **close):
    """Compare the state of a trainer's rule with textbook.py's, number by number."""
    network = training.network
    rows = training.state.reshape(-1, network.parameters.size)
    assert len(rows) == len(expected[0])
    for row, *numbers in zip(rows, *expected, strict=True):
        weights, biases = network.views(row)
        assert_same(weights + biases, numbers, **close)


def check_epoch(
    sizes,
    batch_size,
    *,
    dtype=np.float64,
    rows="dense",
    weighted=True,
    activation="tanh",
    loss="SquaredError",
    rule=None,
    eta=0.03,
    momentum=0.0,
    nesterov=False,
    penalty="l2",
    average_from=0,
    clip_norm=None,
    n_patterns=11,
    repeated=False,
    missing=0.0,
    kernel=train_batches,
    predicts=False,
    tolerances=(1e-11, 2e-5),
):
    """Compare one epoch with textbook.py: weights, state, error, predictions; padding with zero."""
    own = random_network(sizes, dtype)
    X, d = random_patterns(n_patterns, sizes, loss, dtype)
    X[np.abs(X) < 0.3] = 0  # for sparse rows
    rng = np.random.default_rng(3)
    if missing:
        d[rng.random(d.shape) < missing] = np.nan
        d[1], d[2, 0], d[3] = np.nan, np.nan, 1  # none, not all, and all of a row
    order = rng.permutation(n_patterns)
    if repeated:  # rows more than once and not at all, and one of zeros
        order, X[order[0]] = rng.integers(n_patterns, size=n_patterns), 0
    rule = rule_of(eta, momentum, nesterov) if rule is None else rule
    formulas, (settings, record) = formulas_of(activation, loss), PENALTIES[penalty]
    common = {"batch_size": batch_size}
    if weighted:
        s, c = np.random.default_rng(2).uniform(0.5, 2, (2, n_patterns)).astype(dtype)
        common |= {"sample_weight": s, "costs": c}
    trained_by = Averaged(rule, average_from) if average_from else rule
    more = {"order": order, "penalty": record(rule.eta), **common}
    expected = by_the_book(own, X, d, formulas, trained_by, **more)
    settings = {"rule": rule, "average_from": average_from, **settings, **common}
    trains = trainer(own, ROWS[rows](X), d, *formulas, clip_norm=clip_norm, **settings)
    # Updates of sparse rows, and of one that is alone, are not delayed.
    if (rows == "sparse" or n_patterns == 1) and kernel is train_delayed:
        kernel = train_online
    if kernel is not None:
        assert trains.kernel in (kernel.py_func, kernel.cached)
    error = trains.epoch(order)
    tolerance = tolerances[0] if dtype == np.float64 else tolerances[1]
    close = {"rtol": tolerance, "atol": tolerance}
    np.testing.assert_allclose(error, expected.error, rtol=tolerance)
    assert_equal(own, expected.weights + expected.biases, **close)
    assert_state(trains, expected.state, **close)
    if predicts:
        out = predict_outputs(own, formulas, trains.patterns.rows, np.arange(n_patterns))
        network = expected.weights, expected.biases, formulas
        wide = X.astype(np.float64)
        assert_same(out, [textbook.forward(x, *network)[1][-1] for x in wide], **close)
    for mine in own.weights + own.biases:
        assert mine.dtype == dtype
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
    network, formulas = random_network(SIZES), formulas_of("tanh", "SquaredError")
    parameters = [np.array(p) for p in [*network.weights, *network.biases]]
    n, path, errors, lengths = len(network.weights), [], [], []
    for t, start in enumerate(range(0, N_PATTERNS, batch_size), start=1):
        batch = slice(start, start + batch_size)
        now, count = (parameters[:n], parameters[n:], formulas), len(X[batch])
        mean, of_w, of_b = textbook.batch_descent(X[batch], D[batch], *now)
        errors.append(count * mean)
        g = of_w + of_b
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
