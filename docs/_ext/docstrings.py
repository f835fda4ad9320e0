"""The package's docstrings as pages: what is shown of a class, and formulas within sentences."""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

# What reStructuredText is not to look into: doctests, literals, names in backticks.
PROTECTED = re.compile(r"(^\s*>>>.*?(?:^\s*$|\Z)|``.+?``|`.+?`)", re.DOTALL | re.MULTILINE)
# |w| would be a substitution, and classes_ a link.
MARKUP = re.compile(r"(\||(?<=\w)_(?!\w))")


def escape(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Let formulas and names mean themselves, as they do in `help`."""
    parts = PROTECTED.split("\n".join(lines))
    parts[::2] = [MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    lines[:] = "".join(parts).split("\n")


def is_left_out(
    app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out what is scikit-learn's or Python's, and fields, which the docstring describes."""
    if type(member).__name__ == "_tuplegetter":
        return True
    if what == "class" and callable(member):
        home = getattr(member, "__module__", None) or ""
        return skip or not home.startswith("fastbp")
    return None


def visit_math(translator: Any, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers know: no script from elsewhere is needed."""
    text = node.astext().replace("½", r"\tfrac{1}{2}")
    try:
        written = tex2mathml(text, as_block=isinstance(node, nodes.math_block))
    except MathError as error:
        logger.warning("a formula can't be written: %s", error, location=node)
        written = translator.encode(text)
    translator.body.append(written)
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect them with Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", escape, priority=600)  # numpydoc has been there
    app.connect("autodoc-skip-member", is_left_out)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math, None))
    return {"parallel_read_safe": True}
