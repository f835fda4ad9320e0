"""The update of one pattern is the gradient of its error, by central differences."""

import naive
import numpy as np
import pytest
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS, derivative, value
from fastbp.compiling import jit

DEPTHS = [[3, 2], [3, 5, 2], [3, 5, 4, 3], [4, 5, 3, 4, 2]]
STEP = 1e-5


def smooth_case(sizes, activation, loss, n_patterns=1):
    """Return a network and patterns away from all kinks, no layer of which has a gradient of zero.

    Which they are naive.py tells, so that the code under test has no say in it.
    """
    hidden = [activation] * (len(sizes) - 2)
    for seed in range(1000):
        network = random_network(sizes, seed=seed)
        X, d = random_patterns(n_patterns, sizes, loss, seed=seed + 1)
        parameters = network.weights, network.biases, hidden, loss
        nets, outs = naive.forward(X[0], *parameters)
        residual = np.abs(d[0] - outs[-1])
        distances = [*nets[:-1], residual, residual - 0.7]  # 0.7: the threshold of Huber's loss
        if min(np.abs(distance).min() for distance in distances) > 100 * STEP and all(
            np.linalg.norm(g) > 1e-3 for g in naive.descent(X[0], d[0], *parameters)
        ):
            return network, X, d
    raise AssertionError("no smooth case")


def check_update(network, objective, update):
    """Compare −Δw of every layer's weights and biases with ∂E/∂w."""
    parameters = network.weights + network.biases
    numerical = [np.empty_like(p) for p in parameters]
    for parameter, gradient in zip(parameters, numerical, strict=True):
        for i in np.ndindex(parameter.shape):
            here = parameter[i]
            parameter[i] = here + STEP
            above = objective()
            parameter[i] = here - STEP
            gradient[i] = (above - objective()) / (2 * STEP)
            parameter[i] = here
    before = [p.copy() for p in parameters]
    update()
    for old, new, gradient in zip(before, parameters, numerical, strict=True):
        size = np.linalg.norm(gradient) + np.linalg.norm(old - new)
        assert np.linalg.norm(gradient) > 1e-4  # or this would prove nothing
        assert np.linalg.norm(gradient - (old - new)) / size <= 1e-6


@pytest.mark.parametrize("sizes", DEPTHS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_update_is_gradient(activation, loss, sizes):
    network, X, d = smooth_case(sizes, activation, loss)
    hidden = [activation] * (len(sizes) - 2)

    def error_of_naive():
        return naive.error(X[0], d[0], network.weights, network.biases, hidden, loss)

    def update():
        expected = error_of_naive()
        with jit.interpreted():
            training = trainer(network, X, d, ACTIVATIONS[activation], LOSSES[loss], eta=1.0)
            np.testing.assert_allclose(training.epoch(np.arange(1)), expected, rtol=1e-12)

    check_update(network, error_of_naive, update)


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("loss", LOSSES)
def test_batches_sample_weights_and_penalty(loss, batch_size):
    sizes, alpha, weight = [3, 5, 4, 3], 0.1, np.array([0.5, 2, 1, 3])[:batch_size]
    network, X, d = smooth_case(sizes, "tanh", loss, batch_size)

    def objective():
        network_and_formulas = network.weights, network.biases, ["tanh", "tanh"], loss
        errors = [naive.error(x, t, *network_and_formulas) for x, t in zip(X, d, strict=True)]
        penalty = alpha / 2 * sum((w**2).sum() for w in network.weights)
        return (weight @ errors + penalty) / weight.sum()

    def update():
        settings = {"alpha": alpha, "sample_weight": weight, "batch_size": batch_size, "eta": 1.0}
        expected = objective()
        with jit.interpreted():
            training = trainer(network, X, d, ACTIVATIONS["tanh"], LOSSES[loss], **settings)
            error = training.epoch(np.arange(batch_size))
        np.testing.assert_allclose(error, expected, rtol=1e-12)

    check_update(network, objective, update)


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
        training = trainer(network, X, d, ACTIVATIONS[activation], LOSSES[loss], **settings)
        return training.epoch(np.arange(1))

    check_update(network, lambda: epoch(0.0), lambda: epoch(1.0))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    record = ACTIVATIONS[name]
    net = np.concatenate([np.linspace(-12, 12, 400), [-1e-3, 1e-3, -30, 30]])  # 0 is not there
    out = value(record, net)
    f, slope = naive.ACTIVATIONS[name]
    np.testing.assert_allclose(out, f(net), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(derivative(record, net, out), slope(net), rtol=1e-12, atol=1e-14)
    numerical = (value(record, net + STEP) - value(record, net - STEP)) / (2 * STEP)
    np.testing.assert_allclose(derivative(record, net, out), numerical, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "selu", "softplus", "mish"])
def test_derivative_at_zero_and_far_away(name):
    record, net = ACTIVATIONS[name], np.array([-700.0, 0.0, 700.0])
    slopes = derivative(record, net, value(record, net))
    assert np.all(np.isfinite(slopes))
    expected = naive.ACTIVATIONS[name][1](np.clip(net, -300, 300))
    np.testing.assert_allclose(slopes, expected, rtol=1e-12, atol=1e-100)
