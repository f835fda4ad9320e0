"""The update in C: backward pass and steps, as `fastbp.textbook.learn` has them."""

import numpy as np

from ...penalties import penalised, shrunk
from ...rules import adjusted, at_step, delta_scale, step
from .plan import Plan
from .predict import Formulas
from .source import in_dtype, number, source_of, words
from .text import filled, statements
from .units import commit, note_row, note_target, variables

NOW = """\
/* What an update is made with: what deltas are multiplied by, and the numbers of the rule and of
   the penalty at this update. */
typedef struct {
${members}} NAME_now;

static NAME_now NAME_at_update(const NAME_network *network)
{
    NAME_now now;
${declared}${assigned}    (void)network;
    return now;
}

"""

STEP = """\
/* $rule: what $given makes of parameter number `at` and of its state. */
static void NAME_$name(NAME_network *network, NAME_now now, int at, NAME_real $given)
{
    NAME_real w = network->w[at];
${load}    $text
${store}    network->w[at] = w;
    (void)now;
}

"""

DESCEND = """\
/* One step of weight number `at`, which the penalty pulls. */
static void NAME_descend(NAME_network *network, NAME_now now, int at, NAME_real descent)
{
${penalty}    NAME_step(network, now, at, descent);
}

"""

LAYER = """\
/* A layer of `count` units, which read n numbers each: the deltas of what they read are summed with
   the weights as they were, and then each weight makes its step along delta_k in_i. */
static void NAME_learn_layer(
    NAME_network *network, NAME_now now, int at, const NAME_real *in, int n,
    const NAME_real *delta, int count, NAME_real *below)
{
    for (int k = 0; k < count; k++, at += n) {
        if (below) {
            for (int i = 0; i < n; i++) below[i] += network->w[at + i] * delta[k];
        }
        for (int i = 0; i < n; i++) {
            NAME_descend(network, now, at + i, $descent);
        }
    }
    for (int k = 0; k < count; k++) NAME_step(network, now, at + k, delta[k]);
}

"""

SHORTEN = """\
/* Weights into each of `count` units, n of them, are made no longer than $length. */
static void NAME_shorten(NAME_network *network, NAME_now now, int at, int n, int count)
{
    for (int k = 0; k < count; k++, at += n) {
        const NAME_real squares = NAME_dot(network->w + at, network->w + at, n);
        if (squares > $length * $length) {
            const NAME_real factor = $length / $sqrt(squares);
            for (int i = at; i < at + n; i++) {
                const NAME_real change = network->w[i] * factor - network->w[i];
                network->w[i] += change;
${adjust}            }
        }
    }
    (void)now;
}

"""

LEARN = """\
int NAME_learn(NAME_network *network, const NAME_real *x, $target)
{
    NAME_real unit[BIG_UNITS], delta[BIG_UNITS], wanted[BIG_OUTPUTS];
${declared}    const NAME_now now = NAME_at_update(network);

    for (int i = 0; i < BIG_INPUTS; i++) if (!NAME_is_finite((double)x[i])) return 0;
${note}    /* 1. Forward. */
    NAME_forward(network->w, unit$nets);
    /* 2. The deltas of the output units. */
    for (int i = 0; i < BIG_UNITS - BIG_OUTPUTS; i++) delta[i] = 0;
    for (int k = 0; k < BIG_OUTPUTS; k++) {
        const int j = BIG_UNITS - BIG_OUTPUTS + k;
        delta[j] = now.scale * $cost$delta;
        if (!NAME_is_finite((double)delta[j])) return 0;
    }
    /* 3. The deltas of the hidden units, downwards, and the steps. */
${layers}${commit}    network->learned += 1.0;
    return 1;
}
"""

FINITE = """\
static int NAME_is_finite(double number)
{
    return number - number == 0.0;
}

"""

CLASS = """\
    if (target < 0 || target >= BIG_CLASSES$uncostly) return 0;
    for (int k = 0; k < BIG_OUTPUTS; k++) wanted[k] = $smoothed;
"""
LABELS = """\
    for (int k = 0; k < BIG_OUTPUTS; k++) if ($least || target[k] > 1) return 0;
    for (int k = 0; k < BIG_OUTPUTS; k++) wanted[k] = $smoothed;
"""

