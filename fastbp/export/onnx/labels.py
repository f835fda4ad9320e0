"""Class labels in ONNX, which has them of one kind: strings, whole numbers, numbers or truth."""

from typing import Any

import numpy as np

from ...estimators.data.class_targets import ONE
from .graph import Expression

KINDS = {str: np.str_, bool: np.bool_, int: np.int64, float: np.float64}
"""Of Python's labels, the arrays that ONNX has."""


def has_one_class(model: Any) -> bool:
    """Tell whether there is one class for each row, and not a number of labels."""
    return model._label_binarizer.y_type_ in ONE


def label_values(model: Any) -> np.ndarray:
    """Return what is predicted for each class, as a constant of ONNX.

    Raises
    ------
    ValueError
        If ONNX does not have such labels.
    """
    labels = model.classes_.tolist()
    kinds = {type(label) for label in labels}
    kind = KINDS.get(kinds.pop()) if len(kinds) == 1 else None
    try:
        if kind is None:
            raise TypeError
        [label.encode() for label in labels if isinstance(label, str)]
        return np.array(labels, kind)
    except (TypeError, OverflowError, UnicodeEncodeError):
        raise ValueError(
            "classes_: labels in ONNX are all strings of Unicode, all integers of 64 bits, all "
            f"floats or all truth values; got {labels[:10]}"
        ) from None


def labels_of(model: Any, probabilities: Expression) -> Expression:
    """Return what `predict` returns: (n_rows,), or of several labels (n_rows, n_labels)."""
    if not has_one_class(model):
        return (probabilities > 0.5).astype(np.int64)
    places = probabilities.node("ArgMax", probabilities, axis=1, keepdims=0, kind=np.int64)
    values = label_values(model)
    return places.node("Gather", values, places, kind=values.dtype)
