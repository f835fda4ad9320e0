"""What solver= stands for: from parameters to the record of an update rule."""

from typing import Any, NamedTuple

from ..compiling.dispatch import implemented
from ..rules import (
    AdaGrad,
    Adam,
    GradientDescent,
    Momentum,
    Nadam,
    Nesterov,
    RMSprop,
    Rprop,
    step,
)


def _sgd(estimator: Any, eta: float) -> NamedTuple:
    momentum = float(estimator.momentum)
    if momentum == 0:
        return GradientDescent(eta)
    return (Nesterov if estimator.nesterovs_momentum else Momentum)(eta, momentum)


def _with(kind: type, *names: str) -> Any:
    """Return the function that makes the record; the fields after η are parameters' names."""

    def rule(estimator: Any, eta: float) -> NamedTuple:
        return kind(eta, *(float(getattr(estimator, name)) for name in names))

    return rule


RULES = {
    "sgd": _sgd,
    "adam": _with(Adam, "beta_1", "beta_2", "epsilon"),
    "adamw": _with(Adam, "beta_1", "beta_2", "epsilon"),  # decay is not the rule's: see `penalties`
    "nadam": _with(Nadam, "beta_1", "beta_2", "epsilon"),
    "adagrad": _with(AdaGrad, "epsilon"),
    "rmsprop": _with(RMSprop, "beta_2", "epsilon"),
    "rprop": _with(Rprop),
}
"""What ``solver=`` stands for: functions of estimator and η to the record of an update rule."""


def rule_of(estimator: Any, eta: float) -> NamedTuple:
    """Return the record of the update rule that ``solver=`` stands for, at the initial rate η.

    Raises
    ------
    ValueError
        For a record that is no rule.
    """
    solver = estimator.solver
    if isinstance(solver, str):
        return RULES[solver](estimator, eta)
    if not implemented(step, solver) or "eta" not in getattr(solver, "_fields", ()):
        raise ValueError(
            f"solver: {type(solver).__name__} needs a field eta, the learning rate, and an "
            "implementation of step, see fastbp.rules.interface"
        )
    return solver._replace(eta=eta)
