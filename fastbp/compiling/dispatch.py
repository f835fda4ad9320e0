"""Open functions: one name, an implementation for each record class, in Python and in kernels.

An activation, a loss, an update rule is a small `typing.NamedTuple` class whose fields are its
hyper-parameters. What it does is said by open functions, to which anybody can add:

>>> from typing import NamedTuple
>>> from fastbp import BackpropRegressor
>>> from fastbp.activations import derivative, value
>>> class Cube(NamedTuple):
...     scale: float = 1.0
>>> @value.register(Cube)
... def _(activation, net):
...     return activation.scale * net * net * net
>>> @derivative.register(Cube)
... def _(activation, net, out):
...     return 3 * activation.scale * net * net
>>> value(Cube(0.5), 2.0)
4.0
>>> model = BackpropRegressor(activation=Cube(0.1))

In Python the class of the first argument
chooses the implementation in each call, in compiled code `numba.extending.overload` does, at
compile time. Of the techniques tried (closures, function arguments, jitclasses, integer codes) it
is the only open one whose machine code the disk cache finds again.

A class carries its implementations with it, and so they are where it is: in the worker processes of
a `GridSearchCV` with ``n_jobs``, to which a class of a script or a notebook goes by value.

What formulas may use
---------------------
Formulas are Python functions of NumPy arrays, element by element. In kernels the same lines run on
vectors of a few numbers. They may use

- numbers: the record's fields, global constants such as ``np.pi``, and all that Numba knows of
  numbers. They take the dtype of the vectors;
- ``+ - * / % **``, ``abs``, comparisons, and on the results of these ``& | ^ ~`` and
  ``np.logical_and``, ``or``, ``xor``, ``not``. Beside numbers, truth values are ones and zeros:
  ``(net > 0) * net``; ``(net > 0).astype(net.dtype)`` makes them numbers;
- ``np.where`` of vectors or numbers, ``np.clip``, ``np.full_like``, ``zeros_like``, ``ones_like``;
- a few instructions each: ``np.sqrt``, ``square``, ``reciprocal``, integer powers, ``abs``,
  ``fabs``, ``sign``, ``copysign``, ``heaviside``, ``minimum``, ``maximum``, ``rint``, ``round``,
  ``floor``, ``ceil``, ``trunc``, ``isnan``, ``isinf``, ``isfinite``, ``signbit``, and the ufuncs of
  the operators (``np.add``, ``np.less``, ...);
- as fast as the package's own formulas: ``np.exp``, ``expm1``, ``log``, ``log1p``, ``tanh``, which
  are those of `fastbp.functions`, within 4 ulp; there are `logistic` and `erf` as well;
- called number by number, and slower: ``np.sin``, ``cos``, ``tan``, ``sinh``, ``cosh``,
  ``arcsin``, ``arccos``, ``arctan``, ``arcsinh``, ``arccosh``, ``arctanh``, ``arctan2``, ``hypot``,
  ``exp2``, ``log2``, ``log10``, ``logaddexp``, ``logaddexp2``, ``cbrt``, ``power``, ``remainder``,
  ``fmod``, ``fmin``, ``fmax``, ``deg2rad``, ``rad2deg``, ``radians``, ``degrees``;
- functions of one's own, if they are decorated with `fastbp.inlined` and stand in a module
  that can be imported, and other open functions: ``value(Tanh(), net)``.

They may not look at a vector as a whole: no ``if net > 0`` (that is ``np.where``), no sums, indices
or assignments to parts, no ``out=``, ``dtype=`` or methods but ``astype``. What can't be compiled
raises a `ValueError` that says which formula and line. Formulas are registered before they are
used: to change one later, define the class anew.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, overload

import numpy as np
from numba import types
from numba.extending import overload as implement

from .jit import INLINED, inlined
from .sources import PACKAGE
from .uncompilable import asked

CARRIED = "__formulas__"  # the attribute of a record class with its implementations
Implementation = TypeVar("Implementation", bound=Callable)


class OpenFunction(Protocol):
    """What `open_function` makes."""

    def __call__(self, record: Any, *args: Any) -> Any:
        """Return what the implementation for the class of `record` returns."""

    def register(self, cls: type) -> Callable[[Implementation], Implementation]:
        """Return a decorator that adds the implementation for a record class."""

    def dispatch(self, cls: type) -> Callable:
        """Return the implementation for a class, its own or the nearest inherited one."""


@overload
def open_function(generic: Callable) -> OpenFunction: ...
@overload
def open_function(*, default: bool) -> Callable[[Callable], OpenFunction]: ...
def open_function(generic: Callable | None = None, *, default: bool = False) -> Any:
    """Make `generic` an open function, dispatching on the class of its first argument.

    Parameters
    ----------
    generic : function
        Its parameter names hold for all implementations.
    default : bool, default=False
        Whether the body of `generic` serves the classes without an implementation of their own. If
        not, the body tells Python callers what is missing, and kernels do not compile.

    Returns
    -------
    dispatcher : function
        With ``register(cls)``, a decorator that adds the implementation for a record class.
    """
    if generic is None:
        return functools.partial(open_function, default=default)
    names = list(inspect.signature(generic).parameters)
    key = f"{generic.__module__}.{generic.__qualname__}"

    @functools.wraps(generic)
    def dispatcher(record: Any, *args: Any, **kwargs: Any) -> Any:
        return dispatch(type(record))(record, *args, **kwargs)

    def dispatch(cls: type) -> Callable:
        """Return the implementation for a class, its own or the nearest inherited one."""
        for base in cls.__mro__:
            if key in (carried := vars(base).get(CARRIED, ())):
                return carried[key]
        return generic

    def register(cls: type) -> Callable:
        def decorate(implementation: Callable) -> Callable:
            given = list(inspect.signature(implementation).parameters)
            if given != names:
                raise TypeError(
                    f"an implementation of {generic.__name__} takes the parameters "
                    f"({', '.join(names)}), got ({', '.join(given)})"
                )
            before = vars(cls).get(CARRIED, {})
            if before.get(key) in asked:  # Numba would go on with the old one, without a word
                raise ValueError(
                    f"{cls.__name__}'s {generic.__name__} has been compiled already: to change it, "
                    "define the class anew before"
                )
            setattr(cls, CARRIED, {**before, key: implementation})
            return implementation

        return decorate

    def choose(*given: Any) -> Callable | None:  # runs while a kernel is being typed
        if isinstance(given[0], types.BaseTuple) and hasattr(given[0], "instance_class"):
            implementation = dispatch(given[0].instance_class)
            if not str(implementation.__module__).startswith(f"{PACKAGE}."):
                asked[implementation] = dispatcher, given
            return implementation if default or implementation is not generic else None
        return generic if default else None

    vars(choose)["__signature__"] = inspect.signature(generic)
    # strict=False: annotations may differ between implementations, names were compared above.
    implement(dispatcher, jit_options=INLINED, strict=False)(choose)
    vars(dispatcher).update(dispatch=dispatch, register=register)
    return dispatcher


def implemented(dispatcher: OpenFunction, record: object) -> bool:
    """Tell whether an open function has an implementation for the class of `record`."""
    return dispatcher.dispatch(type(record)) is not dispatcher.dispatch(object)


def said_with(dispatcher: OpenFunction, record: object, others: tuple[OpenFunction, ...]) -> bool:
    """Tell whether `dispatcher` speaks of the implementations that the others have for a record.

    Not so if its own is inherited from a class above the one that has given another of theirs.
    """

    def height(function: OpenFunction) -> int:
        bases, own = type(record).__mro__, function.dispatch(type(record))
        return max(n for n, base in enumerate(bases) if function.dispatch(base) is own)

    return all(height(dispatcher) <= height(other) for other in others)


def elementary(single: object, double: object) -> Callable:
    """Make ``body(x, constants)`` a function of x alone, the constants chosen by the dtype of x.

    Parameters
    ----------
    single, double : NamedTuple
        The constants for float32 and for float64.
    """

    def decorate(body: Callable) -> Callable:
        inlined(body)

        def in_single(x: Any) -> Any:
            return body(x, single)

        def in_double(x: Any) -> Any:
            return body(x, double)

        function = elementary_pair(in_single, in_double)
        function.__name__ = function.__qualname__ = body.__name__
        function.__module__, function.__doc__ = body.__module__, body.__doc__
        return function

    return decorate


def elementary_pair(single: Callable, double: Callable) -> Callable:
    """Return the function of x that is `single` for float32 and `double` for float64."""

    def function(x: Any) -> Any:
        if hasattr(x, "elementary"):  # no numbers: a formula is being read, see `fastbp.export`
            return x.elementary(function.__name__, double)
        x = np.asarray(x)
        return single(x) if x.dtype == np.float32 else double(x)

    def choose(x: Any) -> Callable | None:
        bits = getattr(getattr(x, "dtype", x), "bitwidth", 0)
        return {32: single, 64: double}.get(bits)

    implement(function, jit_options=INLINED, strict=False)(choose)
    return function
