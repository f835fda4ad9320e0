"""`fastbp.inspection.check_gradient`: it passes what is right, and nothing else."""

import pickle
from typing import NamedTuple

import numpy as np
import pytest

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.activations import ACTIVATIONS, derivative, value
from fastbp.inspection import check_gradient
from fastbp.losses import error, inverse_link, output_delta

RNG = np.random.default_rng(0)
X, Y = RNG.normal(2, 3, (20, 4)), RNG.normal(size=(20, 2))


def begun(y, cls=BackpropRegressor, **settings):
    """Return an estimator that has learned a little."""
    model = cls(**{"hidden_layer_sizes": (5, 3), "random_state": 0} | settings)
    classes = {} if cls is BackpropRegressor else {"classes": np.unique(y)}
    return model.partial_fit(X[:5], y[:5], **classes)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation, interpreted):
    model = begun(Y, activation=activation)
    before = pickle.dumps(model)
    check = check_gradient(model, X, Y)
    assert check.passed and check.max_relative_error < 1e-5
    assert sum(layer.n_compared for layer in check.layers) > 40
    assert pickle.dumps(model) == before
    for layer in check.layers:
        np.testing.assert_allclose(layer.gradient, layer.numerical, rtol=1e-4, atol=1e-8)


CASES = {
    "one class per row": (np.array(list("abc"))[np.arange(20) % 3], {"label_smoothing": 0.1}),
    "two classes": (np.arange(20) % 2, {"dropout": 0.3, "dtype": "float32"}),
    "labels": ((Y > 0).astype(int), {"loss": "squared_error"}),
    "counts": (np.abs(Y).round(), {"loss": "poisson", "alpha": 0.5}),
    "distances": (Y, {"loss": "absolute_error", "standardize": False}),
    "quantiles": (Y[:, 0], {"loss": "quantile"}),
    "some missing": (np.where(Y < -0.5, np.nan, Y), {"missing_targets": "ignore"}),
    "averaged": (Y, {"average": True, "hidden_layer_sizes": ()}),
}


@pytest.mark.parametrize("case", CASES)
def test_targets(case, interpreted):
    y, settings = CASES[case]
    cls = BackpropClassifier if case in list(CASES)[:3] else BackpropRegressor
    check = check_gradient(begun(y, cls, **settings), X, y)
    assert check.passed, check


class Wrong(NamedTuple):
    """tanh with a derivative that is off by a part; `fastbp.check` is told to let it pass."""

    part: float
    surrogate = True


@value.register(Wrong)
def _(activation, net):
    return np.tanh(net)


@derivative.register(Wrong)
def _(activation, net, out):
    return (1 + activation.part) * (1 - out * out)


class WrongFarOut(NamedTuple):
    """Softplus whose derivative is wrong where no ordinary number is: `fastbp.check` is fooled."""


@value.register(WrongFarOut)
def _(activation, net):
    return np.log1p(np.exp(net))


@derivative.register(WrongFarOut)
def _(activation, net, out):
    return np.where(net > 6, 0.5, 1 / (1 + np.exp(-net)))


class LogCosh(NamedTuple):
    """A loss of one's own; its delta is right, or of the other sign where the residual is large."""

    turns_at: float


@inverse_link.register(LogCosh)
def _(loss, net):
    return net


@error.register(LogCosh)
def _(loss, target, out):
    return np.logaddexp(target - out, out - target) - np.log(2)


@output_delta.register(LogCosh)
def _(loss, target, out):
    delta = np.tanh(target - out)
    return np.where(np.abs(target - out) > loss.turns_at, -delta, delta)


def test_wrong_formulas_fail(interpreted):
    for part in (-1.5, 0.5, 1e-3, 5e-5):
        check = check_gradient(begun(Y, activation=Wrong(part)), X, Y)
        assert not check.passed
        hidden, last = check.layers[:2], check.layers[2]
        assert all(layer.max_relative_error > 1e-5 for layer in hidden)
        assert last.max_relative_error < 1e-6  # no hidden derivative is in it
    assert check_gradient(begun(Y, activation=Wrong(0.0)), X, Y).passed
    assert "FAILED" in repr(check)
    far = begun(Y, activation=WrongFarOut(), standardize=False)
    assert not check_gradient(far, 5 * X, Y).passed
    assert check_gradient(begun(Y, loss=LogCosh(np.inf)), X, Y).passed
    check = check_gradient(begun(Y, loss=LogCosh(30.0)), X, 50 * Y)
    assert not check.passed and check.max_relative_error > 0.1


def test_nothing_but_zeros_does_not_pass(interpreted):
    model = begun(Y, standardize=False, dtype="float64")
    dead = begun(Y)
    dead.intercepts_[0][:] = -1000  # relu lets nothing through
    check = check_gradient(dead, X, Y)
    assert not check.passed and check.max_relative_error == np.inf
    assert check.layers[0].n_compared == 0 and "nothing to compare" in repr(check)
    perfect = check_gradient(model, X, model.predict(X))
    assert not perfect.passed
    numb = begun(Y, activation=Wrong(-1.0))  # a derivative of zero
    check = check_gradient(numb, X, Y)
    assert not check.passed and check.layers[0].max_relative_error == 1


def test_kinks(interpreted):
    """At a kink of relu, and of |d − o|, any slope between those of the sides is right."""
    model = begun(Y, hidden_layer_sizes=(4,), standardize=False, alpha=0.0)
    model.intercepts_[0][:2] = 0
    rows = np.vstack([np.zeros(4), X[:3]])
    check = check_gradient(model, rows, Y[:4])
    assert check.passed and check.layers[0].n_kinked > 0, check
    distance = begun(Y, loss="absolute_error", standardize=False, dtype="float64")
    y = Y.copy()
    y[0] = distance.predict(X[:1])[0]
    assert check_gradient(distance, X, y).passed
    near = begun(Y, hidden_layer_sizes=(1,), standardize=False, dtype="float64")
    near.coefs_[0][:], near.intercepts_[0][:] = 1.0, 1e-7  # steps of net inputs lead across
    check = check_gradient(near, np.vstack([np.zeros(4), np.abs(X[:3])]), Y[:4])
    assert check.passed and check.layers[0].n_kinked == 0, check


def test_bad_input(interpreted):
    model = begun(Y)
    with pytest.raises(ValueError, match="not fitted"):
        check_gradient(BackpropRegressor(), X, Y)
    with pytest.raises(TypeError, match="got list"):
        check_gradient([], X, Y)
    with pytest.raises(ValueError, match="expecting 4 features"):
        check_gradient(model, X[:, :3], Y)
    with pytest.raises(ValueError, match="3 outputs, trained are 2"):
        check_gradient(model, X, np.hstack([Y, Y[:, :1]]))
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        check_gradient(model, X, Y, tolerance=0)
    classes = np.arange(20) % 3
    with pytest.raises(ValueError, match=r"unknown classes \[7\]"):
        check_gradient(begun(classes, BackpropClassifier), X, classes + 5 * (classes == 2))
