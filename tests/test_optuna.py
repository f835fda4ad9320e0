"""The example that searches with Optuna."""

import importlib.util
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "examples" / "optuna_search.py"


@pytest.mark.skipif(importlib.util.find_spec("optuna") is None, reason="needs optuna")
def test_search():
    """In a process of its own: what these libraries warn of is not ours."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(SCRIPT.parents[1]), *sys.path])}
    run = subprocess.run(
        [sys.executable, SCRIPT, "6"], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert float(re.search(r"accuracy on test rows: (.*)", run.stdout)[1]) > 0.9


def test_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SystemExit, match="pip install optuna"):
        runpy.run_path(str(SCRIPT))
