"""What Numba does not promise and is used all the same: in one place, to be looked at with each.

Promised is what Numba's manual describes: `numba.njit` and its options, `numba.types`,
`numba.typeof`, `numba.extending` and what it hands to generators of code, the events of
`numba.core.event`; of llvmlite, `ir` and `binding`. That is imported where it is used. Everything
else comes from here, and has a contract in `tests/test_numba_internals.py`: what is relied on, in
the smallest form.

What only makes things fast is used with the series of Numba that the tests ran on: parts of kernels
without machine code of their own, machine code on disk, calls that skip the look at types. With any
other, kernels are compiled the public way, from the same sources. Their machine code is not kept
then: Numba's own cache looks at a kernel's own file, not at what the kernel is made of nor at
NUMBA_BOUNDSCHECK, and code that is stale is worse than code that is late.
"""

import contextlib as _contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

import llvmlite
import numba
from numba.np.ufunc import parallel as _parallel

from ..version import __version__

__all__ = [
    "AnalysisPass",
    "CompileResult",
    "CompilerBase",
    "DefaultPassBuilder",
    "JITCodeLibrary",
    "NativeLowering",
    "NumbaError",
    "TypingError",
    "UnsupportedBytecodeError",
    "alloca_once_value",
    "compiled_alone",
    "create_struct_proxy",
    "dumps",
    "entry_point",
    "for_range",
    "global_compiler_lock",
    "holds_addresses",
    "if_unlikely",
    "keep",
    "learn_types",
    "numba_threads",
    "option",
    "options_of_code",
    "pickled",
    "printf",
    "processor",
    "put_together",
    "register_pass",
    "taken_apart",
]

TESTED = ("0.61", "0.62", "0.63", "0.64", "0.65", "0.66", "0.67", "0.68")
"""The series of Numba that the tests ran on."""

_RANGE = f"Numba {TESTED[0]} to {TESTED[-1]}"
_HERE = f"this is Numba {numba.__version__}"
REMEDY = f"pip install 'numba~={TESTED[-1]}.0', or a newer fastbp"


def _untested() -> str:
    """Return why what only makes things fast can't be relied on, nothing if it can."""
    series = ".".join(numba.__version__.split(".")[:2])
    return "" if series in TESTED else f"fastbp {__version__} was tested with {_RANGE}, {_HERE}"


# Without these there are no vectors.
try:
    from numba.core.cgutils import (
        alloca_once_value,  # a place in memory for lanes that are calculated one by one
        create_struct_proxy,  # the members of `Span`; in the manual only by way of an example
        for_range,  # the loop over lanes
        if_unlikely,  # an access out of bounds
        printf,  # what NUMBA_FULL_TRACEBACKS says of one
    )
    from numba.core.errors import (
        NumbaError,  # what doesn't compile
        TypingError,  # what a typing rule raises to say why
        UnsupportedBytecodeError,  # what doesn't compile either, and is no NumbaError
    )
except ImportError as error:
    raise ImportError(
        f"fastbp {__version__} needs {_RANGE}, {_HERE} with llvmlite {llvmlite.__version__} "
        f"({error}): {REMEDY}"
    ) from error

# Forks wait for the compiler by it. A lock of our own stands in: forks don't wait then.
# What Numba learns of types with the first call of a kernel, see `learn_types`.
with _contextlib.suppress(ImportError):
    import numba.core.ccallback
    import numba.experimental.function_type

try:
    from numba.core.entrypoints import init_all as _init_all
except ImportError:
    _init_all = None

try:
    from numba.core.compiler_lock import global_compiler_lock
except ImportError:
    global_compiler_lock = threading.RLock()

untested = _untested()
"""Why kernels are compiled the public way, nothing if they are not."""

if not untested:
    try:
        from numba.core.codegen import JITCodeLibrary  # where the code of a function is collected
        from numba.core.compiler import (
            CompilerBase,  # how a function is compiled
            CompileResult,  # a compiled function, which is kept on disk
            DefaultPassBuilder,  # the steps of compiling
        )
        from numba.core.compiler_machinery import (
            AnalysisPass,  # a step that changes nothing in the function
            register_pass,  # makes it one
        )
        from numba.core.serialize import dumps  # pickles types and functions as well
        from numba.core.typed_passes import NativeLowering  # the step to LLVM's language
    except ImportError as error:
        untested = f"fastbp {__version__} misses a part of Numba ({error}), {_HERE}"


def option(name: str) -> Any:
    """Return an option that NUMBA_... in the environment sets, if only there: what it says."""
    return getattr(numba.config, name, os.environ.get(f"NUMBA_{name}"))


def learn_types() -> None:
    """Let Numba learn of the types of other packages, as it does with the first call of a kernel.

    Two threads' first calls at once would meet while it does: one would look through what the other
    adds to.
    """
    if _init_all is not None:
        _init_all()


def numba_threads() -> int:
    """Return how many threads Numba may use, without starting them, as its own question does."""
    begun = getattr(_parallel, "_is_initialized", False)
    return numba.get_num_threads() if begun else _parallel.get_thread_count()


def options_of_code() -> tuple:
    """Return the options that machine code depends on."""
    names = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")
    return tuple((name, repr(getattr(numba.config, name))) for name in names)


def compiled_alone(function: Callable, types: tuple) -> Any:
    """Compile a function for arguments of these types alone; return the type of its result."""
    # No wrappers: Python could not call it with vectors.
    compiled = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")(
        function
    )
    compiled.compile(types)
    return compiled.nopython_signatures[0].return_type


def entry_point(compiled: Callable, types: tuple) -> Callable:
    """Return what a function comes down to that was called with arguments of these types.

    Nothing is looked at any more. Plain Python is what it is.
    """
    return compiled.get_overload(types) if hasattr(compiled, "get_overload") else compiled


def keep(compiled: Any, cache: Any) -> None:
    """Let a function that isn't compiled yet look for its machine code in `cache`."""
    compiled._cache = cache


def pickled(value: Any) -> bytes:
    """Return a value, of whatever Numba's results are made of, as bytes for `pickle.loads`."""
    return dumps(value)


def processor(codegen: Any) -> tuple:
    """Return the processor, and its features, that machine code is made for."""
    return codegen.magic_tuple()


def holds_addresses(result: "CompileResult") -> bool:
    """Tell whether machine code means something in this process only."""
    return result.library.has_dynamic_globals


def taken_apart(result: "CompileResult") -> tuple:
    """Return what a compiled function consists of, for `pickled`."""
    return result._reduce()


def put_together(target: Any, parts: tuple) -> "CompileResult":
    """Return the compiled function that was taken apart, perhaps by another process."""
    return CompileResult._rebuild(target, *parts)
