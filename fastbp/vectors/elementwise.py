"""NumPy's elementwise functions on vectors: what users write their formulas with.

Beyond those of `.arithmetic`: short ones are a few instructions for the whole vector, exponentials,
logarithms and tanh are those of `fastbp.functions`. All others are called number by number, as
Numba has them for numbers.
"""

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import (
    lower_builtin,
    overload,
    overload_attribute,
    overload_method,
    type_callable,
)

from ..compiling.jit import INLINED
from ..compiling.numba_internals import alloca_once_value, for_range
from .vector_type import (
    CONTRACT,
    Vector,
    bit_layout,
    common_type,
    define,
    fill,
    intrinsic,
    is_mask,
    is_vector,
    mask_type,
)

NUMBER_BY_NUMBER = {
    np.power: (np.power, operator.pow),
    np.remainder: (np.remainder, operator.mod),
} | {
    ufunc: ufunc
    for ufunc in (
        *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.arctan2, np.hypot),
        *(np.sinh, np.cosh, np.arcsinh, np.arccosh, np.arctanh),
        *(np.exp2, np.log2, np.log10, np.logaddexp, np.logaddexp2, np.cbrt),
        *(np.deg2rad, np.rad2deg, np.radians, np.degrees),
        *(np.fmin, np.fmax, np.fmod),
    )
}


def _define_short():
    define(np.zeros_like, 1, common_type)(lambda c, builder, t, a: fill(a.type, 0.0))
    define(np.ones_like, 1, common_type)(lambda c, builder, t, a: fill(a.type, 1.0))
    define(np.square, 1, common_type)(lambda c, builder, t, a: builder.fmul(a, a, flags=CONTRACT))
    define(np.reciprocal, 1, common_type)(
        lambda c, builder, t, a: builder.fdiv(fill(a.type, 1.0), a)
    )
    define(np.isnan, 1, common_type, mask_type)(
        lambda c, builder, t, a: builder.fcmp_unordered("uno", a, a)
    )
    for function, sign in ((np.isinf, "=="), (np.isfinite, "<")):
        define(function, 1, common_type, mask_type)(
            lambda c, builder, t, a, sign=sign: builder.fcmp_ordered(
                sign, intrinsic(builder, "fabs", a), fill(a.type, np.inf)
            )
        )


_define_short()


@define(np.signbit, 1, common_type, mask_type)
def _(context, builder, t, a):
    integers = bit_layout(t)[1]
    return builder.icmp_signed("<", builder.bitcast(a, integers), fill(integers, 0))


@define(np.heaviside, 2, common_type)
def _(context, builder, t, a, at_zero):
    zero = fill(a.type, 0.0)
    step = builder.select(builder.fcmp_ordered(">", a, zero), fill(a.type, 1.0), a)  # NaN stays
    step = builder.select(builder.fcmp_ordered("<", a, zero), zero, step)
    return builder.select(builder.fcmp_ordered("==", a, zero), at_zero, step)


@define(np.sign, 1, common_type)
def _(context, builder, t, a):
    zero, one = fill(a.type, 0.0), fill(a.type, 1.0)
    signed = intrinsic(builder, "copysign", one, a)
    signed = builder.select(builder.fcmp_ordered("==", a, zero), zero, signed)
    return builder.select(builder.fcmp_unordered("uno", a, a), a, signed)


def stands_for(ufunc, function):
    """Give a function of NumPy's the meaning of one of ours, on vectors."""

    @overload(ufunc, jit_options=INLINED)
    def _(x):
        return (lambda x: function(x)) if is_vector(x) else None


@overload(np.clip, jit_options=INLINED)
def _(a, a_min=None, a_max=None):
    if not is_vector(a):
        return None
    without = types.NoneType | types.Omitted | type(None)
    if isinstance(a_min, without):
        return lambda a, a_min=None, a_max=None: np.minimum(a, a_max)
    if isinstance(a_max, without):
        return lambda a, a_min=None, a_max=None: np.maximum(a, a_min)
    return lambda a, a_min=None, a_max=None: np.minimum(np.maximum(a, a_min), a_max)


@overload_method(Vector, "astype", jit_options=INLINED)
def _(vector, dtype):
    number = getattr(dtype, "dtype", None)
    if isinstance(number, types.Float) or getattr(dtype, "typing_key", None) is float:
        # Of whatever precision: results are rounded to that of the vectors.
        if is_mask(vector):
            return lambda vector, dtype: np.where(vector, 1.0, 0.0)
        return lambda vector, dtype: vector


def dtype_of(vector):
    """Return the dtype of the vector's numbers."""
    return vector.dtype


@type_callable(dtype_of)
def _(context):
    return lambda vector: types.DType(vector.dtype) if is_vector(vector) else None


@lower_builtin(dtype_of, Vector)
def _(context, builder, signature, values):
    return context.get_dummy_value()


@overload_attribute(Vector, "dtype", jit_options=INLINED)
def _(vector):
    return (lambda vector: dtype_of(vector)) if is_vector(vector) else None


@type_callable(np.power)
@type_callable(operator.pow)
def _(context):
    def typer(x, n):  # an integer that is written in the source
        if is_vector(x) and isinstance(n, types.IntegerLiteral):
            return x(x, n)

    return typer


@lower_builtin(np.power, Vector, types.IntegerLiteral)
@lower_builtin(operator.pow, Vector, types.IntegerLiteral)
def _(context, builder, signature, values):
    x, n = values[0], signature.args[1].literal_value
    one = power = fill(x.type, 1.0)
    for bit in bin(abs(n))[2:]:
        power = power if power is one else builder.fmul(power, power)
        power = (x if power is one else builder.fmul(power, x)) if bit == "1" else power
    return builder.fdiv(one, power) if n < 0 else power


def _number_by_number(ufunc):
    """Return the code for a loop over the lanes, which any number of calls can afford."""

    def code(context, builder, t, *operands):
        scalar = context.get_function(ufunc, t.dtype(*[t.dtype] * ufunc.nin))
        memory = [alloca_once_value(builder, operand) for operand in operands]
        numbers = context.get_value_type(t.dtype).as_pointer()
        arrays = [builder.bitcast(place, numbers) for place in memory]
        with for_range(builder, ir.Constant(ir.IntType(64), t.lanes)) as loop:
            places = [builder.gep(array, [loop.index]) for array in arrays]
            result = scalar(builder, [builder.load(place) for place in places])
            builder.store(result, places[0])
        return builder.load(memory[0])

    return code


for _ufunc, _functions in NUMBER_BY_NUMBER.items():
    define(_functions, _ufunc.nin, common_type)(_number_by_number(_ufunc))
