"""Formulas of users' own, tried on ordinary numbers before anything is compiled of them.

What Python would let pass, or a kernel could not tell, is found here: numbers that are not finite,
results of another shape, a rule's state that grows, a derivative that is not that of the value, a
loss whose delta is not the descent of its error, padding that would not stay at zero.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import activations, losses, penalties, rules
from .compiling.complaints import WHOLE, place
from .compiling.dispatch import implemented
from .compiling.sources import PACKAGE

NUMBERS = np.random.default_rng(0).normal(0, 1.5, 24)  # ordinary ones, none of them at a kink
OTHERS = np.random.default_rng(1).normal(0, 1.5, 24)
STEP = 1e-6  # of central differences
CLOSE = 1e-4  # to them, relative to 1 or to the derivative where that is larger


def check(record: Any) -> None:
    """Try the formulas of an activation, a loss, an update rule or a penalty of one's own.

    The estimators do the same, once, before they compile anything of it.

    Parameters
    ----------
    record : NamedTuple
        With formulas that are registered in `fastbp.activations`, `fastbp.losses`, `fastbp.rules`
        or `fastbp.penalties`.

    Raises
    ------
    TypeError
        If it has no formulas.
    ValueError
        It says which formula is wrong, where it stands, and what is wrong with it.

    Notes
    -----
    They are to work on arrays, element by element; be finite, and of the argument's shape; agree
    with each other: `derivative` with `value`, `output_delta` with `error` and `inverse_link`,
    `penalised` with `penalty_terms` and `penalty_value`, all by central differences; and a rule
    gives back as many numbers as `init` does. A derivative that is meant to be another one, as that
    of a straight-through estimator, is not compared where the class says ``surrogate = True``.

    Examples
    --------
    >>> import fastbp
    >>> fastbp.check(fastbp.activations.LeakyRelu(0.3))
    """
    kinds = [try_out for try_out, functions in KINDS if has_any(record, functions)]
    if not kinds:
        raise TypeError(
            f"{type(record).__name__} has no formulas: register some, for an activation with "
            "fastbp.activations.value.register for example"
        )
    for try_out in kinds:
        try_out(record)


def check_foreign(record: Any) -> None:
    """Check what is not of the package, and every record in it; each once."""
    if not isinstance(record, tuple):
        return
    for field in record:
        check_foreign(field)
    if type(record).__module__.partition(".")[0] not in (PACKAGE, "builtins"):
        try:
            _checked_once(type(record), record)
        except TypeError:  # of a field that cannot be hashed, or no formulas: said elsewhere
            if any(has_any(record, functions) for _, functions in KINDS):
                check(record)


@functools.lru_cache(maxsize=256)
def _checked_once(cls: type, record: Any) -> None:
    check(record)


class Formula:
    """One formula of a record, which complains with its name and place."""

    def __init__(self, parameter: str, function: Any, record: Any) -> None:
        self.parameter, self.function, self.record = parameter, function, record
        self.implementation = function.dispatch(type(record))

    def wrong(self, what: str, line: int | None = None) -> ValueError:
        """Return the error that says what is wrong with it."""
        where = place(None, self.implementation)
        if line is not None:
            first = self.implementation.__code__.co_firstlineno
            where = where.replace(f"line {first}", f"line {line}")
        name = self.function.__name__
        return ValueError(
            f"{self.parameter}: {type(self.record).__name__}'s formula `{name}` {what}{where}"
        )

    def result(self, *args: Any) -> Any:
        """Return what it makes of the arguments; they stay as they are."""
        before = [np.array(one) for one in args if isinstance(one, np.ndarray)]
        try:
            with np.errstate(all="ignore"):
                result = self.function(self.record, *args)
        except Exception as error:
            raise self.wrong(f"fails: {_said(error)}", self._line(error)) from error
        after = [one for one in args if isinstance(one, np.ndarray)]
        if not all(map(np.array_equal, before, after)):
            raise self.wrong("changes its argument: it must return new numbers")
        return result

    def _line(self, error: Exception) -> int | None:
        """Return the line of the formula in which it failed."""
        trace, line = error.__traceback__, None
        while trace is not None:
            if trace.tb_frame.f_code is self.implementation.__code__:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def numbers(self, result: Any, like: np.ndarray, what: str = "it returns") -> np.ndarray:
        """Return the result if it is finite numbers like the argument."""
        if not isinstance(result, np.ndarray) or result.shape != like.shape:
            shape = np.shape(result) if not isinstance(result, tuple) else "a tuple"
            raise self.wrong(
                f"is not element by element: {what} {shape or 'a single number'}, of an array of "
                f"shape {like.shape} (np.full_like makes one of a number)"
            )
        if result.dtype.kind not in "fiu":
            kind = "truth values" if result.dtype.kind == "b" else f"dtype {result.dtype}"
            raise self.wrong(f"is not of real numbers: {what} {kind}")
        if not np.isfinite(result).all():
            at = int(np.flatnonzero(~np.isfinite(result))[0])
            raise self.wrong(f"is not finite: {what} {result[at]} at {float(like[at]):.4g}")
        return result

    def elementwise(self, *args: Any) -> np.ndarray:
        """Return its numbers for vectors, which may not depend on their neighbours'."""
        like = next(one for one in args if isinstance(one, np.ndarray))
        result = self.numbers(self.result(*args), like)
        part = [one[::3] if isinstance(one, np.ndarray) else one for one in args]
        if not np.allclose(self.result(*part), result[::3], rtol=1e-6, atol=1e-12):
            raise self.wrong("is not element by element: a number depends on its neighbours")
        return result

    def agrees(self, given: np.ndarray, expected: np.ndarray, at: np.ndarray, of: str) -> None:
        """Refuse a derivative that is not the one that central differences give."""
        off = np.abs(given - expected) > CLOSE * np.maximum(1, np.abs(expected))
        if off.any():
            n = int(np.flatnonzero(off)[0])
            raise self.wrong(
                f"is not the derivative of {of}: at {at[n]:.4g} it is {given[n]:.6g}, central "
                f"differences give {expected[n]:.6g}"
            )


