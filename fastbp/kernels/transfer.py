"""What loads, stores and all else that is not arithmetic of vectors is in machine code."""

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import lower_builtin, type_callable

from .simd import (
    VECTOR_BYTES,
    keep_first,
    lanes,
    load,
    load_like,
    one_hot,
    pointer,
    polynomial,
    splat,
    store,
)
from .vector import Vector, block_type, fill, intrinsic, is_vector, widen


def _lane_numbers(vector):
    return ir.Constant(ir.VectorType(ir.IntType(64), vector.lanes), list(range(vector.lanes)))


def _widen_count(context, builder, count, given, vector):
    return widen(context, builder, count, given, Vector(types.int64, vector.lanes))


@type_callable(keep_first)
def _(context):
    def typer(vector, count, other):
        if is_vector(vector) and isinstance(count, types.Integer):
            return vector

    return typer


@lower_builtin(keep_first, Vector, types.Integer, types.Number)
def _(context, builder, signature, values):
    vector = signature.return_type
    count = _widen_count(context, builder, values[1], signature.args[1], vector)
    kept = builder.icmp_signed("<", _lane_numbers(vector), count)
    other = widen(context, builder, values[2], signature.args[2], vector)
    return builder.select(kept, values[0], other)


type_callable(one_hot)(lambda context: lambda vector, index: is_vector(vector) and vector or None)


@lower_builtin(one_hot, Vector, types.Integer)
def _(context, builder, signature, values):
    vector = signature.return_type
    index = _widen_count(context, builder, values[1], signature.args[1], vector)
    hot = builder.icmp_signed("==", _lane_numbers(vector), index)
    return builder.select(hot, fill(values[0].type, 1.0), fill(values[0].type, 0.0))


@type_callable(np.full_like)
def _(context):
    def typer(a, fill_value):
        if is_vector(a) and isinstance(fill_value, types.Number):
            return a

    return typer


@lower_builtin(np.full_like, Vector, types.Number)
def _(context, builder, signature, values):
    return widen(context, builder, values[1], signature.args[1], signature.return_type)


@type_callable(polynomial)
def _(context):
    def typer(x, coefficients):
        if is_vector(x) and isinstance(coefficients, types.BaseTuple):
            return x

    return typer


@lower_builtin(polynomial, Vector, types.BaseTuple)
def _(context, builder, signature, values):
    vector, coefficients = signature.args
    x, numbers = values
    terms = [
        widen(context, builder, builder.extract_value(numbers, k), coefficients[k], vector)
        for k in range(len(coefficients))
    ]
    while len(terms) > 1:  # a + b x pairwise, then the same in x²
        pairs = zip(terms[::2], terms[1::2], strict=False)
        combined = [intrinsic(builder, "fma", high, x, low) for low, high in pairs]
        terms = combined + terms[len(terms) // 2 * 2 :]
        x = builder.fmul(x, x)
    return terms[0]


@type_callable(pointer)
def _(context):
    def typer(array):
        if isinstance(array, types.Array) and array.layout == "C":
            return types.CPointer(array.dtype)

    return typer


@lower_builtin(pointer, types.Array)
def _(context, builder, signature, values):
    return context.make_array(signature.args[0])(context, builder, values[0]).data


@type_callable(lanes)
def _(context):
    return lambda memory: types.intp if isinstance(memory, types.CPointer) else None


@lower_builtin(lanes, types.CPointer)
def _(context, builder, signature, values):
    return ir.Constant(ir.IntType(64), VECTOR_BYTES * 8 // signature.args[0].dtype.bitwidth)


type_callable(load)(lambda context: lambda memory, start, block: block_type(memory, block))
type_callable(splat)(lambda context: lambda memory, block, number: block_type(memory, block))


@lower_builtin(splat, types.CPointer, types.BaseTuple, types.Number)
def _(context, builder, signature, values):
    return widen(context, builder, values[2], signature.args[2], signature.return_type)


def _address(context, builder, memory, start, vector):
    index = context.cast(builder, memory[1], start, types.intp)
    element = builder.gep(memory[0], [index])
    return builder.bitcast(element, context.get_value_type(vector).as_pointer())


@lower_builtin(load, types.CPointer, types.Integer, types.BaseTuple)
@lower_builtin(load_like, types.CPointer, types.Integer, Vector)
def _(context, builder, signature, values):
    vector = signature.return_type
    address = _address(context, builder, values, signature.args[1], vector)
    # The alignment of one number: an unaligned instruction costs nothing on aligned memory.
    return builder.load(address, align=vector.dtype.bitwidth // 8)


@type_callable(load_like)
def _(context):
    def typer(memory, start, vector):
        if isinstance(memory, types.CPointer) and is_vector(vector):
            return vector

    return typer


@type_callable(store)
def _(context):
    def typer(memory, start, vector):
        if isinstance(memory, types.CPointer) and is_vector(vector):
            return types.void

    return typer


@lower_builtin(store, types.CPointer, types.Integer, Vector)
def _(context, builder, signature, values):
    vector = signature.args[2]
    address = _address(context, builder, values, signature.args[1], vector)
    builder.store(values[2], address, align=vector.dtype.bitwidth // 8)
    return context.get_dummy_value()
