"""What all exports have in common: files that are whole, and what is not installed."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

import fastbp
from fastbp.export import register_onnx_converters, to_onnx
from fastbp.export.files import write_whole

ROOT = Path(__file__).parents[1]


def test_files_are_whole(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"first")
    write_whole(str(path), b"second")
    with pytest.raises(TypeError):
        write_whole(path, "no bytes")
    with pytest.raises(OSError):
        write_whole(tmp_path / "no folder" / "file", b"third")
    assert [one.name for one in tmp_path.iterdir()] == ["file"] and path.read_bytes() == b"second"


def test_what_is_missing(monkeypatch, interpreted):
    model = fastbp.BackpropRegressor((2,)).partial_fit(np.eye(2), [0.0, 1.0])
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"python -m pip install 'fastbp\[onnx\]'"):
        to_onnx(model, np.eye(2))
    with pytest.raises(ImportError):
        register_onnx_converters()


def test_example_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SystemExit, match="pip install skl2onnx onnxruntime"):
        runpy.run_path(str(ROOT / "examples" / "onnx_export.py"))
