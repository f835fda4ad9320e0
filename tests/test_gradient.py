"""What kernels go along is the slope of the error, and formulas are those of the literature."""

import formulas as literature
import numpy as np
import pytest
from differences import DEPTHS, assert_gradient, differences, mean_error, smooth_case
from trained import LOSSES, assert_same, formulas_of, trainer

from fastbp import textbook
from fastbp.activations import ACTIVATIONS, derivative, value
from fastbp.losses import error, inverse_link, normalised, output_delta
from fastbp.training.lbfgs import Objective

STEP = 1e-5
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def changes(network, update):
    """Return −Δw of every layer's weights and biases."""
    before = [p.copy() for p in network.weights + network.biases]
    update()
    return [old - p for old, p in zip(before, network.weights + network.biases, strict=True)]


def gradient_of(training, order):
    """Return E and ∂E/∂w of `batch_descent`, by way of L-BFGS's objective."""
    network, patterns = training.network, training.patterns
    objective = Objective(network, training.formulas, patterns, training.regularization, order)
    error, gradient = objective(network.parameters.copy())
    weights, biases = network.views(gradient)
    return error, weights + biases


@pytest.mark.parametrize("sizes", DEPTHS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_update_and_gradient_of_a_pattern(activation, loss, sizes, interpreted):
    """Both are textbook.py's, which is compared with central differences in its own test."""
    network, X, d = smooth_case(sizes, activation, loss)
    formulas, order = formulas_of(activation, loss), np.arange(1)
    weights, biases = network.weights, network.biases
    expected, of_w, of_b = textbook.batch_descent(X, d, weights, biases, formulas)
    slopes = [-g for g in of_w + of_b]
    training = trainer(network, X, d, *formulas, eta=1.0)
    error, gradient = gradient_of(training, order)
    assert error == pytest.approx(expected, rel=1e-12)
    assert_same(gradient, slopes, **CLOSE)
    errors = []
    assert_same(changes(network, lambda: errors.append(training.epoch(order))), slopes, **CLOSE)
    assert errors[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("loss", LOSSES)
def test_batches_sample_weights_and_penalty(loss, batch_size, interpreted):
    sizes, alpha, weight = [3, 5, 4, 3], 0.1, np.array([0.5, 2, 1, 3])[:batch_size]
    network, X, d = smooth_case(sizes, "tanh", loss, batch_size)
    formulas, parameters = formulas_of("tanh", loss), network.weights + network.biases
    order = np.arange(batch_size)

    def objective():
        errors = batch_size * mean_error(X, d, parameters, formulas, weight)
        penalty = alpha / 2 * sum((w**2).sum() for w in network.weights)
        return (errors + penalty) / weight.sum()

    numerical, expected = differences(objective, parameters), objective()
    settings = {"alpha": alpha, "sample_weight": weight, "batch_size": batch_size}
    training = trainer(network, X, d, *formulas, **settings, eta=1.0)
    error, gradient = gradient_of(training, order)
    assert error == pytest.approx(expected, rel=1e-12)
    assert_gradient(numerical, gradient)
    errors = []
    assert_gradient(numerical, changes(network, lambda: errors.append(training.epoch(order))))
    assert errors[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "loss", "alpha"),
    [
        ("tanh", "SquaredError", 0.0),
        ("softplus", "BinaryLogLoss", 0.1),
        ("logistic", "LogisticSquaredError", 0.0),
    ],
)
@pytest.mark.parametrize("sizes", [*DEPTHS, [3, 17, 33, 2]], ids=str)
def test_compiled_error_and_update(sizes, activation, loss, alpha):
    """The kernel's own error is what its update descends."""
    network, X, d = smooth_case(sizes, activation, loss)

    def epoch(eta):
        settings = {"alpha": alpha, "eta": eta}
        training = trainer(network, X, d, *formulas_of(activation, loss), **settings)
        return training.epoch(np.arange(1))

    numerical = differences(lambda: epoch(0.0), network.weights + network.biases)
    assert_gradient(numerical, changes(network, lambda: epoch(1.0)))


# --- Formulas -------------------------------------------------------------------------------------

SINGLE = {"rtol": 1e-5, "atol": 1e-6}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    record = ACTIVATIONS[name]
    net = np.concatenate([np.linspace(-12, 12, 400), [-1e-3, 1e-3, -30, 30]])  # 0 is not there
    out = value(record, net)
    f, slope = literature.ACTIVATIONS[name]
    np.testing.assert_allclose(out, f(net), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(derivative(record, net, out), slope(net), rtol=1e-12, atol=1e-14)
    numerical = (value(record, net + STEP) - value(record, net - STEP)) / (2 * STEP)
    np.testing.assert_allclose(derivative(record, net, out), numerical, rtol=1e-8, atol=1e-9)
    single = net.astype(np.float32)
    out, wide = value(record, single), single.astype(np.float64)
    np.testing.assert_allclose(out, f(wide), **SINGLE)
    np.testing.assert_allclose(derivative(record, single, out), slope(wide), **SINGLE)


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    """Outputs, errors and deltas, and the deltas by central differences."""
    loss, (f, error_of, delta_of) = LOSSES[name], literature.LOSSES[name]
    rng = np.random.default_rng(0)
    for _ in range(50):
        net = rng.uniform(-5, 5, 4)
        d = {
            "MultinomialLogLoss": np.eye(4)[rng.integers(4)],
            "BinaryLogLoss": rng.integers(2, size=4) * 1.0,
            "LogisticSquaredError": rng.integers(2, size=4) * 1.0,
            "Poisson": rng.poisson(1.5, 4) * 1.0,
        }.get(name, rng.normal(0, 3, 4))

        def outputs(net):
            if not normalised(loss):
                return inverse_link(loss, net)
            return inverse_link(loss, net) / inverse_link(loss, net).sum()

        out = outputs(net)
        delta = output_delta(loss, d, out)
        np.testing.assert_allclose(out, f(net), rtol=1e-13)
        np.testing.assert_allclose(error(loss, d, out), error_of(d, out), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(delta, delta_of(d, out), rtol=1e-13, atol=1e-15)
        for k, step in enumerate(STEP * np.eye(4)):
            below, above = (error(loss, d, outputs(net + s)).sum() for s in (-step, step))
            assert delta[k] == pytest.approx((below - above) / (2 * STEP), rel=1e-6, abs=1e-8)
        single, d_single = net.astype(np.float32), d.astype(np.float32)
        out, d_wide = outputs(single), d_single.astype(np.float64)
        wide = f(single.astype(np.float64))
        results = out, error(loss, d_single, out), output_delta(loss, d_single, out)
        expected = wide, error_of(d_wide, wide), delta_of(d_wide, wide)
        for one, other in zip(results, expected, strict=True):
            assert one.dtype == np.float32
            np.testing.assert_allclose(one, other, **SINGLE)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "selu", "softplus", "mish"])
def test_derivative_at_zero_and_far_away(name):
    record, net = ACTIVATIONS[name], np.array([-700.0, 0.0, 700.0])
    slopes = derivative(record, net, value(record, net))
    assert np.all(np.isfinite(slopes))
    expected = literature.ACTIVATIONS[name][1](np.clip(net, -300, 300))
    np.testing.assert_allclose(slopes, expected, rtol=1e-12, atol=1e-100)
