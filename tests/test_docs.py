"""The pages for contributors show source that is there, and name files that are there."""

import re
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
PAGES = sorted((HOME / "docs" / "add").glob("*.md"))
BLOCK = re.compile(r"^```python\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`((?:fastbp|tests|benchmarks|docs)/[\w/.]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_source(page):
    text = page.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert blocks and len(blocks) == text.count("```python")
    for file, code in blocks:
        assert code in (HOME / file).read_text(encoding="utf-8"), file


def test_named_files():
    pages = [*PAGES, HOME / "CONTRIBUTING.md", *sorted((HOME / "docs").glob("*.md"))]
    named = {name for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert [name for name in sorted(named) if not (HOME / name).exists()] == []


def test_every_page_is_linked():
    contributing = (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert all(f"(docs/add/{page.name})" in contributing for page in PAGES)