def _said(error: Exception) -> str:
    """Return what an exception says, in the package's words where they are clearer."""
    ambiguous = isinstance(error, ValueError) and "truth value of an array" in str(error)
    return f"it asks for {WHOLE}" if ambiguous else f"{type(error).__name__}: {error}"


def _slope(function: Callable, x: np.ndarray) -> np.ndarray:
    """Return central differences; NaN where the two sides differ, at a kink."""
    low, here, high = function(x - STEP), function(x), function(x + STEP)
    left, right = (here - low) / STEP, (high - here) / STEP
    return np.where(np.abs(left - right) > 0.1, np.nan, (high - low) / (2 * STEP))


def _check_activation(record: Any) -> None:
    value = Formula("activation", activations.value, record)
    derivative = Formula("activation", activations.derivative, record)
    for dtype in (np.float32, np.float64):
        net = NUMBERS.astype(dtype)
        out = value.elementwise(net).astype(dtype)
        given = derivative.elementwise(net, out)
    # Padding has net = out = 0 and passes 0 · f′ down, which must be 0. Not to have to mask the
    # lanes of every layer in every pattern is worth 5 % on small networks.
    zero = np.zeros(3)
    slope = np.broadcast_to(derivative.result(zero, zero), zero.shape)
    if not np.isfinite(slope).all():
        raise ValueError(
            f"activation: the derivative of {type(record).__name__} must be finite at net = 0, "
            f"out = 0, got {slope[0]}; limit it with np.minimum or np.where"
        )
    if not getattr(record, "surrogate", False):
        derivative.agrees(given, _slope(value.result, NUMBERS), NUMBERS, "`value`")


def _out_of(loss: Any, link: Formula, net: np.ndarray) -> np.ndarray:
    """Return the outputs, normalised if they are."""
    if not losses.normalised(loss):
        return link.result(net)
    out = link.result(net - net.max())
    return out / out.sum()


def _check_loss(record: Any) -> None:
    link = Formula("loss", losses.inverse_link, record)
    error = Formula("loss", losses.error, record)
    delta = Formula("loss", losses.output_delta, record)
    for dtype in (np.float32, np.float64):
        net = NUMBERS.astype(dtype)
        link.elementwise(net)
        target, out = (_out_of(record, link, x.astype(dtype)) for x in (OTHERS, NUMBERS))
        error.elementwise(target, out)
        given = delta.elementwise(target, out)

    def total(k: int, x: float) -> float:
        moved = NUMBERS.copy()
        moved[k] = x
        return float(np.sum(error.result(target, _out_of(record, link, moved))))

    slopes = [_slope(np.vectorize(functools.partial(total, k)), NUMBERS[[k]])[0] for k in range(8)]
    delta.agrees(given[:8], -np.array(slopes), NUMBERS[:8], "minus `error` by the net input")


