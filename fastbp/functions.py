"""Elementary functions without branches, for NumPy arrays and for SIMD vectors alike.

Each body is written once, in operations that NumPy and the vectors of `fastbp.vectors` share, and
takes the constants of the precision as a record. A product next to a sum may or may not be fused
into one rounding, a polynomial may be summed in either order: the stated errors, the largest ones
found, hold for all of these. They are in units in the last place of the result, including denormal
results, over the whole range. ``benchmarks/coefficients.py`` derives the constants.

References
----------
Cody, W. J. & Waite, W. (1980). Software Manual for the Elementary Functions. Prentice-Hall.
Kahan, W. (1987). Branch cuts for complex elementary functions. In The State of the Art in
Numerical Analysis, Oxford University Press. (The correction for the rounding of 1 + x.)
Cheney, E. W. (1966). Introduction to Approximation Theory. McGraw-Hill. (Remez's algorithms.)
"""

from typing import NamedTuple

import numpy as np

from .compiling.dispatch import elementary, elementary_pair
from .compiling.jit import inlined
from .vectors.elementwise import stands_for
from .vectors.simd import exponent, fma, mantissa, polynomial, power_of_two

__all__ = ["erf", "exp", "expm1", "log", "log1p", "logistic", "tanh"]


class ExpConstants(NamedTuple):
    """Constants of e^x and e^x - 1; beyond low and high the result is the limit."""

    low: float
    high: float
    tiny: float  # e^x - 1 rounds to x below this
    log2e: float
    ln2_high: float  # so few bits that its product with any exponent is exact
    ln2_low: float
    coefficients: tuple[float, ...]


class LogConstants(NamedTuple):
    """Constants of log x and log(1 + x)."""

    normal: float  # the smallest normal number
    upscale: float  # takes every denormal to a normal number: 2**shift
    shift: float
    ln2_high: float
    ln2_low: float
    coefficients: tuple[float, ...]


class OddConstants(NamedTuple):
    """Constants of an odd function of the shape of tanh: 1 from limit on, within rounding."""

    low: float  # up to here the first polynomial serves, from here the quotient
    limit: float
    small: tuple[float, ...]
    numerator: tuple[float, ...]
    denominator: tuple[float, ...]


EXP_SINGLE = ExpConstants(
    low=-104.0,
    high=89.0,
    tiny=2.0**-25,
    log2e=1.442695,
    ln2_high=0.69314575,
    ln2_low=1.4286068e-06,
    coefficients=(0.49999228, 0.16667117, 0.041890547, 0.008312461),
)
EXP_DOUBLE = ExpConstants(
    low=-746.0,
    high=710.0,
    tiny=2.0**-54,
    log2e=1.4426950408889634,
    ln2_high=0.693147180559663,
    ln2_low=2.8235290563031577e-13,
    coefficients=(
        0.5000000000000011, 0.16666666666666408, 0.0416666666665294, 0.008333333333497275,
        0.0013888888943882974, 0.00019841269501573666, 2.4801492791704567e-05,
        2.755758988336719e-06, 2.763037148818485e-07, 2.499924641542445e-08,
    ),
)  # fmt: skip
EXPM1_SINGLE = EXP_SINGLE._replace(
    low=-18.0,
    coefficients=(0.49999997, 0.16666543, 0.041667208, 0.008366579, 0.001388228),
)
EXPM1_DOUBLE = EXP_DOUBLE._replace(
    low=-38.0,
    coefficients=(
        0.5000000000000006, 0.16666666666666588, 0.04166666666657611, 0.008333333333389986,
        0.0013888888931793976, 0.00019841269718280286, 2.4801504979875043e-05,
        2.755740792391465e-06, 2.762616109778318e-07, 2.505375692987598e-08,
    ),
)  # fmt: skip
LOG_SINGLE = LogConstants(
    normal=2.0**-126,
    upscale=2.0**24,
    shift=24.0,
    ln2_high=EXP_SINGLE.ln2_high,
    ln2_low=EXP_SINGLE.ln2_low,
    coefficients=(0.66666776, 0.39977565, 0.29871216),
)
LOG_DOUBLE = LogConstants(
    normal=2.0**-1022,
    upscale=2.0**54,
    shift=54.0,
    ln2_high=EXP_DOUBLE.ln2_high,
    ln2_low=EXP_DOUBLE.ln2_low,
    coefficients=(
        0.6666666666666734, 0.39999999999416036, 0.28571428742118904, 0.2222219859745895,
        0.18183563220690194, 0.15314075215530504, 0.1479573602272197,
    ),
)  # fmt: skip
TANH_SINGLE = OddConstants(
    low=0.7,
    limit=9.0,
    small=(0.0, -0.3333319, 0.13329114, -0.05355901, 0.020092277, -0.0051388782),
    numerator=(0.49999997, 0.01487345, 5.685405e-05),
    denominator=(1.0, 0.11308013, 0.0012037829, 1.2183955e-06),
)
ERF_SINGLE = OddConstants(
    low=0.7,
    limit=3.9,
    small=(0.12837917, -0.3761234, 0.112778835, -0.026498683, 0.004303809),
    numerator=(0.56419176, 0.2338564, 0.023254186, 0.0023655167),
    denominator=(1.0, 0.42954344, 0.06329565, 0.010610387, 0.00018726771),
)
ERF_DOUBLE = OddConstants(
    low=0.8,
    limit=5.9,
    small=(
        0.1283791670955126, -0.37612638903183665, 0.11283791670948394, -0.026866170643373523,
        0.0052239776026624645, -0.0008548325323229767, 0.00012055254281905222,
        -1.492331317295957e-05, 1.6417399860488527e-06, -1.582986262738627e-07,
        1.1085046976033384e-08,
    ),
    numerator=(
        0.5641895835408071, 0.2991039358867303, 0.07474054442422874, 0.013747105602217978,
        0.001569118386346878, 0.00015567843063920019, 9.803800946423054e-06, 6.134321910117381e-07,
        1.859844234699458e-08, 8.147531084247555e-10, 6.9218873827801315e-12,
    ),
    denominator=(
        1.0, 0.5451713700238744, 0.15633203838288726, 0.033949107285146905, 0.0046507528223474716,
        0.0005357228281049648, 3.8498991784686315e-05, 2.66866419718299e-06, 1.0723290767862347e-07,
        4.150434856057647e-09, 1.015754388615569e-10, 1.9784479479466268e-13,
    ),
)  # fmt: skip


