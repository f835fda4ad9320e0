"""The README's examples run as they stand."""

import re
from pathlib import Path

import pytest
import sklearn
from sklearn.datasets import load_iris

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"^( *)```python\n(.*?)^ *```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_example(block, capsys, tmp_path, monkeypatch):
    indent, code = block
    monkeypatch.chdir(tmp_path)
    X, y = load_iris(return_X_y=True, as_frame=True)
    X.assign(label=y).sample(frac=1, random_state=0).to_csv("table.csv", index=False)
    before = sklearn.get_config()
    try:
        exec(re.sub(rf"^{indent}", "", code, flags=re.MULTILINE), {"__name__": "readme"})
    finally:
        sklearn.set_config(**before)
    printed = capsys.readouterr().out.split()
    assert all(0.3 < float(number) <= 1 for number in printed)


def test_there_are_some():
    assert len(BLOCKS) >= 3
