"""Classes and labels: checked, encoded for the kernels, weighed, and decoded again."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import type_of_target, unique_labels

from ...kernels.targets import Classes, PartlyMissing, Smoothed, Targets, Values
from ...losses import normalised
from .._sklearn import _check_partial_fit_first_call
from ..bound_network import BoundNetwork
from ..growing.classes import grow_classes, joined
from .labels import (
    NumberedLabels,
    is_numbered,
    labels_of,
    listed,
    need_numbers,
    objects,
    said_clearly,
    unknown_labels,
)
from .missing_targets import filled, partly_missing, restored
from .user_input import Table, as_column, check_labels

ONE = ("binary", "multiclass")  # kinds of targets with one class per row


def check_indicators(y: np.ndarray) -> None:
    """Refuse a matrix of labels with other numbers than 0 and 1.

    Raises
    ------
    ValueError
        It says which there are.
    """
    if y.ndim == 2 and y.shape[1] > 1 and type_of_target(y).startswith("multilabel"):
        found = np.unique(y)
        if not np.isin(found, (0, 1)).all():
            raise ValueError(
                f"y: a label indicator matrix has 0 and 1, got {found.tolist()}: write 1 where a "
                "label applies, and 0 where it does not"
            )


def known(y: np.ndarray, classes: np.ndarray) -> bool:
    """Tell whether these are labels of these classes, without scikit-learn's 0.1 ms."""
    if y.dtype.kind != classes.dtype.kind or y.dtype.kind not in "biuU":
        return False
    places = np.searchsorted(classes, y)
    return bool((classes[np.minimum(places, len(classes) - 1)] == y).all())


def binarizer_of(y: np.ndarray) -> LabelBinarizer:
    """Return what `LabelBinarizer().fit(y)` is; of plain labels without its 0.3 ms."""
    binarizer = LabelBinarizer()
    if type(y) is not np.ndarray or y.ndim != 1 or y.dtype.kind not in "biuU" or not len(y):
        with said_clearly(y):
            return binarizer.fit(y)
    binarizer.classes_ = np.unique(y)
    binarizer.y_type_ = "binary" if len(binarizer.classes_) <= 2 else "multiclass"
    binarizer.sparse_input_ = False
    return binarizer


