"""What is in the wheel: all modules, and the file that says that they have types."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_the_package(tmp_path):
    pytest.importorskip("setuptools", "77")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "fastbp", tmp_path / "fastbp", ignore=unwanted)
    build = "from setuptools.build_meta import build_wheel; build_wheel('wheel')"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheel").iterdir()
    found = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("fastbp/")}
    files = (path for path in (ROOT / "fastbp").rglob("*") if path.suffix in (".py", ".typed"))
    assert found == {path.relative_to(ROOT).as_posix() for path in files}
    assert "fastbp/py.typed" in found
