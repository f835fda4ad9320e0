"""An update rule at work in a file: its hyper-parameters, its schedule, what it remembers."""

from typing import Any

import numpy as np

from ...compiling.dispatch import implemented
from ...estimators.persistence import from_words
from ...rules import step
from ...schedules import SCHEDULES
from .reading import Reader, array, count, flag, listed, mapping, number, optional, refuse, text
from .writing import Writer

OF_SCHEDULE = ("name", "power_t", "length", "warmup")
OF_OPTIMIZER = ("rule", "schedule", "average_from", "base", "learning_rate", "updates", "epochs")


def optimizer_in_words(optimizer: dict, n_layers: int, writer: Writer) -> dict:
    """Return the rule as JSON has it, of the words that are saved of an estimator."""
    plain = writer.plain

    def parts(arrays: list) -> dict:
        coefs, intercepts = arrays[:n_layers], arrays[n_layers:]
        return {"coefs": plain(coefs, "state"), "intercepts": plain(intercepts, "state")}

    words = {"rule": plain(from_words(optimizer["initial"]), "solver")}
    words["schedule"] = dict(zip(OF_SCHEDULE, plain(optimizer["schedule"], ""), strict=True))
    words |= {name: plain(optimizer[name], name) for name in OF_OPTIMIZER[2:]}
    words["masked"] = optimizer["masked"]
    state, trained = optimizer["state"], optimizer["trained"]
    words["state"] = None if state is None else [parts(one) for one in state]
    words["trained"] = None if trained is None else parts(trained)
    return words


def optimizer_of(value: Any, where: str, dtype: np.dtype, record: Reader) -> dict:
    """Return the words that are saved of an estimator, of a file."""
    mapping(value, where, (*OF_OPTIMIZER, "state", "trained"), ("masked",))
    rule = record(value["rule"], f"{where}.rule")
    if not implemented(step, rule) or "eta" not in rule._fields:
        refuse(f"{where}.rule", "an update rule", rule)

    def parts(value: Any, where: str) -> list:
        mapping(value, where, ("coefs", "intercepts"))
        coefs = listed(array(dtype, 2))(value["coefs"], f"{where}.coefs")
        return coefs + listed(array(dtype, 1))(value["intercepts"], f"{where}.intercepts")

    schedule = mapping(value["schedule"], f"{where}.schedule", OF_SCHEDULE)
    name = text(schedule["name"], f"{where}.schedule.name")
    if name not in SCHEDULES:
        refuse(f"{where}.schedule.name", f"one of {', '.join(SCHEDULES)}", name)
    power = number(schedule["power_t"], f"{where}.schedule.power_t")
    lengths = [count(schedule[name], f"{where}.schedule.{name}") for name in OF_SCHEDULE[2:]]
    readers = {"base": number, "learning_rate": number}
    words = {one: readers.get(one, count)(value[one], f"{where}.{one}") for one in OF_OPTIMIZER[2:]}
    return words | {
        "initial": rule,
        "schedule": [name, power, *lengths],
        "state": optional(listed(parts))(value["state"], f"{where}.state"),
        "trained": optional(parts)(value["trained"], f"{where}.trained"),
        "masked": flag(value.get("masked", False), f"{where}.masked"),
    }