def _check_rule(record: Any) -> None:
    init, step = (Formula("solver", function, record) for function in (rules.init, rules.step))
    for dtype in (np.float32, np.float64):
        w = np.where(np.arange(24) % 6 == 5, 0, OTHERS).astype(dtype)
        state = _vectors(init, init.result(w), w, None)
        n_kept, descents = len(state), NUMBERS * 10.0 ** (np.arange(24) % 4 - 2)
        for t in (1, 2, 3):
            descent = np.where(np.arange(24) % 6 == 5, 0, descents).astype(dtype)
            now = rules.at_step(record, t)
            if type(now) is not type(record):
                raise Formula("solver", rules.at_step, record).wrong(
                    f"returns a {type(now).__name__}, not a {type(record).__name__}"
                )
            step.record = now
            result = step.result(w, descent, state)
            if not isinstance(result, tuple) or len(result) != 2:
                raise step.wrong("returns something else than (weights, state)")
            part = step.result(w[::3], descent[::3], tuple(one[::3] for one in state))
            w = step.numbers(result[0], w, "the weights after it are").astype(dtype)
            state = _vectors(step, result[1], w, n_kept)
            whole = (w, *state)
            for one, other in zip((part[0], *part[1]), whole, strict=True):
                if not np.allclose(one, other[::3], rtol=1e-5, atol=1e-12):
                    raise step.wrong("is not element by element: a weight moves by its neighbours")
        if w[5::6].any():
            raise step.wrong("moves a weight of zero without descent: padding must stay at zero")


def _vectors(formula: Formula, state: Any, like: np.ndarray, count: int | None) -> tuple:
    """Return the state if it is a tuple of so many vectors of finite numbers."""
    if not isinstance(state, tuple):
        raise formula.wrong(f"gives a state that is a {type(state).__name__}, not a tuple")
    if count is not None and len(state) != count:
        raise formula.wrong(
            f"gives back a state of {len(state)} numbers for each weight; `init` gives {count}"
        )
    return tuple(
        formula.numbers(one, like, "a part of the state is").astype(like.dtype) for one in state
    )


def _check_penalty(record: Any) -> None:
    penalised, shrunk, terms = (
        Formula("alpha", function, record)
        for function in (penalties.penalised, penalties.shrunk, penalties.penalty_terms)
    )
    value = Formula("alpha", penalties.penalty_value, record)
    for dtype in (np.float32, np.float64):
        w, descent = NUMBERS.astype(dtype), OTHERS.astype(dtype)
        pulled = penalised.elementwise(descent, w, 0.5)
        terms.elementwise(w)
        shrunk.elementwise(w)
    zero = np.zeros(3)
    for formula, args in ((penalised, (zero, zero, 0.5)), (shrunk, (zero,)), (terms, (zero,))):
        if formula.numbers(formula.result(*args), zero).any():
            raise formula.wrong("is not 0 at w = 0: padding must stay at zero")
    pull = (OTHERS - pulled) / 0.5

    def total(k: int, x: float) -> float:
        moved = NUMBERS.copy()
        moved[k] = x
        return float(value.result(float(np.sum(terms.result(moved)))))

    slopes = [_slope(np.vectorize(functools.partial(total, k)), NUMBERS[[k]])[0] for k in range(8)]
    penalised.agrees(pull[:8], np.array(slopes), NUMBERS[:8], "`penalty_value`")


KINDS = (
    (_check_activation, (activations.value, activations.derivative)),
    (_check_loss, (losses.inverse_link, losses.error, losses.output_delta)),
    (_check_rule, (rules.init, rules.step)),
    (_check_penalty, (penalties.penalised, penalties.shrunk, penalties.penalty_value)),
)


def has_any(record: Any, functions: tuple) -> bool:
    """Tell whether a record has implementations of any of these open functions."""
    return any(implemented(function, record) for function in functions)
