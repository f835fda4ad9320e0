"""A row as a user gives it: a mapping, a sequence or an array of numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...objects.rows import (
    KINDS,
    LENGTH,
    NO_NUMBER,
    NOTHING_KNOWN,
    READ,
    UNKNOWN,
    read_row,
)

Row = Any
"""What a row may be: a mapping of names to numbers, a sequence of numbers, a 1-D array."""


class NamedRow(NamedTuple):
    """A row that has been read, as a table of one row, and the names of its columns if it has any.

    Columns that the row does not have are NaN.
    """

    values: np.ndarray  # (1, n_columns)
    names: list | None


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
    names = list(x) if isinstance(x, dict) else None
    if not len(x):
        raise ValueError("x has no features")
    return _read(x, names, len(x), "this estimator", strict=True)


def further_row(
    x: Row, names: list | None, n_columns: int, whose: str, *, strict: bool
) -> NamedRow:
    """Return the row with a number, or NaN, for each of the columns.

    Raises
    ------
    TypeError, ValueError
        If it is none; it names the column. With ``strict``, also if it has others.
    """
    x = readable(x)
    if isinstance(x, dict) and names is None:
        raise ValueError(
            f"x is a dict, but {whose} was trained on columns without names: give a sequence or an "
            "array, or train on a data frame or on dicts first"
        )
    return _read(x, names, n_columns, whose, strict=strict)


def _read(x: Any, names: list | None, n_columns: int, whose: str, *, strict: bool) -> NamedRow:
    values, columns = np.empty(n_columns), {name: i for i, name in enumerate(names or ())}
    what, where = read_row(x, KINDS, names or (), columns, values, n_columns)
    if what not in (READ, UNKNOWN) or (what == UNKNOWN and strict):
        raise ValueError(refusal(what, where, x, names, n_columns, whose))
    return NamedRow(values[None], names)


def refusal(what: int, where: int, x: Any, names: list | None, n_columns: int, whose: str) -> str:
    """Return what is wrong with a row."""
    if what == LENGTH:
        return f"x has {where} features, but {whose} is expecting {n_columns} features"
    if what == NOTHING_KNOWN:
        return (
            f"x has none of the features that {whose} was trained on, which are "
            f"{shortened(names or [])}; it has {shortened(list(x))}"
        )
    if what == UNKNOWN:
        known = set(names or ())
        unknown = [name for name in x if name not in known]
        return (
            f"x has features that {whose} was not trained on: {shortened(unknown)}. Leave them "
            "out, or set new_features='ignore' or 'add'"
        )
    name = where if names is None else names[where]
    value = x[name if isinstance(x, dict) else where]
    if what == NO_NUMBER:
        wrong = "not a number"
    else:
        wrong = "not finite"
    missing = ": leave it out, then it counts as the mean" if isinstance(x, dict) else ""
    return f"x: feature {name!r} is {value!r}, which is {wrong}{missing}"


def names_in(names: list) -> np.ndarray:
    """Return names as `feature_names_in_` has them; tuples are names, too."""
    result = np.empty(len(names), object)
    result[:] = names
    return result


def shortened(names: list) -> str:
    """Return at most five of the names."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{names[:5]}{more}"