TARGETS = {
    "values": "const NAME_real *target",
    "labels": "const int *target",
    "binary": "int target",
    "classes": "int target",
}
"""What is learned, by the kind of the answers."""


DOUBLE = np.dtype(np.float64)


def rate_and_rule(plan: Plan) -> str:
    """Return what an update is made with, and the functions of a step."""
    learning = plan.learning
    assert learning is not None
    formulas = (step, at_step, delta_scale) + (adjusted,) * (learning.max_norm is not None)
    rule = source_of(learning.rule, "solver", formulas)
    penalty = source_of(learning.penalty, "alpha", (penalised, shrunk))
    at, scale = rule.texts.get("at_step", ""), rule.texts.get("delta_scale", "1")
    steps = {"step": rule.texts["step"]}
    if learning.max_norm is not None and rule.texts.get("adjusted"):
        steps["adjust"] = rule.texts["adjusted"]
    used = words(" ".join(steps.values()))
    needed = [one for one in rule.numbers if one in used | words(at) | words(scale)]
    known = [one for one in ("penalised", "shrunk") if one in penalty.texts]
    pulls: dict[str, str] = {one: penalty.texts[one] for one in known}
    pulled = [one for one in penalty.numbers if one in words(" ".join(pulls.values()))]
    members = ["scale", *(f"rule_{one}" for one in needed if one in used)]
    members += [f"penalty_{one}" for one in pulled]
    declared = []
    if "t" in words(at):
        declared.append(f"const double t = network->learned + {learning.optimizer.updates + 1};")
    for one in needed:
        value = learning.rate if one == "eta" else number(rule.numbers[one], DOUBLE)
        declared.append(f"double {one} = {value};")
    assigned = [statements(at)] if at else []
    assigned.append(f"now.scale = (NAME_real){scale};")
    assigned += [f"now.rule_{one} = (NAME_real){one};" for one in needed if one in used]
    for one in pulled:
        value = number(penalty.numbers[one], DOUBLE)
        if learning.decay is not None:  # WeightDecay's rate is η α
            value = f"({learning.rate} * {learning.decay.hex()})"
        assigned.append(f"now.penalty_{one} = (NAME_real){value};")
    text = filled(
        NOW,
        members="".join(f"    NAME_real {one};\n" for one in members),
        declared=lines(declared),
        assigned=lines(assigned),
    )
    text += step_functions(plan, steps, needed)
    return text + descend_function(plan, pulls, pulled)


def step_functions(plan: Plan, steps: dict[str, str], needed: list[str]) -> str:
    """Return the functions of a step, and of what a constraint makes of the state."""
    learning, dtype, text = plan.learning, plan.dtype, ""
    assert learning is not None
    n_kept = len(learning.state)
    for name, formula in steps.items():
        fields = [one for one in needed if one in words(formula)]
        load = [f"const NAME_real {one} = now.rule_{one};" for one in fields]
        if n_kept:
            load.append(f"NAME_real state[{n_kept}];")
        load += [f"state[{n}] = network->state[{n}][at];" for n in range(n_kept)]
        store = [f"network->state[{n}][at] = state[{n}];" for n in range(n_kept)]
        text += filled(
            STEP,
            rule=type(learning.rule).__name__,
            name=name,
            given="descent" if name == "step" else "change",
            load=lines(load),
            text=in_dtype(statements(formula), dtype),
            store=lines(store),
        )
    return text


def descend_function(plan: Plan, pulls: dict[str, str], pulled: list[str]) -> str:
    """Return the function of a step of a weight, with what the penalty does."""
    dtype = plan.dtype
    pull = [f"const NAME_real {one} = now.penalty_{one};" for one in pulled]
    if pulls:
        pull.append("NAME_real w = network->w[at];")
    if "penalised" in pulls:
        if "pull" in words(pulls["penalised"]):
            pull.append("const NAME_real pull = now.scale;")
        pull.append(f"descent = {in_dtype(pulls['penalised'], dtype)};")
    if "shrunk" in pulls:
        pull.append(f"network->w[at] = {in_dtype(pulls['shrunk'], dtype)};")
    return filled(DESCEND, penalty=lines(pull))


