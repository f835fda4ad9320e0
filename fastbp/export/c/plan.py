"""What of an estimator is written in C: where its numbers are, which, and in which units."""

import copy
import zlib
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...activations import activation_of
from ...estimators.classifier import BackpropClassifier
from ...estimators.regressor import BackpropRegressor
from .learning import Learning, learning_of

FORMAT = 1
"""Of the network's struct. One more whenever a reader of the one before could not use it."""


class Layer(NamedTuple):
    """A layer of units, and what they read: a stretch of all units, the inputs first."""

    start: int  # the first unit that is read
    fan_in: int
    units_at: int  # its own first
    fan_out: int
    weights_at: int  # a row of fan_in for each unit, then the biases


class Member(NamedTuple):
    """A member of the network's struct: its name, whether its numbers are double, and these."""

    name: str
    double: bool
    values: np.ndarray


class Plan(NamedTuple):
    """All that is to be written.

    The members come in the order of the struct, doubles first, so that there is no room between
    them whatever the machine.
    """

    model: Any  # a copy of the estimator
    dtype: np.dtype
    layers: list[Layer]
    activations: list[NamedTuple]  # of the hidden layers
    kind: str  # of the answers: "values", "binary", "classes" or "labels"
    members: list[Member]
    learning: Learning | None

    @property
    def n_units(self) -> int:
        """Number of all units, inputs among them."""
        return self.layers[-1].units_at + self.layers[-1].fan_out

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return parameters_of(self.layers)

    @property
    def names(self) -> set[str]:
        """Names of the struct's members."""
        return {member.name for member in self.members}


def plan_of(estimator: Any, dtype: Any, *, learn: bool) -> Plan:
    """Return what is to be written of an estimator, after a look at whether it can be.

    Raises
    ------
    TypeError, ValueError
        If it is no single network, not fitted, or has what there is no C for.
    """
    if not isinstance(estimator, (BackpropClassifier, BackpropRegressor)):
        raise TypeError(
            "estimator must be a BackpropClassifier or a BackpropRegressor, got "
            f"{type(estimator).__name__}: of an ensemble or a Pipeline, export the network in it"
        )
    check_is_fitted(estimator)
    model = copy.copy(estimator)  # which other threads do not train meanwhile
    network = model._fitting_network(model.n_features_in_, model._n_outputs())
    dtype = chosen(dtype, network.dtype)
    learning = learning_of(model, network) if learn else None
    sizes = [len(bias) for bias in network.biases]
    layers, at, weights_at = [], network.sizes[0], 0
    for w, fan_out in zip(network.weights, sizes, strict=True):
        fan_in = len(w)
        layers.append(Layer(at - fan_in, fan_in, at, fan_out, weights_at))
        at, weights_at = at + fan_out, weights_at + (fan_in + 1) * fan_out
    record = model._formulas.activation
    hidden = [activation_of(record, n) for n in range(len(sizes) - 1)]
    members = units_of(model, learning)
    if learning is not None:
        members.append(Member("learned", True, np.zeros(())))  # rows, in C
    members.append(Member("w", False, in_rows(network.weights, network.biases)))
    if learning is not None and len(learning.state):
        state = [in_rows(*network.views(row)) for row in learning.state]
        members.append(Member("state", False, np.array(state)))
    plan = Plan(model, dtype, layers, hidden, kind_of(model), members, learning)
    if learning is not None:
        seal = Member("seal", True, np.array(seal_of(plan)))
        plan = plan._replace(members=[seal, *members])
    for member in plan.members:
        check_finite(member, dtype)
    return plan


def chosen(dtype: Any, own: np.dtype) -> np.dtype:
    """Return the type to calculate in."""
    if dtype is None:
        return own
    try:
        given = np.dtype(dtype)
    except TypeError:
        given = None
    if given not in (np.float32, np.float64):
        raise ValueError(f"dtype must be 'float32', 'float64' or None, got {dtype!r}")
    return np.dtype(given)


def in_rows(weights: list[np.ndarray], biases: list[np.ndarray]) -> np.ndarray:
    """Return the parameters of all layers in the order of `Layer`."""
    parts = [
        part for w, b in zip(weights, biases, strict=True) for part in (np.ravel(w.T), np.ravel(b))
    ]
    return np.concatenate(parts).astype(np.float64)


def from_rows(numbers: np.ndarray, layers: list[Layer]) -> tuple[list, list]:
    """Return weights and biases like those of the network, of numbers in the order of `Layer`."""
    weights, biases = [], []
    for layer in layers:
        end = layer.weights_at + layer.fan_in * layer.fan_out
        rows = numbers[layer.weights_at : end].reshape(layer.fan_out, layer.fan_in)
        weights.append(rows.T)
        biases.append(numbers[end : end + layer.fan_out])
    return weights, biases


def parameters_of(layers: list[Layer]) -> int:
    """Return the number of weights and biases."""
    last = layers[-1]
    return last.weights_at + (last.fan_in + 1) * last.fan_out


def kind_of(model: Any) -> str:
    """Return the kind of the answers."""
    binarizer = getattr(model, "_label_binarizer", None)
    if binarizer is None:
        return "values"
    if binarizer.y_type_.startswith("multilabel"):
        return "labels"
    if len(model.classes_) == 1:
        label = model.classes_.tolist()[0]
        raise ValueError(f"classes_ has one class alone, {label!r}: there is nothing to predict")
    return "binary" if len(model.classes_) == 2 else "classes"


def units_of(model: Any, learning: Learning | None) -> list[Member]:
    """Return the members with the units of columns and targets."""
    members = []
    if model.mean_ is not None:
        members.append(Member("scale", True, model.scale_))
        if learning is None:
            members += [Member("mean", True, model.mean_)] if model._is_centred else []
        else:
            weight, mean, variance = model._moments
            weight = np.unique(weight) if np.ptp(weight) == 0 else weight  # mostly one for all
            members += [Member("mean", True, mean), Member("variance", True, variance)]
            members.append(Member("seen", True, weight))
    if getattr(model, "y_mean_", None) is not None and model._scales_target():
        shift, scale = model.y_mean_, model.y_scale_
        members += [Member("y_shift", True, shift), Member("y_scale", True, scale)]
        if learning is not None:
            weight, mean, variance = model._y_moments
            weight = np.broadcast_to(weight, mean.shape)
            members += [Member("y_mean", True, mean), Member("y_variance", True, variance)]
            members += [Member("y_seen", True, weight)]
    return [
        Member(name, double, np.atleast_1d(np.asarray(values, np.float64)))
        for name, double, values in members
    ]


def seal_of(plan: Plan) -> float:
    """Return a whole number below 2⁵³ that tells the struct of this network from others.

    And from that of the same one after more updates: what is counted in C is counted from here on.
    """
    assert plan.learning is not None
    shapes = [(member.name, member.values.shape) for member in plan.members]
    rule, made = type(plan.learning.rule).__name__, plan.learning.optimizer.updates
    layers = [tuple(layer) for layer in plan.layers]
    what = repr((str(plan.dtype), layers, shapes, plan.kind, rule, made))
    return float(FORMAT * 2**32 + zlib.crc32(what.encode()))


def check_finite(member: Member, dtype: np.dtype) -> None:
    """Refuse numbers that are none in the type they are written in."""
    with np.errstate(over="ignore"):
        values = member.values if member.double else member.values.astype(dtype)
    if not np.isfinite(values).all():
        what = {"w": "coefs_ or intercepts_", "state": "what the solver remembers"}
        name = what.get(member.name, f"what is known of units ({member.name})")
        raise ValueError(f"{name}: there are numbers that are not finite in {dtype}: fit anew")