@inlined
def _remainder(x, n, c):
    """Difference of x and n log 2, in two parts to the full precision (Cody & Waite)."""
    return fma(n, -c.ln2_low, fma(n, -c.ln2_high, x))


@inlined
def _expm1_reduced(r, c):
    """e^r - 1 for small r: r, which is larger, plus a correction, so that little is rounded."""
    return fma(r * r, polynomial(r, c.coefficients), r)


@inlined
def _exp_clamped(x, c):
    """e^x, for x in a range where two factors reach the exponent of the result."""
    n = np.rint(x * c.log2e)
    p = 1.0 + _expm1_reduced(_remainder(x, n, c), c)
    half = np.rint(n * 0.5)  # 2^n itself may be out of range where p 2^n is not
    return p * power_of_two(half) * power_of_two(n - half)


@elementary(EXP_SINGLE, EXP_DOUBLE)
def exp(x, c):
    """e^x.

    e^x = 2^n e^r with n = rint(x / log 2) (Cody & Waite 1980), and e^r a minimax polynomial of
    degree 5 (float32) or 11 (float64).

    Largest error: 2.3 ulp (float32), 1.1 ulp (float64).
    """
    x = np.where(x > c.high, c.high, x)  # comparisons are false for NaN, which stays
    return _exp_clamped(np.where(x < c.low, c.low, x), c)


@elementary(EXPM1_SINGLE, EXPM1_DOUBLE)
def expm1(x, c):
    """e^x - 1.

    e^x - 1 = 2^n (e^r - 1) + (2^n - 1) with n = rint(x / log 2) (Cody & Waite 1980), and e^r - 1
    a minimax polynomial of degree 6 (float32) or 11 (float64).

    Largest error: 1.8 ulp (float32), 2.5 ulp (float64).
    """
    y = np.where(x > c.high, c.high, x)
    y = np.where(y < c.low, c.low, y)
    n = np.rint(y * c.log2e)
    p = _expm1_reduced(_remainder(y, n, c), c)
    half = power_of_two(n - 1.0)  # 2^n overflows just before the result does
    y = 2.0 * fma(half, p, half - 0.5)
    return np.where(np.abs(x) < c.tiny, x, y)  # keeps -0, and denormals from being halved


@elementary(EXP_SINGLE, EXP_DOUBLE)
def logistic(x, c):
    """1 / (1 + e^-x).

    With e = exp(-abs(x)), which cannot overflow, 1 / (1 + e) or, for negative x, e / (1 + e), which
    keeps the relative accuracy of small results.

    Largest error: 3.6 ulp (float32), 2.4 ulp (float64).
    """
    y = -np.abs(x)
    e = _exp_clamped(np.where(y < c.low, c.low, y), c)
    return np.where(x < 0.0, e, 1.0) / (1.0 + e)


@inlined
def _odd_rational(x, c):
    """Evaluate an odd function f of the shape of tanh without exponentials.

    For small x, a polynomial. Elsewhere 2 h / (1 + h^2) with h = n / d, in the form
    1 - (d - n)^2 / (d^2 + n^2), in which the rounding errors of n and d fade as f approaches 1,
    and which cannot exceed 1. The plain quotient of polynomials does, and errs by 5 ulp and more.
    """
    y = np.abs(x)
    z = y * y
    p = polynomial(z, c.numerator)
    d = polynomial(z, c.denominator)
    n = y * p
    m = fma(-y, p, d)  # side by side with n, not after it
    large = 1.0 - m * m / fma(n, n, d * d)
    large = np.where(y >= c.limit, 1.0, large)
    small = fma(y, polynomial(z, c.small), y)
    return np.copysign(np.where(y < c.low, small, large), x)


