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
    names = list(x) if isinstance(x, dict) else None
    return NamedRow(_read(x, names, len(x), "this estimator", "error"), names, [])


def further_row(x: Row, names: list | None, n_columns: int, whose: str, unknown: str) -> NamedRow:
    """Return the row with a number, or NaN, for each of the columns.

    Parameters
    ----------
    x : Row
        The row.
    names : list or None
        The names of the columns.
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
    new = []
    if isinstance(x, dict):
        if names is None:
            raise ValueError(
                f"x is a dict, but {whose} was trained on columns without names: give a sequence "
                "or an array, or train on a data frame or on dicts first"
            )
        if unknown == "add":
            known = set(names)
            new = [name for name in x if name not in known]
            names = names + new
    return NamedRow(_read(x, names, n_columns + len(new), whose, unknown), names, new)


def _read(x: Any, names: list | None, n_columns: int, whose: str, unknown: str) -> np.ndarray:
    values, columns = np.empty(n_columns), {name: i for i, name in enumerate(names or ())}
    what, where = read_row(x, KINDS, names or (), columns, values, n_columns)
    fine = {READ}
    if unknown in ("ignore", "any"):
        fine.add(UNKNOWN)
    if unknown in ("add", "any"):  # what is not there is the mean, were it all of it
        fine.add(NOTHING_KNOWN)
    if what not in fine:
        raise ValueError(refusal(what, where, x, names, n_columns, whose))
    return values[None]


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
