"""The training and prediction kernels against textbook.py, formula by formula."""

import numpy as np
import pytest
from trained import (
    LOSSES,
    PENALTIES,
    ROWS,
    RULES,
    check_epoch,
    random_network,
    random_patterns,
    trainer,
)

from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.batches.minibatch import train_batches
from fastbp.kernels.delayed import train_delayed
from fastbp.kernels.online import train_online
from fastbp.training.prediction import predict_outputs

MOMENTA = {
    "plain": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9, "nesterov": True},
}
N_PATTERNS = 7


def check(sizes, activation, loss, batch_size=1, kernel=None, **settings):
    """Compare one epoch of the kernels with textbook.py, errors and predictions included."""
    settings = {"eta": 0.1, "weighted": False, "n_patterns": N_PATTERNS, **settings}
    settings |= {"activation": activation, "loss": loss, "kernel": kernel, "predicts": True}
    check_epoch(sizes, batch_size, **settings, tolerances=(1e-10, 1e-4))


SIZES = [[3, 2], [70, 3], [4, 16, 3], [3, 70, 1], [5, 17, 33, 20], [6, 33, 56, 5, 2]]
DEPTHS = [[3, 5, 2], [3, 5, 4, 3], [4, 5, 3, 4, 2]]


def of(table, n):
    return list(table)[n % len(table)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_formulas_interpreted(activation, loss, dtype, interpreted):
    """Delayed; online and in batches, in float32 one of them.

    The other tables are met at numbers that run through them while activations and losses do.
    """
    a, b = list(ACTIVATIONS).index(activation), list(LOSSES).index(loss)
    case, sizes = {"dtype": dtype, "eta": 0.05, "repeated": True}, of(DEPTHS, a + b)
    more = {"penalty": of(["free", "decay"], a), "n_patterns": 1 + (a + b) % 9}
    check(sizes, activation, loss, 1, train_delayed, **case, **more, rows=of(ROWS, a + b))
    case |= {"rule": RULES[of(RULES, a + 3 * b)], "penalty": of(PENALTIES, a + b // 2)}
    case |= {"rows": of(ROWS, a + 2 * b), "weighted": b % 2 == 0, "average_from": 1 + a % 3}
    if dtype == np.float64 or (a + b) % 2:
        check(sizes, activation, loss, 1, train_online, **case)
    if dtype == np.float64 or (a + b) % 2 == 0:
        check(sizes, activation, loss, of([2, 5, N_PATTERNS], a), train_batches, **case)


@pytest.mark.parametrize("batch_size", [1, 3, N_PATTERNS])
@pytest.mark.parametrize("penalty", ["free", "l2"])
@pytest.mark.parametrize("rule", MOMENTA)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_shapes_and_rules_interpreted(sizes, rule, penalty, batch_size, interpreted):
    settings = {**MOMENTA[rule], "penalty": penalty, "batch_size": batch_size}
    loss = "MultinomialLogLoss" if sizes[-1] > 1 else "BinaryLogLoss"
    check(sizes, "softplus", loss, weighted=True, **settings)
    if len(sizes) < 4:
        check(sizes, "gelu", "Huber", dtype=np.float32, **settings)


@pytest.mark.parametrize("average_from", [0, 1, 3])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("rule", RULES)
def test_rules_and_penalties_interpreted(rule, penalty, average_from, interpreted):
    """Every one with every other, weights, states and errors; online, in batches, and summed."""
    case = {"rule": RULES[rule], "penalty": penalty, "average_from": average_from}
    n = list(RULES).index(rule) + list(PENALTIES).index(penalty) + average_from
    for batch_size, clip_norm in ((1, None), (3, None), (3, 1e9)):
        more = {"rows": of(ROWS, n + batch_size), "weighted": n % 2 == 0, "clip_norm": clip_norm}
        check(of([[4, 3], *DEPTHS], n), "tanh", "SquaredError", batch_size, **case, **more)


# Each is one compilation, whatever the sizes.
COMPILED = [
    ("tanh", "SquaredError", np.float64, "plain", {}),
    ("softplus", "BinaryLogLoss", np.float64, "plain", {"penalty": "l2"}),
    ("logistic", "LogisticSquaredError", np.float64, "momentum", {}),
    ("gelu", "Huber", np.float64, "nesterov", {"penalty": "l2", "batch_size": 3}),
    ("relu", "MultinomialLogLoss", np.float32, "momentum", {"penalty": "l2", "weighted": True}),
    ("mish", "Poisson", np.float32, "plain", {"batch_size": N_PATTERNS, "weighted": True}),
]


@pytest.mark.parametrize(("activation", "loss", "dtype", "rule", "more"), COMPILED)
def test_compiled(activation, loss, dtype, rule, more):
    for sizes in SIZES:
        check(sizes, activation, loss, dtype=dtype, **{"penalty": "free", **MOMENTA[rule], **more})


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
