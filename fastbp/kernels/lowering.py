"""What the operations of `simd` are in machine code: Numba types and LLVM instructions.

Operations are given to Numba as typing rules and code generators, not as Python functions to
compile: a kernel uses hundreds of them, and this way each costs microseconds to compile.
"""

import operator

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import lower_builtin, models, register_model, type_callable

from .simd import (
    REGISTERS,
    VECTOR_BYTES,
    exponent,
    fma,
    keep_first,
    lanes,
    largest,
    load,
    load_like,
    mantissa,
    one_hot,
    pointer,
    polynomial,
    power_of_two,
    splat,
    store,
    total,
)


class Vector(types.Type):
    """The Numba type of a vector of `lanes` numbers (or truth values) of one dtype."""

    def __init__(self, dtype, lanes):
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"Vector({dtype}, {lanes})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, vector):
        element = ir.IntType(1) if vector.dtype is types.boolean else manager[vector.dtype]
        element = element if isinstance(element, ir.Type) else element.get_value_type()
        super().__init__(manager, vector, ir.VectorType(element, vector.lanes))


def _is_vector(t):
    return isinstance(t, Vector) and t.dtype is not types.boolean


def _is_mask(t):
    return isinstance(t, Vector) and t.dtype is types.boolean


def _common(*operands):
    """Return the vector type of an operation; scalars adapt to the vectors (NEP 50)."""
    vectors = {t for t in operands if _is_vector(t)}
    others = [t for t in operands if not _is_vector(t)]
    if len(vectors) == 1 and all(isinstance(t, types.Number | types.Boolean) for t in others):
        return vectors.pop()


def _mask(vector):
    return vector and Vector(types.boolean, vector.lanes)


