"""Update rules: each a record of hyper-parameters, in a file of its own.

To add one, write such a file: a `typing.NamedTuple`, one field of which is the learning rate `eta`,
with `init` and `step` (and `at_step`, where the number of the update matters), see
`fastbp.rules.interface`. Every kernel then trains with it, and an estimator with
``solver=Rule(...)``. A row in `RULES` gives it a name, in the docstrings as well.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from .accumulate import Accumulate
from .adagrad import AdaGrad
from .adam import Adam
from .averaged import Averaged
from .gradient_descent import GradientDescent
from .interface import adjusted, at_step, delta_scale, effective, init, is_linear, rests, step
from .masked import Masked
from .momentum import Momentum
from .nadam import Nadam
from .nesterov import Nesterov
from .rmsprop import RMSprop
from .rprop import Rprop

__all__ = [
    "RULES",
    "Accumulate",
    "AdaGrad",
    "Adam",
    "Averaged",
    "GradientDescent",
    "Masked",
    "Momentum",
    "Nadam",
    "Nesterov",
    "RMSprop",
    "Rprop",
    "adjusted",
    "at_step",
    "delta_scale",
    "effective",
    "init",
    "is_linear",
    "rests",
    "step",
]


def _sgd(eta: float, parameters: Any) -> NamedTuple:
    momentum = float(parameters.momentum)
    if momentum == 0:
        return GradientDescent(eta)
    return (Nesterov if parameters.nesterovs_momentum else Momentum)(eta, momentum)


def _with(kind: Any, *names: str) -> Callable[[float, Any], NamedTuple]:
    """Return the function that makes the record; the fields after η are parameters' names."""

    def rule(eta: float, parameters: Any) -> NamedTuple:
        return kind(eta, *(float(getattr(parameters, name)) for name in names))

    return rule


RULES: dict[str, Callable[[float, Any], NamedTuple]] = {
    "sgd": _sgd,
    "adam": _with(Adam, "beta_1", "beta_2", "epsilon"),
    "adamw": _with(Adam, "beta_1", "beta_2", "epsilon"),  # decay is a penalty's: WeightDecay
    "nadam": _with(Nadam, "beta_1", "beta_2", "epsilon"),
    "adagrad": _with(AdaGrad, "epsilon"),
    "rmsprop": _with(RMSprop, "beta_2", "epsilon"),
    "rprop": _with(Rprop),
}
"""What ``solver=`` stands for: functions of η and an estimator's parameters to a rule's record."""
