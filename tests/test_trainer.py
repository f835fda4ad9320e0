"""Epochs one after the other: the types of a kernel's arguments are looked at only once."""

import numpy as np
import pytest
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.max_norm import MaxNorm, NoConstraint
from fastbp.network.memory import LARGEST
from fastbp.penalties import L2, NoPenalty, WeightDecay
from fastbp.rules import Adam, GradientDescent
from fastbp.training.calls.kernel_table import KERNELS, Situation, row_for

SIZES = [3, 4, 2]
SETTINGS = {
    "delayed": {},
    "online": {"alpha": 0.1, "momentum": 0.9},
    "batches": {"batch_size": 3, "dropout": (0.5,), "random_state": np.random.RandomState(0)},
}


def new_trainer(**settings):
    """Return a trainer that begins where all others do."""
    X, d = random_patterns(8, SIZES, "SquaredError")
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    return trainer(random_network(SIZES), X, d, *formulas, **settings)


@pytest.mark.parametrize("kind", SETTINGS)
def test_epochs_are_those_of_plain_python(kind):
    compiled, plain = new_trainer(**SETTINGS[kind]), None
    with jit.interpreted():
        plain = new_trainer(**SETTINGS[kind])
    orders = [np.random.default_rng(n).permutation(8) for n in range(4)]
    for each in (compiled, plain):
        each.regularization.random_state = np.random.RandomState(1)
    errors = [[each.epoch(order) for order in orders] for each in (compiled, plain)]
    np.testing.assert_allclose(*errors, rtol=1e-12)
    np.testing.assert_allclose(
        compiled.network.parameters, plain.network.parameters, rtol=1e-12, atol=1e-14
    )
    assert compiled.call is not compiled.kernel and plain.call is plain.kernel


@pytest.mark.parametrize("kind", SETTINGS)
def test_orders_of_any_type(kind):
    """Another type would be read as if it were the first one's."""
    several, one = new_trainer(**SETTINGS[kind]), new_trainer(**SETTINGS[kind])
    order = np.array([5, 0, 7, 2])
    every_second = np.repeat(order, 2)[::2]
    for given in (order, order.astype(np.int32), every_second, order.astype(np.uint8)):
        for each, its_order in ((several, given), (one, order)):
            each.regularization.random_state = np.random.RandomState(1)
            each.epoch(its_order)
    np.testing.assert_array_equal(several.network.parameters, one.network.parameters)


def test_every_kernel_is_chosen_for_something():
    """In the table's order; each row says why."""
    plain, adam = GradientDescent(0.1), Adam(0.1, 0.9, 0.99, 1e-8)
    free, limited = NoConstraint(), MaxNorm(1.0)
    situations = [
        Situation(plain, WeightDecay(0.1), free, 1, 0.0),
        *(Situation(rule, NoPenalty(), c, 1, 0.0) for rule, c in ((adam, free), (plain, limited))),
        Situation(plain, L2(0.1), free, 1, 0.0),
        Situation(plain, NoPenalty(), free, LARGEST, 0.0),
        Situation(plain, NoPenalty(), free, LARGEST + 1, 0.0),
        Situation(plain, NoPenalty(), free, 1, 0.5),
        Situation(plain, NoPenalty(), free, 1, 0.0, sparse=True),
    ]
    chosen = [KERNELS.index(row_for(situation)) for situation in situations]
    assert chosen == [0, 1, 1, 1, 2, 3, 3, 1]
    assert all(row.why for row in KERNELS)
