"""Per-pattern training with delayed updates: the same as without."""

import numpy as np
import pytest
from trained import LOSSES, ROWS, check_epoch, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS
from fastbp.kernels import delayed
from fastbp.kernels.delayed import train_delayed
from fastbp.kernels.online import train_online
from fastbp.vectors.simd import VECTOR_BYTES

LANES = VECTOR_BYTES // 8  # of float64
SIZES = [
    [1, 1],
    [5, 3],
    [70, 2],
    [3, LANES, 2],
    [2 * LANES, LANES + 1, 1],
    [2 * LANES + 3, 2 * LANES - 1, 3],
    [3, 128, 128, 2],  # rows a kilobyte long: padded by a line more
    [6, 9, 4 * LANES + 3, 5, 20],
]
PLAIN = {"penalty": "free", "kernel": train_delayed}
DECAY = {"penalty": "decay", "kernel": train_delayed}


@pytest.mark.parametrize("n_patterns", [*range(1, 10), 13])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_any_number_of_patterns(sizes, n_patterns, interpreted):
    """Whole fours, and one, two, three left over; some rows twice, and one of zeros."""
    check_epoch(sizes, 1, n_patterns=n_patterns, repeated=n_patterns % 2 == 0, **PLAIN)


@pytest.mark.parametrize("n_inputs", [1, 3, 4, 5, 8, 9])
def test_any_number_of_inputs(n_inputs, interpreted, monkeypatch):
    """Whole parts of the first layer's rows, and less than one left over."""
    monkeypatch.setattr(delayed, "ROWS", 4)
    check_epoch([n_inputs, 3, 2], 1, **PLAIN)


@pytest.mark.parametrize("loss", ["MultinomialLogLoss", "Poisson", "Huber"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", ROWS)
def test_rows_and_dtypes(rows, dtype, loss, interpreted):
    check_epoch([5, 18, 3], 1, rows=rows, dtype=dtype, loss=loss, **PLAIN)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_compiled(dtype):
    settings = {"dtype": dtype, "weighted": dtype == np.float32}  # what others compile as well
    for sizes in SIZES:
        for n_patterns in (1, 3, 4, 6, 50):
            check_epoch(sizes, 1, n_patterns=n_patterns, eta=0.003, **PLAIN, **settings)


def test_the_same_row_again_and_again(interpreted):
    """All similarities are the row's square: every update is a correction."""
    network = random_network([3, 4, 2])
    X, d = random_patterns(1, [3, 4, 2], "SquaredError")
    other = random_network([3, 4, 2])
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    together = trainer(network, X, d, *formulas, eta=0.3)
    singly = trainer(other, X, d, *formulas, eta=0.3)
    together.epoch(np.zeros(7, int))
    for _ in range(7):
        singly.epoch(np.zeros(1, int))
    np.testing.assert_allclose(network.parameters, other.parameters, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    "more", [{"momentum": 0.9}, {"alpha": 0.1}, {"max_norm": 1.0}, {"average_from": 1}]
)
def test_whatever_is_more_than_gradient_descent_is_not_delayed(more):
    X, d = random_patterns(4, [3, 4, 2], "SquaredError")
    network = random_network([3, 4, 2])
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    assert trainer(network, X, d, *formulas, **more).kernel is train_online.cached
    assert trainer(network, X, d, *formulas).kernel is train_delayed.cached


def test_an_infinite_weight_stays_where_it_is(interpreted):
    """Not even a kilobyte of padding carries it to another unit."""
    sizes = [3, 128, 128, 2]
    network = random_network(sizes)
    X, d = random_patterns(6, sizes, "SquaredError")
    network.biases[1][5] = np.inf  # tanh of it is 1, its slope 0
    trains = trainer(network, X, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"], eta=1e-3)
    trains.epoch(np.arange(6))
    others = [w for w in network.weights + network.biases if w is not network.biases[1]]
    assert all(np.isfinite(w).all() for w in others)
    assert np.isfinite(np.delete(network.biases[1], 5)).all()


@pytest.mark.parametrize("n_patterns", [*range(1, 10), 13])
def test_decay(n_patterns, interpreted):
    """The same as one pattern after the other, where each call has but one; and textbook.py's."""
    check_epoch([5, 9, 3, 2], 1, eta=0.3, n_patterns=n_patterns, **DECAY)
    sizes = [5, 9, 3, 2]
    X, d = random_patterns(n_patterns, sizes, "SquaredError")
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    settings = {"eta": 0.3, "alpha": 0.2, "decoupled": True}
    network, other = random_network(sizes), random_network(sizes)
    together = trainer(network, X, d, *formulas, **settings)
    singly = trainer(other, X, d, *formulas, **settings)
    assert together.kernel is (train_delayed if n_patterns > 1 else train_online).py_func
    error = together.epoch(np.arange(n_patterns))
    errors = [singly.epoch(np.array([p])) for p in range(n_patterns)]
    np.testing.assert_allclose(error, np.mean(errors), rtol=1e-12)
    np.testing.assert_allclose(network.parameters, other.parameters, rtol=1e-12, atol=1e-14)
    weights = [0.94**n_patterns * w for w in random_network(sizes).weights]
    assert all(
        np.abs(w - own).max() > 1e-3 for w, own in zip(weights, network.weights, strict=True)
    )


def test_decay_alone(interpreted):
    """Without errors, weights shrink to (1 − η α)^n of what they were, and biases stay."""
    network, before = random_network([3, 5, 2]), random_network([3, 5, 2])
    X = random_patterns(6, [3, 5, 2], "SquaredError")[0]
    formulas = ACTIVATIONS["tanh"], LOSSES["AbsoluteError"]
    weights = [0.94**6 * w for w in before.weights]
    trains = trainer(
        network, X, np.zeros((6, 2)), *formulas, eta=1e-12, alpha=0.06e12, decoupled=True
    )
    trains.epoch(np.arange(6))
    for own, expected in zip(network.weights, weights, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-9)
    for own, expected in zip(network.biases, before.biases, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-9)
