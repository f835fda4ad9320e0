"""Penalties, decay, limits, clipping, dropout, smoothed targets, class weights and averages."""

import pickle

import naive
import numpy as np
import pytest
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp import BackpropClassifier, BackpropRegressor, jit
from fastbp.activations import ACTIVATIONS, Logistic, PerLayer, Tanh
from fastbp.kernels.data import Classes, Smoothed, Values, target_of
from fastbp.kernels.dropout import Dropout, _number, with_dropout
from fastbp.kernels.online import Model, train_online
from fastbp.kernels.simd import ONE, lanes, load, pointer, store, uniform
from fastbp.losses import MultinomialLogLoss
from fastbp.network import Network
from fastbp.optimizer import Optimizer
from fastbp.regularization import Regularization
from fastbp.rules import Adam, GradientDescent
from fastbp.schedules import Schedule
from fastbp.training import Data, Trainer, outputs, rows_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SIZES, N_PATTERNS = [4, 9, 5, 2], 7
X, D = random_patterns(N_PATTERNS, SIZES, "SquaredError")
ORDER = np.arange(N_PATTERNS)
BATCH_SIZES = [1, 3, N_PATTERNS]
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def train(batch_size, *, network=None, **settings):
    """Train one epoch; return the network and the error."""
    network = random_network(SIZES) if network is None else network
    settings = {"eta": 0.1, "batch_size": batch_size, **settings}
    training = trainer(network, X, D, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings)
    return network, training.epoch(ORDER)


def descend(batch_size, *, pull=None, clip=np.inf, change=None, after=None):
    """Return weights and biases after each update of one epoch; errors of the batches; lengths.

    `pull(w)` is the gradient of the penalty of a batch, `change(t, g, n_weights)` the steps for
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


def assert_equal(network, parameters, **close):
    for own, expected in zip(network.weights + network.biases, parameters, strict=True):
        np.testing.assert_allclose(own, expected, **(close or CLOSE))


def assert_padding_is_zero(network):
    copy = network.parameters.copy()
    for part in [*network.views(copy)[0], *network.views(copy)[1]]:
        part[:] = 0
    np.testing.assert_array_equal(copy, 0)


# --- Penalties ------------------------------------------------------------------------------------

ELASTIC = {"alpha": 0.2, "l1_ratio": 0.3}


def elastic(w):
    return 0.2 * (0.7 * (w**2).sum() / 2 + 0.3 * np.abs(w).sum())


def elastic_slope(w):
    return 0.2 * (0.7 * w + 0.3 * np.sign(w))


@pytest.mark.parametrize("patterns", [[2], [0, 1, 2, 4, 6]], ids=["online", "batch"])
def test_elastic_is_the_gradient_of_its_objective(patterns, interpreted):
    """Central differences of every weight and bias; where w is 0 the penalty's slope is 0."""
    network = random_network(SIZES)
    network.weights[1][3, 2] = 0.0
    before = [p.copy() for p in network.weights + network.biases]

    def objective(parameters):
        now = (parameters[:3], parameters[3:], ["tanh"] * 2, "SquaredError")
        errors = sum(naive.error(X[p], D[p], *now) for p in patterns)
        return (errors + sum(elastic(w) for w in parameters[:3])) / len(patterns)

    training = trainer(
        network,
        X,
        D,
        ACTIVATIONS["tanh"],
        LOSSES["SquaredError"],
        eta=1.0,
        batch_size=len(patterns),
        **ELASTIC,
    )
    assert training.epoch(np.array(patterns)) == pytest.approx(objective(before), rel=1e-12)
    for own, old in zip(network.weights + network.biases, before, strict=True):
        for index in np.ndindex(old.shape):
            number, values = old[index], []
            for side in (1e-5, -1e-5):
                old[index] = number + side
                values.append(objective(before))
            old[index] = number
            slope = (values[0] - values[1]) / 2e-5
            assert number - own[index] == pytest.approx(slope, abs=1e-9)


def with_penalties(errors, path, penalty):
    """Return the mean error, the penalty of the weights before each update in that of its batch."""
    before = [random_network(SIZES).weights, *(p[:3] for p in path[:-1])]
    return (sum(errors) + sum(penalty(w) for weights in before for w in weights)) / N_PATTERNS


@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_elastic(batch_size, interpreted):
    path, errors, _ = descend(batch_size, pull=elastic_slope)
    network, error = train(batch_size, **ELASTIC)
    assert_equal(network, path[-1])
    assert error == pytest.approx(with_penalties(errors, path, elastic), rel=1e-12)


