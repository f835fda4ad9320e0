"""Units drop out at random, in training only, and what is left learns by its own gradient."""

import numpy as np
import pytest
from plain import BackpropRegressor
from trained import (
    BATCH_SIZES,
    CLOSE,
    LOSSES,
    N_PATTERNS,
    ORDER,
    SETTINGS,
    SIZES,
    D,
    X,
    assert_equal,
    assert_padding_is_zero,
    formulas_of,
    random_network,
    trainer,
)

from fastbp import textbook
from fastbp.activations import ACTIVATIONS, Logistic, PerLayer, Tanh
from fastbp.kernels.descent import Formulas
from fastbp.kernels.dropout import Dropout, _number, with_dropout
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.training.prediction import predict_outputs
from fastbp.vectors.simd import uniform

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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


def dropout_by_hand(batch_size, rates, seed):
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
    parameters, expected = dropout_by_hand(batch_size, rates, 5)
    assert error == pytest.approx(expected, rel=1e-12)
    assert_equal(network, parameters)
    assert_padding_is_zero(network)


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "gelu", "softplus"])
def test_dropout_is_the_gradient_of_what_is_computed(activation, batch_size, interpreted):
    """Central differences with the masks held; units that drop out do not learn at all."""
    network, p = random_network(SIZES), 3
    model = Formulas(Dropout(ACTIVATIONS[activation], 0.4, 11), LOSSES["SquaredError"])
    rows, start = rows_of(X), network.parameters.copy()

    def error():
        out = predict_outputs(network, model, rows, np.array([p]))[0]
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
    network = (model.coefs_, model.intercepts_, formulas_of("tanh", "SquaredError"))
    out = [textbook.forward(x, *network)[1][-1] for x in X]
    np.testing.assert_allclose(model.predict(X), out, **CLOSE)
    loss, *_ = textbook.batch_descent(X, D, *network)
    assert model.validation_loss_curve_[-1] == pytest.approx(loss, rel=1e-12)
