"""A fitted network as one C99 file."""

import os
import re
import textwrap
from typing import Any

import numpy as np

from ...version import __version__
from ..files import write_whole
from . import formulas as _formulas  # noqa: F401  # register the package's own
from . import rules as _rules  # noqa: F401
from .learn import TARGETS, learn
from .plan import Member, Plan, plan_of
from .predict import answers, formulas_of, forward
from .text import array, checked_name, commented, filled, identifiers
from .units import follow, standardise

FILE = """\
/* NAME: $shape, $formulas.
   Written by fastbp $version.

   This file is a source and its own header. Compile it as it is, with -lm; other files that call it
   say
       #define BIG_HEADER
       #include "NAME.c"
   It is C99, and C++17. Nothing is allocated, and nothing kept but in the network's struct, of
   which there may be many: `NAME_network copy = NAME_trained;` is another one.

${manual}*/

#ifndef BIG_DECLARED
#define BIG_DECLARED

#ifdef __cplusplus
extern "C" {
#endif

typedef $ctype NAME_real;

enum {
${sizes}};

${classes}/* The network. */
typedef struct {
${struct}} NAME_network;

extern ${const}NAME_network NAME_trained; /* as it was written */

${declarations}
#ifdef __cplusplus
}
#endif

#endif

#ifndef BIG_HEADER

#include <math.h>

${const}NAME_network NAME_trained = {
${values}};

${functions}
#endif
"""

PREDICT = {
    "values": (
        "void NAME_predict(const NAME_network *network, const NAME_real *x, NAME_real *y);",
        "The prediction for the row x of BIG_INPUTS numbers goes to y, BIG_OUTPUTS numbers.",
    ),
    "binary": (
        "int NAME_predict(const NAME_network *network, const NAME_real *x);",
        "The class of the row x of BIG_INPUTS numbers, one of enum NAME_class.",
    ),
    "labels": (
        "void NAME_predict(const NAME_network *network, const NAME_real *x, int *labels);",
        "For the row x of BIG_INPUTS numbers, which of the BIG_OUTPUTS labels apply: 1, or 0.",
    ),
}
PREDICT["classes"] = PREDICT["binary"]
PROBABILITIES = (
    "void NAME_predict_proba(const NAME_network *network, const NAME_real *x, NAME_real *p);",
    "Their probabilities go to p, BIG_CLASSES numbers.",
)
LEARN = (
    "int NAME_learn(NAME_network *network, const NAME_real *x, $target);",
    "One step of learning from the row x and its target, $what. Returns 1; or 0 if there are "
    "numbers that are not finite, or the target is none, and then nothing has changed. What has "
    "been learned is the struct, byte for byte: write sizeof(NAME_network) bytes of it to a file, "
    "and fastbp.export.from_c_weights reads them.",
)
WHAT = {
    "values": "BIG_OUTPUTS numbers",
    "binary": "a class of enum NAME_class",
    "classes": "a class of enum NAME_class",
    "labels": "BIG_OUTPUTS numbers, 1 or 0",
}


MISSING = {"values": "NaN where there is none", "labels": "-1 where it is not known"}


def to_c(
    estimator: Any,
    path: str | os.PathLike | None = None,
    *,
    name: str = "net",
    learn: bool = False,
    dtype: Any = None,
) -> str:
    """Return a fitted network as a C99 file that predicts, and if asked to, learns.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        The network; it stays as it is.
    path : path-like, default=None
        Where to write the file, whole or not at all. It is only returned if not given.
    name : str, default='net'
        What all names in the file begin with.
    learn : bool, default=False
        Whether there is ``NAME_learn(network, x, target)``, the update that `partial_fit` makes
        with one row: the rule with its state, the penalty, the learning rate as it changes from row
        to row, and the statistics of columns and targets in a stream. Then the network is
        variable; otherwise it is constant.
    dtype : {'float32', 'float64'}, default=None
        What is calculated in: that of the network if not given. Statistics are in double always.

    Returns
    -------
    text : str
        The file, in ASCII; how it is used is said at its beginning.

    Raises
    ------
    TypeError, ValueError
        If the estimator is something else, or not fitted; if the name is no identifier of C; if a
        record has no C text (see `c_source`) or a parameter no counterpart: it is named.

    See Also
    --------
    from_c_weights : The way back of what has been learned there.

    Notes
    -----
    A row with numbers that are not finite must not be predicted for. `partial_fit` takes back an
    update after which weights have left all bounds; here only what is not finite beforehand is
    refused.

    Examples
    --------
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.export import to_c
    >>> model = BackpropRegressor((2,)).partial_fit([[0.0, 1.0]], [0.5])
    >>> print(to_c(model, name="tank").splitlines()[0])
    /* tank: 2-2-1, BackpropRegressor, SquaredError().
    """
    name = checked_name(name)
    plan = plan_of(estimator, dtype, learn=bool(learn))
    text = written(plan, name)
    if path is not None:
        write_whole(path, text.encode("ascii"))
    return text