def test_l1_ratio_of_one_and_zero(interpreted):
    """At 1 a weight without a gradient moves by η α; at 0 the penalty is L2's."""
    x = X.copy()
    x[:, 1] = 0
    network = random_network(SIZES)
    before = network.weights[0][1].copy()
    training = trainer(
        network, x, D, ACTIVATIONS["tanh"], LOSSES["SquaredError"], alpha=0.01, l1_ratio=1
    )
    training.epoch(ORDER)
    moved = before - N_PATTERNS * 0.1 * 0.01 * np.sign(before)
    np.testing.assert_allclose(network.weights[0][1], moved, **CLOSE)
    with_l2, _ = train(1, alpha=0.01, l1_ratio=0)
    path, _, _ = descend(1, pull=lambda w: 0.01 * w)
    assert_equal(with_l2, path[-1])


class NaiveAdam:
    """Adam as in section 2 of the paper, after a decay of the weights."""

    def __init__(self, eta, decay, n_weights):
        self.eta, self.decay, self.n_weights = eta, decay, n_weights
        self.m, self.v = {}, {}

    def __call__(self, t, gradients, parameters):
        steps = []
        for k, (g, p) in enumerate(zip(gradients, parameters, strict=True)):
            self.m[k] = 0.9 * self.m.get(k, 0) + 0.1 * g
            self.v[k] = 0.99 * self.v.get(k, 0) + 0.01 * g**2
            eta = self.eta * np.sqrt(1 - 0.99**t) / (1 - 0.9**t)
            step = eta * self.m[k] / (np.sqrt(self.v[k]) + 1e-8)
            steps.append(step - (self.decay * p if k < self.n_weights else 0))
        return steps


@pytest.mark.parametrize("clip_norm", [None, 0.5])
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_adamw(batch_size, clip_norm, interpreted):
    """Weights decay by η α, biases do not, and the objective is without a penalty."""
    path, errors, _ = descend(
        batch_size, change=NaiveAdam(0.05, 0.05 * 0.3, 3), clip=clip_norm or np.inf
    )
    network, error = train(
        batch_size, rule=Adam(0.05, 0.9, 0.99, 1e-8), alpha=0.3, decoupled=True, clip_norm=clip_norm
    )
    assert_equal(network, path[-1])
    assert error == pytest.approx(sum(errors) / N_PATTERNS, rel=1e-12)


@pytest.mark.parametrize("solver", ["adam", "adamw"])
def test_adamw_of_the_estimator(solver, interpreted):
    """The decay follows the learning rate, which rises here."""
    settings = {"solver": solver, "alpha": 0.3, "hidden_layer_sizes": (9, 5), "batch_size": 3}
    settings |= {"shuffle": False, "activation": "tanh", "random_state": 0, "beta_2": 0.99}
    model = BackpropRegressor(**settings, max_iter=3, warmup_epochs=2, learning_rate_init=0.05)
    network = Network(SIZES, np.float64)
    network.initialize(np.random.RandomState(0), [6] * 3)
    optimizer = Optimizer(Adam(0.05, 0.9, 0.99, 1e-8), Schedule("constant", 0.5, 3, 2))
    training = Trainer(
        network,
        Model(ACTIVATIONS["tanh"], LOSSES["SquaredError"]),
        Data(rows_of(X), Values(D), None),
        optimizer,
        Regularization(0.3, decoupled=solver == "adamw"),
        batch_size=3,
    )
    for epoch in range(3):
        assert optimizer.learning_rate == pytest.approx(0.05 * (epoch + 1) / 3, rel=1e-15)
        training.epoch(ORDER)
        optimizer.end_epoch(0)
    model.fit(X, D)
    assert_equal(network, [*model.coefs_, *model.intercepts_])


# --- Limits ---------------------------------------------------------------------------------------

C = 0.9


def project(weights):
    for w in weights:
        w *= np.minimum(1, C / np.linalg.norm(w, axis=0))


