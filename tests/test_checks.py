"""Formulas of users' own are tried before anything is compiled of them."""

import re
from typing import NamedTuple

import numpy as np
import pytest
from plain import BackpropRegressor

import fastbp
from fastbp.activations import ACTIVATIONS, derivative, value
from fastbp.checks import check_foreign
from fastbp.losses import (
    CLASSIFICATION_LOSSES,
    REGRESSION_LOSSES,
    error,
    inverse_link,
    normalised,
    output_delta,
)
from fastbp.penalties import (
    L2,
    Elastic,
    WeightDecay,
    penalised,
    penalty_terms,
    penalty_value,
    shrunk,
)
from fastbp.rules import RULES, Averaged, at_step, init, step

pytestmark = pytest.mark.usefixtures("interpreted")

PARAMETERS = BackpropRegressor(momentum=0.9)
OWN = [
    *ACTIVATIONS.values(),
    *REGRESSION_LOSSES.values(),
    *CLASSIFICATION_LOSSES["log_loss"].values(),
    *CLASSIFICATION_LOSSES["squared_error"].values(),
    *(rule(0.1, PARAMETERS) for rule in RULES.values()),
    Averaged(RULES["adam"](0.1, PARAMETERS), 2),
    L2(0.3),
    Elastic(0.2, 0.1),
    WeightDecay(0.1),
]


@pytest.mark.parametrize("record", OWN, ids=str)
def test_own_formulas(record):
    fastbp.check(record)


def record_class():
    class Mine(NamedTuple):
        a: float = 1.0
        eta: float = 0.1

    return Mine


def activation(f, slope, **names):
    cls = record_class()
    value.register(cls)(f)
    derivative.register(cls)(slope)
    for name, given in names.items():
        setattr(cls, name, given)
    return cls()


def loss(link, e, delta, shares=False):
    cls = record_class()
    inverse_link.register(cls)(link)
    error.register(cls)(e)
    output_delta.register(cls)(delta)
    if shares:
        normalised.register(cls)(lambda loss: True)
    return cls()


def rule(first, then, now=None):
    cls = record_class()
    init.register(cls)(first)
    step.register(cls)(then)
    if now:
        at_step.register(cls)(now)
    return cls()


def penalty(**formulas):
    functions = {f.__name__: f for f in (penalised, shrunk, penalty_terms, penalty_value)}
    cls = record_class()
    for name, formula in formulas.items():
        functions[name].register(cls)(formula)
    return cls()


def zero(rule, w):
    return (np.zeros_like(w),)


def in_place(rule, w, descent, state):
    w += descent
    return w, state


def truth(activation, net):
    if net > 0:
        return net
    return 0 * net


