"""What the arithmetic of vectors is in machine code: operators and elementary operations."""

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, type_callable

from .simd import exponent, fma, largest, mantissa, power_of_two, total, totals
from .vector_type import (
    CONTRACT,
    Vector,
    bit_layout,
    common_mask,
    common_type,
    define,
    extremum,
    fill,
    intrinsic,
    is_mask,
    is_operand,
    is_vector,
    mask_type,
    widen,
)


def _define_arithmetic():
    for functions, name in (
        ((operator.add, np.add), "fadd"),
        ((operator.sub, np.subtract), "fsub"),
        ((operator.mul, np.multiply), "fmul"),
    ):
        define(functions, 2, common_type)(
            lambda c, builder, t, a, b, name=name: getattr(builder, name)(a, b, flags=CONTRACT)
        )
    define((operator.truediv, np.divide), 2, common_type)(
        lambda c, builder, t, a, b: builder.fdiv(a, b)
    )
    define((operator.neg, np.negative), 1, common_type)(lambda c, builder, t, a: builder.fneg(a))
    define((operator.pos, np.positive), 1, common_type)(lambda c, builder, t, a: a)


def _define_comparisons():
    for functions, name in (
        ((operator.lt, np.less), "<"),
        ((operator.le, np.less_equal), "<="),
        ((operator.gt, np.greater), ">"),
        ((operator.ge, np.greater_equal), ">="),
        ((operator.eq, np.equal), "=="),
    ):
        define(functions, 2, common_type, mask_type)(
            lambda c, builder, t, a, b, name=name: builder.fcmp_ordered(name, a, b)
        )
    define((operator.ne, np.not_equal), 2, common_type, mask_type)(
        lambda c, builder, t, a, b: builder.fcmp_unordered("!=", a, b)
    )


def _define_logic():
    for functions, name in (
        ((operator.and_, np.logical_and), "and_"),
        ((operator.or_, np.logical_or), "or_"),
        ((operator.xor, np.logical_xor), "xor"),
    ):
        define(functions, 2, common_mask)(
            lambda c, builder, t, a, b, name=name: getattr(builder, name)(a, b)
        )
    define((operator.invert, np.logical_not), 1, common_mask)(
        lambda c, builder, t, a: builder.not_(a)
    )


def _define_elementary():
    for functions, name in (
        ((np.abs, np.fabs, abs), "fabs"),
        (np.sqrt, "sqrt"),
        ((np.rint, np.round), "rint"),
        (np.floor, "floor"),
        (np.ceil, "ceil"),
        (np.trunc, "trunc"),
    ):
        define(functions, 1, common_type)(
            lambda c, builder, t, a, name=name: intrinsic(builder, name, a)
        )
    define(np.copysign, 2, common_type)(
        lambda c, builder, t, a, b: intrinsic(builder, "copysign", a, b)
    )
    define(fma, 3, common_type)(lambda c, builder, t, *abc: intrinsic(builder, "fma", *abc))
    for function, sign in ((np.minimum, "<"), (np.maximum, ">")):
        define(function, 2, common_type)(
            lambda c, builder, t, a, b, sign=sign: extremum(builder, sign, a, b)
        )


_define_arithmetic()
_define_comparisons()
_define_logic()
_define_elementary()


@type_callable(np.where)
def _(context):
    def typer(condition, a, b):
        if is_mask(condition) and is_operand(a) and is_operand(b):
            # The dtype of the numbers that were compared, if nothing else says one.
            return common_mask(a, b) or common_type(condition.numbers, a, b)

    return typer


@lower_builtin(np.where, Vector, types.Any, types.Any)
def _(context, builder, signature, values):
    branches = [
        widen(context, builder, value, given, signature.return_type)
        for value, given in zip(values[1:], signature.args[1:], strict=True)
    ]
    return builder.select(values[0], *branches)


def _reduce(builder, a, combine):
    """Combine the lower half of the lanes with the upper half until one lane is left."""
    while (half := a.type.count // 2) > 0:
        index = ir.VectorType(ir.IntType(32), half)
        undefined = ir.Constant(a.type, ir.Undefined)
        low = builder.shuffle_vector(a, undefined, ir.Constant(index, list(range(half))))
        high = builder.shuffle_vector(a, undefined, ir.Constant(index, list(range(half, 2 * half))))
        a = combine(low, high)
    return builder.extract_element(a, ir.IntType(32)(0))


@define(total, 1, common_type, lambda t: t.dtype)
def _(context, builder, t, a):
    return _reduce(builder, a, builder.fadd)


type_callable(totals)(lambda context: lambda a, b, c, d: a if is_vector(a) else None)


@lower_builtin(totals, Vector, Vector, Vector, Vector)
def _(context, builder, signature, values):
    """Sum up lanes of a and b side by side, then of these pairs and those of c and d, then quads.

    Together, four totals take a third of the shuffles, and no longer than one.
    """
    vector = signature.return_type
    count, half = vector.lanes, 64 // vector.dtype.bitwidth  # of 16 bytes: unpacked in one step

    def add(x, y, low, high):
        parts = [
            builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(ir.IntType(32), count), lanes))
            for lanes in (low, high)
        ]
        return builder.fadd(*parts)

    def interleaved(run, first, within):
        """Return the lane numbers of `run` lanes from x, as many from y, and so on."""
        starts = [n + m for n in range(first, count, 2 * within) for m in range(0, within, run)]
        return [n for m in starts for n in (*range(m, m + run), *range(count + m, count + m + run))]

    a, b, c, d = values
    pairs = [interleaved(1, first, half) for first in (0, half)]
    ab, cd = add(a, b, *pairs), add(c, d, *pairs)
    sums = add(ab, cd, *(interleaved(2, first, 2) for first in (0, 2)))
    width = 4
    while width < count:
        sums = add(sums, sums, list(range(count)), [n ^ width for n in range(count)])
        width *= 2
    return sums


@define(largest, 1, common_type, lambda t: t.dtype)
def _(context, builder, t, a):
    return _reduce(builder, a, lambda low, high: extremum(builder, ">", low, high))


@define(power_of_two, 1, common_type)
def _(context, builder, t, n):
    # Adding 1.5·2^52 (2^23) leaves the integer n + bias in the low bits; shifted up it is the
    # exponent. Faster than a conversion, and AVX2 has none from float64 to int64.
    floats, integers, bits, bias = bit_layout(t)
    shifted = builder.fadd(n, fill(floats, 1.5 * 2.0**bits + bias))
    shifted = builder.bitcast(shifted, integers)
    return builder.bitcast(builder.shl(shifted, fill(integers, bits)), floats)


@define(exponent, 1, common_type)
def _(context, builder, t, x):
    floats, integers, bits, bias = bit_layout(t)
    biased = builder.lshr(builder.bitcast(x, integers), fill(integers, bits))
    offset = (bias + bits) << bits  # the bits of 2^52 (2^23): or-ing an integer into them adds it
    number = builder.bitcast(builder.or_(biased, fill(integers, offset)), floats)
    return builder.fsub(number, fill(floats, 2.0**bits + bias))


@define(mantissa, 1, common_type)
def _(context, builder, t, x):
    floats, integers, bits, bias = bit_layout(t)
    fraction = builder.and_(builder.bitcast(x, integers), fill(integers, 2**bits - 1))
    return builder.bitcast(builder.or_(fraction, fill(integers, bias << bits)), floats)
