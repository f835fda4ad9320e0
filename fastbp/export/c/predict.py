"""The forward pass in C, and answers."""

from typing import NamedTuple

from ...activations import derivative, value
from ...losses import inverse_link, normalised, output_delta
from ...rules import Averaged
from .plan import Plan
from .source import Function, function, number, source_of, words
from .text import comment, filled
from .units import in_units, read_row

SUM = """\
/* The sum of w in over n numbers, in eight sums that fill a vector. */
static NAME_real NAME_dot(const NAME_real *w, const NAME_real *in, int n)
{
    NAME_real sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        for (int j = 0; j < 8; j++) sum[j] += w[i + j] * in[i + j];
    }
    for (; i < n; i++) sum[0] += w[i] * in[i];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

/* net_k = sum_i w_ki in_i + b_k for a layer of `count` units, which read n numbers each. */
static void NAME_sum(const NAME_real *w, const NAME_real *in, int n, NAME_real *net, int count)
{
    for (int k = 0; k < count; k++) net[k] = NAME_dot(w + k * n, in, n) + w[count * n + k];
}

"""

NORMALISED = """\
/* o_k = f(net_k - m) / sum_k f(net_k - m), m the largest net input. */
static void NAME_respond(NAME_real *out)
{
    NAME_real largest = out[0], sum = 0;
    for (int k = 1; k < BIG_OUTPUTS; k++) largest = out[k] > largest ? out[k] : largest;
    for (int k = 0; k < BIG_OUTPUTS; k++) {
        const NAME_real net = out[k] - largest;
        out[k] = $link;
        sum += out[k];
    }
    for (int k = 0; k < BIG_OUTPUTS; k++) out[k] /= sum;
}

"""

EACH = """\
static void NAME_respond(NAME_real *out)
{
    for (int k = 0; k < BIG_OUTPUTS; k++) {
        const NAME_real net = out[k];
        out[k] = $link;
    }
}

"""

OUTPUTS = """\
/* The outputs for a row, in `unit`; returns the first. */
static const NAME_real *NAME_outputs(
    const NAME_network *network, const NAME_real *x, NAME_real *unit)
{
${net}${read}    NAME_forward($weights, unit$nets);
    return unit + BIG_UNITS - BIG_OUTPUTS;
}

"""

ANSWERS = {
    "values": """\
void NAME_predict(const NAME_network *network, const NAME_real *x, NAME_real *y)
{
    NAME_real unit[BIG_UNITS];
    const NAME_real *out = NAME_outputs(network, x, unit);
    for (int k = 0; k < BIG_OUTPUTS; k++) y[k] = $in_units;
}
""",
    "binary": """\
int NAME_predict(const NAME_network *network, const NAME_real *x)
{
    NAME_real unit[BIG_UNITS];
    return NAME_outputs(network, x, unit)[0] > $half;
}

void NAME_predict_proba(const NAME_network *network, const NAME_real *x, NAME_real *p)
{
    NAME_real unit[BIG_UNITS];
    p[1] = NAME_outputs(network, x, unit)[0];
    p[0] = 1 - p[1];
}
""",
    "classes": """\
int NAME_predict(const NAME_network *network, const NAME_real *x)
{
    NAME_real unit[BIG_UNITS];
    const NAME_real *out = NAME_outputs(network, x, unit);
    int best = 0;
    for (int k = 1; k < BIG_OUTPUTS; k++) best = out[k] > out[best] ? k : best;
    return best;
}

void NAME_predict_proba(const NAME_network *network, const NAME_real *x, NAME_real *p)
{
    NAME_real unit[BIG_UNITS];
    const NAME_real *out = NAME_outputs(network, x, unit);
${probabilities}}
""",
    "labels": """\
void NAME_predict(const NAME_network *network, const NAME_real *x, int *labels)
{
    NAME_real unit[BIG_UNITS];
    const NAME_real *out = NAME_outputs(network, x, unit);
    for (int k = 0; k < BIG_OUTPUTS; k++) labels[k] = out[k] > $half;
}

void NAME_predict_proba(const NAME_network *network, const NAME_real *x, NAME_real *p)
{
    NAME_real unit[BIG_UNITS];
    const NAME_real *out = NAME_outputs(network, x, unit);
    for (int k = 0; k < BIG_OUTPUTS; k++) p[k] = out[k];
}
""",
}
"""Functions that answer, by the kind of the answers."""

