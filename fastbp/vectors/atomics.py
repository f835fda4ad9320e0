"""What threads agree by: atomic reads and writes of 64-bit integers, and waiting.

In compiled code these are LLVM's atomic instructions; in Python a lock makes each one indivisible.
"""

import sys
import threading
import time

from llvmlite import binding, ir
from numba import types
from numba.extending import lower_builtin, type_callable

from .span import Span, address, is_memory

_lock = threading.Lock()


def read(numbers, index):
    """Return numbers[index], and see all that was written before it was set."""
    with _lock:
        return int(numbers[index])


def write(numbers, index, value):
    """numbers[index] ← value, after all that this thread has written before."""
    with _lock:
        numbers[index] = value


def fetch_add(numbers, index, value):
    """numbers[index] ← numbers[index] + value; return what it was."""
    with _lock:
        before = int(numbers[index])
        numbers[index] = before + value
        return before


def compare_and_swap(numbers, index, old, new):
    """numbers[index] ← new if it is `old`; tell whether it was."""
    with _lock:
        equal = int(numbers[index]) == old
        if equal:
            numbers[index] = new
        return equal


def pause():
    """Wait for some nanoseconds, and let the other half of the processor's core work."""


def give_way():
    """Let another thread run on this processor."""
    time.sleep(0)


# --- Compiled -------------------------------------------------------------------------------------


def _typer(result):
    """Return the typing of a function of numbers, an index and some integers."""

    def typer(numbers, index, *values):
        if is_memory(numbers) and all(isinstance(v, types.Integer) for v in (index, *values)):
            return result

    return typer


@type_callable(read)
def _(context):
    typer = _typer(types.int64)
    return lambda numbers, index: typer(numbers, index)


@type_callable(write)
def _(context):
    typer = _typer(types.void)
    return lambda numbers, index, value: typer(numbers, index, value)


@type_callable(fetch_add)
def _(context):
    typer = _typer(types.int64)
    return lambda numbers, index, value: typer(numbers, index, value)


@type_callable(compare_and_swap)
def _(context):
    typer = _typer(types.boolean)
    return lambda numbers, index, old, new: typer(numbers, index, old, new)


def _integer(context, builder, signature, values, n):
    return context.cast(builder, values[n], signature.args[n], types.int64)


@lower_builtin(read, types.CPointer, types.Integer)
@lower_builtin(read, Span, types.Integer)
def _(context, builder, signature, values):
    place = address(context, builder, signature.args, values, 1)
    return builder.load_atomic(place, ordering="acquire", align=8)


@lower_builtin(write, types.CPointer, types.Integer, types.Integer)
@lower_builtin(write, Span, types.Integer, types.Integer)
def _(context, builder, signature, values):
    place = address(context, builder, signature.args, values, 1)
    value = _integer(context, builder, signature, values, 2)
    builder.store_atomic(value, place, ordering="release", align=8)
    return context.get_dummy_value()


@lower_builtin(fetch_add, types.CPointer, types.Integer, types.Integer)
@lower_builtin(fetch_add, Span, types.Integer, types.Integer)
def _(context, builder, signature, values):
    place = address(context, builder, signature.args, values, 1)
    value = _integer(context, builder, signature, values, 2)
    return builder.atomic_rmw("add", place, value, ordering="acq_rel")


@lower_builtin(compare_and_swap, types.CPointer, types.Integer, types.Integer, types.Integer)
@lower_builtin(compare_and_swap, Span, types.Integer, types.Integer, types.Integer)
def _(context, builder, signature, values):
    place = address(context, builder, signature.args, values, 1)
    old, new = (_integer(context, builder, signature, values, n) for n in (2, 3))
    pair = builder.cmpxchg(place, old, new, ordering="acq_rel", failordering="acquire")
    return builder.extract_value(pair, 1)


def _call(builder, name, *arguments):
    """Call a function without result, or with one that nobody looks at, by its name."""
    module = builder.module
    if name not in module.globals:
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        ir.Function(module, kind, name)
    builder.call(module.globals[name], arguments)


type_callable(pause)(lambda context: lambda: types.void)
type_callable(give_way)(lambda context: lambda: types.void)


@lower_builtin(pause)
def _(context, builder, signature, values):
    # Not as inline assembler: LLVM's parser of it is not there, and the process would be aborted.
    processor = binding.get_process_triple().partition("-")[0]
    if processor in ("x86_64", "amd64", "i386", "i686"):
        _call(builder, "llvm.x86.sse2.pause")
    elif processor in ("aarch64", "arm64"):
        _call(builder, "llvm.aarch64.hint", ir.IntType(32)(1))
    return context.get_dummy_value()


@lower_builtin(give_way)
def _(context, builder, signature, values):
    _call(builder, "SwitchToThread" if sys.platform == "win32" else "sched_yield")
    return context.get_dummy_value()