def backward(plan: Plan, formulas: Formulas) -> list[str]:
    """Return the statements that pass deltas down and update each layer."""
    result, net = [], "net" if formulas.keeps_net else "unit"
    for n in reversed(range(len(plan.layers))):
        layer = plan.layers[n]
        above_inputs = layer.start + layer.fan_in > plan.layers[0].fan_in
        below = f"delta + {layer.start}" if above_inputs else "0"
        if n < len(plan.activations):
            call = formulas.slopes[n].call(net=f"{net}[j]", out="unit[j]")
            end = layer.units_at + layer.fan_out
            result.append(f"for (int j = {layer.units_at}; j < {end}; j++) delta[j] *= {call};")
        result.append(
            f"NAME_learn_layer(network, now, {layer.weights_at}, unit + {layer.start}, "
            f"{layer.fan_in}, delta + {layer.units_at}, {layer.fan_out}, {below});"
        )
    return result


def learn(plan: Plan, formulas: Formulas) -> str:
    """Return the functions that learn a row."""
    learning, dtype = plan.learning, plan.dtype
    assert learning is not None and formulas.delta is not None
    text = FINITE + rate_and_rule(plan) + filled(LAYER, descent="in[i] * delta[k]")
    layers = backward(plan, formulas)
    if learning.max_norm is not None:
        length = number(learning.max_norm, dtype)
        adjust = "                NAME_adjust(network, now, i, change);\n"
        text += filled(
            SHORTEN,
            length=length,
            sqrt="sqrtf" if dtype == "float32" else "sqrt",
            adjust=adjust if "NAME_adjust(" in text else "",
        )
        layers += [
            f"NAME_shorten(network, now, {one.weights_at}, {one.fan_in}, {one.fan_out});"
            for one in plan.layers
        ]
    delta = formulas.delta.call(target="wanted[k]", out="unit[j]")
    if learning.skips_missing:
        delta = f"(wanted[k] == wanted[k] ? {delta} : 0)"
    cost = ""
    if learning.costs is not None:
        costs = ", ".join(number(cost, dtype) for cost in learning.costs)
        text += f"static const NAME_real NAME_costs[] = {{{costs}}};\n\n"
        cost = "NAME_costs[target] * "
    declared = variables(plan)
    if formulas.keeps_net:
        declared = "    NAME_real net[BIG_UNITS];\n" + declared
    return text + filled(
        LEARN,
        target=TARGETS[plan.kind],
        declared=declared,
        note=targets(plan) + note_row(plan),
        nets=", net" if formulas.keeps_net else "",
        cost=cost,
        delta=delta,
        layers=lines(layers),
        commit=commit(plan),
    )


def targets(plan: Plan) -> str:
    """Return the statements that check the target and make it what is learned."""
    learning, dtype = plan.learning, plan.dtype
    assert learning is not None
    if plan.kind == "values":
        return note_target(plan)
    given = {"binary": "target", "classes": "(k == target)", "labels": "target[k]"}[plan.kind]
    given = f"(NAME_real){given}"
    if learning.smoothing:
        share = learning.smoothing / (2 if plan.kind != "classes" else len(plan.model.classes_))
        given = f"{number(1 - learning.smoothing, dtype)} * {given} + {number(share, dtype)}"
    if plan.kind == "labels":
        least = "target[k] < 0"
        if learning.skips_missing:
            least, given = "target[k] < -1", f"target[k] < 0 ? (NAME_real)NAN : {given}"
        return filled(LABELS, least=least, smoothed=given)
    costly = " || !(NAME_costs[target] > 0)" if learning.costs is not None else ""
    return filled(CLASS, uncostly=costly, smoothed=given)


def lines(statements: list[str]) -> str:
    """Return statements, indented, on a line each."""
    return "".join(f"    {one}\n" for one in statements)
