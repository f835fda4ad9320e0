"""The arguments of a kernel kept in memory, so that a call passes their address only.

A call with a dozen arrays and records takes Numba's entry point 0.5 µs to unpack them, as long as
an update of a small network takes. They are unpacked once: `keep` stores what they come to, one
struct, and `kept` loads it in the kernel. Its types are those of the Numba type of `Kept`, so open
functions and machine code on disk work as for any kernel.
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

from .numba_internals import TypingError, create_struct_proxy

ROOM = 2**13  # bytes; 25 arrays and some records take 2 000
PLAIN = (types.Number, types.Boolean, types.NoneType)


class Kept(int):
    """Kept arguments: the address of memory that is the object's own.

    It is an integer so that Numba passes it as one. Whoever calls a kernel with it holds it: the
    arrays live as long as it does.

    Parameters
    ----------
    args : tuple
        The arguments: arrays, numbers, and named tuples of these.
    """

    args: tuple
    memory: np.ndarray

    def __new__(cls, args: tuple) -> "Kept":
        """Return new memory with the arguments in it."""
        memory = np.zeros(ROOM, np.uint8)
        self = super().__new__(cls, memory.ctypes.data)
        self.memory, self.args = memory, args
        return self


class KeptType(types.Type):
    """The Numba type of kept arguments of these types."""

    def __init__(self, args):
        self.args = args
        super().__init__(name=f"Kept({args})")


def can_be_kept(args: tuple) -> bool:
    """Tell whether all arguments are such that their owner can keep them alive, and Python is."""
    return _is_plain(numba.typeof(args))


def _is_plain(t):
    if isinstance(t, types.BaseTuple):
        return all(map(_is_plain, t.types))
    return isinstance(t, (*PLAIN, types.Array))


@typeof_impl.register(Kept)
def _(value, context):
    return KeptType(numba.typeof(value.args))


@register_model(KeptType)
class _KeptModel(models.PrimitiveModel):
    def __init__(self, manager, t):
        super().__init__(manager, t, ir.IntType(64))


@unbox(KeptType)
def _(t, value, context):
    return NativeValue(context.pyapi.long_as_longlong(value))


def keep(kept_args: Kept, args: tuple) -> None:
    """Store the arguments, of the types that were kept, where a kernel will find them."""
    kept_args.args = args


def kept(kept_args: Kept) -> Any:
    """Return the arguments."""
    return kept_args.args


@type_callable(keep)
def _(context):
    def typer(kept_args, args):
        if isinstance(kept_args, KeptType) and kept_args.args == args:
            return types.void

    return typer


@lower_builtin(keep, KeptType, types.BaseTuple)
def _(context, builder, signature, values):
    t = signature.args[1]
    value_type = context.get_value_type(t)
    if context.get_abi_sizeof(value_type) > ROOM:
        raise TypingError(f"more than {ROOM} bytes of arguments cannot be kept")
    place = builder.inttoptr(values[0], value_type.as_pointer())
    builder.store(_borrowed(context, builder, t, values[1]), place)
    return context.get_dummy_value()


def _borrowed(context, builder, t, value):
    """Return a value without references to count: its owner is Python."""
    if isinstance(t, types.Array):
        array = create_struct_proxy(t)(context, builder, value=value)
        array.meminfo = ir.Constant(array.meminfo.type, None)
        array.parent = ir.Constant(array.parent.type, None)
        return array._getvalue()
    if isinstance(t, types.BaseTuple):
        for n, part in enumerate(t.types):
            own = _borrowed(context, builder, part, builder.extract_value(value, n))
            value = builder.insert_value(value, own, n)
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
