"""Weights of rows in online training: what they count for."""

import copy

import numpy as np
import pytest
from plain import BackpropRegressor as Plain
from sklearn.datasets import load_iris
from sklearn.ensemble import AdaBoostClassifier

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.training.patterns import STEEP, relative, repeated

RNG = np.random.RandomState(0)
X, Y = RNG.standard_normal((30, 3)), RNG.standard_normal(30)
WEIGHTS = RNG.uniform(0.2, 3, 30)
SMALL = {"hidden_layer_sizes": (5,), "random_state": 0, "max_iter": 3, "dtype": "float64"}

interpreted = pytest.mark.usefixtures("interpreted")
unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def assert_same(one, other, **close):
    for mine, others in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_allclose(mine, others, **close)


@interpreted
def test_a_step_is_as_long_as_its_weight():
    """Δw of weight 3 is three times that of weight 1, from the same weights."""
    start = Plain(**SMALL, learning_rate_init=0.01).partial_fit(X, Y)
    steps = []
    for weight in (1.0, 3.0):
        model = copy.deepcopy(start).partial_fit(X[:1], Y[:1], [weight])
        steps.append([a - b for a, b in zip(model.coefs_, start.coefs_, strict=True)])
    for one, three in zip(*steps, strict=True):
        assert np.abs(one).max() > 1e-4
        np.testing.assert_allclose(three, 3 * one, rtol=1e-9, atol=1e-15)


@interpreted
@unconverged
@pytest.mark.parametrize("unit", [1e-6, 7.0, 1e9])
def test_relative_to_their_mean(unit):
    model = BackpropRegressor(**SMALL).fit(X, Y, WEIGHTS)
    assert_same(model, BackpropRegressor(**SMALL).fit(X, Y, unit * WEIGHTS), rtol=1e-6)
    with pytest.raises(AssertionError):
        assert_same(model, BackpropRegressor(**SMALL).fit(X, Y), rtol=1e-3)


@interpreted
@unconverged
def test_equal_weights_are_none():
    one = BackpropRegressor(**SMALL).fit(X, Y)
    assert_same(one, BackpropRegressor(**SMALL).fit(X, Y, np.full(30, 5.0)), rtol=1e-9)
    assert_same(
        BackpropRegressor(**SMALL).partial_fit(X, Y),
        BackpropRegressor(**SMALL).partial_fit(X, Y, np.ones(30)),
        rtol=1e-12,
    )


@interpreted
@unconverged
@pytest.mark.parametrize("standardize", [True, False])
def test_rows_without_weight_are_not_there(standardize):
    settings = SMALL | {"shuffle": False, "standardize": standardize}
    weights = np.where(np.arange(30) % 3 == 0, 0, WEIGHTS)
    there = weights > 0
    one = BackpropRegressor(**settings).fit(X, Y, weights)
    assert_same(
        one, BackpropRegressor(**settings).fit(X[there], Y[there], weights[there]), rtol=1e-9
    )


def test_repeated():
    order, weights = np.array([3, 0, 2]), np.array([1.0, 99.0, 10.0, 0.5])
    assert repeated(np.array([0, 3]), weights)[0].tolist() == [0, 3]
    rows, parts = repeated(order, weights)
    assert rows.tolist() == [3, 0, 2, 2, 2]
    assert parts[2] == pytest.approx(10 / 3) and parts[0] == 1 and max(parts[rows]) <= STEEP
    assert sum(parts[row] for row in rows) == pytest.approx(11.5)
    with pytest.raises(ValueError, match=r"sample_weight goes up to 1e\+12"):
        repeated(np.array([0]), np.array([1e12]))


def test_relative():
    assert relative(np.array([2.0, 6.0, 100.0]), np.array([0, 1])).tolist() == [0.5, 1.5, 25]


@interpreted
@unconverged
def test_one_heavy_row_is_learned_best():
    weights = np.where(np.arange(30) == 4, 200.0, 1.0)
    settings = SMALL | {"max_iter": 60, "alpha": 0}
    model = BackpropRegressor(**settings).fit(X, Y, weights)
    errors = np.abs(model.predict(X) - Y)
    assert errors[4] < 0.05 and errors[4] < 0.2 * errors.mean()


def test_ada_boost():
    """Whose weights end up on few rows."""
    X, y = load_iris(return_X_y=True)
    model = AdaBoostClassifier(BackpropClassifier((8,), random_state=0), n_estimators=5)
    assert model.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9