def written(plan: Plan, name: str) -> str:
    """Return the file."""
    model, formulas = plan.model, formulas_of(plan)
    functions = standardise(plan) + (follow(plan) if plan.learning else "") + formulas.text
    functions += forward(plan, formulas) + answers(plan, formulas)
    if plan.learning is not None:
        functions += "\n" + learn(plan, formulas)
    sizes = [plan.layers[0].fan_in, *(layer.fan_out for layer in plan.layers)]
    counts = {"INPUTS": sizes[0], "OUTPUTS": sizes[-1], "UNITS": plan.n_units}
    counts["PARAMETERS"] = plan.n_parameters
    classes = ""
    if plan.kind != "values":
        labels = model.classes_.tolist()
        counts["CLASSES"] = len(labels)
        names = identifiers(labels, f"{name.upper()}_CLASS_")
        rows = "".join(
            f"    {one} = {n}, /* {commented(repr(label))} */\n"
            for n, (one, label) in enumerate(zip(names, labels, strict=True))
        )
        classes = f"/* classes_, in this order. */\nenum {name}_class {{\n{rows}}};\n\n"
    functions_said = said(plan)
    return filled(
        renamed(FILE, name),
        functions=renamed(functions, name),
        manual=renamed("".join(map(paragraph, functions_said)), name) + columns(model),
        declarations=renamed("".join(f"{one}\n" for one, _ in functions_said), name),
        classes=classes,
        sizes=renamed("".join(f"    BIG_{one} = {n},\n" for one, n in counts.items()), name),
        struct=renamed("".join(map(declaration, plan.members)), name),
        values="".join(f"{values_of(plan, one)}, /* {one.name} */\n" for one in plan.members),
        shape="-".join(map(str, sizes)),
        formulas=commented(f"{type(model).__name__}, {model._formulas.loss!r}"),
        version=__version__,
        ctype="float" if plan.dtype == np.float32 else "double",
        const="" if plan.learning is not None else "const ",
    )


def renamed(text: str, name: str) -> str:
    """Return C with names that begin with the network's."""
    text = re.sub(r"\bNAME(?=_|\b)", name, text)
    return re.sub(r"\bBIG(?=_)", name.upper(), text)


def said(plan: Plan) -> list[tuple[str, str]]:
    """Return the declarations of the functions, and what is said of them."""
    result = [PREDICT[plan.kind]]
    if plan.kind != "values":
        result.append(PROBABILITIES)
    if plan.learning is not None:
        what = WHAT[plan.kind]
        if plan.learning.skips_missing:
            what += ", " + MISSING[plan.kind]
        line, text = LEARN
        result.append((filled(line, target=TARGETS[plan.kind]), filled(text, what=what)))
    return result


def paragraph(function: tuple[str, str]) -> str:
    """Return the manual's lines on a function."""
    line, text = function
    return f"   {line}\n{textwrap.indent(textwrap.fill(text, 91), ' ' * 7)}\n\n"


def columns(model: Any) -> str:
    """Return the manual's lines on the columns of a row, where they have names."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        return ""
    text = f"x has in this order {', '.join(commented(repr(one)) for one in names.tolist())}."
    return textwrap.indent(textwrap.fill(text, 95), " " * 3) + "\n"


def declaration(member: Member) -> str:
    """Return the declaration of a member of the struct."""
    shape = "".join(f"[{n}]" for n in member.values.shape)
    return f"    {'double' if member.double else 'NAME_real'} {member.name}{shape};\n"


def values_of(plan: Plan, member: Member) -> str:
    """Return a member's values."""
    return array(member.values, np.dtype(np.float64) if member.double else plan.dtype)