class ClassTargets(BoundNetwork):
    """What the classifier knows of its targets."""

    class_weight: dict | str | None
    label_smoothing: float
    new_classes: str
    classes_: np.ndarray
    _label_binarizer: LabelBinarizer

    def _declare_classes(self, y: ArrayLike, classes: ArrayLike | None) -> None:
        known = getattr(self, "classes_", None)
        if is_numbered(self) or (classes is not None and need_numbers(known, classes)):
            self._declare_numbered(y, classes)
            return
        if self.new_classes == "add" and self._is_trained():
            if classes is not None and len(np.setdiff1d(unique_labels(classes), self.classes_)):
                self._grow_classes(unique_labels(classes))
            return
        if self.new_classes == "add" and getattr(self, "classes_", None) is None:
            self._check_given_target(y)
            zeros, _ = filled(y, self.missing_targets)
            if not type_of_target(zeros).startswith("multilabel"):
                with said_clearly(zeros):
                    found = unique_labels(zeros)
                classes = found if classes is None else joined(unique_labels(classes), found)
        if _check_partial_fit_first_call(self, classes):
            self._check_given_target(y)
            self._label_binarizer = LabelBinarizer()
            y, _ = filled(y, self.missing_targets)
            multilabel = type_of_target(y).startswith("multilabel")
            self._label_binarizer.fit(y if multilabel else classes)

    def _declare_numbered(self, y: ArrayLike, classes: ArrayLike | None) -> None:
        adds, trained = self.new_classes == "add", self._is_trained()
        known = [] if getattr(self, "classes_", None) is None else self.classes_.tolist()
        if trained:
            self._check_one_class()
        declared = [] if classes is None else listed(classes, "classes")
        if known and not adds:
            if classes is not None and set(declared) != set(known):
                raise ValueError(
                    f"`classes={declared}` is not the same as on last call to partial_fit, was: "
                    f"{known}"
                )
            return
        labels = list(dict.fromkeys([*known, *declared, *(listed(y) if adds else ())]))
        if trained and not is_numbered(self):
            self._label_binarizer = NumberedLabels().fit(np.arange(len(known)))
        if trained and len(labels) > len(known):
            self._grow_classes(np.arange(len(labels)))
        elif not trained:
            self._label_binarizer = NumberedLabels().fit(np.arange(len(labels)))
        self.classes_ = objects(labels)

    def _check_one_class(self) -> None:
        if self._label_binarizer.y_type_ not in ONE:
            raise ValueError(
                "new_classes='add' is for one class per row; this classifier was trained with an "
                f"indicator matrix of the labels {self.classes_.tolist()}, which stay the same"
            )

    def _grow_classes(self, labels: np.ndarray) -> None:
        self._check_one_class()
        grow_classes(self, labels)

    def _validate_target(self, y: Table, *, incremental: bool) -> np.ndarray:
        y = as_column(y)
        y = y.toarray() if issparse(y) else y
        check_indicators(y)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = binarizer_of(y)
            self.classes_ = self._label_binarizer.classes_
            return y
        trained = self._label_binarizer.classes_ if is_numbered(self) else self.classes_
        if incremental and y.ndim == 1 and known(y, trained):
            return y
        classes = unique_labels(y)
        if not incremental:
            if set(classes) != set(trained):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous "
                    f"call to fit. Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, trained, assume_unique=True)):
            if self.new_classes == "add" and y.ndim == 1 and self._is_trained():
                self._grow_classes(classes)
                return y
            raise ValueError(unknown_labels(self, classes))
        return y

    def _validate_other_target(self, y: Table) -> np.ndarray:
        y = as_column(y)
        y = y.toarray() if issparse(y) else y
        check_indicators(y)
        if is_numbered(self):
            return y
        known, found = set(self.classes_.tolist()), unique_labels(y).tolist()
        if unknown := [label for label in found if label not in known]:
            raise ValueError(f"unknown classes {unknown}; y has {self.classes_.tolist()}")
        return y

    def _count_outputs(self, y: np.ndarray) -> int:
        multilabel = self._label_binarizer.y_type_.startswith("multilabel")
        if multilabel != (y.ndim == 2):
            raise ValueError(
                f"y must be {'a label indicator matrix' if multilabel else 'class labels'}, as in "
                "the first call"
            )
        if multilabel and y.shape[1] != len(self.classes_):
            raise ValueError(f"y has {y.shape[1]} labels, classes are {self.classes_.tolist()}")
        if multilabel:
            return y.shape[1]
        return 1 if len(self.classes_) <= 2 else len(self.classes_)

    def _n_outputs(self) -> int:
        if len(self.classes_) != len(self._label_binarizer.classes_):
            raise ValueError(
                f"classes_ has {len(self.classes_)} classes, trained were "
                f"{len(self._label_binarizer.classes_)}"
            )
        multilabel = self._label_binarizer.y_type_.startswith("multilabel")
        return len(self.classes_) if multilabel or len(self.classes_) > 2 else 1

    def _check_given_target(self, y: ArrayLike) -> None:
        check_labels(y)

    def _encode(self, y: np.ndarray, dtype: np.dtype) -> Values | PartlyMissing | Classes:
        if y.ndim == 2:
            labels = self._label_binarizer.transform(np.nan_to_num(y))
            if self.missing_targets == "error":
                return Values(labels.astype(np.uint8))
            return partly_missing(restored(labels.astype(dtype), np.isnan(y)), self._formulas.loss)
        return Classes(np.searchsorted(self._label_binarizer.classes_, y), self._count_outputs(y))

    def _costs(self, y: np.ndarray, order: np.ndarray) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        if y.ndim == 2:
            raise ValueError(
                "class_weight is for one class per row, y is a label indicator matrix: use "
                "sample_weight"
            )
        # Part of the data may lack classes: they cannot be balanced, but may be named.
        balanced = self.class_weight == "balanced"
        classes = np.unique(y[order]) if balanced else self._label_binarizer.classes_
        if is_numbered(self) and isinstance(self.class_weight, dict):
            weights = np.array([self.class_weight.get(label, 1.0) for label in self.classes_])
        else:
            weights = compute_class_weight(self.class_weight, classes=classes, y=y[order])
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise ValueError(f"class_weight: weights must not be negative, got {self.class_weight}")
        with np.errstate(over="ignore", under="ignore"):
            cast = weights.astype(self._network().dtype)
        if not np.isfinite(cast).all() or ((cast == 0) & (weights > 0)).any():
            raise ValueError(f"class_weight: weights are beyond {cast.dtype}: {self.class_weight}")
        # Rows of other classes are not trained with.
        return weights[np.searchsorted(classes, y).clip(max=len(classes) - 1)]

    def _smoothed(self, targets: Values | PartlyMissing | Classes) -> Targets:
        if not self.label_smoothing:
            return targets
        n_classes = max(targets.n_outputs, 2) if isinstance(targets, Classes) else 2
        return Smoothed(targets, float(self.label_smoothing), n_classes)

    def _stratify(self, y: np.ndarray) -> np.ndarray | None:
        if self.standardize:
            return np.nan_to_num(y) if y.ndim == 2 else y
        # As scikit-learn does it: a single output is stratified by, several are not.
        if self._label_binarizer.y_type_ == "binary":
            return (y == self._label_binarizer.classes_[-1]).reshape(-1, 1)
        return None

    def _decode(self, out: np.ndarray) -> np.ndarray:
        if self._label_binarizer.y_type_ not in ONE or len(self.classes_) < 2:
            flat = out.ravel() if out.shape[1] == 1 else out
            decoded = self._label_binarizer.inverse_transform(flat)
            return self.classes_[decoded] if is_numbered(self) else decoded
        # The same without its 0.02 ms.
        places = (out.ravel() > 0.5).astype(int) if out.shape[1] == 1 else out.argmax(axis=1)
        return labels_of(self)[places]

    def _probabilities(self, out: np.ndarray) -> np.ndarray:
        """Return the probabilities that these outputs mean."""
        if len(self.classes_) == 1 and self._label_binarizer.y_type_ != "multilabel-indicator":
            return np.ones_like(out)
        if out.shape[1] == 1:
            return np.hstack([1 - out, out])
        rounded = out.dtype != self.coefs_[-1].dtype  # their sum is 1 in float32 only
        if self._label_binarizer.y_type_ == "multiclass" and (
            rounded or not normalised(self._formulas.loss)
        ):
            sums = out.sum(axis=1, keepdims=True)
            out = np.divide(out, sums, out=np.full_like(out, 1 / out.shape[1]), where=sums > 0)
        return out
