"""Compile the C sources beside this file, with all that this machine has."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FLAGS = "-O3 -march=native -fno-math-errno -fno-trapping-math -Wno-psabi -shared -fPIC".split()


def compiler() -> str | None:
    """Return the path of a C compiler, or None."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def shared_library(source: str, *options: str) -> ctypes.CDLL:
    """Return the library compiled from a source; the file is gone when it is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "library.so"
        command = [compiler(), *FLAGS, *options, str(HERE / source), "-o", str(target), "-lm"]
        subprocess.run(command, check=True)
        return ctypes.CDLL(str(target))
