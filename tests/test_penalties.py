"""Penalties are in the objective and its gradient; decay is beside them."""

import numpy as np
import pytest
from differences import differences, mean_error
from plain import BackpropRegressor
from sklearn.base import clone
from trained import (
    BATCH_SIZES,
    CLOSE,
    ELASTIC,
    LOSSES,
    N_PATTERNS,
    ORDER,
    SIZES,
    D,
    X,
    assert_equal,
    assert_same,
    descend,
    elastic,
    elastic_slope,
    formulas_of,
    random_network,
    train,
    trainer,
    with_penalties,
)

from fastbp.activations import ACTIVATIONS
from fastbp.kernels.descent import Formulas
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.targets import Values
from fastbp.network.network import Network
from fastbp.penalties import L2, Elastic, WeightDecay
from fastbp.rules import Adam
from fastbp.schedules import Schedule
from fastbp.training.optimizer import Optimizer
from fastbp.training.patterns import Patterns
from fastbp.training.regularization import Regularization
from fastbp.training.trainer import Trainer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("patterns", [[2], [0, 1, 2, 4, 6]], ids=["online", "batch"])
def test_elastic_is_the_gradient_of_its_objective(patterns, interpreted):
    """Central differences of every weight and bias; where w is 0 the penalty's slope is 0."""
    network = random_network(SIZES)
    network.weights[1][3, 2] = 0.0
    before = [p.copy() for p in network.weights + network.biases]

    formulas, n = formulas_of("tanh", "SquaredError"), len(patterns)

    def objective():
        errors = n * mean_error(X[patterns], D[patterns], before, formulas)
        return (errors + sum(elastic(w) for w in before[:3])) / n

    training = trainer(
        network,
        X,
        D,
        ACTIVATIONS["tanh"],
        LOSSES["SquaredError"],
        eta=1.0,
        batch_size=len(patterns),
        **ELASTIC,
    )
    assert training.epoch(np.array(patterns)) == pytest.approx(objective(), rel=1e-12)
    slopes = differences(objective, before)
    for own, old, slope in zip(network.weights + network.biases, before, slopes, strict=True):
        np.testing.assert_allclose(old - own, slope, rtol=0, atol=1e-9)


@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_elastic(batch_size, interpreted):
    path, errors, _ = descend(batch_size, pull=elastic_slope)
    network, error = train(batch_size, **ELASTIC)
    assert_equal(network, path[-1])
    assert error == pytest.approx(with_penalties(errors, path, elastic), rel=1e-12)


def test_l1_ratio_of_one_and_zero(interpreted):
    """At 1 a weight without a gradient moves by η α; at 0 the penalty is L2's."""
    x = X.copy()
    x[:, 1] = 0
    network = random_network(SIZES)
    before = network.weights[0][1].copy()
    training = trainer(
        network, x, D, ACTIVATIONS["tanh"], LOSSES["SquaredError"], alpha=0.01, l1_ratio=1
    )
    training.epoch(ORDER)
    moved = before - N_PATTERNS * 0.1 * 0.01 * np.sign(before)
    np.testing.assert_allclose(network.weights[0][1], moved, **CLOSE)
    with_l2, _ = train(1, alpha=0.01, l1_ratio=0)
    path, _, _ = descend(1, pull=lambda w: 0.01 * w)
    assert_equal(with_l2, path[-1])


class NaiveAdam:
    """Adam as in section 2 of the paper, after a decay of the weights."""

    def __init__(self, eta, decay, n_weights):
        self.eta, self.decay, self.n_weights = eta, decay, n_weights
        self.m, self.v = {}, {}

    def __call__(self, t, gradients, parameters):
        steps = []
        for k, (g, p) in enumerate(zip(gradients, parameters, strict=True)):
            self.m[k] = 0.9 * self.m.get(k, 0) + 0.1 * g
            self.v[k] = 0.99 * self.v.get(k, 0) + 0.01 * g**2
            eta = self.eta * np.sqrt(1 - 0.99**t) / (1 - 0.9**t)
            step = eta * self.m[k] / (np.sqrt(self.v[k]) + 1e-8)
            steps.append(step - (self.decay * p if k < self.n_weights else 0))
        return steps


@pytest.mark.parametrize("clip_norm", [None, 0.5])
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_adamw(batch_size, clip_norm, interpreted):
    """Weights decay by η α, biases do not, and the objective is without a penalty."""
    path, errors, _ = descend(
        batch_size, change=NaiveAdam(0.05, 0.05 * 0.3, 3), clip=clip_norm or np.inf
    )
    network, error = train(
        batch_size, rule=Adam(0.05, 0.9, 0.99, 1e-8), alpha=0.3, decoupled=True, clip_norm=clip_norm
    )
    assert_equal(network, path[-1])
    assert error == pytest.approx(sum(errors) / N_PATTERNS, rel=1e-12)


@pytest.mark.parametrize(
    ("record", "settings"),
    [
        (L2(0.1), {"alpha": 0.1}),
        (Elastic(0.07, 0.03), {"alpha": 0.1, "l1_ratio": 0.3}),
        (WeightDecay(0.1 * 0.01), {"alpha": 0.1, "solver": "adamw"}),
    ],
    ids=str,
)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_a_record_as_alpha(record, settings, batch_size, interpreted):
    """A clone has it as well, and it stays when training goes on."""
    more = {"solver": "adam", "learning_rate_init": 0.01, "learning_rate": "constant"}
    more |= {"max_iter": 2, "batch_size": batch_size, "random_state": 0}
    named = BackpropRegressor((4,), **(more | settings)).fit(X, D)
    own = clone(BackpropRegressor((4,), **more, alpha=record)).fit(X, D)
    for model in (named, own):
        model.partial_fit(X, D)
    assert_same(own.coefs_ + own.intercepts_, named.coefs_ + named.intercepts_)
    assert own.loss_ == pytest.approx(named.loss_, rel=1e-12)


@pytest.mark.parametrize("solver", ["adam", "adamw"])
def test_adamw_of_the_estimator(solver, interpreted):
    """The decay follows the learning rate, which rises here."""
    settings = {"solver": solver, "alpha": 0.3, "hidden_layer_sizes": (9, 5), "batch_size": 3}
    settings |= {"shuffle": False, "activation": "tanh", "random_state": 0, "beta_2": 0.99}
    model = BackpropRegressor(**settings, max_iter=3, warmup_epochs=2, learning_rate_init=0.05)
    network = Network(SIZES, np.float64)
    network.initialize(np.random.RandomState(0), [6] * 3)
    optimizer = Optimizer(Adam(0.05, 0.9, 0.99, 1e-8), Schedule("constant", 0.5, 3, 2))
    training = Trainer(
        network,
        Formulas(ACTIVATIONS["tanh"], LOSSES["SquaredError"]),
        Patterns(rows_of(X), Values(D), None),
        optimizer,
        Regularization(0.3, decoupled=solver == "adamw"),
        batch_size=3,
    )
    for epoch in range(3):
        assert optimizer.learning_rate == pytest.approx(0.05 * (epoch + 1) / 3, rel=1e-15)
        training.epoch(ORDER)
        optimizer.end_epoch(0)
    model.fit(X, D)
    assert_equal(network, [*model.coefs_, *model.intercepts_])
