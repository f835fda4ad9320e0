"""The text of a file: a row of weights on a line, and no line for every number."""

import json
from typing import Any

WIDTH = 100
STEP = 1


def laid_out(value: Any, indent: int = 0) -> str:
    """Return the text of what JSON knows: on one line if it is short, or a list of numbers."""
    if isinstance(value, str):
        return quoted(value)
    kinds = set(map(type, value)) if isinstance(value, list) else set()
    if not isinstance(value, dict) and not kinds & {dict, list, str}:
        return json.dumps(value, allow_nan=False)
    if isinstance(value, dict):
        parts = [f"{quoted(k)}: {laid_out(v, indent + STEP)}" for k, v in value.items()]
        first, last = "{", "}"
    else:
        parts, first, last = [laid_out(one, indent + STEP) for one in value], "[", "]"
    together = first + ", ".join(parts) + last
    if "\n" not in together and indent + len(together) <= WIDTH:
        return together
    pad = "\n" + " " * (indent + STEP)
    return first + pad + ("," + pad).join(parts) + "\n" + " " * indent + last


def quoted(text: str) -> str:
    """Return a string in quotes; what UTF-8 does not have is escaped."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)
