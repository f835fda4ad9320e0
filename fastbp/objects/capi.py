"""Python's own objects in kernels, by the C API: dictionaries, sequences, arrays, numbers.

To read a number from a dictionary takes a kernel 10 ns, a fifth of what it takes Python to put it
into an array; and what a kernel does while it holds the GIL (`jit.kernel_with_gil`), no other
thread sees half of. The functions are those of CPython's stable ABI.

An object comes as an argument of the type `python_object`, or as its address, an integer: whoever
stores an address keeps the object alive. Called from Python, in an interpreted kernel, the same
functions take the objects themselves.

What a value's ``__float__`` or a name's ``__eq__`` does, nobody knows: it may change the very
dictionary. So every object is held while it is used, and lengths are looked at for each item.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import (
    NativeValue,
    box,
    lower_builtin,
    models,
    overload,
    register_model,
    type_callable,
    unbox,
)

from ..compiling.jit import OPTIONS

_WORD = types.intp


class ObjectType(types.Type):
    """The Numba type of any Python object: its address. An argument is borrowed, a result given."""

    def __init__(self):
        super().__init__(name="PythonObject")


python_object = ObjectType()


@register_model(ObjectType)
class _ObjectModel(models.PrimitiveModel):
    def __init__(self, manager, t):
        super().__init__(manager, t, ir.IntType(64))


@unbox(ObjectType)
def _(t, value, context):
    return NativeValue(context.builder.ptrtoint(value, ir.IntType(64)))


@box(ObjectType)
def _(t, value, context):
    return context.builder.inttoptr(value, context.pyapi.pyobj)


def address_of(value):
    """Return the address of an object; in Python, the object."""
    return value


@type_callable(address_of)
def _(context):
    return lambda value: _WORD if isinstance(value, ObjectType) else None


def object_at(address):
    """Return the object of an address, which must be somebody's to give; in Python, the object."""
    return address


@type_callable(object_at)
def _(context):
    return lambda address: python_object if isinstance(address, types.Integer) else None


@lower_builtin(address_of, ObjectType)
@lower_builtin(object_at, types.Integer)
def _(context, builder, signature, values):
    return values[0]


def place_of(value: Any, *, compiling: bool) -> Any:
    """Return what a kernel's record holds to stand for an object: its address, if compiled."""
    return id(value) if compiling else value


# --- The C API ------------------------------------------------------------------------------------


def _function(name, result, *arguments):
    return types.ExternalFunction(name, result(*arguments))


dict_get = _function("PyDict_GetItemWithError", _WORD, _WORD, _WORD)  # borrowed; 0 if missing
dict_set = _function("PyDict_SetItem", types.intc, _WORD, _WORD, _WORD)
dict_next = _function("PyDict_Next", types.intc, _WORD, _WORD, _WORD, _WORD)
dict_size = _function("PyDict_Size", _WORD, _WORD)
new_dict = _function("PyDict_New", _WORD)
list_get = _function("PyList_GetItem", _WORD, _WORD, _WORD)  # borrowed; 0 beyond the end
list_size = _function("PyList_Size", _WORD, _WORD)
tuple_get = _function("PyTuple_GetItem", _WORD, _WORD, _WORD)
tuple_size = _function("PyTuple_Size", _WORD, _WORD)
as_double = _function("PyFloat_AsDouble", types.float64, _WORD)
as_integer = _function("PyLong_AsSsize_t", _WORD, _WORD)
new_float = _function("PyFloat_FromDouble", _WORD, types.float64)
rich_compare = _function("PyObject_RichCompareBool", types.intc, _WORD, _WORD, types.intc)
error = _function("PyErr_Occurred", _WORD)
clear = _function("PyErr_Clear", types.void)
hold = _function("Py_IncRef", types.void, _WORD)
release = _function("Py_DecRef", types.void, _WORD)


EQUAL = 2  # Py_EQ


def word_at(address, n):
    """Return the n-th machine word from an address on."""
    raise NotImplementedError


def float64_at(address):
    """Return the float64 at an address."""
    raise NotImplementedError


