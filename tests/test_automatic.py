"""What "auto" stands for, and that the estimators do it."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.training.automatic import (
    FIRST_GUESS,
    PULL,
    PULL_PER_INPUT,
    STRONGEST,
    AutomaticDecay,
    epochs_for,
    learning_rate_for,
)

RNG = np.random.RandomState(0)
X, Y = RNG.standard_normal((60, 5)), RNG.standard_normal(60)

pytestmark = pytest.mark.usefixtures("interpreted")


@pytest.mark.parametrize(
    ("n", "batch_size", "epochs"),
    [(1, 1, 200), (4, 1, 200), (500, 1, 200), (1000, 1, 100), (3000, 1, 34), (50_000, 1, 20)]
    + [
        (100_000, 1, 10),
        (10**6, 1, 5),
        (10**7, 1, 5),
        (1000, 10, 632),
        (10**5, 200, 200),
        (150, 150, 2449),
    ],
)
def test_epochs(n, batch_size, epochs):
    assert epochs_for(n, batch_size) == epochs


def test_learning_rate():
    assert learning_rate_for("sgd", 4, 0.0, 1) == 0.03
    assert learning_rate_for("sgd", 36, 0.0, 1) == pytest.approx(0.01)
    assert learning_rate_for("sgd", 36, 0.9, 1) == pytest.approx(0.001)
    assert learning_rate_for("sgd", 4, 0.9, 100) == pytest.approx(0.03)
    assert learning_rate_for("adam", 36, 0.9, 4) == 0.001
    assert learning_rate_for("adagrad", 4, 0.0, 1) == 0.01


def test_decay():
    """α n = c r, r the part of the error that is not explained, listened to for a while."""
    size = {"n_patterns": 10_000, "n_inputs": 40, "batch_size": 1}
    decay = AutomaticDecay(**size, constant=0.5, n_epochs=100)
    assert decay.alpha == pytest.approx(FIRST_GUESS * PULL / 10_000)
    assert decay.listen(1, 0.25) == pytest.approx(0.5 * PULL / 10_000)
    assert decay.listen(10, 0.1) == pytest.approx(0.2 * PULL / 10_000)
    assert decay.listen(11, 0.4) == pytest.approx(0.2 * PULL / 10_000)
    assert decay.listen(2, 3.0) == PULL / 10_000
    few = AutomaticDecay(**size | {"n_inputs": 2}, constant=0.5, n_epochs=100)
    assert few.listen(1, 0.5) == 2 * PULL_PER_INPUT / 10_000
    tiny = AutomaticDecay(n_patterns=4, n_inputs=40, batch_size=2, constant=0.5, n_epochs=100)
    assert tiny.alpha == 2 * STRONGEST


@pytest.mark.parametrize("batch_size", [1, 20])
def test_decay_is_the_penalty(batch_size):
    """Trained with "auto" and with what it stands for, the weights are the same."""
    settings = {"max_iter": 1, "random_state": 0, "batch_size": batch_size, "dtype": "float64"}
    with pytest.warns(ConvergenceWarning):
        auto = BackpropRegressor((6,), **settings).fit(X, Y)
        alpha = min(FIRST_GUESS * 5 / 60, 0.015) * batch_size
        told = BackpropRegressor((6,), **settings, alpha=alpha).fit(X, Y)
    for one, other in zip(auto.coefs_, told.coefs_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    assert auto.loss_ == pytest.approx(told.loss_, rel=0.2)


def test_epochs_are_those_of_the_budget():
    """And nobody warns of having used them up; nothing stops them early."""
    model = BackpropRegressor((3,), random_state=0, tol=1e9).fit(X, Y)
    assert model.n_iter_ == 200 and len(model.loss_curve_) == 200
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(3\)"):
        BackpropRegressor((3,), random_state=0, max_iter=3).fit(X, Y)


@pytest.mark.parametrize("schedule", ["cosine", "linear", "one_cycle"])
def test_a_schedule_that_ends_is_gone_through(schedule):
    settings = {"random_state": 0, "tol": 1e9, "n_iter_no_change": 1, "max_iter": 12}
    assert BackpropRegressor((3,), learning_rate=schedule, **settings).fit(X, Y).n_iter_ == 12
    assert BackpropRegressor((3,), learning_rate="constant", **settings).fit(X, Y).n_iter_ == 3


def test_a_stream_has_no_end():
    """The rate is constant over calls, and the one of streams."""
    model = BackpropRegressor((3,), random_state=0)
    rates = []
    for _ in range(30):
        rates.append(model.partial_fit(X[:2], Y[:2])._optimizer.learning_rate)
    assert set(rates) == {learning_rate_for("sgd", 5, 0.0, 1)}
    model = BackpropRegressor((3,), random_state=0, max_iter=4, learning_rate_init=0.1)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, Y)
    assert model._optimizer.learning_rate < 0.02
    assert model.partial_fit(X, Y)._optimizer.learning_rate == 0.1


def test_a_warm_up_as_long_as_training():
    """HalvingGridSearchCV with max_iter as its resource tries that."""
    model = BackpropClassifier((3,), warmup_epochs=9, max_iter=3, random_state=0, tol=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, Y > 0)
    assert model._optimizer.learning_rate == pytest.approx(0.06 / 5**0.5 * 4 / 10)


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw", "nadam", "adagrad", "rmsprop", "rprop"])
def test_every_solver_at_the_defaults(solver, monkeypatch):
    """A line is a line."""
    monkeypatch.setattr("fastbp.training.automatic.MOST", 60)
    x = np.linspace(-5, 5, 40)[:, None]
    size = 1 if solver == "sgd" else 10
    model = BackpropRegressor((8,), solver=solver, random_state=0, batch_size=size)
    assert model.fit(x, 3 * x.ravel() - 7).score(x, 3 * x.ravel() - 7) > 0.9


def test_lbfgs_at_the_defaults():
    model = BackpropRegressor((8,), solver="lbfgs", random_state=0).fit(X, 3 * X[:, 0] - 7)
    assert model.score(X, 3 * X[:, 0] - 7) > 0.9