@inlined
def _tanh_single(x):
    """Evaluate tanh in float32, where small networks wait for it: no exponential to wait for."""
    return _odd_rational(x, TANH_SINGLE)


@inlined
def _tanh_double(x):
    """Evaluate tanh in float64 as e / (e + 2) with e = exp(2 abs(x)) - 1, reduced as in expm1."""
    y = 2.0 * np.abs(x)
    y = np.where(y > 44.0, 44.0, y)  # where tanh has long been 1
    n = np.rint(y * EXPM1_DOUBLE.log2e)
    p = _expm1_reduced(_remainder(y, n, EXPM1_DOUBLE), EXPM1_DOUBLE)
    scale = power_of_two(n)
    return np.copysign(fma(scale, p, scale - 1.0) / fma(scale, p, scale + 1.0), x)


tanh = elementary_pair(_tanh_single, _tanh_double)
tanh.__name__ = tanh.__qualname__ = "tanh"
tanh.__module__ = __name__  # where it is found again in another process
tanh.__doc__ = """Hyperbolic tangent of x, (e^x - e^-x) / (e^x + e^-x).

    In float32, for abs(x) < 0.7 a minimax polynomial in x^2 of degree 5; above, the formula of
    the double argument over a minimax quotient of degrees 2 and 3 in x^2 for tanh(x / 2). In
    float64, e / (e + 2) with e = exp(2 abs(x)) - 1 (Cody & Waite 1980). At most 1 in magnitude.

    Largest error: 3.6 ulp (float32), 2.9 ulp (float64).
    """


@elementary(ERF_SINGLE, ERF_DOUBLE)
def erf(x, c):
    """2 / sqrt(pi) times the integral of e^(-t^2) over 0 <= t <= x.

    For small x a minimax polynomial in x^2 of degree 4 (float32) or 10 (float64). Above, the
    formula of the double argument of tanh, over a minimax quotient in x^2 of degrees 3 and 4
    (float32) or 10 and 11 (float64). At most 1 in magnitude.

    Largest error: 3.3 ulp (float32), 3.6 ulp (float64).
    """
    return _odd_rational(x, c)


@inlined
def _log_correction(f, c):
    """Difference f - log(1 + f), from the series of log((1 + s) / (1 - s)) in s = f / (2 + f)."""
    s = f / (2.0 + f)
    z = s * s
    return s * (f - z * polynomial(z, c.coefficients))


@inlined
def _log_limits(x, y):
    """Replace log x by its limits for x = 0 and infinity and by NaN for x < 0 and NaN."""
    y = np.where(x < np.inf, y, x)
    y = np.where(x == 0.0, -np.inf, y)
    return np.where(x < 0.0, np.nan, y)


@elementary(LOG_SINGLE, LOG_DOUBLE)
def log(x, c):
    """Natural logarithm of x.

    log x = e log 2 + log(1 + f) with x = 2^e (1 + f) and sqrt(1/2) < 1 + f <= sqrt 2 (Cody &
    Waite 1980); log(1 + f) = f - s (f - s^2 P(s^2)) with s = f / (2 + f) and a minimax polynomial
    P of degree 2 (float32) or 6 (float64), which leaves f, the larger part, without error.

    Largest error: 1.0 ulp (float32), 1.0 ulp (float64).
    """
    small = x < c.normal
    y = np.where(small, x * c.upscale, x)
    e = exponent(y)
    e = np.where(small, e - c.shift, e)
    m = mantissa(y)
    above = m > 1.4142135
    f = np.where(above, m * 0.5, m) - 1.0
    e = np.where(above, e + 1.0, e)
    y = fma(e, c.ln2_high, f - fma(e, -c.ln2_low, _log_correction(f, c)))
    return _log_limits(x, y)


@elementary(LOG_SINGLE, LOG_DOUBLE)
def log1p(x, c):
    """Natural logarithm of 1 + x.

    The logarithm of u = 1 + x rounded, as in `log`, with the rounding error 1 + x - u (Kahan 1987)
    brought to the scale of f and added to it.

    Largest error: 1.1 ulp (float32), 1.1 ulp (float64).
    """
    u = 1.0 + x
    e = exponent(u)
    m = mantissa(u)
    above = m > 1.4142135
    f = np.where(above, m * 0.5, m) - 1.0
    e = np.where(above, e + 1.0, e)
    # For u > 2^64 there is no error, and 2^-e would leave the normal range.
    d = (x - (u - 1.0)) * power_of_two(-np.minimum(e, 64.0))
    y = fma(e, c.ln2_high, f - (fma(e, -c.ln2_low, _log_correction(f + d, c)) - d))
    return np.copysign(_log_limits(u, y), x)  # 1 + -0 has lost the sign


for _ours in (exp, expm1, log, log1p, tanh):
    stands_for(getattr(np, _ours.__name__), _ours)
