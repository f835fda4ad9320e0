"""The Numba types of memory: a bare pointer, or one that knows its bounds.

Kernels walk memory by bare pointers, which check nothing. With NUMBA_BOUNDSCHECK=1 in the
environment, by which Numba checks the indices of arrays, `pointer` returns a `Span` instead, and
every access outside of its array is an IndexError: slow, to look for faults with.
"""

import operator

from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, models, register_model, type_callable

from ..compiling.jit import CHECKED
from ..compiling.numba_internals import create_struct_proxy, if_unlikely, option, printf
from .simd import VECTOR_BYTES, advance, lanes, pointer


class Span(types.Type):
    """The Numba type of a pointer into `size` numbers, of which it is at number `at`.

    As in Python, memory advanced beyond its end is empty, and nothing before a pointer is reached.
    """

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Span({dtype})")


@register_model(Span)
class _SpanModel(models.StructModel):
    def __init__(self, manager, span):
        members = [
            ("data", types.CPointer(span.dtype)),
            ("size", types.intp),
            ("at", types.intp),
        ]
        super().__init__(manager, span, members)


def is_memory(t):
    """Tell whether a Numba type is what `pointer` returns."""
    return isinstance(t, types.CPointer | Span)


def address(context, builder, types_, values, count):
    """Return the address of numbers[index], from where on `count` numbers are to be reached.

    `types_` and `values` begin with those of the numbers and of the index.
    """
    index = context.cast(builder, values[1], types_[1], types.intp)
    if isinstance(types_[0], types.CPointer):
        return builder.gep(values[0], [index])
    span = create_struct_proxy(types_[0])(context, builder, values[0])
    place = builder.add(span.at, index)
    last = builder.add(place, place.type(count))
    wrong = builder.or_(
        builder.icmp_signed("<", index, index.type(0)),
        builder.or_(
            builder.icmp_signed("<", place, place.type(0)),
            builder.icmp_signed(">", last, span.size),
        ),
    )
    with if_unlikely(builder, wrong):
        if option("FULL_TRACEBACKS"):  # as Numba does: messages of exceptions are constants
            where = builder.function.name.partition("B")[0]  # without the arguments' types
            text = f"debug: [%zd, %zd) of %zd numbers in {where}\n"
            printf(builder, text, place, last, span.size)
        message = "memory of a kernel is accessed out of bounds"
        context.call_conv.return_user_exc(builder, IndexError, (message,))
    return builder.gep(span.data, [place])


def memory_type(array):
    """Return the type of the pointer to an array's numbers."""
    return (Span if CHECKED else types.CPointer)(array.dtype)


def pointer_to(context, builder, array_type, result_type, value):
    """Return the pointer to an array's numbers."""
    array = context.make_array(array_type)(context, builder, value)
    if not CHECKED:
        return array.data
    span = create_struct_proxy(result_type)(context, builder)
    span.data, span.size, span.at = array.data, array.nitems, array.nitems.type(0)
    return span._getvalue()


@type_callable(pointer)
def _(context):
    def typer(array):
        if isinstance(array, types.Array) and array.layout == "C":
            return memory_type(array)

    return typer


@lower_builtin(pointer, types.Array)
def _(context, builder, signature, values):
    return pointer_to(context, builder, signature.args[0], signature.return_type, values[0])


@type_callable(lanes)
def _(context):
    return lambda numbers: types.intp if is_memory(numbers) else None


@lower_builtin(lanes, types.CPointer)
@lower_builtin(lanes, Span)
def _(context, builder, signature, values):
    return ir.Constant(ir.IntType(64), VECTOR_BYTES * 8 // signature.args[0].dtype.bitwidth)


@type_callable(advance)
def _(context):
    def typer(numbers, count):
        if is_memory(numbers) and isinstance(count, types.Integer):
            return numbers

    return typer


@lower_builtin(advance, types.CPointer, types.Integer)
def _(context, builder, signature, values):
    return address(context, builder, signature.args, values, 0)


@lower_builtin(advance, Span, types.Integer)
def _(context, builder, signature, values):
    span = create_struct_proxy(signature.args[0])(context, builder, values[0])
    count = context.cast(builder, values[1], signature.args[1], types.intp)
    span.at = builder.add(span.at, count)
    return span._getvalue()


# Of bare pointers, Numba gives these itself.


@type_callable(operator.getitem)
def _(context):
    def typer(numbers, index):
        if isinstance(numbers, Span) and isinstance(index, types.Integer):
            return numbers.dtype(numbers, types.intp)

    return typer


@lower_builtin(operator.getitem, Span, types.Integer)
def _(context, builder, signature, values):
    return builder.load(address(context, builder, signature.args, values, 1))


@type_callable(operator.setitem)
def _(context):
    def typer(numbers, index, number):
        if isinstance(numbers, Span) and isinstance(index, types.Integer):
            return types.void(numbers, types.intp, numbers.dtype)

    return typer


@lower_builtin(operator.setitem, Span, types.Integer, types.Number)
def _(context, builder, signature, values):
    builder.store(values[2], address(context, builder, signature.args, values, 1))
    return context.get_dummy_value()
