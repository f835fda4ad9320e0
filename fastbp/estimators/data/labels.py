"""Labels of any hashable kind: what scikit-learn cannot sort is numbered in the order it comes in.

Then `classes_` is an array of objects in that order, and whatever trains works with their numbers,
which are labels that scikit-learn knows.
"""

import contextlib
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import LabelBinarizer

from .user_input import as_column, check_mask

NO_LABEL = "leave these rows out, or give them a label"
PLAIN = (str, bytes, int, float, np.generic, type(None))  # of which scikit-learn says what is wrong


class NumberedLabels(LabelBinarizer):
    """What knows the numbers of labels, where the labels themselves are in `classes_`."""


def is_numbered(estimator: Any) -> bool:
    """Tell whether an estimator works with the numbers of its labels."""
    return type(getattr(estimator, "_label_binarizer", None)) is NumberedLabels


def labels_of(estimator: Any) -> np.ndarray:
    """Return the label that each output stands for."""
    return estimator.classes_ if is_numbered(estimator) else estimator._label_binarizer.classes_


def objects(names: Sequence) -> np.ndarray:
    """Return names or labels as a one-dimensional array of objects: a tuple is one."""
    result = np.empty(len(names), object)
    result[:] = names
    return result


def native(label: Any) -> Any:
    """Return a label of NumPy's as Python's own, if there is one that says the same."""
    if isinstance(label, np.ndarray) and label.ndim == 0:
        label = label[()]
    is_plain = isinstance(label, (np.number, np.bool_, np.str_, np.bytes_))
    return label.item() if is_plain and not isinstance(label, np.timedelta64) else label


def checked(label: Any, name: str = "y") -> Any:
    """Return a label as Python's own.

    Raises
    ------
    ValueError
        If it cannot be found in a dictionary again: it is not hashable, or not equal to itself. Or
        if it is None, which in a stream is a target that is missing.
    """
    label = native(label)
    if label is None:
        raise ValueError(f"{name} contains None: {NO_LABEL}")
    try:
        hash(label)
    except Exception as failure:
        raise ValueError(
            f"{name} must be one label, got {label!r}: labels may be anything hashable"
        ) from failure
    try:
        found = bool(label == label)
    except Exception:  # of pandas.NA it is not known
        found = False
    if not found:
        what = "NaN" if isinstance(label, float) else repr(label)
        raise ValueError(f"{name} contains {what}, which is not equal to itself: {NO_LABEL}")
    return label


def one_by_one(y: Any) -> list | None:
    """Return what is in a one-dimensional array or a sequence; None if it is neither."""
    if hasattr(y, "ndim"):
        return list(y) if y.ndim == 1 else None
    return list(y) if isinstance(y, Sequence) and not isinstance(y, (str, bytes)) else None


def listed(y: Any, name: str = "y") -> list:
    """Return the labels of rows, each checked.

    Raises
    ------
    ValueError
        If these are not labels, one for each row.
    """
    check_mask(y, name)
    labels = one_by_one(as_column(y) if isinstance(y, np.ndarray) else y)
    if labels is None:
        raise ValueError(
            f"{name} must be class labels, one for each row, in a list or a 1-D array; got "
            f"{type(y).__name__}{f' of shape {y.shape}' if hasattr(y, 'shape') else ''}"
        )
    return [checked(label, name) for label in labels]


def is_sortable(labels: list) -> bool:
    """Tell whether scikit-learn takes such labels: strings, or whole numbers."""
    if all(isinstance(label, str) for label in labels):
        return True
    if not all(isinstance(label, (int, float)) for label in labels):
        return False
    # Integers beyond 64 bits are objects.
    return np.asarray(labels).dtype.kind in "biuf" and all(
        isinstance(label, int) or (label.is_integer() and abs(label) < 2**63) for label in labels
    )


def need_numbers(known: np.ndarray | None, labels: Any) -> bool:
    """Tell whether labels that somebody declares cannot be sorted, or not beside those known."""
    if isinstance(labels, np.ndarray) and labels.dtype.kind in "biuU":
        new = labels.tolist() if labels.ndim == 1 else None
    else:
        new = one_by_one(labels)
    if new is None:  # scikit-learn's to say
        return False
    return not is_sortable([*([] if known is None else known.tolist()), *map(native, new)])


@contextlib.contextmanager
def said_clearly(y: Any) -> Iterator[None]:
    """Where scikit-learn refuses labels of further kinds, say which, and who takes them."""
    try:
        yield
    except (TypeError, ValueError) as refusal:
        others = {
            type(label).__name__
            for label in one_by_one(y) or ()
            if isinstance(label, Hashable) and not isinstance(label, PLAIN)
        }
        if not others:
            raise
        raise ValueError(
            f"Unknown label type: y has labels of type {', '.join(sorted(others))}. Labels in a "
            "table are strings or whole numbers; anything else that is hashable may be one in "
            "learn_one with new_classes='add', and in partial_fit if `classes` has such labels"
        ) from refusal


def numbered(estimator: Any, y: Any, name: str = "y") -> Any:
    """Return the labels' numbers, (n_rows,), if the estimator works with them; else y as it is.

    Raises
    ------
    ValueError
        If it does, and y has others.
    """
    if not is_numbered(estimator):
        return y
    numbers = {label: i for i, label in enumerate(estimator.classes_)}
    labels = listed(y, name)
    if others := [label for label in labels if label not in numbers]:
        raise ValueError(unknown_labels(estimator, list(dict.fromkeys(others)), name))
    return np.array([numbers[label] for label in labels], np.int64)


def unknown_labels(estimator: Any, labels: Any, name: str = "y") -> str:
    """Return what is said of labels that are not known."""
    return (
        f"`{name}` has classes not in `self.classes_`. "
        f"`self.classes_` has {estimator.classes_}. '{name}' has {labels}."
    )