@pytest.mark.parametrize("alpha", [0, 0.02])
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_max_norm(batch_size, alpha, interpreted):
    pull = (lambda w: elastic_slope(w) * alpha / 0.2) if alpha else None
    path, errors, _ = descend(batch_size, pull=pull, after=project)
    norms = np.concatenate([np.linalg.norm(w, axis=0) for w in path[-1][:3]])
    assert norms.min() < C - 0.1 and np.isclose(norms.max(), C)  # some are free, some are not
    network, error = train(batch_size, max_norm=C, alpha=alpha, l1_ratio=0.3)
    assert_equal(network, path[-1])
    expected = with_penalties(errors, path, lambda w: elastic(w) * alpha / 0.2)
    assert error == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("clip_norm", [None, 0.1])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_max_norm_after_every_update(batch_size, clip_norm, interpreted):
    network = random_network(SIZES)
    settings = {"eta": 0.5, "batch_size": batch_size, "max_norm": C, "clip_norm": clip_norm}
    training = trainer(network, X, D, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings)
    for n in range(0, N_PATTERNS, batch_size):
        training.epoch(ORDER[n : n + batch_size])
        for w in network.weights:
            assert np.linalg.norm(w, axis=0).max() <= C * (1 + 1e-14)


PULLS = [  # the slope of a penalty, and the penalty
    (None, lambda w: 0.0),
    (lambda w: 0.2 * w, lambda w: 0.1 * (w**2).sum()),
    (elastic_slope, elastic),
]


@pytest.mark.parametrize("settings", [{}, {"alpha": 0.2}, ELASTIC], ids=["free", "l2", "elastic"])
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_clip_norm(batch_size, settings, interpreted):
    """The gradient that is scaled down is the whole one, biases and penalty included."""
    pull, penalty = PULLS[len(settings)]
    _, _, lengths = descend(batch_size, pull=pull)
    clip = float(np.median(lengths)) * (0.5 if batch_size == N_PATTERNS else 1)
    path, errors, lengths = descend(batch_size, pull=pull, clip=clip)
    assert max(lengths) > clip * 1.1
    network, error = train(batch_size, clip_norm=clip, **settings)
    assert_equal(network, path[-1])
    expected = with_penalties(errors, path, penalty)
    assert error == pytest.approx(expected, rel=1e-12)


# --- Dropout --------------------------------------------------------------------------------------


def masks_of(rates, seed, p, sizes=SIZES):
    """Return what multiplies the units of each hidden layer."""
    return [
        (uniform(np.zeros(64), _number(seed, p, layer))[:size] >= rate) / (1 - rate)
        for layer, (rate, size) in enumerate(zip(rates, sizes[1:-1], strict=True))
    ]


def masked(x, d, parameters, masks):
    """Return E_p, and its descent, of a network of tanh whose units are multiplied."""
    n, outs, slopes = len(parameters) // 2, [x], []
    for layer in range(n):
        net = outs[-1] @ parameters[layer] + parameters[n + layer]
        if layer < n - 1:
            slopes.append(masks[layer] / np.cosh(net) ** 2)
            net = masks[layer] * np.tanh(net)
        outs.append(net)
    deltas = [d - outs[-1]]
    for layer in reversed(range(n - 1)):
        deltas.insert(0, slopes[layer] * (parameters[layer + 1] @ deltas[0]))
    steps = [np.outer(out, delta) for out, delta in zip(outs[:-1], deltas, strict=True)]
    return (deltas[-1] ** 2).sum() / 2, steps + deltas


def naive_dropout(batch_size, rates, seed):
    network, error = random_network(SIZES), 0.0
    parameters = [np.array(p) for p in [*network.weights, *network.biases]]
    for start in range(0, N_PATTERNS, batch_size):
        batch = range(start, min(start + batch_size, N_PATTERNS))
        parts = [masked(X[p], D[p], parameters, masks_of(rates, seed, p)) for p in batch]
        error += sum(part[0] for part in parts)
        for p, *steps in zip(parameters, *(part[1] for part in parts), strict=True):
            p += 0.1 * sum(steps) / len(batch)
    return parameters, error / N_PATTERNS


DROPOUTS = {
    "one rate": (Dropout(Tanh(), 0.4, 5), (0.4, 0.4)),
    "first layer": (PerLayer(Dropout(Tanh(), 0.4, 5), Tanh()), (0.4, 0)),
    "two rates": (PerLayer(Dropout(Tanh(), 0.4, 5), Dropout(Tanh(), 0.25, 5)), (0.4, 0.25)),
}


