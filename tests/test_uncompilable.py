"""Formulas that can't be compiled: one sentence says which, where and why."""

import math
import pickle
import re
from typing import NamedTuple

import numba
import numpy as np
import pytest
from plain import BackpropRegressor
from sklearn.exceptions import ConvergenceWarning

from fastbp.activations import value
from fastbp.compiling import jit
from fastbp.compiling.uncompilable import NotCompilable
from fastbp.losses import error, inverse_link, output_delta
from fastbp.rules import step
from fastbp.vectors.simd import ONE, load, pointer, store

POINTS = np.arange(3.0)
NAMES = ["a", "b"]


def plain_helper(x):
    return x * x


@jit.inlined
def interpolated(x):
    return np.interp(x, POINTS, POINTS)


@numba.njit
def compiled_helper(x):
    return interpolated(x)


def branch(activation, net):
    if net > 0:
        return net
    return -net


def two_kinds(activation, net):
    if activation.scale > 0:
        result = 1.0
    else:
        result = net
    return result


def in_place(activation, net):
    net[net < 0] = 0
    return net


def imports(activation, net):
    import math

    return math.pi * net


FORMULAS = {
    "np.interp(vector, array, array), in `": lambda activation, net: np.interp(net, POINTS, POINTS),
    "np.interp(vector, array, array), in `x": lambda activation, net: interpolated(net),
    "np.interp(vector, array, array), in `y": lambda activation, net: compiled_helper(net),
    "np.maximum(vector), in `": lambda activation, net: np.maximum(net),
    "np.sum(vector), in `": lambda activation, net: np.sum(net),
    "math.exp(vector), in `": lambda activation, net: math.exp(net),
    "vector // 2, in `": lambda activation, net: net // 2,
    "array * vector, in `": lambda activation, net: POINTS * net,
    "max of a vector (np.maximum": lambda activation, net: max(net, 0),
    "the truth of a whole vector (for a choice number by number there are np.where": branch,
    "the truth of a whole vector (": lambda activation, net: not net,
    "`result` is a vector in one place and something else in another": two_kinds,
    "an assignment to a part of a vector (np.where": in_place,
    "a loop over the numbers of a vector": lambda activation, net: [n for n in net],
    "attribute `scal` of Record, in `": lambda activation, net: activation.scal * net,
    "attribute `max` of vector": lambda activation, net: net.max(),
    "no attribute 'foo'": lambda activation, net: np.foo(net),
    "name 'undefined' is not defined, in `": lambda activation, net: undefined(net),  # noqa: F821
    "`plain_helper` is a function for Python only (decorate it with fastbp.inlined, in a "
    "module": lambda activation, net: plain_helper(net),
    "unsupported opcode": imports,
    "it returns truth values, not numbers": lambda activation, net: net > 0,
}


def apply(record, xs, result):
    store(pointer(result), 0, value(record, load(pointer(xs), 0, ONE)))


KERNEL = jit.kernel(apply)


def run(record):
    KERNEL(record, np.ones(64), np.ones(64))


@pytest.mark.parametrize("reason", FORMULAS)
def test_reason(reason):
    class Record(NamedTuple):
        scale: float = 1.0

    formula = FORMULAS[reason]
    value.register(Record)(formula)
    with pytest.raises(ValueError) as caught:
        run(Record())
    text = str(caught.value)
    start = "activation: Record's formula `value` can't be compiled for vectors: "
    assert text.startswith(start) and "\n" not in text
    assert re.sub("in `[xy]$", "in `", reason) in text
    lines = range(formula.__code__.co_firstlineno, formula.__code__.co_firstlineno + 6)
    assert int(re.search(r"\(test_uncompilable\.py, line (\d+)\)", text)[1]) in lines
    assert text.endswith(
        "np.where and NumPy's elementwise functions; see fastbp.compiling.dispatch"
    )
    assert isinstance(caught.value.numba_error, Exception)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__ is False
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is NotCompilable and str(copy) == text


class Anything(NamedTuple):
    content: object = object()


value.register(Anything)(lambda activation, net: net)


def test_field_that_is_no_number():
    with pytest.raises(NotCompilable, match=r"Anything's field `content` can't be .*'object'"):
        run(Anything())


class Nested(NamedTuple):
    first: NamedTuple


value.register(Nested)(lambda activation, net: value(activation.first, net))


def test_record_in_a_record():
    class Inner(NamedTuple):
        pass

    value.register(Inner)(lambda activation, net: np.interp(net, POINTS, POINTS))
    with pytest.raises(NotCompilable, match=r"Inner's formula `value` .* np\.interp\("):
        run(Nested(Inner()))


def test_other_errors_are_what_they_are():
    with pytest.raises(NotImplementedError, match="has no value"), jit.interpreted():
        run((1,))
    with pytest.raises(numba.TypingError):  # no record from outside
        KERNEL(1.0, np.ones(64), np.ones(64))


class OddLoss(NamedTuple):
    pass


inverse_link.register(OddLoss)(lambda loss, net: net)
error.register(OddLoss)(lambda loss, target, out: (target - out) ** 2)
output_delta.register(OddLoss)(lambda loss, target, out: np.nan_to_num(2 * (target - out)))
X = np.eye(3)


class Odd(NamedTuple):
    eta: float


step.register(Odd)(lambda rule, w, descent, state: (np.nan_to_num(descent) + w, state))


def test_estimators_stay_what_they_were():
    model = BackpropRegressor([2], loss=OddLoss(), random_state=0, max_iter=1)
    with pytest.raises(NotCompilable, match=r"^loss: OddLoss's formula `output_delta` .*nan_to"):
        model.fit(X, [1, 2, 3])
    assert vars(model) == model.get_params()
    model.set_params(loss="squared_error")
    with jit.interpreted(), pytest.warns(ConvergenceWarning):
        before = model.fit(X, [1, 2, 3]).coefs_[0].copy()
    model.set_params(solver=Odd(0.1))
    with pytest.raises(NotCompilable, match=r"^solver: Odd's formula `step` .*nan_to_num"):
        model.partial_fit(X, [1, 2, 3])
    np.testing.assert_array_equal(model.coefs_[0], before)
    assert model.n_iter_ == 1


def test_formulas_are_registered_before_they_are_compiled():
    class Twice(NamedTuple):
        pass

    value.register(Twice)(lambda activation, net: net)
    value.register(Twice)(lambda activation, net: 2 * net)
    run(Twice())
    with pytest.raises(ValueError, match="Twice's value has been compiled already: to change it"):
        value.register(Twice)(lambda activation, net: 3 * net)
