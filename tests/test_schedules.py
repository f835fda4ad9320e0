"""Schedules of the learning rate: their formulas, and that training follows them."""

import math

import numpy as np
import pytest
from plain import BackpropRegressor
from sklearn.neural_network import MLPRegressor

from fastbp.schedules import SCHEDULES, Schedule
from fastbp.training.trainer import Trainer

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]

COSINE = [math.cos(math.pi * n / 8) / 2 + 0.5 for n in range(8)]
FLAT = [1.0] * 8


def half_cosine(first, last, steps):
    """Return the way from first to last, in `steps` steps, without the first."""
    shares = np.arange(1, steps + 1) / steps
    return first + (last - first) * np.sin(math.pi * shares / 2) ** 2


FACTORS = {  # (name, length, warmup): the factors of the epochs, and of all after them
    ("constant", 8, 0): FLAT,
    ("invscaling", 8, 0): FLAT,
    ("adaptive", 8, 0): FLAT,
    ("linear", 8, 0): [1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8],
    ("cosine", 8, 0): COSINE,
    ("linear", 1, 0): [1],
    ("cosine", 1, 0): [1],
    ("constant", 8, 3): [1 / 4, 2 / 4, 3 / 4, 1, 1, 1, 1, 1],
    ("adaptive", 8, 1): [1 / 2, 1, 1, 1, 1, 1, 1, 1],
    ("linear", 6, 2): [1 / 3, 2 / 3, 1, 3 / 4, 2 / 4, 1 / 4],
    ("cosine", 10, 2): [1 / 3, 2 / 3, *COSINE],
    ("linear", 3, 2): [1 / 3, 2 / 3, 1],
    # 21 epochs are 20 steps: six up, fourteen down.
    ("one_cycle", 21, 0): [1 / 25, *half_cosine(1 / 25, 1, 6), *half_cosine(1, 1e-4, 14)],
    ("one_cycle", 1, 0): [1 / 25],
}


@pytest.mark.parametrize("case", FACTORS, ids=str)
def test_factors(case):
    name, length, warmup = case
    schedule, expected = Schedule(name, 0.5, length, warmup), FACTORS[case]
    assert len(expected) == length
    factors = [schedule.factor(epoch) for epoch in range(length + 5)]
    np.testing.assert_allclose(factors, [*expected, *expected[-1:] * 5], rtol=1e-12)
    assert min(factors) > 0


def test_every_schedule_is_in_the_table():
    assert {name for name, _, _ in FACTORS} == set(SCHEDULES)


# --- Training -------------------------------------------------------------------------------------

RNG = np.random.RandomState(0)
X, Y = RNG.standard_normal((12, 3)), RNG.standard_normal(12)
SMALL = {"hidden_layer_sizes": (3,), "activation": "tanh", "random_state": 0, "max_iter": 5}
SMALL |= {"learning_rate_init": 0.1, "tol": 0, "n_iter_no_change": 100, "batch_size": 4}
SMALL |= {"alpha": 0.0}


@pytest.fixture
def rates(monkeypatch):
    """Return the list of the learning rates with which epochs are trained."""
    noted, epoch = [], Trainer.epoch

    def noting(trainer, order):
        noted.append(trainer.optimizer.learning_rate)
        assert trainer.optimizer.rule().eta == noted[-1]
        return epoch(trainer, order)

    monkeypatch.setattr(Trainer, "epoch", noting)
    return noted


@pytest.mark.parametrize("warmup", [0, 2])
@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw", "nadam", "adagrad", "rmsprop"])
@pytest.mark.parametrize("name", ["constant", "linear", "cosine"])
def test_fit_follows(name, solver, warmup, rates):
    settings = {"learning_rate": name, "solver": solver, "warmup_epochs": warmup}
    BackpropRegressor(**SMALL, **settings).fit(X, Y)
    schedule = Schedule(name, 0.5, 5, warmup)
    np.testing.assert_allclose(rates, [0.1 * schedule.factor(n) for n in range(5)], rtol=1e-15)


