"""Others' functions, compiled by Numba in the same process, are what they are without fastbp."""

import inspect
import operator

import numba
import numpy as np
from numba.core.registry import cpu_target
from numba.core.typing.templates import builtin_registry

import fastbp
from fastbp.vectors.span import Span
from fastbp.vectors.vector_type import Vector

PACKAGE = fastbp.__name__
SIGNS = {
    operator.add: "{} + {}",
    operator.sub: "{} - {}",
    operator.mul: "{} * {}",
    operator.truediv: "{} / {}",
    operator.mod: "{} % {}",
    operator.pow: "{} ** {}",
    operator.lt: "{} < {}",
    operator.le: "{} <= {}",
    operator.gt: "{} > {}",
    operator.ge: "{} >= {}",
    operator.eq: "{} == {}",
    operator.ne: "{} != {}",
    operator.and_: "({} < 1) & ({} > 1)",
    operator.or_: "({} < 1) | ({} > 1)",
    operator.xor: "({} < 1) ^ ({} > 1)",
    operator.invert: "~np.less({}, 1)",
    operator.neg: "-{}",
    operator.pos: "+{}",
    operator.getitem: "(2 * {} , {})[1]",
    abs: "abs(-1.5) * {}",  # not of arrays
    np.arccosh: "np.arccosh(1 + {})",
}
OTHERS = {np.where, np.full_like, np.zeros_like, np.ones_like, np.clip, np.round}
OTHERS |= {np.heaviside, operator.setitem}  # Numba has none; it changes what it is given


def own(template):
    """Tell whether a rule of Numba's for the types of a function is fastbp's."""
    rule = getattr(template, "generic", None)
    inner = inspect.getclosurevars(rule).nonlocals.get("typing_func") if rule else None
    rules = (getattr(template, "_overload_func", None), rule, inner)
    return any(str(getattr(f, "__module__", "")).startswith(PACKAGE) for f in rules)


def meanings():
    """Return others' functions that fastbp gives a meaning, and the rules it does so by."""
    found = {}
    for function, t in builtin_registry.globals:
        module = getattr(function, "__module__", None) or "numpy"
        if not module.startswith(PACKAGE):
            for template in filter(own, getattr(t, "templates", ())):
                found.setdefault(function, []).append(template)
    return found


MEANINGS = meanings()
X = np.array([0.25, 0.5, 0.75, 0.875])


def expressions(x, y):
    """Return a Python expression of x and y for each function, element by element."""
    result = []
    for function in MEANINGS:
        if function in SIGNS:
            result.append(SIGNS[function].format(x, y))
        elif function not in OTHERS:
            result.append(f"np.{function.__name__}({', '.join([x, y][: function.nin])})")
    return result


def test_all_that_has_a_meaning_is_looked_at():
    assert {np.sqrt, np.maximum, np.where, operator.add, operator.pow, abs} <= MEANINGS.keys()
    assert len(expressions("x", "y")) + len(OTHERS & MEANINGS.keys()) == len(MEANINGS)


def test_rules_without_a_vector_do_not_apply():
    context = cpu_target.typing_context
    context.refresh()
    t = numba.types
    array = t.Array(t.float64, 1, "C")
    operands = [
        t.float64, t.int64, t.boolean, t.complex128, array, t.unicode_type, t.none,
        t.UniTuple(t.float64, 2), t.literal(2), t.Optional(t.float64), t.float32,
    ]  # fmt: skip
    for function, templates in MEANINGS.items():
        for template in templates:
            arities = {operator.getitem: (2,), operator.setitem: (3,)}.get(function, (1, 2, 3))
            for count in arities:
                for first in operands:
                    for rest in operands:
                        args = (first, *[rest] * (count - 1))
                        try:
                            signature = template(context).apply(args, {})
                        except numba.TypingError:  # another number of arguments
                            continue
                        assert signature is None, (function, args)


def test_machine_code_without_a_vector_is_never_ours():
    cpu_target.target_context.refresh()
    seen = 0
    for function in MEANINGS:
        for formal, implementation in cpu_target.target_context._defns[function].versions:
            module = inspect.getmodule(getattr(implementation, "__wrapped__", implementation))
            if module is not None and module.__name__.startswith(PACKAGE):
                assert {Vector, Span} & set(formal), (function, formal)
                seen += 1
    assert seen > len(SIGNS)


def compiled(source):
    namespace = {"np": np}
    exec(source, namespace)
    return numba.njit(namespace["f"]), namespace["f"]


def test_scalars():
    function, python = compiled(f"def f(x, y): return ({', '.join(expressions('x', 'y'))},)")
    for x, y in ((0.25, 0.875), (0.75, 0.5)):
        np.testing.assert_allclose(function(x, y), python(x, y), rtol=1e-14)


def test_array_expressions():
    body = " + ".join(f"1 * ({one})" for one in expressions("x", "y"))
    function, python = compiled(f"def f(x, y): return {body}")
    for y in (X[::-1].copy(), 0.5):
        np.testing.assert_allclose(function(X, y), python(X, y), rtol=1e-13)


def test_arrays():
    @numba.njit
    def function(x):
        a = np.sqrt(x)
        b = np.maximum(a, 0.6) ** 2
        c = np.where(b > 0.5, b, np.full_like(x, 3.0))
        d, e = np.clip(x, 0.3, 0.8), np.round(x, 1)
        return a, b, c, d, e, np.copysign(c, -x), np.zeros_like(x), np.ones_like(x), x[1]

    for own_result, expected in zip(function(X), function.py_func(X), strict=True):
        np.testing.assert_allclose(own_result, expected, rtol=1e-14)
