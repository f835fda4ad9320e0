"""The pages of the gallery: a title with text below it, cells, and a picture or a table at the end.

They run where the site is built.
"""

import ast
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDERS = [EXAMPLES / name for name in ("article", "practice")]
PAGES = sorted(path for folder in FOLDERS for path in folder.glob("*.py"))
DRAWS = re.compile(r"\b(ax|axes|left|right|figure)\b.*\.|Display\.from_|\bplt\.")


def parts(page):
    """Return the docstring and the cells, each the lines below its ``# %%``."""
    text = page.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    _, *cells = re.split(r"^# %%\n", text, flags=re.MULTILINE)
    return docstring, cells


def test_pages_are_there():
    assert len(PAGES) >= 16
    for folder in FOLDERS:
        title, line, *_ = (folder / "GALLERY_HEADER.rst").read_text(encoding="utf-8").splitlines()
        assert title and line == "-" * len(title)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_format(page):
    text = page.read_text(encoding="utf-8")
    compile(text, str(page), "exec")
    docstring, cells = parts(page)
    title, line, blank, *prose = docstring.splitlines()
    assert line == "=" * len(title) and not blank and len(" ".join(prose)) > 100
    assert len(cells) >= 2
    assert all(cell.startswith(("# ", "figure", "fig")) for cell in cells), "a cell without prose"
    assert not re.search(r"plt\.show|savefig|fetch_|\burlopen\b", text)
    last = next(cell for cell in reversed(cells) if re.search(r"^\w", cell, flags=re.MULTILINE))
    assert "print(" in last or DRAWS.search(last), "no picture and no table at the end"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_titles_within_cells_are_underlined(page):
    """A line too short is a warning of Sphinx, and a warning is an error where the site is made."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for above, below in zip(lines, lines[1:], strict=False):
        if re.fullmatch(r"# -{3,}", below):
            assert len(below) >= len(above), above