def test_fit_follows_one_cycle(rates):
    BackpropRegressor(**SMALL, learning_rate="one_cycle").fit(X, Y)
    schedule = Schedule("one_cycle", 0.5, 5)
    np.testing.assert_allclose(rates, [0.1 * schedule.factor(n) for n in range(5)], rtol=1e-15)
    assert [rates[0], rates[-1]] == pytest.approx([0.1 / 25, 1e-5], rel=1e-12)


@pytest.mark.parametrize("solver", ["sgd", "nadam"])
@pytest.mark.parametrize("warmup", [0, 3])
def test_invscaling(warmup, solver, rates):
    """By the patterns so far, after every epoch; the warm-up is a factor of it."""
    settings = {"learning_rate": "invscaling", "power_t": 0.25, "warmup_epochs": warmup}
    BackpropRegressor(**SMALL, **settings, solver=solver).fit(X, Y)
    factors = [min(1, (n + 1) / (warmup + 1)) for n in range(5)]
    bases = [0.1, *(0.1 / (12 * n + 1) ** 0.25 for n in range(1, 5))]
    np.testing.assert_allclose(rates, np.multiply(bases, factors), rtol=1e-14)


@pytest.mark.parametrize("solver", ["sgd", "rmsprop"])
def test_adaptive(solver, rates):
    """A fifth after each two epochs without improvement (all of them, with such a tol)."""
    settings = {"learning_rate": "adaptive", "tol": 1e9, "n_iter_no_change": 1, "max_iter": 30}
    model = BackpropRegressor(**SMALL | settings, solver=solver).fit(X, Y)
    # The first epoch improves on a best loss of infinity.
    steps = [0, *(n // 2 for n in range(len(rates) - 1))]
    np.testing.assert_allclose(rates, [0.1 / 5.0**n for n in steps], rtol=1e-13)
    assert rates[-1] <= 1e-6 < rates[-3] and model.n_iter_ == len(rates) < 30


def test_adaptive_after_warmup(rates):
    """What it has divided stays divided."""
    settings = {"learning_rate": "adaptive", "tol": 1e9, "n_iter_no_change": 1, "max_iter": 8}
    BackpropRegressor(**SMALL | settings, warmup_epochs=4).fit(X, Y)
    bases = [1, 1, 1, 1 / 5, 1 / 5, 1 / 25, 1 / 25, 1 / 125]
    factors = [1 / 5, 2 / 5, 3 / 5, 4 / 5, 1, 1, 1, 1]
    np.testing.assert_allclose(rates, 0.1 * np.multiply(bases, factors), rtol=1e-13)


@pytest.mark.parametrize("name", ["invscaling", "adaptive"])
def test_adam_ignores_them(name, rates):
    """As scikit-learn's does; without improvement it just stops."""
    settings = {"learning_rate": name, "solver": "adam", "tol": 1e9, "n_iter_no_change": 2}
    ours, theirs = (
        kind(**SMALL | settings | {"max_iter": 20}).fit(X, Y)
        for kind in (BackpropRegressor, MLPRegressor)
    )
    assert rates == [0.1] * 4
    assert ours.n_iter_ == theirs.n_iter_ == 4
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_partial_fit_goes_on(rates):
    """A stream has no end that the rate could fall towards; a warm-up it has, epoch by call."""
    model = BackpropRegressor(**SMALL, learning_rate="linear", warmup_epochs=1)
    for _ in range(7):
        model.partial_fit(X, Y)
    factors = [1 / 2, 1, 1, 1, 1, 1, 1]
    np.testing.assert_allclose(rates, 0.1 * np.array(factors), rtol=1e-15)


def test_fit_begins_anew(rates):
    """With or without `warm_start`."""
    for warm_start in (False, True):
        model = BackpropRegressor(**SMALL, learning_rate="cosine", warm_start=warm_start)
        model.fit(X, Y).fit(X, Y)
    assert len(rates) == 20
    for n in range(5, 20, 5):
        assert rates[n : n + 5] == rates[:5]
