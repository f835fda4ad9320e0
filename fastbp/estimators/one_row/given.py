"""A row as a user gives it: a mapping, a sequence or an array of numbers."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...objects.capi import float_of
from ...objects.rows import KINDS, LENGTH, NO_NUMBER, READ, read_row
from ..growing.features import Places

Row = Any
"""What a row may be: a mapping of names to numbers, a sequence of numbers, a 1-D array."""


class NamedRow(NamedTuple):
    """A row that has been read, as a table of one row, and the names of its columns if it has any.

    Columns that the row does not have are NaN.
    """

    values: np.ndarray  # (1, n_columns)
    names: list | None
    new: list  # names that were not known before, the last columns


def readable(x: Row) -> Any:
    """Return the row as kernels read it: a dict, a list, a tuple, an array of float64.

    Raises
    ------
    TypeError, ValueError
        If it is no row.
    """
    if type(x) in (dict, list, tuple):
        return x
    if isinstance(x, np.ndarray):
        if x.ndim != 1:
            raise ValueError(f"x must be one row, a 1-D array; got an array of shape {x.shape}")
        if x.dtype.kind not in "fiub":
            raise ValueError(f"x must be an array of numbers, got one of {x.dtype}")
        if np.ma.is_masked(x):
            raise ValueError(
                "x is a masked array with masked values: fill them, see sklearn.impute"
            )
        return np.array(x, np.float64)
    # A copy: a defaultdict has every name that it is asked for.
    if isinstance(x, Mapping) or (hasattr(x, "items") and hasattr(x, "index")):  # a pandas.Series
        return dict(x.items())
    if isinstance(x, Sequence) and not isinstance(x, (str, bytes)):
        return list(x)
    raise TypeError(
        "x must be one row: a dict of named numbers, a sequence of numbers or a 1-D array; got "
        f"{type(x).__name__}"
    )


def first_row(x: Row) -> NamedRow:
    """Return the row that says what columns there are: all of it, named if it is a mapping."""
    x = readable(x)
    if not len(x):
        raise ValueError("x has no features")
    if isinstance(x, dict):
        values = np.empty(len(x))
        fill(values, x, {name: i for i, name in enumerate(x)})
        return NamedRow(values[None], list(x), [])
    return NamedRow(_read(x, len(x), "this estimator", range(len(x))), None, [])


def further_row(
    x: Row, places: Places | None, n_columns: int, whose: str, unknown: str
) -> NamedRow:
    """Return the row with a number, or NaN, for each of the columns.

    Parameters
    ----------
    x : Row
        The row.
    places : Places or None
        Where the columns are by their names.
    n_columns : int
        Their number.
    whose : str
        What messages call the estimator.
    unknown : {'error', 'ignore', 'add', 'any'}
        What becomes of other names in a mapping: refused, left out, further columns, or left out
        even if there are no others.

    Raises
    ------
    TypeError, ValueError
        If it is no such row; it names the column.
    """
    x = readable(x)
    if not isinstance(x, dict):
        names = range(n_columns) if places is None else places.names
        return NamedRow(_read(x, n_columns, whose, names), None, [])
    if places is None:
        raise ValueError(
            f"x is a dict, but {whose} was trained on columns without names: give a sequence or an "
            "array, or train on a data frame or on dicts first"
        )
    columns = {name: place for name in x if (place := places.place(name)) >= 0}
    new = [name for name in x if name not in columns]
    if not columns and unknown in ("error", "ignore"):
        raise ValueError(
            f"x has none of the features that {whose} was trained on, which are "
            f"{shortened(places.names.tolist())}; it has {shortened(list(x))}"
        )
    if new and unknown == "error":
        raise ValueError(
            f"x has features that {whose} was not trained on: {shortened(new)}. Leave them out, or "
            "set new_features='ignore' or 'add'"
        )
    new = new if unknown == "add" else []
    columns |= {name: n_columns + i for i, name in enumerate(new)}
    values = np.full(n_columns + len(new), np.nan)
    fill(values, x, columns)
    return NamedRow(values[None], None, new)


def fill(values: np.ndarray, x: dict, columns: dict) -> None:
    """Put the numbers of a mapping in their places."""
    for name, i in columns.items():
        is_number, values[i] = float_of(x[name])
        if not is_number:
            raise ValueError(wrong(name, x[name], "not a number", MISSING))
        if not np.isfinite(values[i]):
            raise ValueError(wrong(name, x[name], "not finite", MISSING))


def _read(x: Any, n_columns: int, whose: str, names: Any) -> np.ndarray:
    """Return the numbers of a sequence as a table of a row."""
    values = np.empty(n_columns)
    what, where = read_row(x, KINDS, (), {}, values, n_columns)
    if what == LENGTH:
        raise ValueError(f"x has {where} features, but {whose} is expecting {n_columns} features")
    if what != READ:
        kind = "not a number" if what == NO_NUMBER else "not finite"
        raise ValueError(wrong(names[where], x[where], kind, ""))
    return values[None]


MISSING = ": leave it out, then it counts as the mean"


def wrong(name: Hashable, value: Any, what: str, advice: str) -> str:
    """Return what is wrong with a number of a row."""
    return f"x: feature {name!r} is {value!r}, which is {what}{advice}"


def shortened(names: list) -> str:
    """Return at most five of the names."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{names[:5]}{more}"