def _block(memory, block):
    """Return the vector type that a block of the memory holds."""
    if isinstance(memory, types.CPointer) and isinstance(block, types.BaseNamedTuple):
        count = REGISTERS[block.instance_class]
        return Vector(memory.dtype, count * VECTOR_BYTES * 8 // memory.dtype.bitwidth)


def _bits(vector):
    """Return (LLVM vector type, of integers of the same width, mantissa bits, exponent bias)."""
    width = vector.dtype.bitwidth
    mantissa_bits = {32: 23, 64: 52}[width]
    element = ir.FloatType() if width == 32 else ir.DoubleType()
    return (
        ir.VectorType(element, vector.lanes),
        ir.VectorType(ir.IntType(width), vector.lanes),
        mantissa_bits,
        2 ** (width - mantissa_bits - 2) - 1,
    )


def _fill(llvm_type, number):
    return ir.Constant(llvm_type, [number] * llvm_type.count)


def _widen(context, builder, value, given, wanted):
    """Convert a scalar to the vector type `wanted`; a vector passes."""
    if isinstance(given, Vector):
        return value
    number = context.cast(builder, value, given, wanted.dtype)
    undefined = ir.Constant(context.get_value_type(wanted), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.IntType(32)(0))
    return builder.shuffle_vector(
        first, undefined, _fill(ir.VectorType(ir.IntType(32), wanted.lanes), 0)
    )


def _intrinsic(builder, name, *operands):
    """Call an LLVM intrinsic on vectors of one type."""
    t = operands[0].type
    letter = {"float": "f32", "double": "f64"}[str(t.element)]
    function = builder.module.declare_intrinsic(
        f"llvm.{name}.v{t.count}{letter}", (), ir.FunctionType(t, [t] * len(operands))
    )
    return builder.call(function, operands)


def _extremum(builder, sign, a, b):
    """Return the smaller or larger; a NaN in either comes out, as from NumPy."""
    first = builder.fcmp_unordered(sign, a, b)
    return builder.select(builder.and_(first, builder.fcmp_ordered("ord", b, b)), a, b)


# --- the operations ---------------------------------------------------------------------


def _define(function, arity, result):
    """Give `function` a compiled meaning: ``code(context, builder, result type, operands)``.

    `result` maps the operands' types to the type of the result, None where it does not apply.
    The code gets vectors only: scalars among the operands have been widened.
    """

    def decorate(code):
        typers = (lambda a: result(a), lambda a, b: result(a, b), lambda a, b, c: result(a, b, c))
        type_callable(function)(lambda context: typers[arity - 1])

        def lower(context, builder, signature, values):
            wide = _common(*(t for t in signature.args if not _is_mask(t))) or signature.args[0]
            operands = [
                _widen(context, builder, value, given, wide)
                for value, given in zip(values, signature.args, strict=True)
            ]
            return code(context, builder, wide, *operands)

        lower_builtin(function, *[types.Any] * arity)(lower)
        return code

    return decorate


def _define_all():
    contract = ("contract",)
    for symbol, name in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
        _define(symbol, 2, _common)(
            lambda c, builder, t, a, b, name=name: getattr(builder, name)(a, b, flags=contract)
        )
    _define(operator.truediv, 2, _common)(lambda c, builder, t, a, b: builder.fdiv(a, b))
    _define(operator.neg, 1, _common)(lambda c, builder, t, a: builder.fneg(a))
    for symbol, name in (
        (operator.lt, "<"),
        (operator.le, "<="),
        (operator.gt, ">"),
        (operator.ge, ">="),
        (operator.eq, "=="),
    ):
        _define(symbol, 2, lambda a, b: _mask(_common(a, b)))(
            lambda c, builder, t, a, b, name=name: builder.fcmp_ordered(name, a, b)
        )
    _define(operator.ne, 2, lambda a, b: _mask(_common(a, b)))(
        lambda c, builder, t, a, b: builder.fcmp_unordered("!=", a, b)
    )
    for symbol, name in ((operator.and_, "and_"), (operator.or_, "or_")):
        _define(symbol, 2, lambda a, b: a if _is_mask(a) and a == b else None)(
            lambda c, builder, t, a, b, name=name: getattr(builder, name)(a, b)
        )
    _define(operator.invert, 1, lambda a: a if _is_mask(a) else None)(
        lambda c, builder, t, a: builder.not_(a)
    )
    for functions, name in (
        ((np.abs, abs), "fabs"),
        ((np.sqrt,), "sqrt"),
        ((np.rint,), "rint"),
    ):
        for function in functions:
            _define(function, 1, lambda a: _common(a))(
                lambda c, builder, t, a, name=name: _intrinsic(builder, name, a)
            )
    _define(np.copysign, 2, _common)(
        lambda c, builder, t, a, b: _intrinsic(builder, "copysign", a, b)
    )
    _define(fma, 3, _common)(lambda c, builder, t, *abc: _intrinsic(builder, "fma", *abc))

    for function, sign in ((np.minimum, "<"), (np.maximum, ">")):
        _define(function, 2, _common)(
            lambda c, builder, t, a, b, sign=sign: _extremum(builder, sign, a, b)
        )


_define_all()


@_define(np.where, 3, lambda mask, a, b: _common(a, b) if _is_mask(mask) else None)
def _(context, builder, t, mask, a, b):
    return builder.select(mask, a, b)


def _reduce(builder, a, combine):
    """Combine the lower half of the lanes with the upper half until one lane is left."""
    while (half := a.type.count // 2) > 0:
        index = ir.VectorType(ir.IntType(32), half)
        undefined = ir.Constant(a.type, ir.Undefined)
        low = builder.shuffle_vector(a, undefined, ir.Constant(index, list(range(half))))
        high = builder.shuffle_vector(a, undefined, ir.Constant(index, list(range(half, 2 * half))))
        a = combine(low, high)
    return builder.extract_element(a, ir.IntType(32)(0))


@_define(total, 1, lambda a: a.dtype if _is_vector(a) else None)
def _(context, builder, t, a):
    return _reduce(builder, a, builder.fadd)


@_define(largest, 1, lambda a: a.dtype if _is_vector(a) else None)
def _(context, builder, t, a):
    return _reduce(builder, a, lambda low, high: _extremum(builder, ">", low, high))


@_define(power_of_two, 1, _common)
def _(context, builder, t, n):
    # Adding 1.5·2^52 (2^23) leaves the integer n + bias in the low bits; shifted up it is the
    # exponent. Faster than a conversion, and AVX2 has none from float64 to int64.
    floats, integers, bits, bias = _bits(t)
    shifted = builder.fadd(n, _fill(floats, 1.5 * 2.0**bits + bias))
    shifted = builder.bitcast(shifted, integers)
    return builder.bitcast(builder.shl(shifted, _fill(integers, bits)), floats)


@_define(exponent, 1, _common)
def _(context, builder, t, x):
    floats, integers, bits, bias = _bits(t)
    biased = builder.lshr(builder.bitcast(x, integers), _fill(integers, bits))
    offset = (bias + bits) << bits  # the bits of 2^52 (2^23): or-ing an integer into them adds it
    number = builder.bitcast(builder.or_(biased, _fill(integers, offset)), floats)
    return builder.fsub(number, _fill(floats, 2.0**bits + bias))


@_define(mantissa, 1, _common)
def _(context, builder, t, x):
    floats, integers, bits, bias = _bits(t)
    fraction = builder.and_(builder.bitcast(x, integers), _fill(integers, 2**bits - 1))
    return builder.bitcast(builder.or_(fraction, _fill(integers, bias << bits)), floats)


# --- what takes memory, counts or tuples ------------------------------------------------


def _lane_numbers(vector):
    return ir.Constant(ir.VectorType(ir.IntType(64), vector.lanes), list(range(vector.lanes)))


def _widen_count(context, builder, count, given, vector):
    return _widen(context, builder, count, given, Vector(types.int64, vector.lanes))


@type_callable(keep_first)
def _(context):
    def typer(vector, count, other):
        if _is_vector(vector) and isinstance(count, types.Integer):
            return vector

    return typer


@lower_builtin(keep_first, Vector, types.Integer, types.Number)
def _(context, builder, signature, values):
    vector = signature.return_type
    count = _widen_count(context, builder, values[1], signature.args[1], vector)
    kept = builder.icmp_signed("<", _lane_numbers(vector), count)
    other = _widen(context, builder, values[2], signature.args[2], vector)
    return builder.select(kept, values[0], other)


type_callable(one_hot)(lambda context: lambda vector, index: _is_vector(vector) and vector or None)


@lower_builtin(one_hot, Vector, types.Integer)
def _(context, builder, signature, values):
    vector = signature.return_type
    index = _widen_count(context, builder, values[1], signature.args[1], vector)
    hot = builder.icmp_signed("==", _lane_numbers(vector), index)
    return builder.select(hot, _fill(values[0].type, 1.0), _fill(values[0].type, 0.0))


@type_callable(np.full_like)
def _(context):
    def typer(a, fill_value):
        if _is_vector(a) and isinstance(fill_value, types.Number):
            return a

    return typer


@lower_builtin(np.full_like, Vector, types.Number)
def _(context, builder, signature, values):
    return _widen(context, builder, values[1], signature.args[1], signature.return_type)


@type_callable(polynomial)
def _(context):
    def typer(x, coefficients):
        if _is_vector(x) and isinstance(coefficients, types.BaseTuple):
            return x

    return typer


@lower_builtin(polynomial, Vector, types.BaseTuple)
def _(context, builder, signature, values):
    vector, coefficients = signature.args
    x, numbers = values
    terms = [
        _widen(context, builder, builder.extract_value(numbers, k), coefficients[k], vector)
        for k in range(len(coefficients))
    ]
    while len(terms) > 1:  # a + b x pairwise, then the same in x²
        pairs = zip(terms[::2], terms[1::2], strict=False)
        combined = [_intrinsic(builder, "fma", high, x, low) for low, high in pairs]
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


type_callable(load)(lambda context: lambda memory, start, block: _block(memory, block))
type_callable(splat)(lambda context: lambda memory, block, number: _block(memory, block))


@lower_builtin(splat, types.CPointer, types.BaseTuple, types.Number)
def _(context, builder, signature, values):
    return _widen(context, builder, values[2], signature.args[2], signature.return_type)


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
        if isinstance(memory, types.CPointer) and _is_vector(vector):
            return vector

    return typer


@type_callable(store)
def _(context):
    def typer(memory, start, vector):
        if isinstance(memory, types.CPointer) and _is_vector(vector):
            return types.void

    return typer


@lower_builtin(store, types.CPointer, types.Integer, Vector)
def _(context, builder, signature, values):
    vector = signature.args[2]
    address = _address(context, builder, values, signature.args[1], vector)
    builder.store(values[2], address, align=vector.dtype.bitwidth // 8)
    return context.get_dummy_value()
