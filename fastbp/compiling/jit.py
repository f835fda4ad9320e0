"""The compile policy: what is compiled, how, and when cached machine code may be reused.

Three decorators cover the package. `inlined` marks the functions that kernels are made of: plain
Python for whoever calls them from Python, inlined machine code inside a kernel. `shared` marks long
ones, which a kernel contains once. `kernel` marks what Python calls: compiled on first use, kept on
disk for the next process, running without the GIL.

No fast-math: sums are reassociated where the source says so (`simd.total`), products and sums are
fused because the vector operations allow it, and NaN stays NaN.
"""

import contextlib
import functools
import gc
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import numba
from numba import types
from numba.core import event
from numba.extending import lower_builtin, register_jitable, type_callable

from .kinds import kind_of
from .machine_code import MachineCode, give_up
from .numba_internals import (
    REMEDY,
    entry_point,
    global_compiler_lock,
    keep,
    learn_types,
    option,
    untested,
)
from .sources import PACKAGE, source_digest
from .uncompilable import Explained

# error_model="numpy": a division by zero gives inf or nan instead of a branch and an exception.
OPTIONS = {"error_model": "numpy"}
# Nobody calls an inlined function from outside: wrappers for C callers cost a fifth of all
# compilation.
INLINED = {"forceinline": True, "no_cfunc_wrapper": True, **OPTIONS}
if not untested:
    from .parts import PartCompiler

    INLINED["pipeline_class"] = PartCompiler

# With NUMBA_BOUNDSCHECK=1 in the environment, kernels check every access to memory, see
# `fastbp.vectors.span`.
CHECKED = bool(option("BOUNDSCHECK"))
NUMBA_VERSION = numba.__version__

MOST_ENTRY_POINTS = 1000
_entry_points: dict[tuple, Callable] = {}

_interpreting = False
when_switched: list[Callable[[], None]] = []
"""Called where `interpreted` begins and ends: whoever keeps what `entry_for` returns forgets it."""


def shared(function: Callable) -> Callable:
    """Return `function` itself, made available to kernels as machine code that they share.

    For long functions with several callers: beginning with a call of `apart` they are in a kernel
    once, and optimised once. Inlined where they are called they took three times as long.
    """
    # Options that are not given are inherited from the caller.
    return register_jitable(**{**INLINED, "forceinline": False})(function)


def apart() -> None:
    """Keep the compiled function in which this is called out of its callers."""


@type_callable(apart)
def _(context: Any) -> Callable:
    return lambda: types.void


@lower_builtin(apart)
def _(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    builder.function.attributes.add("noinline")
    return context.get_dummy_value()


def inlined(function: Callable) -> Callable:
    """Return `function` itself, made available to kernels as inlined machine code.

    Called from Python it stays plain Python, so that a kernel can run interpreted at any time.

    Examples
    --------
    What formulas of one's own have in common:

    >>> import fastbp
    >>> @fastbp.inlined
    ... def cube(x):
    ...     return x * x * x
    >>> cube(2.0)
    8.0
    """
    return register_jitable(**INLINED)(function)


def _is_own(argument: Any) -> bool:
    """Tell whether a record, and every record in it, is one of the package's own."""
    if not isinstance(argument, tuple):
        return True
    own = type(argument).__module__.partition(".")[0] in (PACKAGE, "builtins")
    return own and all(_is_own(field) for field in argument)


class _Compilation(event.Listener):
    """What happens around the compilation of a kernel.

    Once per process it is said that the first fit takes seconds because kernels are compiled. And
    garbage is not collected meanwhile: going through all that a compiler holds, again and again,
    was 9 to 10 % of the time.
    """

    def __init__(self) -> None:
        self.kernels: dict[Callable, bool] = {}  # and whether their machine code is kept
        self.said = False
        self.pausing: Any = None  # whose compilation it is, and not a part's within it

    def on_start(self, event: event.Event) -> None:
        """Log the notice and stop collecting if it is a kernel that is about to be compiled."""
        kept = self.kernels.get(event.data["dispatcher"].py_func)
        if kept and not self.said:
            self.said = True
            logging.getLogger(PACKAGE).warning(
                "fastbp: compiling kernels, a few seconds for each new kind of network; "
                "fastbp.warmup does it ahead"
            )
        if kept is not None and gc.isenabled():
            self.pausing = event.data["dispatcher"]
            gc.disable()

    def on_end(self, event: event.Event) -> None:
        """Let garbage be collected again if it was before."""
        if self.pausing is event.data["dispatcher"]:
            self.pausing = None
            gc.enable()


_compilation = _Compilation()
event.register("numba:compile", _compilation)


# A fork while another thread compiles would leave the child with a compiler that is locked for ever
# by a thread that it does not have, and without garbage collection. So forks wait for the compiler.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=global_compiler_lock.acquire,
        after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release,
    )


class _Once:
    """A property computed once, under the lock that forks wait for.

    That of `functools.cached_property`, in Python 3.11, would be locked in a child for ever.
    """

    __name__: str

    def __init__(self, compute: Callable) -> None:
        functools.update_wrapper(self, compute)  # type: ignore[arg-type]  # nobody calls it
        self.compute = compute

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        with global_compiler_lock:
            known = vars(instance)  # from now on, Python finds it there
            if self.__name__ not in known:
                learn_types()
                known[self.__name__] = self.compute(instance)
            return known[self.__name__]


