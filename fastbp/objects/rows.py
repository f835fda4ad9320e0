"""A row of numbers in a dictionary, a list, a tuple or an array, read in a kernel."""

import ctypes
import functools
import sys
from typing import Any

import numpy as np
from numba.extending import overload

from ..compiling.jit import OPTIONS, apart, inlined, shared
from .capi import (
    as_integer,
    clear,
    dict_get,
    dict_next,
    dict_size,
    error,
    float32_at,
    float64_at,
    float_of,
    hold,
    is_named,
    list_get,
    list_size,
    release,
    tuple_get,
    tuple_size,
    word_at,
)

READ, NO_NUMBER, NOT_FINITE, LENGTH, UNKNOWN, NOTHING_KNOWN, OTHER = range(7)
"""What has come of reading."""

SPARSE = 4  # a dictionary is gone through if there are so many times as many columns
FLOAT64, FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)
KINDS = (dict, list, tuple, np.ndarray, FLOAT64, FLOAT32, float)
DICT, LIST, TUPLE, ARRAY, OF_FLOAT64, OF_FLOAT32, FLOAT = range(7)  # places in what `kinds` returns

# The words that objects begin with, and those of a float and of an array. Compiled extensions use
# these members by their places, too.
_HEAD = object.__basicsize__ // 8
_TYPE, _VALUE = _HEAD - 1, _HEAD
_DATA, _NDIM, _SHAPE, _STRIDES, _DTYPE = _HEAD, _HEAD + 1, _HEAD + 2, _HEAD + 3, _HEAD + 5


@functools.cache
def _members_are_there() -> bool:
    """Tell whether the members of objects are where they are expected."""
    number, array = 1.5, np.zeros((3, 5))[:, 1:2]
    words = (ctypes.c_ssize_t * (_DTYPE + 1)).from_address(id(array))
    shape = (ctypes.c_ssize_t * 2).from_address(words[_SHAPE])
    strides = (ctypes.c_ssize_t * 2).from_address(words[_STRIDES])
    return (
        ctypes.c_ssize_t.from_address(id(number) + 8 * _TYPE).value == id(float)
        and ctypes.c_double.from_address(id(number) + 8 * _VALUE).value == number
        and words[_TYPE] == id(np.ndarray)
        and words[_DATA] == array.ctypes.data
        and words[_NDIM] & 0xFFFFFFFF == 2
        and (*shape, *strides) == array.shape + array.strides
        and words[_DTYPE] == id(array.dtype)
    )


def kinds(*, compiling: bool) -> Any:
    """Return what `read_row` knows rows by: types and dtypes."""
    if not compiling:
        return KINDS
    # Else a row is of no kind, and Python reads it. Without a GIL, kernels may meet.
    known = _members_are_there() and getattr(sys, "_is_gil_enabled", lambda: True)()
    return np.array([id(kind) if known else 0 for kind in KINDS], np.int64)


def read_row(row, kinds, names, columns, to, n_columns):
    """to[i] ← the number of column i.

    Parameters
    ----------
    row : dict, list, tuple or ndarray of shape (n_columns,)
        Exactly one of these: nothing else is looked into.
    kinds : tuple
        What `kinds` returns.
    names : list
        The names of the columns; in a kernel, their addresses.
    columns : dict
        The number of each name's column, perhaps of other names as well; in a kernel, its address.
    to : ndarray of shape (n_columns,)
        float64. Columns that a dictionary does not have are NaN.
    n_columns : int
        Their number: in a kernel, `to` is a pointer.

    Returns
    -------
    what, where : int
        `READ` and the number of columns that were there; or what is wrong, and in which column.
        `OTHER` is what is none of these.
    """
    kind = type(row)
    if kind is dict:
        to[:] = np.nan
        places = {name: columns[name] for name in row if name in columns}
        found = {
            i: row[name] for name, i in places.items() if i < n_columns and is_named(names, i, name)
        }
        what, where = _put_each(found.items(), to)
        return _complete(len(found), len(row)) if what == READ else (what, where)
    if kind is np.ndarray and (row.ndim != 1 or row.dtype not in (FLOAT64, FLOAT32)):
        return OTHER, 0
    if kind not in (list, tuple, np.ndarray):
        return OTHER, 0
    if len(row) != n_columns:
        return LENGTH, len(row)
    return _put_each(enumerate(tuple(row)), to)


