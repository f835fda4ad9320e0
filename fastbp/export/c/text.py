"""Names, comments and arrays in C."""

import re
from string import Template
from typing import Any

import numpy as np

from .source import number

WIDTH = 100  # of a line
LONGEST = 40  # of what of a label is in an identifier

KEYWORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while alignas alignof and and_eq asm bitand bitor bool catch "
    "char16_t char32_t char8_t class co_await co_return co_yield compl concept const_cast "
    "consteval constexpr constinit decltype delete dynamic_cast explicit export false friend "
    "mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected "
    "public reinterpret_cast requires static_assert static_cast template this thread_local "
    "throw true try typeid typename typeof using virtual wchar_t xor xor_eq".split()
)
"""Of C and C++."""


def checked_name(name: Any) -> str:
    """Return the name if it is an identifier, to begin others with.

    Raises
    ------
    TypeError, ValueError
        If not.
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, got {name!r}")
    right = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
    if not right or "__" in name or name.endswith("_") or name in KEYWORDS:
        raise ValueError(
            f"name must be an identifier of C, got {name!r}: letters, digits and single "
            "underscores, a letter first, and no word that C or C++ uses itself"
        )
    return name


def filled(template: str, **parts: str) -> str:
    """Return a template with its parts put in, whatever is in them."""
    return Template(template).substitute(parts)


def comment(text: str) -> str:
    """Return a comment that holds the text, whatever is in it, in ASCII."""
    return f"/* {commented(text)} */\n"


def commented(text: str) -> str:
    """Return a text as it may stand in a comment: in ASCII, on one line, and without its end."""
    text = "".join(one if one.isprintable() and one.isascii() else escaped(one) for one in text)
    for wrong, right in (("*/", "*\\x2f"), ("/*", "/\\x2a"), ("??", "?\\x3f")):
        text = text.replace(wrong, right)
    return text


def escaped(character: str) -> str:
    """Return a character by its number, as Python writes it."""
    return character.encode("unicode_escape").decode("ascii")


def identifiers(labels: list, prefix: str) -> list[str]:
    """Return an identifier of each label: what of it can be in one, and its number if need be."""
    found: list[str] = []
    for n, label in enumerate(labels):
        text = label if isinstance(label, str) else repr(label)
        name = prefix + "_".join(re.findall(r"[A-Za-z0-9]+", text))[:LONGEST]
        if name == prefix:
            name += str(n)
        while name in found:
            name += f"_{n}"
        found.append(name)
    return found


def statements(text: str) -> str:
    """Return statements on lines of their own."""
    return text.replace("; ", ";\n    ")


def array(values: np.ndarray, dtype: np.dtype) -> str:
    """Return the initialiser of a number or an array, with arrays in it if it has rows."""
    if values.ndim == 0:
        return number(float(values), dtype)
    if values.ndim > 1:
        return "{" + ",\n".join(array(row, dtype) for row in values) + "}"
    if len(values) == 1:
        return f"{{{number(values[0], dtype)}}}"
    lines, line = [], "   "
    for value in values:
        text = f" {number(value, dtype)},"
        if len(line) + len(text) > WIDTH:
            lines.append(line)
            line = "   "
        line += text
    return "\n".join(["{", *lines, line, "}"])
