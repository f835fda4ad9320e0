"""Readers of values: each takes what JSON had and returns what it means, or says what is wrong.

A reader is a function of the value and of the place in the file, which is for messages.
"""

import reprlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ...estimators.data.labels import objects
from ...estimators.persistence import RECORDS

Reader = Callable[[Any, str], Any]
LARGEST = 2**53 - 1  # up to here readers of JSON agree on whole numbers
NOT_FINITE = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}
KEY = 624  # words of a Mersenne Twister's state


def refuse(where: str, expected: str, got: Any) -> Any:
    """Say what a value should be."""
    raise ValueError(f"{where} must be {expected}; got {reprlib.repr(got)}")


def flag(value: Any, where: str) -> bool:
    """Read a truth value."""
    return value if isinstance(value, bool) else refuse(where, "true or false", value)


def text(value: Any, where: str) -> str:
    """Read a string."""
    return value if isinstance(value, str) else refuse(where, "a string", value)


def count(value: Any, where: str) -> int:
    """Read a whole number from 0 on."""
    fits = type(value) is int and 0 <= value <= LARGEST
    return value if fits else refuse(where, "a whole number, 0 or more", value)


def number(value: Any, where: str) -> float:
    """Read a floating-point number."""
    if isinstance(value, str) and value in NOT_FINITE:
        return NOT_FINITE[value]
    if type(value) not in (int, float):
        return refuse(where, "a number, or one of 'nan', 'inf' and '-inf'", value)
    try:
        return float(value)
    except OverflowError:
        return refuse(where, "a number that float64 has", value)


def optional(reader: Reader) -> Reader:
    """Return a reader of the same or nothing."""
    return lambda value, where: None if value is None else reader(value, where)


def items(value: Any, where: str) -> list:
    """Return what is in a list."""
    return value if isinstance(value, list) else refuse(where, "a list", value)


def listed(reader: Reader) -> Reader:
    """Return a reader of a list of such values."""
    return lambda value, where: [
        reader(one, f"{where}[{n}]") for n, one in enumerate(items(value, where))
    ]


def numbers(value: Any, where: str) -> list[float]:
    """Read a list of numbers."""
    if set(map(type, items(value, where))) == {float}:
        return value
    return listed(number)(value, where)


def vector(value: Any, where: str) -> np.ndarray:
    """Read finite numbers, as an array in float64."""
    result = np.array(numbers(value, where), np.float64)
    return result if np.isfinite(result).all() else refuse(where, "finite numbers", value)


def array(dtype: np.dtype, n_dimensions: int) -> Reader:
    """Return a reader of an array of so many dimensions, 1 or 2, in a dtype."""

    def read(value: Any, where: str) -> np.ndarray:
        rows = listed(numbers)(value, where) if n_dimensions == 2 else [numbers(value, where)]
        if len({len(row) for row in rows}) > 1:
            raise ValueError(f"{where} has rows of {sorted({len(row) for row in rows})} numbers")
        exact = np.array(rows, np.float64)
        with np.errstate(over="ignore"):
            result = exact.astype(dtype)
        if (np.isinf(result) & np.isfinite(exact)).any():
            raise ValueError(f"{where} has numbers that {dtype} does not have")
        return result if n_dimensions == 2 else result[0]

    return read


def mapping(value: Any, where: str, needed: tuple, more: tuple = ()) -> dict:
    """Return an object that has all entries that are needed, and no others than `more`."""
    if not isinstance(value, dict):
        return refuse(where, "an object", value)
    if missing := [name for name in needed if name not in value]:
        raise ValueError(f"{where} lacks {', '.join(missing)}")
    if unknown := [name for name in value if name not in (*needed, *more)]:
        raise ValueError(f"{where} has {reprlib.repr(unknown[0])}, which is not known")
    return value


def label(value: Any, where: str) -> Any:
    """Read a label or a name: a string, a number, a truth value, or a tuple of these."""
    if isinstance(value, list):
        return tuple(listed(label)(value, where))
    if value is None or isinstance(value, dict):
        return refuse(where, "a string, a number, true, false or a list of these", value)
    return value


def names(value: Any, where: str) -> np.ndarray:
    """Read different labels or names, as an array of objects."""
    found = listed(label)(value, where)
    if len(set(found)) < len(found):
        return refuse(where, "different from each other", found)
    return objects(found)


def generator(value: Any, where: str) -> np.random.RandomState:
    """Read the state of a generator of random numbers."""
    mapping(value, where, ("key", "position", "has_gauss", "gauss"))
    key = listed(count)(value["key"], f"{where}.key")
    position = count(value["position"], f"{where}.position")
    if len(key) != KEY or max(key) >= 2**32 or position > KEY:
        raise ValueError(
            f"{where} must have a key of {KEY} numbers of 32 bits and a position of at most {KEY}"
        )
    (gauss,) = vector([value["gauss"]], f"{where}.gauss")
    state = np.array(key, np.uint32), position, flag(value["has_gauss"], where), float(gauss)
    result = np.random.RandomState(0)
    result.set_state(("MT19937", *state))
    return result


def record_of(foreign: dict[str, type]) -> Reader:
    """Return a reader of records: the package's, and others by their names."""
    known: dict[str, Any] = {**RECORDS, **foreign}

    def field(value: Any, where: str) -> Any:
        if isinstance(value, dict):
            return read(value, where)
        if isinstance(value, bool):
            return value
        return value if type(value) is int and abs(value) <= LARGEST else number(value, where)

    def read(value: Any, where: str) -> Any:
        mapping(value, where, ("record", "fields"))
        name, cls = text(value["record"], where), known.get(value["record"])
        if cls is None:
            raise ValueError(
                f"{where} is a record {name}, which fastbp does not have: pass the class that "
                f"it is, as in from_json(..., records=[{name}])"
            )
        needed = tuple(one for one in cls._fields if one not in cls._field_defaults)
        given = mapping(value["fields"], f"{where}.{name}", needed, cls._fields)
        return cls(**{key: field(one, f"{where}.{key}") for key, one in given.items()})

    return read
