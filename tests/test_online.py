"""Per-pattern training against worked examples, and on the classic problems."""

from itertools import product

import numpy as np
import pytest
from numba import config
from plain import BackpropRegressor
from trained import trainer

from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.losses import LogisticSquaredError
from fastbp.network.network import Network
from fastbp.training.prediction import predict_outputs

XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def rumelhart(sizes, weights, biases, eta, X, d):
    """Return a logistic network after one epoch of the article's rule, through the estimator."""
    model = BackpropRegressor(
        sizes,
        activation="logistic",
        loss=LogisticSquaredError(),
        alpha=0,
        learning_rate_init=eta,
        shuffle=False,
    )
    with jit.interpreted():  # creates coefs_, to be overwritten
        model.partial_fit(X, d)
    model.coefs_, model.intercepts_ = weights, biases
    return model


def test_mazur():
    x, d = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    weights = [np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])]
    model = rumelhart([2], weights, [np.full(2, 0.35), np.full(2, 0.60)], 0.5, x, d)
    np.testing.assert_allclose(model.predict(x), [[0.75136507, 0.772928465]], rtol=1e-8)
    model.partial_fit(x, d)
    np.testing.assert_allclose(model.loss_, 0.298371109, rtol=1e-8)
    first, second = model.coefs_
    np.testing.assert_allclose(
        first.T, [[0.149780716, 0.199561432], [0.249751144, 0.299502287]], rtol=3e-9
    )
    np.testing.assert_allclose(
        second.T, [[0.35891648, 0.408666186], [0.51130127, 0.561370121]], rtol=1e-8
    )
    np.testing.assert_allclose(model.intercepts_[0], [0.34561432, 0.34502287], rtol=1e-8)
    np.testing.assert_allclose(model.intercepts_[1], [0.53075072, 0.61904912], rtol=1e-8)


def test_xor_after_one_epoch():
    # The bias unit's output is −1 there and 1 here: biases have the opposite sign.
    weights = [np.full((2, 2), 0.6), np.full((2, 1), 0.6)]
    d = np.array([0.0, 1, 1, 0])
    model = rumelhart([2], weights, [np.full(2, -0.6), np.full(1, -0.6)], 0.1, XOR, d)
    model.partial_fit(XOR, d)
    for j in range(2):
        hidden = [-model.intercepts_[0][j], *model.coefs_[0][:, j]]
        np.testing.assert_allclose(hidden, [0.599691, 0.599987, 0.599985], atol=5e-7, rtol=0)
    output = [-model.intercepts_[1][0], *model.coefs_[1][:, 0]]
    np.testing.assert_allclose(output, [0.599864, 0.599712, 0.599712], atol=5e-7, rtol=0)


def xor():
    return [2, 2, 1], XOR, np.array([[0.0], [1], [1], [0]])


def encoder():
    return [8, 3, 8], np.eye(8), np.eye(8)


def parity():
    X = np.array(list(product([0.0, 1], repeat=4)))
    return [4, 8, 1], X, X.sum(axis=1, keepdims=True) % 2


def symmetry():
    X = np.array(list(product([0.0, 1], repeat=6)))
    return [6, 4, 1], X, np.all(X == X[:, ::-1], axis=1, keepdims=True) * 1.0


# Parity is learned for each of 8 seeds tried, from weights twice the usual; symmetry (4 units: with
# 2, online updates rarely find the solution) and the encoder for each of 12, XOR for 10 of 12.
@pytest.mark.skipif(config.DISABLE_JIT, reason="takes minutes interpreted")
@pytest.mark.parametrize(
    ("problem", "eta", "init_factor"),
    [(xor, 0.5, 6), (encoder, 0.5, 6), (parity, 0.1, 24), (symmetry, 0.5, 6)],
)
def test_learns(problem, eta, init_factor):
    sizes, X, d = problem()
    random_state = np.random.RandomState(1)
    network = Network(sizes, np.float64)
    network.initialize(random_state, [init_factor] * 2)
    training = trainer(
        network, X, d, ACTIVATIONS["logistic"], LogisticSquaredError(), eta=eta, momentum=0.9
    )
    for _ in range(2500):
        training.epoch(random_state.permutation(len(X)))
    out = predict_outputs(network, training.formulas, training.patterns.rows, np.arange(len(X)))
    assert np.abs(out - d).max() < 0.1
