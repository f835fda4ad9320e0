"""The records of formulas that ``activation=``, ``loss=``, ``solver=`` and ``alpha=`` stand for.

Each is a name of a table, or a record of the user's own, which is tried out before it is compiled.
"""

from typing import Any, NamedTuple

import numpy as np

from ... import penalties
from ...activations import ACTIVATIONS, Identity, PerLayer, derivative, value
from ...checks import check_foreign, has_any
from ...compiling.dispatch import implemented
from ...losses import error, inverse_link, output_delta
from ...rules import RULES, step


def activation_for(activation: Any, n_hidden_layers: int) -> NamedTuple:
    """Return the record that ``activation=`` stands for.

    Parameters
    ----------
    activation : str, record, or list or plain tuple of these
        One for all hidden layers, or one per hidden layer.
    n_hidden_layers : int
        How many there must be in a list.

    Raises
    ------
    ValueError
        For an unknown name, a record without formulas or with wrong ones, or a list of the wrong
        length.
    """
    if isinstance(activation, np.ndarray):
        activation = activation.tolist()
    if type(activation) in (list, tuple):  # a record is a tuple of another type
        if len(activation) != n_hidden_layers:
            raise ValueError(
                f"activation: a list has one entry per hidden layer, got {len(activation)} "
                f"entries for {n_hidden_layers} hidden layers"
            )
        records = [activation_for(one, n_hidden_layers) for one in activation] or [Identity()]
        if all(record == records[0] and type(record) is type(records[0]) for record in records):
            return records[0]
        chain = records[-1]
        for record in records[-2::-1]:
            chain = PerLayer(record, chain)
        return chain
    if isinstance(activation, str):
        return named("activation", activation, ACTIVATIONS)
    if not (implemented(value, activation) and implemented(derivative, activation)):
        raise ValueError(
            f"activation: {type(activation).__name__} needs formulas, registered with "
            "fastbp.activations.value.register and fastbp.activations.derivative.register"
        )
    check_foreign(activation)
    return activation


def loss_for(loss: Any, catalogue: dict) -> Any:
    """Return the catalogue's entry of that name, or the user's own record.

    Raises
    ------
    ValueError
        For an unknown name, or a record without formulas or with wrong ones.
    """
    if isinstance(loss, str):
        return named("loss", loss, catalogue)
    if not all(implemented(function, loss) for function in (inverse_link, error, output_delta)):
        raise ValueError(
            f"loss: {type(loss).__name__} needs formulas, registered with register of "
            "fastbp.losses.inverse_link, fastbp.losses.error and fastbp.losses.output_delta"
        )
    check_foreign(loss)
    return loss


def rule_for(solver: Any, eta: float, parameters: Any) -> NamedTuple:
    """Return the record of the update rule that ``solver=`` stands for, at the initial rate η.

    Raises
    ------
    ValueError
        For a record that is no rule, or has wrong formulas.
    """
    if isinstance(solver, str):
        return RULES[solver](eta, parameters)
    if not implemented(step, solver) or "eta" not in getattr(solver, "_fields", ()):
        raise ValueError(
            f"solver: {type(solver).__name__} needs a field eta, the learning rate, and an "
            "implementation of step, see fastbp.rules.interface"
        )
    solver = solver._replace(eta=eta)
    check_foreign(solver)
    return solver


def penalty_for(alpha: Any) -> Any:
    """Return ``alpha=`` as it is, after a look at it if it is a record.

    Raises
    ------
    ValueError
        For a record that is no penalty, or has wrong formulas.
    """
    if isinstance(alpha, tuple):
        if not has_any(alpha, (penalties.penalised, penalties.shrunk)):
            raise ValueError(
                f"alpha: {type(alpha).__name__} needs formulas, registered with "
                "fastbp.penalties.penalised.register"
            )
        check_foreign(alpha)
    return alpha


def named(parameter: str, name: str, catalogue: dict) -> Any:
    """Return the entry of that name."""
    if name not in catalogue:
        raise ValueError(f"{parameter}: {name!r} is not one of {', '.join(map(repr, catalogue))}")
    return catalogue[name]
