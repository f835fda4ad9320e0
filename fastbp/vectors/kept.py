"""The arguments of a kernel kept in memory, so that a call passes their address only.

A call with a dozen arrays and records takes Numba's entry point 0.5 µs to unpack them, as long as
an update of a small network takes. They are unpacked once: `keep` stores what they come to, one
struct, and `kept` loads it in the kernel, arrays as the pointers that `pointer` returns of them:
nothing in a kernel counts references then, which it does a hundred times otherwise, for 0.3 µs.
The types are part of the Numba type of `Kept`, so open functions and machine code on disk work as
for any kernel.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import (
    NativeValue,
    lower_builtin,
    models,
    register_model,
    type_callable,
    typeof_impl,
    unbox,
)

from ..compiling.numba_internals import TypingError
from .simd import pointer
from .span import memory_type, pointer_to

ROOM = 2**13  # bytes; 30 arrays and some records take 600
PLAIN = (types.Number, types.Boolean, types.NoneType)


class Kept(int):
    """Kept arguments: the address of memory that is the object's own.

    It is an integer so that Numba passes it as one. Whoever calls a kernel with it holds it: the
    arrays live as long as it does.

    Parameters
    ----------
    args : named tuple
        The arguments: C-contiguous arrays, numbers, and named tuples of these.
    """

    args: Any
    memory: np.ndarray

    def __new__(cls, args: Any) -> "Kept":
        """Return new memory for the arguments."""
        memory = np.zeros(ROOM, np.uint8)
        self = super().__new__(cls, memory.ctypes.data)
        self.memory, self.args = memory, args
        return self


class KeptType(types.Type):
    """The Numba type of kept arguments of these types."""

    def __init__(self, args):
        self.args = args
        super().__init__(name=f"Kept({args})")


def can_be_kept(args: Any) -> bool:
    """Tell whether all arguments are numbers, arrays and tuples of these."""
    return _is_plain(numba.typeof(args))


def _is_plain(t):
    if isinstance(t, types.BaseTuple):
        return all(map(_is_plain, t.types))
    return isinstance(t, PLAIN) or (isinstance(t, types.Array) and t.layout == "C")


def _bare(t):
    """Return the type of what is kept of a type."""
    if isinstance(t, types.Array):
        return memory_type(t)
    if isinstance(
        t, types.BaseTuple
    ):  # as `typeof` makes them: with all members of one type, or not
        parts = [_bare(part) for part in t.types]
        if parts and len(set(parts)) == 1:
            return types.NamedUniTuple(parts[0], len(parts), t.instance_class)
        return types.NamedTuple(parts, t.instance_class)
    return t


@typeof_impl.register(Kept)
def _(value, context):
    return KeptType(_bare(numba.typeof(value.args)))


@register_model(KeptType)
class _KeptModel(models.PrimitiveModel):
    def __init__(self, manager, t):
        super().__init__(manager, t, ir.IntType(64))


@unbox(KeptType)
def _(t, value, context):
    return NativeValue(context.pyapi.long_as_longlong(value))


def keep(kept_args: Kept, args: Any) -> None:
    """Store the arguments, of the types that were kept, where a kernel will find them."""
    kept_args.args = args


def kept(kept_args: Kept) -> Any:
    """Return the arguments, arrays as pointers."""
    return _pointers(kept_args.args)


def _pointers(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return pointer(value)
    if hasattr(value, "_fields"):
        return type(value)(*map(_pointers, value))
    return value


@type_callable(keep)
def _(context):
    def typer(kept_args, args):
        if isinstance(kept_args, KeptType) and kept_args.args == _bare(args):
            return types.void

    return typer


@lower_builtin(keep, KeptType, types.BaseTuple)
def _(context, builder, signature, values):
    target, given = signature.args[0].args, signature.args[1]
    value_type = context.get_value_type(target)
    if context.get_abi_sizeof(value_type) > ROOM:
        raise TypingError(f"more than {ROOM} bytes of arguments cannot be kept")
    place = builder.inttoptr(values[0], value_type.as_pointer())
    builder.store(_converted(context, builder, given, target, values[1]), place)
    return context.get_dummy_value()


def _converted(context, builder, given, target, value):
    if isinstance(given, types.Array):
        return pointer_to(context, builder, given, target, value)
    if isinstance(given, types.BaseTuple):
        result = ir.Constant(context.get_value_type(target), ir.Undefined)
        for n, parts in enumerate(zip(given.types, target.types, strict=True)):
            part = _converted(context, builder, *parts, builder.extract_value(value, n))
            result = builder.insert_value(result, part, n)
        return result
    return value


@type_callable(kept)
def _(context):
    def typer(kept_args):
        if isinstance(kept_args, KeptType):
            return kept_args.args

    return typer


@lower_builtin(kept, KeptType)
def _(context, builder, signature, values):
    value_type = context.get_value_type(signature.return_type)
    return builder.load(builder.inttoptr(values[0], value_type.as_pointer()))