@pytest.mark.parametrize("clip_norm", [None, 1e9])
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
@pytest.mark.parametrize("case", DROPOUTS)
def test_dropout(case, batch_size, clip_norm, interpreted):
    """A pattern meets the same mask online and in batches of any size."""
    activation, rates = DROPOUTS[case]
    network = random_network(SIZES)
    settings = {"batch_size": batch_size, "clip_norm": clip_norm}
    training = trainer(network, X, D, activation, LOSSES["SquaredError"], **settings)
    error = training.epoch(ORDER)
    parameters, expected = naive_dropout(batch_size, rates, 5)
    assert error == pytest.approx(expected, rel=1e-12)
    assert_equal(network, parameters)
    assert_padding_is_zero(network)


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "gelu", "softplus"])
def test_dropout_is_the_gradient_of_what_is_computed(activation, batch_size, interpreted):
    """Central differences with the masks held; units that drop out do not learn at all."""
    network, p = random_network(SIZES), 3
    model = Model(Dropout(ACTIVATIONS[activation], 0.4, 11), LOSSES["SquaredError"])
    rows, start = rows_of(X), network.parameters.copy()

    def error():
        out = outputs(network, model, rows, np.array([p]))[0]
        return ((D[p] - out) ** 2).sum() / 2

    slopes = []
    for part in network.weights + network.biases:
        slope = np.empty(part.shape)
        for index in np.ndindex(part.shape):
            number, values = part[index], []
            for side in (1e-5, -1e-5):
                part[index] = number + side
                values.append(error())
            part[index] = number
            slope[index] = (values[0] - values[1]) / 2e-5
        slopes.append(slope)
    np.testing.assert_array_equal(network.parameters, start)
    training = trainer(network, X, D, *model, eta=1.0, batch_size=batch_size)
    assert training.epoch(np.array([p])) == pytest.approx(error_at(network, start, error))
    first, biases = network.views(start)
    for own, old, slope in zip(
        network.weights + network.biases, [*first, *biases], slopes, strict=True
    ):
        np.testing.assert_allclose(old - own, slope, atol=1e-9)
    for layer, mask in enumerate(masks_of((0.4, 0.4), 11, p)):
        dropped = mask == 0
        assert dropped.any() and not dropped.all()
        np.testing.assert_array_equal(network.weights[layer][:, dropped], first[layer][:, dropped])
        np.testing.assert_array_equal(network.biases[layer][dropped], biases[layer][dropped])
        np.testing.assert_array_equal(
            network.weights[layer + 1][dropped], first[layer + 1][dropped]
        )


def error_at(network, parameters, error):
    """Return error() as it was with other parameters."""
    present = network.parameters.copy()
    network.parameters[:] = parameters
    try:
        return error()
    finally:
        network.parameters[:] = present


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.9])
def test_share_of_units_that_drop_out(rate):
    """Near the rate over all, in every unit, and in every pattern; the mean is preserved."""
    n, size = 2000, 50
    masks = np.array([masks_of((rate, rate), 3, p, [1, size, size, 1]) for p in range(n)])
    spread = np.sqrt(rate * (1 - rate))
    dropped = masks == 0
    assert abs(dropped.mean() - rate) < 4 * spread / np.sqrt(dropped.size)
    assert abs(masks.mean() - 1) < 4 * spread / (1 - rate) / np.sqrt(dropped.size)
    by_unit = (dropped.mean(axis=0) - rate).ravel() * np.sqrt(n) / spread
    assert abs(by_unit).max() < 5 and 0.7 < by_unit.std() < 1.3
    by_pattern = (dropped.mean(axis=2) - rate).ravel() * np.sqrt(size) / spread
    assert 0.9 < by_pattern.std() < 1.1


def test_masks_have_nothing_to_do_with_each_other():
    """Of patterns, layers and seeds that are neighbours."""

    def mask(seed, p, layer):
        return uniform(np.zeros(4096), _number(seed, p, layer)) - 0.5

    one = mask(7, 3, 0)
    for other in (mask(7, 4, 0), mask(7, 3, 1), mask(8, 3, 0), np.roll(one, 1), np.roll(one, 8)):
        assert abs(12 * (one * other).mean()) < 4 / np.sqrt(4096)


