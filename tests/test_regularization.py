"""Penalties, limits, clipping, dropout, smoothing, class weights and averages together."""

import numpy as np
import pytest
from trained import CLOSE, LABELS, ORDER, C, X, assert_padding_is_zero, random_network

from fastbp.activations import Logistic
from fastbp.compiling import jit
from fastbp.kernels.descent import Formulas
from fastbp.kernels.dropout import Dropout
from fastbp.kernels.online import train_online
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.targets import Classes, Smoothed
from fastbp.losses import MultinomialLogLoss
from fastbp.rules import Adam, GradientDescent
from fastbp.schedules import Schedule
from fastbp.training.optimizer import Optimizer
from fastbp.training.patterns import Patterns
from fastbp.training.regularization import Regularization
from fastbp.training.trainer import Trainer

EVERYTHING = {
    "elastic, max_norm": {"alpha": 0.1, "l1_ratio": 0.4, "max_norm": C, "average_from": 2},
    "decay": {"alpha": 0.1, "decoupled": True, "rule": Adam(0.1, 0.9, 0.99, 1e-8)},
    "clipped": {"alpha": 0.1, "l1_ratio": 0.4, "max_norm": C, "clip_norm": 0.2, "average_from": 2},
}


def all_together(batch_size, *, smoothing=0.1, **settings):
    """Train one epoch of a network of logistic units, which make ½ of padding."""
    settings = {"rule": GradientDescent(0.1), **settings}
    rule, average_from = settings.pop("rule"), settings.pop("average_from", 0)
    network = random_network([4, 9, 5, 3])
    optimizer = Optimizer(rule, Schedule(), average_from)
    costs = np.array([3.0, 0.5, 1.0])[LABELS]
    training = Trainer(
        network,
        Formulas(Dropout(Logistic(), 0.4, 3), MultinomialLogLoss()),
        Patterns(rows_of(X), Smoothed(Classes(LABELS, 3), smoothing, 3), None, costs),
        optimizer,
        Regularization(**settings),
        batch_size=batch_size,
    )
    errors = [training.epoch(ORDER) for _ in range(2)]
    return network, errors, training


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("case", EVERYTHING)
def test_padding_stays_zero(case, batch_size, interpreted):
    network, _, training = all_together(batch_size, **EVERYTHING[case])
    assert_padding_is_zero(network)
    if "average_from" in EVERYTHING[case]:
        average = random_network([4, 9, 5, 3])
        average.parameters[:] = training.state[: network.parameters.size]
        assert_padding_is_zero(average)


@pytest.mark.parametrize(
    ("case", "batch_size"), [("elastic, max_norm", 1), ("elastic, max_norm", 3), ("clipped", 3)]
)
def test_compiled(case, batch_size):
    """The masks are those of Python, and so is all the rest."""
    network, errors, training = all_together(batch_size, **EVERYTHING[case])
    assert (training.kernel is train_online.cached) == (batch_size == 1)
    with jit.interpreted():
        other, expected, interpreted = all_together(batch_size, **EVERYTHING[case])
    np.testing.assert_allclose(errors, expected, rtol=1e-12)
    np.testing.assert_allclose(network.parameters, other.parameters, **CLOSE)
    np.testing.assert_allclose(training.state, interpreted.state, **CLOSE)
    assert_padding_is_zero(network)
