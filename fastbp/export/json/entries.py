"""What an estimator has learned, entry by entry: how it is written, and what it must be when read.

Entries have the names of the attributes. Those that begin with an underscore are what training goes
on with; for predictions alone `_formulas` is needed of them, and `_is_centred` with `mean_`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import activations, losses
from ...compiling.dispatch import implemented
from ...estimators.persistence import from_words
from .classes import classes_in_words, classes_of
from .optimizer import optimizer_in_words, optimizer_of
from .reading import (
    Reader,
    array,
    count,
    flag,
    generator,
    items,
    listed,
    mapping,
    names,
    number,
    optional,
    refuse,
    text,
    vector,
)
from .writing import Writer, labels_in_words

NUMBERS = optional(listed(number))
PLAIN: dict[str, Reader] = {
    "n_features_in_": count,
    "n_layers_": count,
    "n_outputs_": count,
    "out_activation_": text,
    "feature_names_in_": names,
    "mean_": optional(vector),
    "scale_": optional(vector),
    "y_mean_": optional(vector),
    "y_scale_": optional(vector),
    "n_iter_": count,
    "t_": count,
    "loss_": number,
    "running_loss_": optional(number),
    "best_loss_": optional(number),
    "best_validation_score_": optional(number),
    "loss_curve_": listed(number),
    "validation_scores_": NUMBERS,
    "validation_loss_curve_": NUMBERS,
    "_no_improvement_count": count,
    "_is_centred": flag,
    "_were_given": flag,
    "_split_seed": count,
    "_growth_seed": count,
    "_random_state": generator,
    "_mask_state": generator,
}
"""What is written as it is."""

MOMENTS = ("_moments", "_y_moments")
NEEDED: tuple[str, ...] = (
    "dtype",
    "coefs_",
    "intercepts_",
    "_formulas",
    "n_features_in_",
    "n_layers_",
)
NEEDED += ("n_outputs_", "out_activation_", "mean_", "scale_", "_moments")
OF_CLASSIFIER = ("classes_", "_label_binarizer")
OF_REGRESSOR = ("y_mean_", "y_scale_", "_y_moments")
OTHERS = tuple(name for name in PLAIN if name not in (*NEEDED, *OF_REGRESSOR))
OTHERS += ("_judged_by", "_optimizer")
OF_MOMENTS = ("weight", "mean", "variance")


def entries_in_words(state: dict, dtype: np.dtype, writer: Writer) -> dict:
    """Return what is learned as JSON has it, of the state that is saved of an estimator."""
    n_layers, plain = len(state["coefs_"]), writer.plain
    activation, loss = map(from_words, state["_formulas"])
    words: dict[str, Any] = {"dtype": dtype.name}
    for name in ("coefs_", "intercepts_"):
        words[name] = plain([one.astype(dtype) for one in state[name]], name)
    chain = list(_chain(activation))
    words["_formulas"] = {
        "activation": plain(chain if len(chain) > 1 else activation, "activation"),
        "loss": plain(loss, "loss"),
    }
    for name in (name for name in PLAIN if name in state):
        words[name] = plain(state[name], name)
    if "feature_names_in_" in state:
        words["feature_names_in_"] = labels_in_words(state["feature_names_in_"], "feature names")
    if "classes_" in state:
        words |= classes_in_words(state["classes_"], state["_label_binarizer"])
    if "_judged_by" in state:
        words["_judged_by"] = plain(state["_judged_by"], "scoring")
    for name in MOMENTS:
        if name in state:
            given = state[name] and [plain(one, name) for one in state[name]]
            words[name] = given and dict(zip(OF_MOMENTS, given, strict=True))
    if "_optimizer" in state:
        words["_optimizer"] = optimizer_in_words(state["_optimizer"], n_layers, writer)
    return words


def entries_of(words: Any, where: str, record: Reader, *, classifies: bool) -> dict:
    """Return the state that is in a file; whether its parts fit together is not looked at here."""
    mapping(words, where, NEEDED + (OF_CLASSIFIER if classifies else OF_REGRESSOR), OTHERS)
    name = words["dtype"]
    if name not in ("float32", "float64"):
        refuse(f"{where}.dtype", "float32 or float64", name)
    dtype, n_hidden = np.dtype(name), len(items(words["coefs_"], f"{where}.coefs_")) - 1
    readers = PLAIN | {
        "coefs_": listed(array(dtype, 2)),
        "intercepts_": listed(array(dtype, 1)),
        "_formulas": lambda value, where: _formulas_of(value, where, record, n_hidden),
        "_judged_by": _judged_by,
        "_optimizer": lambda value, where: optimizer_of(value, where, dtype, record),
        **dict.fromkeys(MOMENTS, optional(_moments)),
    }
    state = {
        name: readers[name](value, f"{where}.{name}")
        for name, value in words.items()
        if name in readers
    }
    if classifies:
        state |= classes_of(words, where)
    return state


def _chain(activation: Any) -> Iterator[Any]:
    """Yield the activations of the layers, or the one of all."""
    while isinstance(activation, activations.PerLayer):
        yield activation.first
        activation = activation.rest
    yield activation


def _formulas_of(value: Any, where: str, record: Reader, n_hidden: int) -> list:
    mapping(value, where, ("activation", "loss"))
    given, loss = value["activation"], record(value["loss"], f"{where}.loss")
    if not isinstance(given, list):
        given = [given]
    elif not given or len(given) != n_hidden:
        refuse(f"{where}.activation", "one for all, or one for each hidden layer", given)
    each = [record(one, f"{where}.activation") for one in given]
    for one in each:
        if not all(implemented(f, one) for f in (activations.value, activations.derivative)):
            refuse(f"{where}.activation", "an activation", one)
    if not all(implemented(f, loss) for f in (losses.error, losses.output_delta)):
        refuse(f"{where}.loss", "a loss", loss)
    activation = each.pop()
    while each:
        activation = activations.PerLayer(each.pop(), activation)
    return [activation, loss]


def _moments(value: Any, where: str) -> list:
    mapping(value, where, OF_MOMENTS)
    many = isinstance(value["weight"], list)
    weight = vector(value["weight"] if many else [value["weight"]], f"{where}.weight")
    mean, variance = (vector(value[name], f"{where}.{name}") for name in OF_MOMENTS[1:])
    if (weight < 0).any() or (variance < 0).any():
        refuse(where, "of a weight and variances that are not negative", value)
    if len({len(one) for one in (mean, variance, *([weight] if many else []))}) > 1:
        refuse(where, "of as many numbers for each column", value)
    return [weight if many else float(weight[0]), mean, variance]


def _judged_by(value: Any, where: str) -> tuple:
    if len(items(value, where)) != 2:
        refuse(where, "early_stopping and scoring", value)
    return flag(value[0], where), optional(text)(value[1], where)