SQUARE = (lambda loss, net: net, lambda loss, target, out: (target - out) ** 2)
WRONG = {
    "activation": {
        "value.*not finite: it returns nan at -": activation(
            lambda activation, net: np.log(net), lambda activation, net, out: 1 / net
        ),
        r"derivative.*is not the derivative of `value`: at .*it is .*, central": activation(
            lambda activation, net: net * net, lambda activation, net, out: net
        ),
        "value.*a number depends on its neighbours": activation(
            lambda activation, net: net - net.mean(), lambda activation, net, out: 0 * net
        ),
        r"derivative.*it returns a single number, of an array of shape \(24,\)": activation(
            lambda activation, net: net, lambda activation, net, out: 1.0
        ),
        "derivative.*it returns truth values": activation(
            lambda activation, net: np.maximum(net, 0), lambda activation, net, out: net > 0
        ),
        "value.*the truth of a whole vector": activation(
            truth, lambda activation, net, out: 0 * net
        ),
        "derivative of Mine must be finite at net = 0": activation(
            lambda activation, net: np.sqrt(np.abs(net)),
            lambda activation, net, out: np.sign(net) * 0.5 / out,
        ),
    },
    "loss": {
        "output_delta.*is not the derivative of minus `error`": loss(
            *SQUARE, lambda loss, target, out: target - out
        ),
        "error.*not finite": loss(
            SQUARE[0],
            lambda loss, target, out: np.log(target - out),
            lambda loss, target, out: target - out,
        ),
        "output_delta.*not the derivative": loss(  # as if outputs were not normalised
            lambda loss, net: np.exp(net),
            lambda loss, target, out: (target - out) ** 2,
            lambda loss, target, out: 2 * (target - out) * out,
            shares=True,
        ),
    },
    "solver": {
        "step.*fails: IndexError": rule(
            zero, lambda rule, w, descent, state: (w + descent + state[1], state)
        ),
        "step.*a state of 2 numbers for each weight; `init` gives 1": rule(
            zero, lambda rule, w, descent, state: (w + descent, (descent, descent))
        ),
        "step.*padding must stay at zero": rule(
            zero, lambda rule, w, descent, state: (w + rule.eta, state)
        ),
        "step.*a weight moves by its neighbours": rule(
            zero,
            lambda rule, w, descent, state: (w + descent / np.linalg.norm(descent), state),
        ),
        "step.*changes its argument": rule(zero, in_place),
        r"step.*something else than \(weights, state\)": rule(
            zero, lambda rule, w, descent, state: w + descent
        ),
        "init.*a state that is a ndarray, not a tuple": rule(
            lambda rule, w: w, lambda rule, w, descent, state: (w, state)
        ),
        "step.*the weights after it are inf at": rule(
            zero, lambda rule, w, descent, state: (w + descent / state[0] ** 2, state)
        ),
        "at_step.*returns a GradientDescent": rule(
            zero,
            lambda rule, w, descent, state: (w, state),
            lambda rule, t: RULES["sgd"](0.1, BackpropRegressor()),
        ),
    },
    "alpha": {
        "penalised.*is not the derivative of `penalty_value`": penalty(
            penalised=lambda penalty, descent, w, pull: descent - pull * w
        ),
        "penalised.*is not 0 at w = 0": penalty(
            penalised=lambda penalty, descent, w, pull: descent - pull,
            penalty_terms=lambda penalty, w: w,
            penalty_value=lambda penalty, penalty_sum: penalty_sum,
        ),
        "shrunk.*is not 0 at w = 0": penalty(shrunk=lambda penalty, w: w - 0.1),
    },
}


@pytest.mark.parametrize("said", [said for kind in WRONG.values() for said in kind])
def test_wrong_formulas(said):
    """By the user's own call, and by `fit`, which changes nothing then; with file and line."""
    parameter, record = next((p, w[said]) for p, w in WRONG.items() if said in w)
    place = "" if "must be finite" in said else r" \(test_checks\.py, line \d+\)$"
    with pytest.raises(ValueError, match=f"^{parameter}: .*{said}.*{place}"):
        fastbp.check(record)
    model = BackpropRegressor(**{parameter: record})
    with pytest.raises(ValueError, match=f"^{parameter}: .*{said}"):
        model.fit(np.eye(3), [1, 2, 3])
    assert vars(model) == model.get_params()


def test_the_line_is_that_of_the_failure():
    def formula(activation, net):
        net = net + 1
        return net[30:] + 1 / net[40]

    first = formula.__code__.co_firstlineno
    with pytest.raises(ValueError, match=rf"line {first + 2}\)$"):
        fastbp.check(activation(formula, lambda activation, net, out: net))


def test_a_derivative_that_is_meant_to_be_another_one():
    """The straight-through estimator: a step forward, the identity's derivative backward."""
    record = activation(
        lambda activation, net: np.where(net > 0, 1.0, 0.0),
        lambda activation, net, out: np.full_like(net, 1),
        surrogate=True,
    )
    fastbp.check(record)


def test_no_formulas():
    with pytest.raises(TypeError, match="^tuple has no formulas: register some"):
        fastbp.check((1, 2))
    with pytest.raises(ValueError, match="^alpha: Mine needs formulas.*penalised"):
        BackpropRegressor(alpha=penalty()).fit(np.eye(3), [1, 2, 3])
    with pytest.raises(ValueError, match="^l1_ratio does not go with a record as alpha"):
        BackpropRegressor(alpha=L2(0.1), l1_ratio=0.5).fit(np.eye(3), [1, 2, 3])


def test_records_within_records_are_tried_once(monkeypatch):
    record = activation(lambda activation, net: net, lambda activation, net, out: 0 * net)
    for _ in range(2):
        with pytest.raises(ValueError, match="not the derivative"):
            check_foreign((ACTIVATIONS["tanh"], (record,)))
    good = activation(lambda activation, net: net, lambda activation, net, out: 1 + 0 * net)
    check_foreign((good,))
    monkeypatch.setattr(fastbp.checks, "check", None)
    check_foreign((good,))
    assert re.match("Mine", str(good))