def test_rates_per_layer():
    assert with_dropout(Tanh(), [0.0, 0.0], 1) == Tanh()
    assert with_dropout(Tanh(), [0.3, 0.3], 1) == Dropout(Tanh(), 0.3, 1)
    mixed = with_dropout(PerLayer(Tanh(), PerLayer(Logistic(), Tanh())), [0.0, 0.3, 0.2], 1)
    expected = (Tanh(), PerLayer(Dropout(Logistic(), 0.3, 1), Dropout(Tanh(), 0.2, 1)))
    assert mixed == PerLayer(*expected)
    same = with_dropout(PerLayer(Tanh(), Logistic()), [0.3, 0.3], 1)
    assert same == PerLayer(Dropout(Tanh(), 0.3, 1), Dropout(Logistic(), 0.3, 1))


SETTINGS = {"hidden_layer_sizes": (9, 5), "activation": "tanh", "max_iter": 2, "random_state": 0}
SETTINGS |= {"learning_rate_init": 0.1, "tol": 0}


def test_dropout_of_the_estimator(interpreted):
    """One rate is a list of it; each epoch has masks of its own, which random_state draws."""
    models = [
        BackpropRegressor(**SETTINGS, dropout=rates).fit(X, D)
        for rates in (0.5, [0.5, 0.5], (0.5, 0.2), 0.0)
    ]
    again = BackpropRegressor(**SETTINGS, dropout=0.5).fit(X, D)
    curves = [model.loss_curve_ for model in models]
    assert curves[0] == curves[1] == again.loss_curve_
    assert len({tuple(curve) for curve in curves}) == 3
    frozen = BackpropRegressor(**SETTINGS | {"learning_rate_init": 1e-300}, dropout=0.5).fit(X, D)
    assert frozen.loss_curve_[0] != frozen.loss_curve_[1]


def test_dropout_is_for_training_only(interpreted):
    """Predictions, and losses and scores of the validation set, are those of the whole network."""
    model = BackpropRegressor(**SETTINGS, dropout=0.5).fit(X, D, X_val=X, y_val=D)
    network = (model.coefs_, model.intercepts_, ["tanh"] * 2, "SquaredError")
    out = [naive.forward(x, *network)[1][-1] for x in X]
    np.testing.assert_allclose(model.predict(X), out, **CLOSE)
    loss = np.mean([naive.error(x, d, *network) for x, d in zip(X, D, strict=True)])
    assert model.validation_loss_curve_[-1] == pytest.approx(loss, rel=1e-12)


# --- Random numbers -------------------------------------------------------------------------------

NUMBERS = [0, 1, 12345, 2**31 - 1, 2**32 - 3, 2**40 + 7]


def test_uniform():
    numbers = uniform(np.zeros(1 << 16), 0)
    assert numbers.min() >= 0 and numbers.max() < 1
    assert abs(numbers.mean() - 0.5) < 4 * np.sqrt(1 / 12 / numbers.size)
    counts = np.histogram(numbers, 64, (0, 1))[0]
    assert ((counts - 1024) ** 2 / 1024).sum() < 63 + 4 * np.sqrt(2 * 63)
    np.testing.assert_array_equal(numbers * 2**24, np.rint(numbers * 2**24))
    for number in NUMBERS:
        single, double = (uniform(np.zeros(16, t), number) for t in (np.float32, np.float64))
        assert single.dtype == np.float32 and double.dtype == np.float64
        np.testing.assert_array_equal(single, double)
        np.testing.assert_array_equal(uniform(np.zeros(15), number + 1), double[1:])


