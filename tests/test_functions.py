"""Accuracy of the elementary functions, against references of higher precision."""

import math

import numpy as np
import pytest
from compiled import apply_compiled

from fastbp import functions

NAMES = ("exp", "expm1", "log", "log1p", "tanh", "logistic", "erf")
MAX_ULP = 4.0
# Arguments at which a result overflows, underflows or saturates, or the method changes
THRESHOLDS = (
    (0.35, 0.7, 0.8, 1.04, 1.4142, 9.0, 3.9, 5.9, 17.0, 22.0, 37.0)
    + (87.3, 88.7, 103.9, 708.4, 709.8, 745.1)
    + (2.0**-54, 2.0**-25, 2.0**-126, 2.0**-149, 2.0**24, 2.0**53, 2.0**63, 2.0**64, 2.0**65)
)


def grid(dtype, rng) -> np.ndarray:
    """Arguments of both signs from the smallest denormal to the largest finite number."""
    info = np.finfo(dtype)
    bits = np.dtype(f"u{info.dtype.itemsize}")
    largest = int(np.array(info.max).view(bits))
    patterns = np.linspace(1, largest, 20_000, dtype=np.longdouble).astype(bits).view(dtype)
    random = rng.integers(1, largest, 20_000, dtype=bits).view(dtype)
    linear = [np.linspace(0.0, top, 20_000) for top in (1.0, 10.0, 130.0, 800.0)]
    linear.append(rng.uniform(0.3, 1.3, 50_000))  # where most errors are largest
    logarithmic = np.geomspace(1e-20, 1e5, 10_000)
    near = [s * (1 + rng.uniform(-1e-3, 1e-3, 500)) for s in THRESHOLDS]
    near += [
        1 + rng.uniform(-s, s, 2000) for s in (1e-15, 1e-7, 1e-4)
    ]  # zero of log, -inf of log1p
    ulps = np.arange(-50, 51) * float(info.eps)
    near += [s * (1 + ulps) for s in (*THRESHOLDS, 1.0)] + [np.arange(100) * float(info.tiny) / 50]
    positive = np.concatenate([*linear, logarithmic, *near]).astype(dtype)
    denormal = np.arange(1, 101).astype(bits).view(dtype)
    positive = np.concatenate([positive, patterns, random, denormal])
    return np.concatenate([positive, -positive])


def reference(name: str, x: np.ndarray) -> np.ndarray:
    """Exact results, nearly, in a precision above that of x."""
    wide = x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)
    if name == "erf":
        return np.vectorize(math.erf, otypes=[float])(x).astype(wide.dtype)
    if name == "logistic":
        e = np.exp(-np.abs(wide))
        return np.where(wide < 0, e, 1) / (1 + e)
    return getattr(np, name)(wide)


def ulp_errors(result: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Errors in spacings of the dtype of the result, infinite where only one is a number."""
    info = np.finfo(result.dtype)
    rounded = exact.astype(result.dtype)
    power = np.maximum(np.frexp(exact)[1] - 1, info.minexp) - info.nmant
    error = np.abs(result.astype(exact.dtype) - exact) / np.ldexp(np.ones_like(exact), power)
    same = (result == rounded) | (np.isnan(result) & np.isnan(rounded))
    error = np.where(np.isfinite(rounded), error, np.where(same, 0.0, np.inf))
    return np.where(np.isnan(error), np.inf, error)


def evaluate(path: str, name: str, x: np.ndarray) -> np.ndarray:
    """Apply a function by NumPy or compiled."""
    function = getattr(functions, name)
    with np.errstate(all="ignore"):
        y = function(x) if path == "numpy" else apply_compiled(function, x)
    assert y.dtype == x.dtype
    assert y.shape == x.shape
    return y


@pytest.mark.parametrize("dtype", (np.float32, np.float64))
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", ("numpy", "compiled"))
def test_accuracy(path, name, dtype):
    """No error exceeds four units in the last place."""
    x = grid(dtype, np.random.default_rng(0))
    y = evaluate(path, name, x)
    with np.errstate(all="ignore"):
        errors = ulp_errors(y, reference(name, x))
    worst = errors.argmax()
    assert errors[worst] <= MAX_ULP, (x[worst], y[worst])
    if name in ("tanh", "logistic", "erf"):  # or their derivatives would change sign
        assert np.abs(y).max() <= 1.0


@pytest.mark.parametrize("dtype", (np.float32, np.float64))
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", ("numpy", "compiled"))
def test_special_values(path, name, dtype):
    """Limits, NaN, denormals and the signs of zeros are exact."""
    inf, nan = np.inf, np.nan
    tiny = float(np.finfo(dtype).smallest_subnormal)
    table = {
        "exp": [(0.0, 1.0), (-0.0, 1.0), (tiny, 1.0), (inf, inf), (-inf, 0.0), (1e4, inf)],
        "expm1": [(0.0, 0.0), (-0.0, -0.0), (tiny, tiny), (-tiny, -tiny), (inf, inf), (-inf, -1.0)],
        "log": [(0.0, -inf), (-0.0, -inf), (1.0, 0.0), (inf, inf), (-inf, nan), (-tiny, nan)],
        "log1p": [(0.0, 0.0), (-0.0, -0.0), (tiny, tiny), (-tiny, -tiny), (-1.0, -inf), (inf, inf)]
        + [(-inf, nan), (-2.0, nan)],
        "tanh": [(0.0, 0.0), (-0.0, -0.0), (tiny, tiny), (-tiny, -tiny), (inf, 1.0), (-inf, -1.0)],
        "logistic": [(0.0, 0.5), (-0.0, 0.5), (tiny, 0.5), (inf, 1.0), (-inf, 0.0), (-1e4, 0.0)],
    }
    table["erf"] = table["tanh"]
    x, expected = np.array([*table[name], (nan, nan)], dtype=dtype).T.copy()
    y = evaluate(path, name, x)
    np.testing.assert_array_equal(y, expected)
    signed = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(y)[signed], np.signbit(expected)[signed])
