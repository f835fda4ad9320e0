"""An estimator's arrays and records as the kernels of one row take them."""

from typing import Any

import numpy as np

from ...compiling.jit import is_compiling
from ...kernels.one_row.records import Names, RowToPredict, RowValue, Shown
from ...kernels.one_row.units import AsGiven, Standardized, StandardizedTarget
from ...kernels.targets import Classes, Smoothed, Targets, Values
from ...losses import normalised
from ...network.network import Network
from ...objects.capi import place_of
from ...objects.rows import kinds
from ...training.moments import Moments
from ..data.standardization import checked_units
from ..growing.features import places_of

ONE = ("binary", "multiclass")  # kinds of targets with one class per row
REFUSED = object()
OWN = ("_moments", "mean_", "scale_", "_y_moments", "y_mean_", "y_scale_")
"""Attributes with statistics, which rows change."""


def array(numbers: Any) -> np.ndarray:
    """Return the numbers as kernels want them: the array itself if it is so already."""
    return np.require(numbers, np.float64, ["C", "W", "A"])


def units_of(estimator: Any) -> AsGiven | Standardized:
    """Return the record of the columns' units, to predict with."""
    if estimator.mean_ is None:
        return AsGiven()
    mean, scale = checked_units(
        (estimator.n_features_in_,), mean_=estimator.mean_, scale_=estimator.scale_
    )
    unused = np.zeros(0)
    return Standardized(unused, array(mean), unused, array(scale), unused, unused, unused)


def target_units_of(estimator: Any) -> AsGiven | StandardizedTarget:
    """Return the same of a target."""
    if getattr(estimator, "y_mean_", None) is None:
        return AsGiven()
    mean, scale = checked_units((1,), y_mean_=estimator.y_mean_, y_scale_=estimator.y_scale_)
    unused = np.zeros(0)
    return StandardizedTarget(
        unused, unused, unused, array(mean), array(scale), unused, False, False
    )


def follow_units_of(draft: Any, *, its_own: bool) -> AsGiven | Standardized | None:
    """Return the record of the columns' units, to learn with; None if that is not by row.

    The draft's statistics become arrays of its own, which rows change, if they are not already.
    """
    if draft.mean_ is None:
        return AsGiven()
    if not draft._is_centred:
        return None
    weight, mean, variance = draft._moments
    if not its_own:
        weight, mean, variance = own_moments(draft._moments)
        draft.scale_ = np.array(draft.scale_)
    draft._moments, draft.mean_ = Moments(weight, mean, variance), mean
    return Standardized(weight, mean, variance, draft.scale_, *np.zeros((3, len(mean))))


def follow_target_of(draft: Any) -> AsGiven | StandardizedTarget | None:
    """Return the same of a target."""
    if getattr(draft, "y_mean_", None) is None:
        return AsGiven()
    if len(draft.y_mean_) != 1:
        return None
    moments = own_moments(draft._y_moments)
    draft._y_moments = Moments(*moments)
    draft.y_mean_, draft.y_scale_ = np.array(draft.y_mean_), np.array(draft.y_scale_)
    centred, around_zero = draft._centres_target(), draft._scales_target()
    units = draft.y_mean_, draft.y_scale_, np.zeros(4)
    return StandardizedTarget(*moments, *units, centred, around_zero and not centred)


def own_moments(moments: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return copies of weight, mean and variance, the weight for each column by itself."""
    weight = np.array(np.broadcast_to(moments.weight, moments.mean.shape), np.float64)
    return weight, np.array(moments.mean), np.array(moments.variance)


class Objects:
    """The Python objects that kernels of an estimator's rows look into, kept alive.

    Parameters
    ----------
    estimator : estimator
        Whose they are.
    network : Network
        Its network.
    """

    def __init__(self, estimator: Any, network: Network) -> None:
        self.network = network
        self.formulas = estimator._formulas
        self.named = hasattr(estimator, "feature_names_in_")
        self.columns: dict = {}
        if self.named:
            self.places_of_columns = places_of(estimator)
            self.columns = self.places_of_columns.numbers
        self.new_features = estimator.new_features
        self.lists = estimator.coefs_, estimator.intercepts_
        self.arrays = [*network.weights, *network.biases]
        binarizer = getattr(estimator, "_label_binarizer", None)
        self.labels = [] if binarizer is None else estimator.classes_.tolist()
        self.codes = {label: float(i) for i, label in enumerate(self.labels)}
        self.has_one_answer = network.sizes[-1] == 1
        if binarizer is not None:
            several = len(self.labels) == len(estimator.classes_) > 1
            self.has_one_answer = several and binarizer.y_type_ in ONE
        self.compiling = is_compiling()

    def place(self, one: Any) -> Any:
        """Return what stands for an object in a record."""
        return place_of(one, compiling=self.compiling)

    def places(self, several: list) -> Any:
        """Return what stands for some objects."""
        return np.array([id(one) for one in several], np.int64) if self.compiling else several

    def names(self) -> Any:
        """Return what stands for the names of the columns."""
        if not self.named:
            return self.places([])
        if not self.compiling:
            return self.places_of_columns.names
        return self.places_of_columns.addresses[: self.network.sizes[0]]

    def to_predict(
        self,
        units: AsGiven | Standardized,
        target_units: AsGiven | StandardizedTarget,
        state: np.ndarray,
        *,
        learns: bool,
        like: RowToPredict | None = None,
    ) -> RowToPredict:
        """Return all that a prediction needs, the rule's state among its memory.

        That of units may be used which another record of as many has.
        """
        strict = self.new_features == "error" or (self.new_features == "add" and learns)
        network, n_inputs, n_outputs = self.network, self.network.sizes[0], self.network.sizes[-1]
        whole = normalised(self.formulas.loss) and network.dtype == np.float64
        known = kinds(compiling=self.compiling)
        weights, biases = map(self.place, self.lists)
        return RowToPredict(
            network.memory(state, None if like is None else like.memory),
            self.formulas,
            n_inputs,
            np.zeros(n_inputs),
            np.zeros(1, np.int64),
            np.zeros(n_inputs + 1, network.dtype),
            units,
            target_units,
            Names(known, self.names(), self.place(self.columns), strict),
            Shown(weights, biases, self.places(self.arrays), len(network.weights)),
            n_outputs,
            np.zeros(n_outputs),
            np.zeros(len(self.labels)),
            self.place(self.labels),
            len(self.labels),
            not whole,
            self.place(REFUSED),
        )


def row_of(targets: Targets, dtype: np.dtype) -> Any:
    """Return targets of the same kind for a row by itself; None if it needs more than a number."""
    if isinstance(targets, Smoothed):
        inner = row_of(targets.targets, dtype)
        return None if inner is None else targets._replace(targets=inner)
    if isinstance(targets, Classes):
        return Classes(np.zeros(1, np.int64), targets.n_outputs)
    if isinstance(targets, Values) and targets.values.shape[1] == 1:
        return RowValue(np.zeros(1, dtype))
    return None
