"""The C text of formulas: an open function on their records, as the formulas themselves are."""

import re
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from ...compiling.dispatch import OpenFunction, implemented, open_function, said_with

Said = dict[str, str | float]


@open_function
def c_source(record: Any) -> Said:
    """Return the formulas of a record in C, by the names of the open functions that they are.

    Parameters
    ----------
    record : NamedTuple
        An activation, a loss, an update rule or a penalty.

    Returns
    -------
    source : dict of {str: str or float}
        The texts, and further numbers that they use. A text is an expression, or statements with a
        ``return``, in the names that the open function has for its parameters; the record's fields
        go by their names as well. Functions are those of ``math.h`` for ``double``, and numbers
        are written as for ``double``: in a network in float32 both become those of ``float``. The
        type of a number is `real`.

        - Of an activation, ``"value"`` and ``"derivative"``.
        - Of a loss, ``"inverse_link"`` and ``"output_delta"``.
        - Of a penalty, ``"penalised"`` or ``"shrunk"``.
        - Of a rule, ``"step"``: statements that change ``w`` and ``state[0]``, ``state[1]``, ...;
          where the rule has them, ``"delta_scale"``, an expression, ``"at_step"``: statements that
          change fields, in ``double``, at update number ``t``, and ``"adjusted"``: statements that
          change the state after ``change`` of a weight.

    Raises
    ------
    NotImplementedError
        If the record has none. `fastbp.export.to_c` refuses it by its name.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> from fastbp.activations import Tanh
    >>> from fastbp.export import c_source
    >>> c_source(Tanh())
    {'value': 'tanh(net)', 'derivative': '1 - out * out'}

    Of an activation of one's own:

    >>> class Cube(NamedTuple):
    ...     scale: float = 1.0
    >>> @c_source.register(Cube)
    ... def _(record):
    ...     return {"value": "scale * net * net * net", "derivative": "3 * scale * net * net"}
    """
    raise NotImplementedError(
        f"{type(record).__name__} has no C text: give it with @c_source.register"
    )


class Source(NamedTuple):
    """What `c_source` says of a record."""

    texts: dict[str, str]
    numbers: dict[str, float]  # fields among them


def source_of(record: Any, parameter: str, formulas: tuple[OpenFunction, ...]) -> Source:
    """Return the texts that a record must have: of those formulas that it has itself.

    Parameters
    ----------
    record : NamedTuple
        The record.
    parameter : str
        The estimator's parameter that it comes from.
    formulas : tuple of open functions
        Those whose texts are wanted.

    Raises
    ------
    ValueError
        If it has no text, or not all: it names the record, and the formula.
    """
    name = type(record).__name__
    own = tuple(formula for formula in formulas if implemented(formula, record))
    if not (implemented(c_source, record) and said_with(c_source, record, own)):
        raise ValueError(
            f"{parameter}: {name} has no C text: give it with fastbp.export.c_source.register, or "
            "take one of the package's own"
        )
    said = c_source(record)
    numbers = {field: getattr(record, field) for field in getattr(record, "_fields", ())}
    numbers = {field: float(n) for field, n in numbers.items() if isinstance(n, Real)}
    texts = {}
    for key, value in said.items():
        if isinstance(value, str):
            texts[key] = value
        else:
            numbers[key] = float(value)
    wanted = [getattr(formula, "__name__", "") for formula in own]
    if missing := [one for one in wanted if one not in texts]:
        raise ValueError(
            f"{parameter}: {name} has no C text for {missing[0]}: what its "
            "fastbp.export.c_source returns must have it"
        )
    return Source(texts, numbers)


# --- Numbers and formulas in C --------------------------------------------------------------------

WORD = re.compile(r"[A-Za-z_]\w*")
DECIMAL = re.compile(r"(?<![\w.])((?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)(?![\w.])")
MATH = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 "
    "fabs fdim floor fma fmax fmin fmod hypot ldexp lgamma log log10 log1p log2 logb nearbyint pow "
    "remainder rint round scalbn sin sinh sqrt tan tanh tgamma trunc"
).split()
CALL = re.compile(rf"\b({'|'.join(MATH)})(?=\s*\()")


def words(text: str) -> set[str]:
    """Return the identifiers in a C text."""
    return set(WORD.findall(text))


def in_dtype(text: str, dtype: np.dtype) -> str:
    """Return a text written for double as it is in the network's type."""
    if dtype == np.float32:
        text = DECIMAL.sub(r"\1f", CALL.sub(r"\1f", text))
    return re.sub(r"\breal\b", "NAME_real", text)


def number(value: float, dtype: np.dtype) -> str:
    """Return a literal with these bits: hexadecimal, unless it is a small whole number."""
    value = float(dtype.type(value))
    suffix = "f" if dtype == np.float32 else ""
    if value.is_integer() and abs(value) < 1000 and str(value) != "-0.0":
        return f"{value:.1f}{suffix}"
    mantissa, exponent = value.hex().split("p")
    return f"{mantissa.rstrip('0').rstrip('.')}p{exponent}{suffix}"


class Function(NamedTuple):
    """A formula as a C function, with no more parameters than it looks at."""

    name: str
    text: str  # of the function
    parameters: list[str]

    def call(self, **arguments: str) -> str:
        """Return a call with those of the arguments that it wants."""
        return f"{self.name}({', '.join(arguments[one] for one in self.parameters)})"


def function(
    name: str, text: str, parameters: tuple[str, ...], numbers: dict[str, float], dtype: np.dtype
) -> Function:
    """Return the C function of a formula.

    Parameters
    ----------
    name : str
        Its name.
    text : str
        The expression, or statements with a return.
    parameters : tuple of str
        What it may look at.
    numbers : dict of {str: float}
        What is constant, by its name.
    dtype : dtype
        The network's.
    """
    used = words(text)
    wanted = [one for one in parameters if one in used]
    lines = [f"static NAME_real {name}({', '.join(f'NAME_real {p}' for p in wanted) or 'void'})"]
    lines += ["{"]
    lines += [
        f"    const NAME_real {one} = {number(numbers[one], dtype)};"
        for one in numbers
        if one in used and one not in parameters
    ]
    text = in_dtype(text, dtype)
    lines += [f"    {text}" if "return" in used else f"    return {text};", "}"]
    return Function(name, "\n".join(lines) + "\n", wanted)
