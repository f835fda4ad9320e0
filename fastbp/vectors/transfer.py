"""What loads, stores and all else that is not arithmetic of vectors is in machine code."""

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, type_callable

from ..compiling.numba_internals import TypingError
from .simd import (
    HASH,
    NOT_ALIKE,
    keep_first,
    lanes_of,
    load,
    load_each,
    load_like,
    polynomial,
    splat,
    store,
    store_each,
    uniform,
    with_lane,
)
from .span import Span, address, is_memory
from .vector_type import Vector, block_type, fill, intrinsic, is_vector, widen


def _compare_lanes(context, builder, sign, number, given, vector):
    """Return the mask of the lanes whose own number compares so with the given one."""
    # Integers as wide as the vector's numbers: wider ones would take two registers.
    integer = types.int32 if vector.dtype.bitwidth == 32 else types.int64
    wanted = widen(context, builder, number, given, Vector(integer, vector.lanes))
    return builder.icmp_signed(sign, ir.Constant(wanted.type, list(range(vector.lanes))), wanted)


@type_callable(keep_first)
def _(context):
    def typer(vector, count, other):
        if is_vector(vector) and isinstance(count, types.Integer):
            return vector

    return typer


@lower_builtin(keep_first, Vector, types.Integer, types.Number)
@lower_builtin(keep_first, Vector, types.Integer, Vector)
def _(context, builder, signature, values):
    vector, given, other = signature.args
    kept = _compare_lanes(context, builder, "<", values[1], given, vector)
    return builder.select(kept, values[0], widen(context, builder, values[2], other, vector))


@type_callable(with_lane)
def _(context):
    def typer(vector, index, number):
        if is_vector(vector) and isinstance(index, types.Integer):
            return vector

    return typer


@lower_builtin(with_lane, Vector, types.Integer, types.Number)
def _(context, builder, signature, values):
    vector, given, number = signature.args
    lane = _compare_lanes(context, builder, "==", values[1], given, vector)
    return builder.select(lane, widen(context, builder, values[2], number, vector), values[0])


@type_callable(operator.getitem)
def _(context):
    def typer(vector, index):  # one number of it
        if is_vector(vector) and isinstance(index, types.Integer):
            return vector.dtype

    return typer


@lower_builtin(operator.getitem, Vector, types.Integer)
def _(context, builder, signature, values):
    return builder.extract_element(*values)


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


type_callable(lanes_of)(lambda context: lambda vector: types.intp if is_vector(vector) else None)


@lower_builtin(lanes_of, Vector)
def _(context, builder, signature, values):
    return ir.Constant(ir.IntType(64), signature.args[0].lanes)


type_callable(load)(lambda context: lambda numbers, start, block: block_type(numbers, block))
type_callable(splat)(lambda context: lambda numbers, block, number: block_type(numbers, block))


@lower_builtin(splat, types.CPointer, types.BaseTuple, types.Number)
@lower_builtin(splat, Span, types.BaseTuple, types.Number)
def _(context, builder, signature, values):
    return widen(context, builder, values[2], signature.args[2], signature.return_type)


def _address(context, builder, signature, values, vector):
    element = address(context, builder, signature.args, values, vector.lanes)
    return builder.bitcast(element, context.get_value_type(vector).as_pointer())


@lower_builtin(load, types.CPointer, types.Integer, types.BaseTuple)
@lower_builtin(load, Span, types.Integer, types.BaseTuple)
@lower_builtin(load_like, types.CPointer, types.Integer, Vector)
@lower_builtin(load_like, Span, types.Integer, Vector)
def _(context, builder, signature, values):
    vector = signature.return_type
    address = _address(context, builder, signature, values, vector)
    # The alignment of one number: an unaligned instruction costs nothing on aligned memory.
    return builder.load(address, align=vector.dtype.bitwidth // 8)


@type_callable(load_like)
def _(context):
    def typer(numbers, start, vector):
        if is_memory(numbers) and is_vector(vector):
            return vector

    return typer


@type_callable(store)
def _(context):
    def typer(numbers, start, vector):
        if is_memory(numbers) and is_vector(vector):
            return types.void

    return typer


@lower_builtin(store, types.CPointer, types.Integer, Vector)
@lower_builtin(store, Span, types.Integer, Vector)
def _(context, builder, signature, values):
    vector = signature.args[2]
    address = _address(context, builder, signature, values, vector)
    builder.store(values[2], address, align=vector.dtype.bitwidth // 8)
    return context.get_dummy_value()


def _is_tuple_of_vectors(t):
    return isinstance(t, types.BaseTuple) and all(map(is_vector, t))


@type_callable(load_each)
def _(context):
    def typer(numbers, start, step, like):
        if is_memory(numbers) and _is_tuple_of_vectors(like):
            return like

    return typer


def _place_of(context, builder, signature, values, m):
    """Return start + m · step."""
    start, step = (
        context.cast(builder, value, given, types.intp)
        for value, given in zip(values[1:3], signature.args[1:3], strict=True)
    )
    return builder.add(start, builder.mul(step, step.type(m)))


@lower_builtin(load_each, types.CPointer, types.Integer, types.Integer, types.BaseTuple)
@lower_builtin(load_each, Span, types.Integer, types.Integer, types.BaseTuple)
def _(context, builder, signature, values):
    numbers, like = signature.args[0], signature.return_type
    vectors = []
    for m, vector in enumerate(like):
        one = vector(numbers, types.intp)
        place = _place_of(context, builder, signature, values, m)
        at = _address(context, builder, one, (values[0], place), vector)
        vectors.append(builder.load(at, align=vector.dtype.bitwidth // 8))
    return context.make_tuple(builder, like, vectors)


@type_callable(store_each)
def _(context):
    def typer(numbers, start, step, vectors, like):
        if is_memory(numbers) and _is_tuple_of_vectors(like):
            if vectors != like:
                raise TypingError(NOT_ALIKE)
            return types.void

    return typer


@lower_builtin(
    store_each, types.CPointer, types.Integer, types.Integer, types.BaseTuple, types.BaseTuple
)
@lower_builtin(store_each, Span, types.Integer, types.Integer, types.BaseTuple, types.BaseTuple)
def _(context, builder, signature, values):
    numbers, vectors = signature.args[0], signature.args[3]
    for m, vector in enumerate(vectors):
        one = types.void(numbers, types.intp, vector)
        place = _place_of(context, builder, signature, values, m)
        at = _address(context, builder, one, (values[0], place), vector)
        number = builder.extract_value(values[3], m)
        builder.store(number, at, align=vector.dtype.bitwidth // 8)
    return context.get_dummy_value()


@type_callable(uniform)
def _(context):
    def typer(like, number):
        if is_vector(like) and isinstance(number, types.Integer):
            return like

    return typer


@lower_builtin(uniform, Vector, types.Integer)
def _(context, builder, signature, values):
    vector = signature.return_type
    t = ir.VectorType(ir.IntType(32), vector.lanes)
    number = builder.trunc(
        context.cast(builder, values[1], signature.args[1], types.int64), ir.IntType(32)
    )
    undefined = ir.Constant(t, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.IntType(32)(0))
    x = builder.shuffle_vector(first, undefined, fill(t, 0))
    x = builder.add(x, ir.Constant(t, list(range(t.count))))
    for factor, shift in HASH:
        x = builder.mul(x, fill(t, factor))
        x = builder.xor(x, builder.lshr(x, fill(t, shift)))
    floats = context.get_value_type(vector)
    x = builder.uitofp(builder.lshr(x, fill(t, 8)), floats)
    return builder.fmul(x, fill(floats, 2.0**-24))
