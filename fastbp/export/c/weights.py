"""The way back: what has been learned in C, read into an estimator."""

import copy
import os
from pathlib import Path
from typing import Any

import numpy as np

from ...training.moments import Moments
from .plan import FORMAT, Plan, from_rows, plan_of


def from_c_weights(estimator: Any, source: str | os.PathLike | bytes) -> Any:
    """Return an estimator with what has been learned in C.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        The one that `to_c` has exported with ``learn=True``; it stays as it is.
    source : path-like or bytes
        The network's struct, byte for byte: a file that has ``fwrite(&network, sizeof network, 1,
        file)``, or its bytes. Of a machine of either byte order, whose ``double`` has 8 bytes.

    Returns
    -------
    model : BackpropClassifier or BackpropRegressor
        A copy that predicts as the network in C does and goes on learning from there: weights, the
        rule's state, statistics, and the counts `t_` and of updates. Losses are those of before.

    Raises
    ------
    TypeError, ValueError
        If the bytes are not those of such a struct: cut short, of another network, of a later
        version, or with numbers that are not finite.

    Examples
    --------
    As ``fread`` would get it, of a network in C that has learned nothing yet:

    >>> from fastbp import BackpropRegressor
    >>> from fastbp.export import from_c_weights
    >>> model = BackpropRegressor((2,)).partial_fit([[0.0, 1.0]], [0.5])
    >>> from_c_weights(model, b"too short")
    Traceback (most recent call last):
        ...
    ValueError: source has 9 bytes, the struct of this network has 152: it is cut short, or of \
another network
    """
    given = bytes(source) if isinstance(source, (bytes, bytearray, memoryview)) else None
    if given is None:
        given = Path(source).read_bytes()  # type: ignore[arg-type]
    own = plan_of(estimator, None, learn=True)
    plans = [own]
    for dtype in ("float32", "float64"):
        if own.dtype != dtype and own.learning is not None:
            plans.append(plan_of(estimator, dtype, learn=True))
    numbers, plan = opened(given, plans)
    check(numbers, plan)
    return updated(plan, numbers)


def struct_of(plan: Plan, order: str) -> np.dtype:
    """Return the struct's members as NumPy has them; they follow each other without room."""
    real = f"{order}f{plan.dtype.itemsize}"
    members = [
        (member.name, f"{order}f8" if member.double else real, member.values.shape)
        for member in plan.members
    ]
    return np.dtype(members)


def opened(given: bytes, plans: list[Plan]) -> tuple[dict[str, np.ndarray], Plan]:
    """Return the struct's members, in float64, and the plan of it among several."""
    sizes = []
    for plan in plans:
        seal = float(plan.members[0].values)
        for order in "<>":
            kind = struct_of(plan, order)
            sizes.append(kind.itemsize + -kind.itemsize % 8)
            if not kind.itemsize <= len(given) <= kind.itemsize + 7:
                continue
            struct = np.frombuffer(given, kind, 1)[0]
            found = float(struct["seal"])
            if found == seal:
                names = [member.name for member in plan.members]
                return {name: np.array(struct[name], np.float64) for name in names}, plan
            version = found // 2**32
            if FORMAT < version < 1000 and found.is_integer():
                raise ValueError(
                    f"source is of a later version: its format is {version:g}, this fastbp reads "
                    f"{FORMAT}. Update fastbp"
                )
    fits = len(given) in sizes
    what = "it is cut short, or of another network"
    if fits:
        what = "it is of another one, or this one has learned since it was exported"
    raise ValueError(
        f"source has {len(given)} bytes, the struct of this network has {sizes[0]}: {what}"
    )


def check(numbers: dict[str, np.ndarray], plan: Plan) -> None:
    """Refuse numbers that no learning has led to."""
    for name, values in numbers.items():
        if not np.isfinite(values).all():
            raise ValueError(f"source: {name} has numbers that are not finite")
    learned = float(numbers["learned"])
    if learned < 0 or not learned.is_integer():
        raise ValueError(f"source: learned must be a number of rows, got {learned:g}")
    for name in ("variance", "seen", "y_variance", "y_seen"):
        if name in numbers and (numbers[name] < 0).any():
            raise ValueError(f"source: {name} must not be negative")
    for name in ("scale", "y_scale"):
        if name in numbers and not (numbers[name] > 0).all():
            raise ValueError(f"source: {name} must be positive")


def updated(plan: Plan, numbers: dict[str, np.ndarray]) -> Any:
    """Return the plan's copy of the estimator with these numbers."""
    model, learning, learned = plan.model, plan.learning, int(numbers["learned"])
    assert learning is not None
    network, optimizer = model._network(), learning.optimizer
    network.put(network.parameters, *from_rows(numbers["w"], plan.layers))
    network.show()
    if len(learning.state):
        rows = optimizer.state_for(network).reshape(len(learning.state), -1)
        for row, values in zip(rows, numbers["state"], strict=True):
            network.put(row, *from_rows(values, plan.layers))
    model._optimizer = optimizer
    if learned:
        model.t_ += learned
        optimizer.updates += learned
        optimizer.epochs += learned - 1
        optimizer.end_epoch(model.t_)  # as it has been after the last row
    optimizer.show_average(network)
    if "variance" in numbers:
        model._moments = moments(numbers, "")
        model.mean_, model.scale_ = model._moments.mean, numbers["scale"]
        if not model._is_centred:
            model.mean_ = np.zeros_like(model.mean_)
    if "y_variance" in numbers:
        model._y_moments = moments(numbers, "y_")
        model.y_mean_, model.y_scale_ = numbers["y_shift"], numbers["y_scale"]
    return copy.copy(model)


def moments(numbers: dict[str, np.ndarray], prefix: str) -> Moments:
    """Return the statistics of columns or targets."""
    weight = numbers[f"{prefix}seen"]
    if len(weight) == 1:
        weight = weight[0]
    return Moments(weight, numbers[f"{prefix}mean"], numbers[f"{prefix}variance"])
