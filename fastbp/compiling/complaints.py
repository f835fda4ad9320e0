"""What Numba says of a formula that it can't compile, in the user's words."""

import linecache
import math
import os
import re
from collections.abc import Callable

import numpy as np

OPERATORS = {
    **{"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%"},
    **{"pow": "**", "matmul": "@", "and_": "&", "or_": "|", "xor": "^"},
    **{"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="},
}
WORDS = {
    "Vector": "vector",
    "Mask": "truth values",
    "readonly array": "array",
    "unicode_type": "str",
    "none": "None",
}
WHOLE = "the truth of a whole vector (for a choice number by number there are np.where, & and |)"
HINTS = {
    **dict.fromkeys(("bool", "not_", "truth"), WHOLE),
    "setitem": "an assignment to a part of a vector (np.where gives a new one)",
    "getitem": "a part of a vector",
    "max": "max of a vector (np.maximum is meant for that)",
    "min": "min of a vector (np.minimum is meant for that)",
}
MISSING = re.compile(
    r"No implementation of function Function\("
    r"<(?P<kind>ufunc|function|built-in function|class|intrinsic) '?(?P<function>\w+).*\n\s*"
    r">>> \w+\((?P<types>.*)\)"
    r"|Unknown attribute '(?P<attribute>\w+)' of type (?P<owner>[^\n]+)"
    r"|Untyped global name '(?P<untyped>\w+)':[^\n]*<class '(?P<class>[^\n']+)'"
    r"|Cannot unify [^\n]* for '(?P<variable>\w+)"
    r"|(?P<loop>Invalid use of getiter)"
    r"|(?P<name>name '\w+' is not defined)"
)


def reason(error: Exception, implementation: Callable) -> str:
    """Return what a formula uses that has no meaning for vectors."""
    for found in MISSING.finditer(_plain(error)):
        helper = implementation.__globals__.get(found["function"])
        home = str(getattr(helper, "__module__", None)).partition(".")[0]
        if helper is None or home in ("numpy", "numba", "builtins", "math"):
            return _described(found)
        # Else a function of the user's: what it uses comes later in the message.
    return _first_line(error)


def innermost(error: Exception) -> str:
    """Return what Numba did not know after all."""
    found = list(MISSING.finditer(_plain(error)))
    return _described(found[-1]) if found else _first_line(error)


def place(error: Exception | None, implementation: Callable) -> str:
    """Return the line of source, its file and number."""
    code = implementation.__code__
    known = getattr(error, "loc", None)
    file, line = (known.filename, known.line) if known else (code.co_filename, None)
    text = linecache.getline(file, line).strip() if line else ""
    where = f"{os.path.basename(file)}, line {line or code.co_firstlineno}"
    return f", in `{text}` ({where})" if text else f" ({where})"


def _described(found: re.Match) -> str:
    """Return what Numba does not know, in the user's words."""
    if found["function"]:
        return _call(found["kind"], found["function"], found["types"])
    if found["attribute"]:
        owner, attribute = found["owner"], found["attribute"]
        if owner.startswith("Module"):
            module = re.findall(r"module '([\w.]+)'", owner)[0]
            return f"{'np' if module == 'numpy' else module}.{attribute}"
        return f"attribute `{attribute}` of {spelled(owner)}"
    if found["untyped"]:
        if found["class"] == "function":
            return (
                f"`{found['untyped']}` is a function for Python only (decorate it with "
                "fastbp.inlined, in a module that can be imported, not in __main__, where "
                "other processes are to know it)"
            )
        return f"the global `{found['untyped']}`, which is of class {found['class']}"
    if found["variable"]:
        return f"`{found['variable']}` is a vector in one place and something else in another"
    return "a loop over the numbers of a vector" if found["loop"] else found["name"]


def _call(kind: str, name: str, types: str) -> str:
    """Return a call that Numba knows no implementation of, as it may be written."""
    if name in HINTS:
        return HINTS[name]
    operands = [spelled(one) for one in re.split(r", (?![^(]*\))", types)]
    if name in OPERATORS and kind == "built-in function":
        return f" {OPERATORS[name]} ".join(operands)
    prefix = "np." if hasattr(np, name) else ""
    if kind == "built-in function":
        prefix = "math." if hasattr(math, name) else ""
    return f"{prefix}{name}({', '.join(operands)})"


def spelled(t: str) -> str:
    """Return the name of a type in words of NumPy's."""
    for start, word in WORDS.items():
        if t.startswith(start):
            return word
    literal = re.fullmatch(r"Literal\[\w+\]\((.*)\)", t)
    return literal[1] if literal else re.sub(r"\(.*", "", t)


def _plain(error: Exception) -> str:
    """Return a message without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error))


def _first_line(error: Exception) -> str:
    """Return the first line of a message that says more than that there was an error."""
    lines = [line.strip() for line in _plain(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Failed in")]
    return (lines or [type(error).__name__])[0].rstrip(":.")
