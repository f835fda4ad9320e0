"""Columns of a data frame by their names, in any order, some of them missing or unknown."""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from sklearn.utils.validation import check_array

from ..data.standardization import checked_units
from ..data.user_input import DTYPES, Table, check_table
from .features import places_of


class Columns(NamedTuple):
    """What a data frame has of the columns that an estimator knows."""

    X: np.ndarray  # of shape (n_rows, n_features)
    given: np.ndarray  # of shape (1, n_features): whether each column is there
    new: list[str]  # names that are unknown: behind the others in X if they are to be learned


def names_of(X: Table, name: str = "X") -> list[str] | None:
    """Return the names of a data frame's columns; None of other things, and of other names.

    Raises
    ------
    ValueError
        If a name occurs twice.
    """
    if not (hasattr(X, "columns") and hasattr(X, "shape")):
        return None
    names = list(X.columns)
    if not names or not all(isinstance(one, str) for one in names):
        return None  # scikit-learn's to say
    if len(set(names)) < len(names):
        twice = next(one for n, one in enumerate(names) if one in names[:n])
        raise ValueError(f"{name}: column {twice!r} occurs twice")
    return names


def columns_of(estimator: Any, X: Table, *, adds: bool = False, name: str = "X") -> Columns | None:
    """Return the columns of X that the estimator knows, in its order, if it takes them by name.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        A trained one.
    X : Table
        Perhaps a data frame.
    adds : bool, default=False
        Whether unknown columns come behind the known ones; else they are left out.
    name : str, default='X'
        What messages call it.

    Returns
    -------
    columns : Columns or None
        None where `new_features` is "error", or X or the estimator has no names. A column that X
        lacks has the mean in all rows, which is 0 after standardisation; 0 without.

    Raises
    ------
    ValueError
        For values that are no finite numbers, and if there is no column that is known while others
        are to be ignored.
    """
    if estimator.new_features == "error" or not hasattr(estimator, "feature_names_in_"):
        return None
    names = names_of(X, name)
    if names is None:
        return None
    places, fill = places_of(estimator), estimator.mean_
    n_known = width = len(places.names)
    numbers = np.fromiter(map(places.place, names), np.int64, len(names))
    unknown = numbers < 0
    new = [names[n] for n in np.flatnonzero(unknown)]
    if adds:
        numbers[unknown] = np.arange(n_known, n_known + len(new))
        width += len(new)
    elif new:
        if len(new) == len(names) and estimator.new_features == "ignore":
            raise ValueError(
                f"{name} has none of the columns that are known ({examples(places.names)}), but "
                f"{examples(new)}: with new_features='ignore' there is nothing left to learn or "
                "predict from"
            )
        numbers = numbers[~unknown]
        X = X[[names[n] for n in np.flatnonzero(~unknown)]]
    values = np.empty((X.shape[0], 0), np.float64)
    if len(numbers):
        dtypes = DTYPES if fill is not None else (estimator._network().dtype,)
        values = check_array(
            check_table(X, name),
            accept_sparse="csr",
            dtype=dtypes,
            estimator=estimator,
            input_name=name,
        )
        values = values.toarray() if scipy.sparse.issparse(values) else values
    given = np.zeros((1, width), bool)
    given[0, numbers] = True
    if fill is None:
        wide = np.zeros((len(values), width), values.dtype)
    else:  # in float64, as the mean is
        wide = np.zeros((len(values), width))
        wide[:, :n_known] = checked_units((n_known,), mean_=fill)[0]
    wide[:, numbers] = values
    return Columns(wide, given, new)


def nameless(estimator: Any, n_features: int) -> Any:
    """Return a view of an estimator that takes arrays of so many columns, and knows no names."""
    view = object.__new__(type(estimator))
    vars(view).update(vars(estimator))
    vars(view).pop("feature_names_in_", None)
    view.n_features_in_ = n_features
    return view


def examples(names: Any) -> str:
    """Return some names for a message."""
    return ", ".join(repr(name) for name in names[:3]) + (", ..." if len(names) > 3 else "")
