"""An estimator's parameters in a file: as they were given, as far as JSON has them."""

from typing import Any

import numpy as np

from .reading import (
    LARGEST,
    Reader,
    flag,
    generator,
    items,
    label,
    listed,
    mapping,
    number,
    refuse,
)
from .writing import Writer, labels_in_words


def parameters_in_words(estimator: Any, writer: Writer) -> dict:
    """Return the parameters as JSON has them.

    Raises
    ------
    ValueError
        If one of them is a function, or something else that JSON does not have.
    """
    words = {}
    for name, value in estimator.get_params(deep=False).items():
        if isinstance(value, dict):  # class_weight, whose keys are labels
            labels = labels_in_words(value, name)
            weights = [writer.plain(one, name) for one in value.values()]
            words[name] = [[*pair] for pair in zip(labels, weights, strict=True)]
        else:
            words[name] = writer.plain(value, name)
    return words


def parameters_of(cls: Any, words: Any, where: str, record: Reader) -> dict[str, Any]:
    """Return the parameters that are in a file; what each may be is for the class to say."""
    mapping(words, where, (), tuple(cls._get_param_names()))
    return {name: _given(name, value, f"{where}.{name}", record) for name, value in words.items()}


def _given(name: str, value: Any, where: str, record: Reader) -> Any:
    if isinstance(value, dict):
        return (generator if name == "random_state" else record)(value, where)
    if not isinstance(value, list):
        return _scalar(value, where)
    if name == "class_weight":
        pairs = [items(one, where) for one in value]
        if any(len(pair) != 2 for pair in pairs):
            return refuse(where, "pairs of a label and its weight", value)
        return {label(one, where): number(weight, where) for one, weight in pairs}
    if name == "connections":
        masks = listed(listed(listed(flag)))(value, where)
        return [np.array(one, bool) for one in masks]
    given = [_given(f"{name} of a layer", one, where, record) for one in value]
    return tuple(given) if name == "hidden_layer_sizes" else given


def _scalar(value: Any, where: str) -> Any:
    if type(value) is int and abs(value) > LARGEST:
        return refuse(where, "a smaller number", value)
    return value