def _put_each(items: Any, to: np.ndarray) -> tuple[int, int]:
    for i, value in items:
        is_number, to[i] = float_of(value)
        if not is_number:
            return NO_NUMBER, i
        if not np.isfinite(to[i]):
            return NOT_FINITE, i
    return READ, len(to)


@inlined
def _put(kinds, to, i, value):
    """to[i] ← float(value); return what has come of it."""
    if word_at(value, _TYPE) == kinds[FLOAT]:  # without three calls: 8 ns
        is_number, to[i] = True, float64_at(value + 8 * _VALUE)
    else:
        is_number, to[i] = float_of(value)
    if not is_number:
        return NO_NUMBER
    return READ if to[i] - to[i] == 0.0 else NOT_FINITE


@shared
def _complete(n_found, size):
    """Return what has come of reading a dictionary of this size."""
    if n_found == 0:
        return NOTHING_KNOWN, 0
    return (READ if n_found == size else UNKNOWN), n_found


@shared
def _read_names(row, kinds, names, to, n_columns):
    """Look for each name in the dictionary."""
    apart()
    n_found = 0
    for i in range(n_columns):
        to[i] = np.nan
        value = dict_get(row, names[i])
        if value == 0:
            if error() != 0:
                clear()
            continue
        what = _put(kinds, to, i, value)
        if what != READ:
            return what, i
        n_found += 1
    return _complete(n_found, dict_size(row))


@shared
def _read_items(row, kinds, names, columns, to, n_columns):
    """Look for each of the dictionary's names: it has few."""
    apart()
    for i in range(n_columns):
        to[i] = np.nan
    n_found, state = 0, np.zeros(3, np.intp)  # the place in the dictionary, a name, a value
    at = state.ctypes.data
    while dict_next(row, at, at + 8, at + 16) != 0:
        name, value, i, what = state[1], state[2], -1, READ
        hold(name)
        hold(value)
        column = dict_get(columns, name)
        if column != 0:
            i = as_integer(column)
        elif error() != 0:
            clear()
        if 0 <= i < n_columns and is_named(names, i, name):
            what = _put(kinds, to, i, value)
            n_found += 1
        release(value)
        release(name)
        if what != READ:
            return what, i
    return _complete(n_found, dict_size(row))


@shared
def _read_sequence(row, kinds, is_list, to, n_columns):
    apart()
    size = list_size(row) if is_list else tuple_size(row)
    if size != n_columns:
        return LENGTH, size
    for i in range(n_columns):
        value = list_get(row, i) if is_list else tuple_get(row, i)
        if value == 0:  # a list that has become shorter meanwhile
            clear()
            return LENGTH, i
        what = _put(kinds, to, i, value)
        if what != READ:
            return what, i
    return READ, n_columns


@shared
def _read_array(row, kinds, to, n_columns):
    dtype = word_at(row, _DTYPE)
    if word_at(row, _NDIM) & 0xFFFFFFFF != 1 or dtype not in (kinds[OF_FLOAT64], kinds[OF_FLOAT32]):
        return OTHER, 0
    size = word_at(word_at(row, _SHAPE), 0)
    if size != n_columns:
        return LENGTH, size
    at, stride = word_at(row, _DATA), word_at(word_at(row, _STRIDES), 0)
    for i in range(size):
        if dtype == kinds[OF_FLOAT64]:
            to[i] = float64_at(at)
        else:
            to[i] = float32_at(at)
        if to[i] - to[i] != 0.0:
            return NOT_FINITE, i
        at += stride
    return READ, size


@overload(read_row, jit_options=OPTIONS)
def _(row, kinds, names, columns, to, n_columns):
    def read(row, kinds, names, columns, to, n_columns):
        kind = word_at(row, _TYPE)
        if kind == kinds[DICT]:
            if dict_size(row) * SPARSE < n_columns:
                return _read_items(row, kinds, names, columns, to, n_columns)
            return _read_names(row, kinds, names, to, n_columns)
        if kind == kinds[LIST] or kind == kinds[TUPLE]:
            return _read_sequence(row, kinds, kind == kinds[LIST], to, n_columns)
        if kind == kinds[ARRAY]:
            return _read_array(row, kinds, to, n_columns)
        return OTHER, 0

    return read