def float32_at(address):
    """Return the float32 at an address."""
    raise NotImplementedError


type_callable(word_at)(lambda context: lambda address, n: _WORD)
type_callable(float64_at)(lambda context: lambda address: types.float64)
type_callable(float32_at)(lambda context: lambda address: types.float32)


@lower_builtin(word_at, types.Integer, types.Integer)
def _(context, builder, signature, values):
    words = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
    return builder.load(builder.gep(words, [values[1]]))


@lower_builtin(float64_at, types.Integer)
@lower_builtin(float32_at, types.Integer)
def _(context, builder, signature, values):
    number_type = context.get_value_type(signature.return_type)
    number = builder.load(builder.inttoptr(values[0], number_type.as_pointer()))
    number.align = 1  # an array may begin anywhere
    return number


# --- Numbers, in and out --------------------------------------------------------------------------


def float_of(value):
    """Return whether an object is a number, and the number."""
    if isinstance(value, (str, bytes, bytearray)):
        return False, 0.0
    try:
        return True, float(value)
    except Exception:
        return False, 0.0


@overload(float_of, jit_options=OPTIONS)
def _(value):
    def number(value):
        hold(value)
        result = as_double(value)
        release(value)
        if result == -1.0 and error() != 0:
            clear()  # or Python would find an exception beside the kernel's result
            return False, 0.0
        return True, result

    return number


def looked_up(mapping, key):
    """Return whether a dictionary of numbers has the key, and the number."""
    try:
        return (True, mapping[key]) if key in mapping else (False, 0.0)
    except Exception:  # of whatever kind a key's own __hash__ and __eq__ raise
        return False, 0.0


@overload(looked_up, jit_options=OPTIONS)
def _(mapping, key):
    def look(mapping, key):
        value = dict_get(mapping, key)
        if value == 0:
            if error() != 0:
                clear()
            return False, 0.0
        return float_of(value)

    return look


def is_named(names, i, name):
    """Tell whether the i-th name is this one."""
    return names[i] == name


@overload(is_named, jit_options=OPTIONS)
def _(names, i, name):
    def compare(names, i, name):
        if names[i] == name:  # the same object
            return True
        result = rich_compare(names[i], name, EQUAL)
        if result < 0:
            clear()
        return result == 1

    return compare


# --- Lists and dictionaries -----------------------------------------------------------------------


def are_those(sequence, objects, start, count):
    """Tell whether a list begins with so many of these objects, from number `start` on."""
    return len(sequence) >= count and all(sequence[i] is objects[start + i] for i in range(count))


@overload(are_those, jit_options=OPTIONS)
def _(sequence, objects, start, count):
    def compare(sequence, objects, start, count):
        if list_size(sequence) < count:
            return False
        for i in range(count):
            if list_get(sequence, i) != objects[start + i]:
                return False
        return True

    return compare


def item_of(sequence, n):
    """Return an item of a list, to be given away."""
    return sequence[n]


@overload(item_of, jit_options=OPTIONS)
def _(sequence, n):
    def get(sequence, n):
        item = list_get(sequence, n)
        hold(item)
        return item

    return get


def float_object(value):
    """Return a Python float, to be given away."""
    return float(value)


@overload(float_object, jit_options=OPTIONS)
def _(value):
    return lambda value: new_float(value)


def named_floats(names, values, count):
    """Return a dictionary of so many numbers, by the names in a list, to be given away."""
    return {names[n]: float(values[n]) for n in range(count)}


@overload(named_floats, jit_options=OPTIONS)
def _(names, values, count):
    def collect(names, values, count):
        result = new_dict()
        for n in range(count):
            value = new_float(values[n])
            dict_set(result, list_get(names, n), value)
            release(value)
        return result

    return collect


def nothing(sentinel):
    """Return an object that says that there is no result, to be given away."""
    return sentinel


@overload(nothing, jit_options=OPTIONS)
def _(sentinel):
    def give(sentinel):
        hold(sentinel)
        return sentinel

    return give
