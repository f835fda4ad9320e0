"""What an estimator is made of, in what JSON has: numbers, strings, lists and objects.

Floating-point numbers are written as the shortest decimals from which the same bits come back:
everybody can read them, in every language, and files can be compared line by line. Base64 would
take half the room, and so does a compressed file. What is no finite number is a string.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...estimators.data.labels import native
from ...estimators.persistence import RECORDS


class Writer:
    """Puts values into words, and notes the classes of records that are not the package's."""

    def __init__(self) -> None:
        self.foreign: dict[str, type] = {}

    def plain(self, value: Any, where: str) -> Any:
        """Return a value as JSON has it.

        Raises
        ------
        ValueError
            If it is nothing that can be read without running somebody's code.
        """
        if isinstance(value, np.generic) and value.dtype.kind in "biuU":
            value = value.item()
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, float):
            return decimals(np.float64(value))
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f":
            return decimals(value)
        if isinstance(value, np.random.RandomState):
            return generator_in_words(value, where)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return self.record(value, where)
        if isinstance(value, (list, tuple, np.ndarray)):
            return [self.plain(one, f"{where}[{n}]") for n, one in enumerate(value)]
        raise ValueError(
            f"{where}: a file that runs no code when it is read cannot hold {value!r}, which is "
            f"of type {type(value).__name__}"
        )

    def record(self, record: Any, where: str) -> dict:
        """Return name and fields of a record."""
        cls, name = type(record), type(record).__name__
        known = RECORDS.get(name) or self.foreign.setdefault(name, cls)
        if known is not cls:
            raise ValueError(f"{where}: there are two records named {name}: rename one of them")
        fields = zip(record._fields, record, strict=True)
        return {
            "record": name,
            "fields": {field: self.plain(one, f"{where}.{field}") for field, one in fields},
        }


def decimals(numbers: Any) -> Any:
    """Return floats in nested lists, the shortest decimals of which are those of `numbers`."""
    given = np.asarray(numbers)
    exact = given.astype(np.float64)
    if given.dtype == np.float32:
        short = given.astype(str).astype(np.float64)  # 0.1, which is 0.10000000149011612 exactly
        exact = np.where(short.astype(np.float32) == given, short, exact)
    return exact.tolist() if np.isfinite(exact).all() else _named(exact.tolist())


def _named(numbers: Any) -> Any:
    if isinstance(numbers, list):
        return [_named(one) for one in numbers]
    return numbers if math.isfinite(numbers) else str(numbers)


def labels_in_words(labels: Iterable, where: str) -> list:
    """Return labels or names as JSON has them; a tuple is a list.

    Raises
    ------
    ValueError
        If one is neither a string, a number, a truth value nor a tuple of these.
    """
    result: list[Any] = []
    for n, one in enumerate(labels):
        one, place = native(one), f"{where}[{n}]"
        if isinstance(one, tuple) and not hasattr(one, "_fields"):
            result.append(labels_in_words(one, place))
        elif type(one) in (str, bool, int) or (type(one) is float and math.isfinite(one)):
            result.append(one)
        else:
            raise ValueError(
                f"{place}: a file has strings, numbers, truth values and tuples of these as "
                f"labels and names, not {one!r}, which is of type {type(one).__name__}"
            )
    return result


def generator_in_words(generator: np.random.RandomState, where: str) -> dict:
    """Return the state of a generator of random numbers."""
    state = generator.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":
        raise ValueError(
            f"{where}: only generators of the kind MT19937 can be written, such as "
            f"np.random.RandomState(0); got {state['bit_generator']}"
        )
    return {
        "key": state["state"]["key"].tolist(),
        "position": int(state["state"]["pos"]),
        "has_gauss": bool(state["has_gauss"]),
        "gauss": float(state["gauss"]),
    }
