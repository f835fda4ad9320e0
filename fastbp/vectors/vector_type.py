"""The Numba type of vectors, and the tools that give operations on it their machine code.

Operations are given to Numba as typing rules and code generators, not as Python functions to
compile: a kernel uses hundreds of them, and this way each costs microseconds to compile. Many are
NumPy's and Python's own, which have a meaning of Numba's for all other types: ours holds where a
vector is among the operands, and nowhere else.
"""

import itertools

from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, models, register_model, type_callable

from .simd import REGISTERS, VECTOR_BYTES
from .span import is_memory

# Numba looks at how many operands a typer takes.
TYPERS = {
    1: lambda typed: lambda a: typed(a),
    2: lambda typed: lambda a, b: typed(a, b),
    3: lambda typed: lambda a, b, c: typed(a, b, c),
}
CONTRACT = ("contract",)  # the flag of products and sums that may be fused


class Vector(types.Type):
    """The Numba type of a vector of `lanes` numbers of one dtype, or of as many truth values.

    Truth values come from comparisons of vectors, and keep the type of these.
    """

    def __init__(self, dtype, lanes, numbers=None):
        self.dtype, self.lanes, self._numbers = dtype, lanes, numbers
        super().__init__(name=f"Mask({numbers})" if numbers else f"Vector({dtype}, {lanes})")

    @property
    def numbers(self):
        """The type of the vectors that were compared, or the vector's own."""
        return self._numbers or self


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
    """Return the vector type of an operation; scalars adapt to the vectors (NEP 50).

    So do masks, as zeros and ones, beside numbers; among themselves they do not calculate.
    """
    wide = {t.numbers for t in operands if isinstance(t, Vector)}
    numbers = [t for t in operands if not is_mask(t) and not isinstance(t, types.Boolean)]
    if len(wide) == 1 and numbers and all(map(is_operand, operands)):
        return wide.pop()


def common_mask(*operands):
    """Return the type of the masks if all operands are such, of vectors of one type."""
    first = operands[0]
    return first if is_mask(first) and all(t == first for t in operands) else None


def is_operand(t):
    """Tell whether vectors calculate with such a type."""
    return isinstance(t, Vector | types.Number | types.Boolean)


def mask_type(vector):
    """Return the type of a comparison of such vectors."""
    return Vector(types.boolean, vector.lanes, vector.numbers)


def block_type(numbers, block):
    """Return the vector type that a block of the numbers holds."""
    if is_memory(numbers) and isinstance(block, types.BaseNamedTuple):
        count = REGISTERS[block.instance_class]
        return Vector(numbers.dtype, count * VECTOR_BYTES * 8 // numbers.dtype.bitwidth)


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
    """Convert a scalar or a mask to the vector type `wanted`; a vector of this type passes."""
    if given == wanted:
        return value
    if is_mask(given):
        t = context.get_value_type(wanted)
        return builder.select(value, fill(t, 1.0), fill(t, 0.0))
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


def define(functions, arity, operands, result=lambda wide: wide):
    """Give a function, or several, a compiled meaning: ``code(context, builder, type, *operands)``.

    `operands` maps the operands' types to the type of vector that the code gets all of them as,
    None where the definition does not apply; `result` maps this type to that of the result.
    """
    functions = functions if isinstance(functions, tuple) else (functions,)

    def decorate(code):
        def lower(context, builder, signature, values):
            wide = operands(*signature.args)
            wide_values = [
                widen(context, builder, value, given, wide)
                for value, given in zip(values, signature.args, strict=True)
            ]
            return code(context, builder, wide, *wide_values)

        def typed(*types_):
            wide = operands(*types_)
            return wide and result(wide)

        typer = TYPERS[arity](typed)

        for function in functions:
            type_callable(function)(lambda context: typer)
            # Any type beside a vector, but never without one: that would take the function from
            # all others who compile with Numba.
            for kinds in itertools.product((Vector, types.Any), repeat=arity):
                if Vector in kinds:
                    lower_builtin(function, *kinds)(lower)
        return code

    return decorate
