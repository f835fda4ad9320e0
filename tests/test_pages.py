"""The examples of the README and of the pages of documentation run as they stand."""

import contextlib
import re
from pathlib import Path

import pytest
import sklearn
from sklearn.datasets import load_iris

import fastbp

HOME = Path(__file__).parents[1]
ELSEWHERE = {  # needs a cluster, or shows calls alone, which have tests of their own
    *("docs/distributed.md", "docs/export.md", "docs/export_c.md"),
}
# Few patterns, and kernels of their own.
INTERPRETED = {"docs/sklearn.md", "docs/architecture.md", "docs/inspection.md"}
BLOCK = re.compile(r"^( *)```python\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
NAMES = ["README.md", *sorted(f"docs/{page.name}" for page in (HOME / "docs").glob("*.md"))]
PAGES = {
    name: [
        re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        for indent, code in BLOCK.findall((HOME / name).read_text(encoding="utf-8"))
    ]
    for name in [*NAMES, "docs/add/index.md"]
    if name not in ELSEWHERE
}


@pytest.mark.parametrize("name", [name for name, blocks in PAGES.items() if blocks])
def test_examples(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = load_iris(return_X_y=True, as_frame=True)
    X.assign(label=y).sample(frac=1, random_state=0).to_csv("table.csv", index=False)
    before = sklearn.get_config()
    here = {"__name__": "page"}  # later blocks of a page go on from earlier ones
    run = fastbp.interpreted if name in INTERPRETED else contextlib.nullcontext
    try:
        with run():
            for code in PAGES[name]:
                exec(code, here)
    finally:
        sklearn.set_config(**before)
    printed = capsys.readouterr().out.split()
    assert all(0.3 < float(number) <= 1 for number in printed)


def test_there_are_some():
    assert sum(map(len, PAGES.values())) >= 15 and len(PAGES["README.md"]) >= 2