def _uniforms(numbers, result):
    target = pointer(result)
    for n in range(numbers.size):
        like = load(target, n * lanes(target), ONE)
        store(target, n * lanes(target), uniform(like, numbers[n]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_compiled(dtype):
    width = lanes(np.zeros(1, dtype))
    result = np.full(len(NUMBERS) * width, -1, dtype)
    jit.kernel(_uniforms).uncached(np.array(NUMBERS), result)
    expected = np.concatenate([uniform(np.zeros(width, dtype), n) for n in NUMBERS])
    np.testing.assert_array_equal(result, expected)


# --- Smoothed targets -----------------------------------------------------------------------------


def smoothed(d, smoothing, n_classes):
    return (1 - smoothing) * d + smoothing / n_classes


@pytest.mark.parametrize("n_classes", [2, 3, 19])
def test_smoothed_targets(n_classes):
    """Of the outputs that are there; a distribution again."""
    codes = np.arange(n_classes)
    count = 1 if n_classes == 2 else n_classes
    targets = Smoothed(Classes(codes, count), 0.1, n_classes)
    for p in codes:
        parts = [
            target_of(targets, p, k, count - k, np.zeros(4))[: count - k]
            for k in range(0, count, 4)
        ]
        plain = np.eye(n_classes)[p] if count > 1 else [p]
        np.testing.assert_allclose(
            np.concatenate(parts), smoothed(np.array(plain), 0.1, n_classes), rtol=1e-15
        )
        if count > 1:
            assert sum(part.sum() for part in parts) == pytest.approx(1, rel=1e-14)


LABELS = np.array([0, 2, 1, 0, 0, 1, 2])
KINDS = {  # name: (y, targets, classes, loss)
    "binary": (LABELS > 0, (LABELS > 0)[:, None] * 1.0, 2, "BinaryLogLoss"),
    "multiclass": (LABELS, np.eye(3)[LABELS], 3, "MultinomialLogLoss"),
    "multilabel": (np.eye(3, dtype=int)[LABELS], np.eye(3)[LABELS], 2, "BinaryLogLoss"),
}


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_label_smoothing(kind, batch_size, interpreted):
    y, d, n_classes, loss = KINDS[kind]
    settings = {"batch_size": batch_size, "shuffle": False, "max_iter": 1}
    model = BackpropClassifier(**SETTINGS | settings, label_smoothing=0.2).fit(X, y)
    network = Network([4, 9, 5, d.shape[1]], np.float64)
    network.initialize(np.random.RandomState(0), [6] * 3)
    weights, biases, errors = naive.train(
        X,
        smoothed(d, 0.2, n_classes),
        network.weights,
        network.biases,
        ["tanh"] * 2,
        loss,
        eta=0.1,
        batch_size=batch_size,
    )
    for own, expected in zip(model.coefs_ + model.intercepts_, weights + biases, strict=True):
        np.testing.assert_allclose(own, expected, **CLOSE)
    counts = [min(batch_size, N_PATTERNS - n) for n in range(0, N_PATTERNS, batch_size)]
    assert model.loss_ == pytest.approx(np.average(errors, weights=counts), rel=1e-12)


# --- Class weights --------------------------------------------------------------------------------


def fit_classes(rows=slice(None), sample_weight=None, **settings):
    settings = {**SETTINGS, "shuffle": False, **settings}
    model = BackpropClassifier(**settings).fit(X[rows], LABELS[rows], sample_weight)
    return model, model.coefs_ + model.intercepts_


def assert_same(one, other, **close):
    for own, expected in zip(one, other, strict=True):
        np.testing.assert_allclose(own, expected, **(close or CLOSE))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_class_weight(batch_size, weighted, interpreted):
    """Costs of errors, not shares of a batch: they do not cancel, not even in a batch of one."""
    s = np.random.default_rng(0).uniform(0.5, 2, N_PATTERNS) if weighted else None
    costs = {0: 3.0, 1: 0.5, 2: 1.0}
    settings = {"batch_size": batch_size, "alpha": 0.1, "max_iter": 1}
    model, own = fit_classes(class_weight=costs, sample_weight=s, **settings)
    network = Network([4, 9, 5, 3], np.float64)
    network.initialize(np.random.RandomState(0), [6] * 3)
    weights, biases, _ = naive.train(
        X,
        np.eye(3)[LABELS],
        network.weights,
        network.biases,
        ["tanh"] * 2,
        "MultinomialLogLoss",
        eta=0.1,
        alpha=0.1,
        batch_size=batch_size,
        sample_weight=s,
        costs=np.array([costs[label] for label in LABELS]),
    )
    assert_same(own, weights + biases)


def test_balanced(interpreted):
    """n / (K n_k): each class counts the same."""
    balanced = {label: 7 / (3 * (label == LABELS).sum()) for label in range(3)}
    _, by_name = fit_classes(class_weight="balanced", batch_size=3)
    assert_same(by_name, fit_classes(class_weight=balanced, batch_size=3)[1])
    with pytest.raises(AssertionError):
        assert_same(by_name, fit_classes(batch_size=3)[1])


def test_class_weight_repeats_rows(interpreted):
    """In a full batch, but for its size, by which all is divided."""
    repeated = np.repeat(np.arange(N_PATTERNS), np.array([2, 1, 3])[LABELS])
    n = len(repeated)
    _, own = fit_classes(class_weight={0: 2, 2: 3}, batch_size=7)
    _, others = fit_classes(repeated, batch_size=n, learning_rate_init=0.1 * n / N_PATTERNS)
    assert_same(own, others)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_class_that_costs_nothing(batch_size, interpreted):
    """Its rows are not there: those of weight zero are not."""
    model, own = fit_classes(class_weight={1: 0}, batch_size=batch_size)
    other, expected = fit_classes(sample_weight=(LABELS != 1) * 1.0, batch_size=batch_size)
    assert_same(own, expected)
    assert model.t_ == other.t_ == 2 * 5
    assert model.loss_curve_ == other.loss_curve_


@pytest.mark.parametrize(
    ("weights", "y", "words"),
    [
        ({0: -1}, LABELS, "class_weight: weights must not be negative"),
        ({0: np.nan}, LABELS, "class_weight: weights must not be negative"),
        ({0: 0, 1: 0, 2: 0}, LABELS, "class_weight: the weight of some class"),
        ({7: 2}, LABELS, "(?i)class"),
        ("balanced", np.eye(3, dtype=int)[LABELS], "class_weight.*use sample_weight"),
    ],
    ids=str,
)
def test_class_weight_refused(weights, y, words, interpreted):
    model = BackpropClassifier(**SETTINGS, class_weight=weights)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=words):
        model.fit(X, y)
    assert vars(model) == before


def test_class_weight_of_a_class_that_a_part_lacks(interpreted):
    """`partial_fit` sees parts of the data: weights are for classes that it knows."""
    settings = {**SETTINGS, "batch_size": 2}
    here, there = np.flatnonzero(LABELS), np.flatnonzero(LABELS == 0)
    models = [BackpropClassifier(**settings, class_weight=c) for c in ({0: 5}, {0: 5, 1: 1, 2: 1})]
    for model in models:
        for rows in (here, there):
            model.partial_fit(X[rows], LABELS[rows], classes=[0, 1, 2])
    assert_same(models[0].coefs_, models[1].coefs_)


# --- Averages -------------------------------------------------------------------------------------

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
    assert models[0].loss_curve_ == models[1].loss_curve_


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


# --- All together ---------------------------------------------------------------------------------

EVERYTHING = {
    "elastic, max_norm": {"alpha": 0.1, "l1_ratio": 0.4, "max_norm": C, "average_from": 2},
    "decay": {"alpha": 0.1, "decoupled": True, "rule": Adam(0.1, 0.9, 0.99, 1e-8)},
    "clipped": {"alpha": 0.1, "l1_ratio": 0.4, "max_norm": C, "clip_norm": 0.2, "average_from": 2},
}


def all_together(batch_size, *, smoothing=0.1, **settings):
    """Train one epoch of a network of logistic units, which make ½ of padding."""
    settings = {"rule": GradientDescent(0.1), **settings}
    rule, average_from = settings.pop("rule"), settings.pop("average_from", 0)
    network = random_network([4, 9, 5, 3])
    optimizer = Optimizer(rule, Schedule(), average_from)
    costs = np.array([3.0, 0.5, 1.0])[LABELS]
    training = Trainer(
        network,
        Model(Dropout(Logistic(), 0.4, 3), MultinomialLogLoss()),
        Data(rows_of(X), Smoothed(Classes(LABELS, 3), smoothing, 3), None, costs),
        optimizer,
        Regularization(**settings),
        batch_size=batch_size,
    )
    errors = [training.epoch(ORDER) for _ in range(2)]
    return network, errors, training


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("case", EVERYTHING)
def test_padding_stays_zero(case, batch_size, interpreted):
    network, _, training = all_together(batch_size, **EVERYTHING[case])
    assert_padding_is_zero(network)
    if "average_from" in EVERYTHING[case]:
        average = random_network([4, 9, 5, 3])
        average.parameters[:] = training.state[: network.parameters.size]
        assert_padding_is_zero(average)


@pytest.mark.parametrize(
    ("case", "batch_size"), [("elastic, max_norm", 1), ("elastic, max_norm", 3), ("clipped", 3)]
)
def test_compiled(case, batch_size):
    """The masks are those of Python, and so is all the rest."""
    network, errors, training = all_together(batch_size, **EVERYTHING[case])
    assert (training.kernel is train_online.cached) == (batch_size == 1)
    with jit.interpreted():
        other, expected, interpreted = all_together(batch_size, **EVERYTHING[case])
    np.testing.assert_allclose(errors, expected, rtol=1e-12)
    np.testing.assert_allclose(network.parameters, other.parameters, **CLOSE)
    np.testing.assert_allclose(training.state, interpreted.state, **CLOSE)
    assert_padding_is_zero(network)