AS_THEY_ARE = "    for (int k = 0; k < BIG_OUTPUTS; k++) p[k] = out[k];\n"
SHARES = """\
    NAME_real sum = 0;
    for (int k = 0; k < BIG_OUTPUTS; k++) sum += out[k];
    for (int k = 0; k < BIG_OUTPUTS; k++) {
        p[k] = sum > 0 ? out[k] / sum : (NAME_real)1 / BIG_OUTPUTS;
    }
"""


class Formulas(NamedTuple):
    """The formulas of a network's units as C functions."""

    text: str  # the functions, each of them once
    values: list[Function]  # f of each hidden layer
    slopes: list[Function]  # and f′, if it learns
    link: Function  # the output activation
    delta: Function | None  # and δ, if it learns
    keeps_net: bool  # whether net inputs are wanted after the forward pass


def formulas_of(plan: Plan) -> Formulas:
    """Return the formulas that a network computes.

    Raises
    ------
    ValueError
        If one of its records has no C text.
    """
    learns, loss = plan.learning is not None, plan.model._formulas.loss
    wanted = ("value", "derivative") if learns else ("value",)
    made: dict[tuple, list[Function]] = {}
    text, keeps_net = "", False
    for record in plan.activations:
        key = type(record), record  # records of other types may be equal
        if key in made:
            continue
        source = source_of(record, "activation", (value, derivative)[: len(wanted)])
        given = ("net", "out"), source.numbers, plan.dtype
        made[key] = [
            function(f"NAME_{one}_{len(made)}", source.texts[one], *given) for one in wanted
        ]
        text += comment(repr(record)) + "".join(f"{one.text}\n" for one in made[key])
        keeps_net |= learns and "net" in words(source.texts["derivative"])
    functions = [made[type(record), record] for record in plan.activations]
    source = source_of(loss, "loss", (inverse_link, output_delta)[: len(wanted)])
    link = function(
        "NAME_inverse_link", source.texts["inverse_link"], ("net",), source.numbers, plan.dtype
    )
    delta = None
    text += comment(repr(loss)) + f"{link.text}\n"
    if learns:
        given = ("target", "out"), source.numbers, plan.dtype
        delta = function("NAME_output_delta", source.texts["output_delta"], *given)
        text += f"{delta.text}\n"
    text += filled(NORMALISED if normalised(loss) else EACH, link=link.call(net="net"))
    values, slopes = [one[0] for one in functions], [one[1] for one in functions if learns]
    return Formulas(text, values, slopes, link, delta, keeps_net)


def forward(plan: Plan, formulas: Formulas) -> str:
    """Return the function of the forward pass."""
    net = "net" if formulas.keeps_net else "unit"
    parameter = ", NAME_real *net" if formulas.keeps_net else ""
    lines = ["/* Net inputs and outputs of all units, layer by layer; the inputs are in `unit`. */"]
    lines += [f"static void NAME_forward(const NAME_real *w, NAME_real *unit{parameter})", "{"]
    for n, layer in enumerate(plan.layers):
        last = n == len(plan.layers) - 1
        to, at = "unit" if last else net, layer.units_at
        lines.append(
            f"    NAME_sum(w + {layer.weights_at}, unit + {layer.start}, {layer.fan_in}, "
            f"{to} + {at}, {layer.fan_out});"
        )
        if last:
            lines.append(f"    NAME_respond(unit + {at});")
        else:
            call = formulas.values[n].call(net=f"{net}[j]", out="")
            lines.append(f"    for (int j = {at}; j < {at + layer.fan_out}; j++) unit[j] = {call};")
    return SUM + "\n".join([*lines, "}", "", ""])


def answers(plan: Plan, formulas: Formulas) -> str:
    """Return the functions that predict."""
    averaged = plan.learning is not None and isinstance(plan.learning.rule, Averaged)
    plain = normalised(plan.model._formulas.loss)
    return filled(
        OUTPUTS + ANSWERS[plan.kind],
        net="    NAME_real net[BIG_UNITS];\n" if formulas.keeps_net else "",
        nets=", net" if formulas.keeps_net else "",
        read=read_row(plan),
        weights="network->state[0]" if averaged else "network->w",
        half=number(0.5, plan.dtype),
        probabilities=AS_THEY_ARE if plain else SHARES,
        in_units=in_units(plan, "out[k]", "k"),
    )
