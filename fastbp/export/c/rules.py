"""Update rules and penalties in C, see `.source.c_source`.

A number such as 1 − β₂ is one of its own: in float32 it would lose four digits if it were
calculated there.
"""

import re
from numbers import Real
from typing import Any

from ... import penalties, rules
from .source import Said, c_source

# --- Rules: step, and where they have them delta_scale and at_step --------------------------------


@c_source.register(rules.GradientDescent)
def _(record: rules.GradientDescent) -> Said:
    return {"delta_scale": "eta", "step": "w += descent;"}


@c_source.register(rules.Momentum)
def _(record: rules.Momentum) -> Said:
    return {
        "delta_scale": "eta",
        "step": "state[0] = momentum * state[0] + descent; w += state[0];",
    }


@c_source.register(rules.Nesterov)
def _(record: rules.Nesterov) -> Said:
    return {
        "delta_scale": "eta",
        "step": "state[0] = momentum * state[0] + descent; w += momentum * state[0] + descent;",
    }


@c_source.register(rules.AdaGrad)
def _(record: rules.AdaGrad) -> Said:
    return {
        "step": ("state[0] += descent * descent; w += eta * descent / (sqrt(state[0]) + epsilon);"),
    }


@c_source.register(rules.RMSprop)
def _(record: rules.RMSprop) -> Said:
    return {
        "step": (
            "state[0] = beta_2 * state[0] + rest_2 * (descent * descent);"
            " w += eta * descent / (sqrt(state[0]) + epsilon);"
        ),
        "rest_2": 1 - record.beta_2,
    }


MOMENTS = (
    "state[0] = beta_1 * state[0] + rest_1 * descent;"
    " state[1] = beta_2 * state[1] + rest_2 * (descent * descent);"
)


@c_source.register(rules.Adam)
def _(record: rules.Adam) -> Said:
    return {
        "at_step": "eta *= sqrt(1 - pow(beta_2, t)) / (1 - pow(beta_1, t));",
        "step": f"{MOMENTS} w += eta * state[0] / (sqrt(state[1]) + epsilon);",
        "rest_1": 1 - record.beta_1,
        "rest_2": 1 - record.beta_2,
    }


@c_source.register(rules.Nadam)
def _(record: rules.Nadam) -> Said:
    return {
        "at_step": (
            "ahead = eta * beta_1 / (1 - pow(beta_1, t + 1));"
            " present = eta * (1 - beta_1) / (1 - pow(beta_1, t));"
            " growth = 1 / sqrt(1 - pow(beta_2, t));"
        ),
        "step": (
            f"{MOMENTS}"
            " w += (ahead * state[0] + present * descent) / (growth * sqrt(state[1]) + epsilon);"
        ),
        "rest_1": 1 - record.beta_1,
        "rest_2": 1 - record.beta_2,
    }


@c_source.register(rules.Rprop)
def _(record: rules.Rprop) -> Said:
    return {
        "step": (
            "const real signs = state[0] * descent;"
            " if (signs > 0) state[1] = grow * state[1] < largest ? grow * state[1] : largest;"
            " if (signs < 0) {"
            " state[1] = shrink * state[1] > smallest ? shrink * state[1] : smallest;"
            " descent = 0; }"
            " w += descent > 0 ? state[1] : descent < 0 ? -state[1] : 0;"
            " state[0] = descent;"
        ),
    }


def wrapped(rule: Any) -> Said:
    """Return what is said of a rule within another, the first number of whose state is its own."""
    fields = {name: n for name, n in rule._asdict().items() if isinstance(n, Real)}
    said = {**fields, "delta_scale": "1", "at_step": "", "adjusted": "", **c_source(rule)}
    for formula in ("step", "adjusted"):
        said[formula] = re.sub(
            r"(?<=\bstate\[)\d+", lambda number: str(int(number[0]) + 1), str(said[formula])
        )
    return said


@c_source.register(rules.Averaged)
def _(record: rules.Averaged) -> Said:
    inner = wrapped(record.rule)
    fraction = "fraction = 1 / (t < start ? 1 : t - start + 1);"
    return {
        **inner,
        "at_step": f"{inner['at_step']} {fraction}".strip(),
        "step": f"{inner['step']} state[0] += fraction * (w - state[0]);",
        "adjusted": f"{inner['adjusted']} state[0] += fraction * change;".strip(),
    }


@c_source.register(rules.Masked)
def _(record: rules.Masked) -> Said:
    inner = wrapped(record.rule)
    masked = "if (state[0] < 0.5)"
    return {**inner, "step": f"{masked} descent = 0; {inner['step']} {masked} w = 0;"}


# --- Penalties: penalised or shrunk ---------------------------------------------------------------


@c_source.register(penalties.NoPenalty)
def _(record: penalties.NoPenalty) -> Said:
    return {}


@c_source.register(penalties.L2)
def _(record: penalties.L2) -> Said:
    return {"penalised": "descent - pull * alpha * w"}


@c_source.register(penalties.Elastic)
def _(record: penalties.Elastic) -> Said:
    return {"penalised": "descent - pull * (l2 * w + l1 * (real)((w > 0) - (w < 0)))"}


@c_source.register(penalties.WeightDecay)
def _(record: penalties.WeightDecay) -> Said:
    return {"shrunk": "w - rate * w"}
