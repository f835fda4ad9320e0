"""Formulas of users' own that can't be compiled: which one, where and why, in one sentence.

Numba's messages go through all that a kernel is made of. To find what is wrong, the formulas that
the kernel has asked for are compiled one by one: the first that fails is the one.
"""

from collections.abc import Callable
from typing import Any

import numba

from .complaints import innermost, place, reason, spelled
from .numba_internals import NumbaError, UnsupportedBytecodeError, compiled_alone, untested
from .sources import PACKAGE

FAILURES = (NumbaError, UnsupportedBytecodeError, AttributeError)
asked: dict[Callable, tuple[Any, tuple]] = {}
"""The implementations from outside the package that kernels were compiled with, each with its open
function and the types of its last arguments."""

ALLOWED = (
    "Formulas may use arithmetic, comparisons, np.where and NumPy's elementwise functions; see "
    "fastbp.compiling.dispatch"
)
PARAMETERS = {
    "fastbp.activations": "activation",
    "fastbp.losses": "loss",
    "fastbp.rules.interface": "solver",
}


class NotCompilable(ValueError):
    """A formula has no meaning for vectors; `numba_error` is what Numba says of it."""

    numba_error: Exception | None = None

    def __reduce__(self) -> tuple:  # what Numba says cannot go to another process
        return type(self), self.args


class Explained:
    """A compiled function of records from outside the package, which says what can't be compiled.

    Parameters
    ----------
    function : dispatcher of Numba
        All its attributes are there as well.
    records : tuple
        The records among its arguments.
    """

    def __init__(self, function: Callable, records: tuple) -> None:
        self.function, self.records = function, records

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)

    def __call__(self, *args: Any) -> Any:
        """Run the function.

        Raises
        ------
        NotCompilable
            If Numba can't compile it.
        """
        try:
            return self.function(*args)
        except FAILURES as numba_error:
            error = NotCompilable(_sentence(numba_error, self.records))
            error.numba_error = numba_error
        raise error


def _sentence(error: Exception, records: tuple) -> str:
    """Say which formula of these records can't be compiled, and what in it."""
    classes = {type(record): record for record in _foreign(records)}
    used = [
        (function, implementation, types)
        for implementation, (function, types) in reversed(
            list(asked.items())
        )  # a record in a record first
        if function.dispatch(types[0].instance_class) is implementation
        and types[0].instance_class in classes
    ]
    for check in () if untested else (_failure, _wrong_result):
        for function, implementation, types in used:
            wrong = check(implementation, types)
            if wrong:
                parameter = PARAMETERS.get(function.__module__, "formulas")
                return (
                    f"{parameter}: {types[0].instance_class.__name__}'s formula "
                    f"`{function.__name__}` can't be compiled for vectors: {wrong}. {ALLOWED}"
                )
    for cls, record in classes.items():
        for name, field in zip(record._fields, record, strict=True):
            try:
                numba.typeof(field)
            except ValueError:
                return (
                    f"{cls.__name__}'s field `{name}` can't be compiled: it is of {type(field)}, "
                    "but fields are numbers, or tuples and records of numbers"
                )
    names = " or ".join(sorted(cls.__name__ for cls in classes))
    return f"formulas of {names} can't be compiled: {innermost(error)}. {ALLOWED}"


def _foreign(argument: Any) -> list:
    """Return the records from outside the package in an argument."""
    if not isinstance(argument, tuple):
        return []
    within = [record for field in argument for record in _foreign(field)]
    own = type(argument).__module__.partition(".")[0] in (PACKAGE, "builtins")
    return within if own else [argument, *within]


def _failure(implementation: Callable, types: tuple) -> str | None:
    """Return what in a formula fails to compile and where, None if nothing does."""
    try:
        compiled_alone(implementation, types)
    except FAILURES as error:
        return reason(error, implementation) + place(error, implementation)
    return None


def _wrong_result(implementation: Callable, types: tuple) -> str | None:
    """Return what a formula returns if it should be something else: a vector, a new state."""
    result, state = compiled_alone(implementation, types), types[-1]
    where = place(None, implementation)
    if isinstance(result, numba.types.BaseTuple):
        given = (
            result[1]
            if len(result) == 2 and isinstance(result[1], numba.types.BaseTuple)
            else result
        )
        if isinstance(state, numba.types.BaseTuple) and len(types) > 2 and given != state:
            return f"it gives back a state of {len(given)}, `init` gives {len(state)}{where}"
        return None
    vectors = [str(t).startswith("Vector") for t in (result, *types)]
    if vectors[0] or not any(vectors):
        return None
    return f"it returns {spelled(str(result))}, not numbers like its argument{where}"
