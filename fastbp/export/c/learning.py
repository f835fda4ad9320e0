"""What `partial_fit` of one row would do with an estimator, so that C does the same."""

import numbers
from typing import Any, NamedTuple

import numpy as np

from ...estimators.data.labels import labels_of
from ...estimators.parameters.combinations import dropout_rates
from ...estimators.parameters.formulas import penalty_for
from ...kernels.one_row.records import STEEP
from ...losses import normalised
from ...network.network import Network
from ...training.optimizer import Optimizer
from ...training.regularization import Regularization


class Learning(NamedTuple):
    """The rule as it is at work, and what else an update depends on."""

    rule: NamedTuple
    state: np.ndarray  # (n_kept, n_parameters), in the order of the network's vector
    penalty: NamedTuple
    decay: float | None  # α, where the penalty shrinks weights by η α
    max_norm: float | None
    rate: str  # η in C, by the number of rows that have been learned there
    optimizer: Optimizer
    costs: list[float] | None  # of each class
    smoothing: float
    skips_missing: bool


def learning_of(model: Any, network: Network) -> Learning:
    """Return how an estimator, a copy that is changed, would learn a further row.

    The network gets the weights that training goes on with, where it shows their average.

    Raises
    ------
    ValueError
        If it has what there is no C for: it names the parameter.
    """
    refuse(model)
    optimizer, known = model._new_optimizer(stream=True), getattr(model, "_optimizer", None)
    if known is not None:
        known.follow(optimizer)
        optimizer = known
    n_hidden = len(network.sizes) - 2
    if any(dropout_rates(model.dropout, n_hidden)):
        raise ValueError("dropout: its random masks cannot be had in C: set dropout=0")
    alpha = penalty_for(model.alpha)
    alpha = 0.0 if isinstance(alpha, str) else alpha
    decoupled = model.solver == "adamw"
    regularization = Regularization(alpha, model.l1_ratio, decoupled)
    state = optimizer.state_for(network)
    optimizer.hide_average(network)
    rule = optimizer.rule()
    return Learning(
        rule,
        state.reshape(-1, network.parameters.size),
        regularization.penalty(optimizer.learning_rate),
        float(alpha) if decoupled and isinstance(alpha, numbers.Real) and alpha else None,
        None if model.max_norm is None else float(model.max_norm),
        rate_of(optimizer, int(model.t_)),
        optimizer,
        costs_of(model),
        float(getattr(model, "label_smoothing", 0.0)),
        model.missing_targets != "error" and not normalised(model._formulas.loss),
    )


def rate_of(optimizer: Optimizer, patterns: int) -> str:
    """Return η in C: what `Optimizer.end_epoch` has made of it after each further row.

    `patterns` is how many have been learned before.
    """
    schedule, learned = optimizer.schedule, "network->learned"
    warm = optimizer.epochs >= schedule.warmup
    if warm and schedule.name != "invscaling":
        return float(optimizer.learning_rate).hex()
    rate = float(optimizer.base).hex()
    if schedule.name == "invscaling":
        fallen = f"pow({patterns + 1} + {learned}, {schedule.power_t.hex()})"
        rate = f"({learned} > 0 ? {float(optimizer.initial.eta).hex()} / {fallen} : {rate})"
    if warm:
        return rate
    last, steps = schedule.warmup - optimizer.epochs, schedule.warmup + 1
    factor = f"({learned} < {last} ? ({learned} + {optimizer.epochs + 1}) / {steps} : 1)"
    return f"{rate} * {factor}"


def refuse(model: Any) -> None:
    """Refuse what an update by one row in C does not do."""
    if model.solver == "lbfgs":
        raise ValueError(
            "solver='lbfgs' does not learn row by row: set learn=False, or fit with another solver"
        )
    if model.learning_rate == "adaptive" and model.solver not in ("adam", "rprop"):
        raise ValueError(
            "learning_rate='adaptive' waits for the loss to stand still, which there is no C for: "
            "set learning_rate='constant' or 'invscaling'"
        )
    if model.clip_norm:
        raise ValueError(
            "clip_norm: there is no C for it, which would have to keep a whole gradient: set "
            "clip_norm=None, or max_norm"
        )


def costs_of(model: Any) -> list[float] | None:
    """Return how much each class counts; None where all count as one."""
    given = getattr(model, "class_weight", None)
    if not isinstance(given, dict):  # of a row by itself, classes are balanced
        return None
    costs = [float(given.get(label, 1.0)) for label in labels_of(model).tolist()]
    if not all(0 <= cost <= STEEP for cost in costs):
        raise ValueError(
            f"class_weight: in C a class counts from 0 to {STEEP:g} times, got {given}"
        )
    return None if all(cost == 1 for cost in costs) else costs
