"""NumPy's functions in ONNX: operators by their names, and what is put together of others.

Only operators that runtimes have for float32 and for float64: onnxruntime lacks Erf, Softplus and
the functions of angles but Sin and Cos in float64, so these are put together of what it has.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

OPERATORS: dict[Any, str] = {
    np.add: "Add",
    np.subtract: "Sub",
    np.multiply: "Mul",
    np.divide: "Div",
    np.power: "Pow",
    np.float_power: "Pow",
    np.minimum: "Min",
    np.maximum: "Max",
    np.negative: "Neg",
    np.absolute: "Abs",
    np.fabs: "Abs",
    np.sign: "Sign",
    np.reciprocal: "Reciprocal",
    np.sqrt: "Sqrt",
    np.exp: "Exp",
    np.log: "Log",
    np.tanh: "Tanh",
    np.sin: "Sin",
    np.cos: "Cos",
    np.floor: "Floor",
    np.ceil: "Ceil",
    np.rint: "Round",
    np.round: "Round",
}
COMPARISONS: dict[Any, str] = {
    np.greater: "Greater",
    np.greater_equal: "GreaterOrEqual",
    np.less: "Less",
    np.less_equal: "LessOrEqual",
    np.equal: "Equal",
    np.isnan: "IsNaN",
    np.isinf: "IsInf",
}
LOGICAL: dict[Any, str] = {
    np.logical_and: "And",
    np.logical_or: "Or",
    np.logical_xor: "Xor",
    np.logical_not: "Not",
    np.bitwise_and: "And",
    np.bitwise_or: "Or",
    np.bitwise_xor: "Xor",
    np.invert: "Not",
}
ALIKE: dict[Any, float | None] = {np.full_like: None, np.zeros_like: 0.0, np.ones_like: 1.0}
"""The same number everywhere, in the shape of an array."""


def _arctan(x: Any) -> Any:
    """Arctan x = y + arctan d with d = (x cos y − sin y) / (cos y + x sin y), y in float32."""
    if x.real == np.float32:
        return x.node("Atan", x)
    y = _arctan(x.astype(np.float32)).astype(np.float64)
    sine, cosine = np.sin(y), np.cos(y)
    return y + (x * cosine - sine) / (cosine + x * sine)  # d is some 1e-7: d³ is nothing


def _logaddexp(x: Any, y: Any) -> Any:
    return np.maximum(x, y) + np.log1p(np.exp(-np.abs(x - y)))


def _clip(x: Any, low: Any = None, high: Any = None) -> Any:
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


COMPOSED: dict[Any, Callable] = {
    np.positive: lambda x: x,
    np.square: lambda x: x * x,
    np.clip: _clip,
    np.not_equal: lambda x, y: np.logical_not(np.equal(x, y)),
    np.isfinite: lambda x: np.equal(x - x, 0),
    np.signbit: lambda x: x < 0,
    np.copysign: lambda x, y: np.where(y < 0, -np.abs(x), np.abs(x)),
    np.heaviside: lambda x, y: np.where(np.equal(x, 0), y, x > 0),
    np.trunc: lambda x: np.sign(x) * np.floor(np.abs(x)),
    np.remainder: lambda x, y: x - np.floor(x / y) * y,
    np.floor_divide: lambda x, y: np.floor(x / y),
    np.expm1: lambda x: np.exp(x) - 1,
    np.exp2: lambda x: np.exp(x * np.log(2)),
    np.log1p: lambda x: np.log(1 + x),
    np.log2: lambda x: np.log(x) * (1 / np.log(2)),
    np.log10: lambda x: np.log(x) * (1 / np.log(10)),
    np.logaddexp: _logaddexp,
    np.cbrt: lambda x: np.sign(x) * np.abs(x) ** (1 / 3),
    np.hypot: lambda x, y: np.sqrt(x * x + y * y),
    np.sinh: lambda x: 0.5 * np.exp(x) - 0.5 * np.exp(-x),
    np.cosh: lambda x: 0.5 * np.exp(x) + 0.5 * np.exp(-x),
    np.arcsinh: lambda x: np.sign(x) * np.log(np.abs(x) + np.sqrt(x * x + 1)),
    np.arccosh: lambda x: np.log(x + np.sqrt(x * x - 1)),
    np.arctanh: lambda x: 0.5 * np.log((1 + x) / (1 - x)),
    np.tan: lambda x: np.sin(x) / np.cos(x),
    np.arctan: _arctan,
    np.arcsin: lambda x: _arctan(x / np.sqrt(1 - x * x)),
    np.arccos: lambda x: np.pi / 2 - _arctan(x / np.sqrt(1 - x * x)),
    np.deg2rad: lambda x: x * (np.pi / 180),
    np.radians: lambda x: x * (np.pi / 180),
    np.rad2deg: lambda x: x * (180 / np.pi),
    np.degrees: lambda x: x * (180 / np.pi),
}

ELEMENTARY: dict[str, Callable] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "tanh": np.tanh,
    "logistic": lambda x: x.node("Sigmoid", x),
}
"""The functions of `fastbp.functions`. (Of erf runtimes have an operator in float32 only.)"""