class Kernel:
    """A function that Python calls and that runs compiled.

    Machine code is kept on disk (see `fastbp.compiling.machine_code`), except where an argument or
    the kernel itself is from outside the package: a user's activation may change without the
    kernel's sources changing.
    """

    __qualname__: str

    def __init__(self, function: Callable, *, nogil: bool = True) -> None:
        functools.update_wrapper(self, function)
        self.py_func, self.nogil = function, nogil

    def __reduce__(self) -> str:
        return self.__qualname__

    @_Once
    def uncached(self) -> Callable:
        """Return the compiled function without a disk cache."""
        _compilation.kernels[self.py_func] = False
        return numba.njit(nogil=self.nogil, no_cfunc_wrapper=True, **OPTIONS)(self.py_func)

    @_Once
    def cached(self) -> Callable:
        """Return the compiled function that looks for its machine code on disk.

        With a series of Numba that wasn't tested, nothing is kept there, and that is said.
        """
        function: Any = self.py_func
        if function.__module__.partition(".")[0] != PACKAGE:
            return self.uncached
        if untested:
            give_up(f"{untested}; compiling takes up to twice as long, too. {REMEDY}")
            return self.uncached
        stamped = type(function)(
            function.__code__,
            function.__globals__,
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        stamped.__module__ = function.__module__
        # Symbols of machine code from disk must differ from those of what is compiled here.
        stamped.__qualname__ = f"{function.__qualname__}-{source_digest()}"
        _compilation.kernels[stamped] = True
        compiled = numba.njit(nogil=self.nogil, no_cfunc_wrapper=True, **OPTIONS)(stamped)
        keep(compiled, MachineCode(stamped))
        return compiled

    def choose(self, *records: Any) -> Callable:
        """Return the function to call with these records, or others of the same classes."""
        if _interpreting:
            return self.py_func
        return self.cached if _is_own(records) else Explained(self.uncached, records)

    def __call__(self, *args: Any) -> Any:
        """Run the kernel: compiled, or as plain Python inside `interpreted`."""
        return self.choose(*args)(*args)


def for_types_of(function: Callable, args: tuple) -> Callable:
    """Return what ``function(*args)`` comes down to, for calls with arguments of the same types.

    Numba looks at the types of all arguments in every call: 4.4 of 5 µs, most of it for records. To
    look at them here takes 0.1 ms, a fifth of a small fit, and a tenth of it where a fit before had
    such arguments.

    Parameters
    ----------
    function : callable
        What `Kernel.choose` has chosen, and what has been called with such arguments.
    args : tuple
        The arguments. Others must have their types, dtypes and layouts: nothing checks them.
    """
    if untested:
        return function
    key = function, kind_of(args)
    known = _entry_points.get(key)
    if known is None:
        known = entry_point(function, tuple(map(numba.typeof, args)))
        if not isinstance(function, Explained):  # made for one fit with a user's record
            if len(_entry_points) >= MOST_ENTRY_POINTS:
                _entry_points.clear()
            _entry_points[key] = known
    return known


def is_compiling() -> bool:
    """Tell whether kernels run compiled, and not as plain Python."""
    return not (_interpreting or option("DISABLE_JIT"))


def entry_for(kernel: Kernel, args: tuple, *records: Any) -> Callable | None:
    """Return what ``kernel(*args)`` comes down to, compiled now; None if that is not to be had.

    Parameters
    ----------
    kernel : Kernel
        What will be called.
    args : tuple
        The arguments, or their Numba types; see `for_types_of`.
    *records : named tuples
        Those that the arguments are made of.
    """
    function = kernel.choose(*records)
    if not is_compiling():
        return function
    if untested:
        return None
    signature = tuple(arg if isinstance(arg, types.Type) else numba.typeof(arg) for arg in args)
    function.compile(signature)  # type: ignore[attr-defined]
    return entry_point(function, signature)


def kernel(function: Callable) -> Kernel:
    """Compile a function that Python calls; see `Kernel`."""
    return Kernel(function)


def kernel_with_gil(function: Callable) -> Kernel:
    """Compile a function that Python calls and that calls Python, see `fastbp.objects`.

    The GIL is neither released nor taken again, which would cost 0.04 µs.
    """
    return Kernel(function, nogil=False)


@contextlib.contextmanager
def interpreted() -> Iterator[None]:
    """Run kernels as plain Python inside the ``with`` block, to step through or to test them.

    The same source runs on slices of NumPy arrays: slow, bounds-checked, open to a debugger.
    Setting ``NUMBA_DISABLE_JIT=1`` does the same for a whole process. A fit that has begun goes on
    as it began. Not thread-safe.

    Examples
    --------
    >>> import fastbp
    >>> model = fastbp.BackpropRegressor((2,))
    >>> with fastbp.interpreted():  # a breakpoint in fastbp/kernels is stopped at
    ...     _ = model.partial_fit([[0.0], [1.0]], [0.0, 1.0])
    """
    global _interpreting
    previous, _interpreting = _interpreting, True
    for forget in when_switched:
        forget()
    try:
        yield
    finally:
        _interpreting = previous
        for forget in when_switched:
            forget()
