"""The Numba type of vectors, and the tools that give operations on it their machine code.

Operations are given to Numba as typing rules and code generators, not as Python functions to
compile: a kernel uses hundreds of them, and this way each costs microseconds to compile.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import lower_builtin, models, register_model, type_callable

from .simd import REGISTERS, VECTOR_BYTES
from .span import is_memory


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


def is_vector(t):
    """Tell whether a Numba type is a vector of numbers."""
    return isinstance(t, Vector) and t.dtype is not types.boolean


def is_mask(t):
    """Tell whether a Numba type is a vector of truth values."""
    return isinstance(t, Vector) and t.dtype is types.boolean


def common_type(*operands):
    """Return the vector type of an operation; scalars adapt to the vectors (NEP 50)."""
    vectors = {t for t in operands if is_vector(t)}
    others = [t for t in operands if not is_vector(t)]
    if len(vectors) == 1 and all(isinstance(t, types.Number | types.Boolean) for t in others):
        return vectors.pop()


def mask_type(vector):
    """Return the type of a comparison of such vectors; None of None."""
    return vector and Vector(types.boolean, vector.lanes)


def block_type(memory, block):
    """Return the vector type that a block of the memory holds."""
    if is_memory(memory) and isinstance(block, types.BaseNamedTuple):
        count = REGISTERS[block.instance_class]
        return Vector(memory.dtype, count * VECTOR_BYTES * 8 // memory.dtype.bitwidth)


def bit_layout(vector):
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


def fill(llvm_type, number):
    """Return a constant with the number in all lanes."""
    return ir.Constant(llvm_type, [number] * llvm_type.count)


def widen(context, builder, value, given, wanted):
    """Convert a scalar to the vector type `wanted`; a vector passes."""
    if isinstance(given, Vector):
        return value
    number = context.cast(builder, value, given, wanted.dtype)
    undefined = ir.Constant(context.get_value_type(wanted), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.IntType(32)(0))
    return builder.shuffle_vector(
        first, undefined, fill(ir.VectorType(ir.IntType(32), wanted.lanes), 0)
    )


def intrinsic(builder, name, *operands):
    """Call an LLVM intrinsic on vectors of one type."""
    t = operands[0].type
    letter = {"float": "f32", "double": "f64"}[str(t.element)]
    function = builder.module.declare_intrinsic(
        f"llvm.{name}.v{t.count}{letter}", (), ir.FunctionType(t, [t] * len(operands))
    )
    return builder.call(function, operands)


def extremum(builder, sign, a, b):
    """Return the smaller or larger; a NaN in either comes out, as from NumPy."""
    first = builder.fcmp_unordered(sign, a, b)
    return builder.select(builder.and_(first, builder.fcmp_ordered("ord", b, b)), a, b)


def define(function, arity, result):
    """Give `function` a compiled meaning: ``code(context, builder, result type, operands)``.

    `result` maps the operands' types to the type of the result, None where it does not apply.
    The code gets vectors only: scalars among the operands have been widened.
    """

    def decorate(code):
        typers = (lambda a: result(a), lambda a, b: result(a, b), lambda a, b, c: result(a, b, c))
        type_callable(function)(lambda context: typers[arity - 1])

        def lower(context, builder, signature, values):
            wide = common_type(*(t for t in signature.args if not is_mask(t))) or signature.args[0]
            operands = [
                widen(context, builder, value, given, wide)
                for value, given in zip(values, signature.args, strict=True)
            ]
            return code(context, builder, wide, *operands)

        lower_builtin(function, *[types.Any] * arity)(lower)
        return code

    return decorate
