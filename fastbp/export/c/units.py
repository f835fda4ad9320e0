"""Units in C: columns and targets are standardised, and their statistics follow what is learned.

The sums are those of `fastbp.kernels.one_row.units`, in double as there.
"""

from ...kernels.one_row.units import CONSTANT, CUT, LONGEST, MEMORY, SPARE, TARGET_CUT
from ...losses import Poisson
from .plan import Plan
from .text import filled

STANDARDISE = f"""\
/* What the network reads of a row: standardised, and cut at {CUT:g} standard deviations. */
static void NAME_standardise(${{mean}}const double *scale, const NAME_real *x, NAME_real *unit)
{{
    for (int i = 0; i < BIG_INPUTS; i++) {{
        const double z = $shifted / scale[i];
        unit[i] = (NAME_real)(z > {CUT:.1f} ? {CUT:.1f} : z < -{CUT:.1f} ? -{CUT:.1f} : z);
    }}
}}

"""

FOLLOW = f"""\
/* Mean and variance with another value, cut at {CUT:g} standard deviations; of the values before,
   the last {MEMORY:g} count (Chan, Golub and LeVeque, 1983). */
static void NAME_follow(double seen, double *mean, double *variance, double x)
{{
    const double fraction = 1.0 / ((seen < {MEMORY:.1f} ? seen : {MEMORY:.1f}) + 1.0);
    double change;
    if (*variance > 0.0) {{
        const double reach = {CUT:.1f} * sqrt(*variance);
        x = x > *mean + reach ? *mean + reach : x < *mean - reach ? *mean - reach : x;
    }}
    change = x - *mean;
    *variance = (1.0 - fraction) * *variance + fraction * (1.0 - fraction) * (change * change);
    *mean += fraction * change;
}}

/* The standard deviation, 1 of what is constant. */
static double NAME_deviation(double mean, double variance)
{{
    const double spread = {CONSTANT.hex()} * mean;
    return variance <= spread * spread ? 1.0 : sqrt(variance);
}}

"""

NOTE = """\
    /* The columns' statistics with this row, and what the network reads of it. */
    for (int i = 0; i < BIG_INPUTS; i++) {
        mean[i] = network->mean[i];
        variance[i] = network->variance[i];
        NAME_follow(network->seen[$seen], &mean[i], &variance[i], (double)x[i]);
        scale[i] = NAME_deviation(mean[i], variance[i]);
${around_zero}        if (!NAME_is_finite(variance[i])) return 0;
    }
    NAME_standardise(${mean}scale, x, unit);
    for (int i = 0; i < BIG_INPUTS; i++) squares += (double)unit[i] * (double)unit[i];
    if (squares > $longest) { /* after a change of level all are at the cut */
        const NAME_real shorter = (NAME_real)sqrt($longest / squares);
        for (int i = 0; i < BIG_INPUTS; i++) unit[i] *= shorter;
    }
"""

AROUND_ZERO = f"""\
        if (scale[i] < fabs(mean[i]) / {CUT - 1:.1f}) scale[i] = fabs(mean[i]) / {CUT - 1:.1f};
"""

NOTE_TARGET = """\
    /* The targets' statistics with this row, and what is learned of it. */
    for (int k = 0; k < BIG_OUTPUTS; k++) {
        double z;
        y_mean[k] = network->y_mean[k];
        y_variance[k] = network->y_variance[k];
        y_shift[k] = network->y_shift[k];
        y_scale[k] = network->y_scale[k];
${missing}        NAME_follow(network->y_seen[k], &y_mean[k], &y_variance[k], (double)target[k]);
        if (!NAME_is_finite(y_variance[k])) return 0;
${scales}        z = ((double)target[k] - y_shift[k]) / y_scale[k];
        wanted[k] = (NAME_real)(z > $cut ? $cut : z < -$cut ? -$cut : z);
    }
"""

CENTRED = """\
        y_shift[k] = y_mean[k];
        y_scale[k] = NAME_deviation(y_mean[k], y_variance[k]);
"""
SCALED = """\
        y_scale[k] = sqrt(y_mean[k] * y_mean[k] + y_variance[k]); /* zero stays where it is */
        if (!(y_scale[k] > 0.0)) y_scale[k] = 1.0;
"""

