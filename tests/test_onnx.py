"""The example that exports a network as an ONNX file, and compares what comes out of it."""

import importlib.util
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "examples" / "onnx_export.py"


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("skl2onnx", "onnxruntime")),
    reason="needs skl2onnx and onnxruntime",
)
def test_export(tmp_path):
    """In a process of its own: what these libraries warn of is not ours."""
    path = tmp_path / "digits.onnx"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(SCRIPT.parents[1]), *sys.path])}
    run = subprocess.run(
        [sys.executable, SCRIPT, path], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "largest difference" in run.stdout and path.stat().st_size > 10_000


def test_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SystemExit, match="pip install skl2onnx onnxruntime"):
        runpy.run_path(str(SCRIPT))
