"""Pages show source that is there, name files that are there, and are found from the README."""

import re
from pathlib import Path

import pytest

import fastbp

HOME = Path(__file__).parents[1]
PAGES = sorted(set((HOME / "docs" / "add").glob("*.md")) - {HOME / "docs" / "add" / "index.md"})
OTHERS = sorted((HOME / "docs").glob("*.md"))
BLOCK = re.compile(r"^```python\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`((?:fastbp|tests|benchmarks|docs|examples)/[\w/.]*)`")
LINKED = re.compile(r"\]\(((?:docs|fastbp|examples)/[\w/.]*)(?:#[\w-]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_source(page):
    text = page.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert blocks and len(blocks) == text.count("```python")
    for file, code in blocks:
        assert code in (HOME / file).read_text(encoding="utf-8"), file


def test_named_files():
    pages = [*PAGES, *OTHERS, HOME / "CONTRIBUTING.md"]
    named = {name for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert [name for name in sorted(named) if not (HOME / name).exists()] == []


def test_every_page_is_linked():
    contributing = (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert all(f"(docs/add/{page.name})" in contributing for page in PAGES)


def test_readme_links_to_every_page():
    linked = set(LINKED.findall((HOME / "README.md").read_text(encoding="utf-8")))
    assert [name for name in sorted(linked) if not (HOME / name).exists()] == []
    index = HOME / "docs" / "index.md"
    assert {f"docs/{page.name}" for page in OTHERS if page != index} <= linked
    listed = index.read_text(encoding="utf-8").split()
    assert all(page.stem in listed for page in OTHERS if page != index)


def test_every_public_name_has_a_place():
    listed = (HOME / "docs" / "api.rst").read_text(encoding="utf-8").split()
    assert [name for name in fastbp.__all__ if name not in listed and name[0] != "_"] == []