COMMIT = f"""\
    for (int i = 0; i < BIG_INPUTS; i++) {{
        network->mean[i] = mean[i];
        network->variance[i] = variance[i];
        network->scale[i] = scale[i];
    }}
    for (int i = 0; i < $weights; i++) {{
        if (network->seen[i] > {MEMORY:.1f}) network->seen[i] = {MEMORY:.1f};
        network->seen[i] += 1.0;
    }}
"""
COMMIT_TARGET = f"""\
    for (int k = 0; k < BIG_OUTPUTS; k++) {{
${{present}}        network->y_mean[k] = y_mean[k];
        network->y_variance[k] = y_variance[k];
        network->y_shift[k] = y_shift[k];
        network->y_scale[k] = y_scale[k];
        if (network->y_seen[k] > {MEMORY:.1f}) network->y_seen[k] = {MEMORY:.1f};
        network->y_seen[k] += 1.0;
    }}
"""

GIVEN = """\
    for (int i = 0; i < BIG_INPUTS; i++) unit[i] = x[i];
"""


def standardise(plan: Plan) -> str:
    """Return the function that standardises a row; nothing where rows are taken as they are."""
    if plan.model.mean_ is None:
        return ""
    centred = plan.model._is_centred
    return filled(
        STANDARDISE,
        mean="const double *mean, " if centred else "",
        shifted="((double)x[i] - mean[i])" if centred else "(double)x[i]",
    )


def read_row(plan: Plan) -> str:
    """Return the statement that reads a row to predict for it."""
    if plan.model.mean_ is None:
        return GIVEN
    mean = "network->mean, " if plan.model._is_centred else ""
    return f"    NAME_standardise({mean}network->scale, x, unit);\n"


def in_units(plan: Plan, out: str, k: str) -> str:
    """Return an output in the units of the target."""
    if "y_scale" not in plan.names:
        return out
    return f"(NAME_real)((double){out} * network->y_scale[{k}] + network->y_shift[{k}])"


def follow(plan: Plan) -> str:
    """Return the functions of running statistics, where there are some."""
    return FOLLOW if plan.names & {"variance", "y_variance"} else ""


def variables(plan: Plan) -> str:
    """Return the declarations of statistics that are not yet those of the network."""
    lines = ""
    if "variance" in plan.names:
        lines += "    double mean[BIG_INPUTS], variance[BIG_INPUTS], scale[BIG_INPUTS];\n"
        lines += "    double squares = 0.0;\n"
    if "y_variance" in plan.names:
        lines += "    double y_mean[BIG_OUTPUTS], y_variance[BIG_OUTPUTS];\n"
        lines += "    double y_shift[BIG_OUTPUTS], y_scale[BIG_OUTPUTS];\n"
    return lines


def note_row(plan: Plan) -> str:
    """Return the statements that read a row to learn it."""
    if "variance" not in plan.names:
        return GIVEN
    centred = plan.model._is_centred
    limit = LONGEST * plan.layers[0].fan_in + SPARE
    return filled(
        NOTE,
        longest=f"{limit:.1f}",
        seen="i" if weights_of(plan) > 1 else "0",
        around_zero="" if centred else AROUND_ZERO,
        mean="mean, " if centred else "",
    )


def note_target(plan: Plan) -> str:
    """Return the statements that make targets, numbers, what is learned."""
    assert plan.learning is not None
    missing = plan.learning.skips_missing
    wrong = "!NAME_is_finite((double)target[k])"
    if missing:  # NaN is: no number is not itself
        wrong = "target[k] == target[k] && !NAME_is_finite((double)target[k])"
    if isinstance(plan.model._formulas.loss, Poisson):
        wrong += " || target[k] < 0"
    lines = f"    for (int k = 0; k < BIG_OUTPUTS; k++) if ({wrong}) return 0;\n"
    if "y_variance" not in plan.names:
        return lines + "    for (int k = 0; k < BIG_OUTPUTS; k++) wanted[k] = target[k];\n"
    skip = "        wanted[k] = target[k];\n        if (target[k] != target[k]) continue;\n"
    centred = plan.model._centres_target()
    return lines + filled(
        NOTE_TARGET,
        cut=f"{TARGET_CUT:.1f}",
        missing=skip if missing else "",
        scales=CENTRED if centred else SCALED,
    )


def commit(plan: Plan) -> str:
    """Return the statements that make the statistics those of the network."""
    lines = ""
    if "variance" in plan.names:
        lines += filled(COMMIT, weights=str(weights_of(plan)))
    if "y_variance" in plan.names:
        assert plan.learning is not None
        skip = "        if (target[k] != target[k]) continue;\n"
        lines += filled(COMMIT_TARGET, present=skip if plan.learning.skips_missing else "")
    return lines


def weights_of(plan: Plan) -> int:
    """Return how many sums of weights the columns have: one for all, or one for each."""
    return next(len(member.values) for member in plan.members if member.name == "seen")
