"""NumPy's elementwise functions and operators in formulas: on vectors what they are on arrays."""

import numpy as np
import pytest

from fastbp.compiling.jit import kernel
from fastbp.vectors import simd
from fastbp.vectors.elementwise import NUMBER_BY_NUMBER

OPERATORS = [
    *("x + y", "x - 2", "0.5 - x", "x * y", "2 * x", "x / y", "1 / x", "-x", "+x", "abs(x)"),
    *("x % y", "x % 3", "x ** y", "x**2", "x**3", "x**-2", "x**0", "y**0.3", "2.0**y"),
    *("x**n", "np.float32(0.5) * x", "np.pi * x + np.e", "np.sqrt(2 / np.pi) * x"),
    *("1.0 * (x < y)", "(x <= 0) * y", "y * (x > 1.5)", "1 - (x >= y)", "(x == 0) + y"),
    *("1.0 * (x != y)", "(x < 1) / 2", "1.0 * ((x > 0) & (y > 0))", "1.0 * ((x > 0) | (y > 0))"),
    *("1.0 * ((x > 0) ^ (y > 0))", "1.0 * ~(x > 0)", "x * True"),
]
ONE_ARGUMENT = [
    *("abs", "absolute", "fabs", "sqrt", "square", "reciprocal", "sign", "negative", "positive"),
    *("rint", "round", "floor", "ceil", "trunc", "exp", "expm1", "log", "log1p", "tanh"),
    *("zeros_like", "ones_like"),
]
TWO_ARGUMENTS = [
    *("add", "subtract", "multiply", "divide", "true_divide", "minimum", "maximum", "copysign"),
    "heaviside",
]
PREDICATES = ["isnan", "isinf", "isfinite", "signbit"]
COMPARISONS = ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]
OTHERS = [
    *("np.where(x > y, x, y)", "np.where(x > 0, 1, 0)", "np.where(x > 0, x, 0)"),
    *("np.where(x > 0, 1.0, y)", "np.where(x > 0, 0.1, -0.1)", "np.where(x > 0, x > y, y)"),
    *("1.0 * np.where(x > 0, y > 0, y < 0)", "np.where(np.isnan(x), y, x)"),
    *("np.clip(x, -1, 1)", "np.clip(x, 0, None)", "np.clip(x, None, y)", "np.full_like(x, 0.1)"),
    *("np.clip(x, a_min=-0.5, a_max=0.5)", "np.power(x, 2)", "np.power(y, 0.3)"),
    *("(x > 0).astype(float)", "(x > 0).astype(x.dtype)", "(x > 0).astype(np.float32) * x"),
    *("x.astype(x.dtype)", "1.0 * np.logical_not(x > 0)", "np.maximum(x, 0)", "np.hypot(1, x)"),
] + [
    f"1.0 * np.logical_{name}(x > 0, y > 0)" for name in ("and", "or", "xor")
]  # fmt: skip
EXPRESSIONS = (
    OPERATORS
    + OTHERS
    + [f"np.{name}(x)" for name in ONE_ARGUMENT]
    + [f"np.{name}(x, y)" for name in TWO_ARGUMENTS]
    + [f"1.0 * np.{name}(x)" for name in PREDICATES]
    + [f"1.0 * np.{name}(x, y)" for name in COMPARISONS]
    + [f"np.{f.__name__}({'x, y' if f.nin == 2 else 'x'})" for f in NUMBER_BY_NUMBER]
)
SPECIAL = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-3, -2.5, 3.0, 30.0, -30.0]


def compiled(expressions):
    """Return a kernel: the expressions of x and y one after the other, vector by vector."""
    source = "def apply(xs, ys, n, result):\n    source, other = pointer(xs), pointer(ys)\n"
    source += "    target = pointer(result)\n"
    source += "    for i in range(0, xs.size, lanes(source)):\n"
    source += "        x, y = load(source, i, ONE), load(other, i, ONE)\n"
    for k, expression in enumerate(expressions):
        source += f"        store(target, {k} * xs.size + i, {expression})\n"
    namespace = vars(simd) | {"np": np}
    exec(source, namespace)
    return kernel(namespace["apply"]).uncached


KERNEL = compiled(EXPRESSIONS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_equals_numpy(dtype):
    rng = np.random.default_rng(0)
    x, y = np.meshgrid(SPECIAL, SPECIAL)
    x = np.concatenate([x.ravel(), rng.normal(size=60), rng.uniform(0, 5, 64)]).astype(dtype)
    y = np.concatenate([y.ravel(), rng.normal(size=60), rng.uniform(0, 5, 64)]).astype(dtype)
    result = np.zeros((len(EXPRESSIONS), x.size), dtype)
    KERNEL(x, y, 3, result)
    epsilon = np.finfo(dtype).eps
    different = []
    for expression, own in zip(EXPRESSIONS, result, strict=True):
        with np.errstate(all="ignore"):
            expected = eval(expression, {"np": np, "x": x, "y": y, "n": 3})
        if not np.allclose(own, expected, rtol=16 * epsilon, atol=0, equal_nan=True):
            wrong = ~np.isclose(own, expected, rtol=16 * epsilon, atol=0, equal_nan=True)
            different.append((expression, x[wrong], y[wrong], own[wrong], expected[wrong]))
    assert not different
