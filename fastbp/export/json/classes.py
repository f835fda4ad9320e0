"""Classes in a file: labels with their dtype, and what kind of targets they are."""

import numpy as np
from sklearn.preprocessing import LabelBinarizer

from ...estimators.data.labels import NumberedLabels
from .reading import flag, mapping, names, refuse, text
from .writing import labels_in_words

SEVERAL = "multilabel-indicator"
TYPES = {"str": str, "bool": bool, "float16": float, "float32": float, "float64": float}
TYPES |= {f"{u}int{bits}": int for u in ("", "u") for bits in (8, 16, 32, 64)}
"""Of labels in arrays of each dtype; in one of objects they are of any."""


def classes_in_words(classes: np.ndarray, binarizer: LabelBinarizer) -> dict:
    """Return `classes_` and what is known of targets as JSON has them."""
    numbered = type(binarizer) is NumberedLabels
    expected = np.arange(len(classes)) if numbered else classes
    if not np.array_equal(binarizer.classes_, expected):
        raise ValueError(
            f"classes_ is {classes.tolist()[:10]}; trained were {binarizer.classes_.tolist()[:10]}"
        )
    kind = "str" if classes.dtype.kind == "U" else classes.dtype.name
    of_binarizer = {"kind": binarizer.y_type_, "sparse": bool(binarizer.sparse_input_)}
    return {
        "classes_": {"dtype": kind, "labels": labels_in_words(classes.tolist(), "classes_")},
        "_label_binarizer": {**of_binarizer, "numbered": numbered},
    }


def classes_of(words: dict, where: str) -> dict:
    """Return `classes_`, and what encodes targets of them, of a file."""
    told = mapping(
        words.get("_label_binarizer"), f"{where}._label_binarizer", ("kind", "sparse", "numbered")
    )
    place = f"{where}.classes_"
    given = mapping(words["classes_"], place, ("dtype", "labels"))
    classes = _in_dtype(names(given["labels"], place), text(given["dtype"], place), place)
    numbered = flag(told["numbered"], f"{where}._label_binarizer.numbered")
    sortable = np.arange(len(classes)) if numbered else classes
    if not np.array_equal(np.unique(sortable), sortable):
        refuse(place, "sorted labels, or numbered ones", classes.tolist())
    kinds = (SEVERAL, "multiclass" if len(classes) > 2 else "binary")
    if told["kind"] not in kinds or not len(classes):
        refuse(f"{where}._label_binarizer.kind", f"one of {kinds}, by classes_", told["kind"])
    binarizer = (NumberedLabels if numbered else LabelBinarizer)()
    binarizer.classes_, binarizer.y_type_ = sortable, told["kind"]
    binarizer.sparse_input_ = flag(told["sparse"], f"{where}._label_binarizer.sparse")
    return {"classes_": classes, "_label_binarizer": binarizer}


def _in_dtype(labels: np.ndarray, name: str, where: str) -> np.ndarray:
    """Return labels in an array of the dtype of this name."""
    if name == "object":
        return labels
    if name not in TYPES:
        refuse(f"{where}.dtype", f"object or one of {', '.join(TYPES)}", name)
    given = labels.tolist()
    try:
        result = np.array(given, name)
    except (OverflowError, TypeError, ValueError):
        return refuse(where, f"labels of {name}", given)
    fits = all(type(one) is TYPES[name] for one in given) and result.tolist() == given
    return result if fits else refuse(where, f"labels of {name}", given)
