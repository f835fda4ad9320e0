"""The training and prediction kernels against naive.py."""

import naive
import numpy as np
import pytest
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.estimators.parameters.formulas import activation_for
from fastbp.training.prediction import predict_outputs

RULES = {
    "plain": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9, "nesterov": True},
}
N_PATTERNS = 7


def check(sizes, activation, loss, *, dtype=np.float64, weighted=False, batch_size=1, **rule):
    """Compare one epoch of the kernels with naive.py, errors and predictions included."""
    network = random_network(sizes, dtype)
    X, d = random_patterns(N_PATTERNS, sizes, loss, dtype)
    rule = {"eta": 0.1, **rule, "batch_size": batch_size}
    if weighted:
        rule["sample_weight"] = np.random.default_rng(2).uniform(0.5, 2, len(X)).astype(dtype)
    hidden = [activation] * (len(sizes) - 2) if isinstance(activation, str) else activation
    wide = [np.asarray(a, np.float64) for a in (X, d)]
    weights, biases, errors = naive.train(
        *wide, network.weights, network.biases, hidden, loss, **rule
    )
    record = activation_for(activation, len(sizes) - 2)
    training = trainer(network, X, d, record, LOSSES[loss], **rule)
    order = np.arange(len(X))
    error = training.epoch(order)
    sizes_of_batches = [len(order[n : n + batch_size]) for n in range(0, len(X), batch_size)]
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(error, np.average(errors, weights=sizes_of_batches), rtol=tolerance)
    for own, expected in zip(network.weights + network.biases, weights + biases, strict=True):
        assert own.dtype == dtype
        np.testing.assert_allclose(own, expected, rtol=tolerance, atol=tolerance)
    out = predict_outputs(network, training.formulas, training.patterns.rows, order)
    expected = [naive.forward(x, weights, biases, hidden, loss)[1][-1] for x in wide[0]]
    np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance)


SIZES = [[3, 2], [70, 3], [4, 16, 3], [3, 70, 1], [5, 17, 33, 20], [6, 33, 56, 5, 2]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_formulas_interpreted(activation, loss, dtype):
    with jit.interpreted():
        check([3, 5, 2], activation, loss, dtype=dtype)


@pytest.mark.parametrize("batch_size", [1, 3, N_PATTERNS])
@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_shapes_and_rules_interpreted(sizes, rule, alpha, batch_size):
    with jit.interpreted():
        settings = {**RULES[rule], "alpha": alpha, "batch_size": batch_size}
        loss = "MultinomialLogLoss" if sizes[-1] > 1 else "BinaryLogLoss"
        check(sizes, "softplus", loss, weighted=True, **settings)
        if len(sizes) < 4:
            check(sizes, "gelu", "Huber", dtype=np.float32, **settings)


# Each is one compilation, whatever the sizes.
COMPILED = [
    ("tanh", "SquaredError", np.float64, "plain", {}),
    ("softplus", "BinaryLogLoss", np.float64, "plain", {"alpha": 0.1}),
    ("logistic", "LogisticSquaredError", np.float64, "momentum", {}),
    ("gelu", "Huber", np.float64, "nesterov", {"alpha": 0.1, "batch_size": 3}),
    ("relu", "MultinomialLogLoss", np.float32, "momentum", {"alpha": 0.1, "weighted": True}),
    ("mish", "Poisson", np.float32, "plain", {"batch_size": N_PATTERNS, "weighted": True}),
]


@pytest.mark.parametrize(("activation", "loss", "dtype", "rule", "more"), COMPILED)
def test_compiled(activation, loss, dtype, rule, more):
    for sizes in SIZES:
        check(sizes, activation, loss, dtype=dtype, **RULES[rule], **more)


@pytest.mark.parametrize("bias", [-1000.0, 1000.0])
def test_softmax_of_net_inputs_far_from_zero(bias):
    network = random_network([3, 5, 3])
    X, d = random_patterns(4, [3, 5, 3], "MultinomialLogLoss")
    # Padding lanes, of net input 0, may overflow before they are dropped.
    with jit.interpreted(), np.errstate(over="ignore"):
        training = trainer(network, X, d, ACTIVATIONS["tanh"], LOSSES["MultinomialLogLoss"])
        near = predict_outputs(network, training.formulas, training.patterns.rows, np.arange(4))
        network.biases[-1][:] += bias
        far = predict_outputs(network, training.formulas, training.patterns.rows, np.arange(4))
    np.testing.assert_allclose(far, near, rtol=1e-10)
    np.testing.assert_allclose(far.sum(axis=1), 1, rtol=1e-14)
