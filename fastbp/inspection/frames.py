"""A trace as data frames: a row for each unit, or for each weight."""

import importlib
from typing import Any

import numpy as np


def pandas() -> Any:
    """Return pandas.

    Raises
    ------
    ImportError
        If it is not there; it says what to do.
    """
    try:
        return importlib.import_module("pandas")
    except ImportError as missing:
        raise ImportError(
            "to_frame needs pandas: install it with `pip install pandas`, or take to_dict()"
        ) from missing


def columns_of_units(trace: Any) -> dict[str, np.ndarray]:
    """Return a number for each input and each unit; NaN where there is none."""
    names = ["input", *(layer.name for layer in trace.layers)]
    outs = [trace.input, *(layer.out for layer in trace.layers)]
    columns = {
        "layer": np.repeat(names, [len(out) for out in outs]),
        "unit": np.concatenate([np.arange(len(out)) for out in outs]),
    }
    fields = ("net", "out", "derivative", "delta", "bias", "bias_gradient", "bias_update")
    for field in fields:
        parts = [trace.input if field == "out" else None]
        parts += [getattr(layer, field) for layer in trace.layers]
        columns[field] = np.concatenate(
            [
                np.full(len(out), np.nan) if part is None else part
                for part, out in zip(parts, outs, strict=True)
            ]
        )
    return columns


def columns_of_weights(trace: Any) -> dict[str, np.ndarray]:
    """Return a number for each weight, in the order of ``coefs_``."""
    parts: dict[str, list] = {}
    sources = [("input", n) for n in range(len(trace.input))]
    for layer in trace.layers:
        fan_in, fan_out = layer.weights.shape
        names, numbers = zip(*sources[-fan_in:], strict=True)
        columns = {
            "layer": np.repeat([layer.name], fan_in * fan_out),
            "unit": np.tile(np.arange(fan_out), fan_in),
            "from_layer": np.repeat(names, fan_out),
            "from_unit": np.repeat(numbers, fan_out),
            "out": np.repeat(layer.reads, fan_out),
            "delta": np.tile(layer.delta, fan_in),
            "weight": layer.weights.ravel(),
            "gradient": layer.gradient.ravel(),
        }
        columns["update"] = (
            np.full(layer.weights.size, np.nan) if layer.update is None else layer.update.ravel()
        )
        for name, values in columns.items():
            parts.setdefault(name, []).append(values)
        sources += [(layer.name, n) for n in range(fan_out)]
    return {name: np.concatenate(values) for name, values in parts.items()}
