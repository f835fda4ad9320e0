"""Run a piece of Python in a new process that finds fastbp, and take its answer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fastbp

ROOT = str(Path(fastbp.__file__).parents[1])


def answer(script: str, *arguments: Any, cache: str | None = None) -> dict:
    """Return what a script beside this file prints, as JSON, in its last line.

    Parameters
    ----------
    script : str
        File name.
    *arguments : Any
        Its arguments.
    cache : str, default=None
        Folder of its machine code; None: that of this process.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    paths = [ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    if cache:
        environment["NUMBA_CACHE_DIR"] = cache
    file = Path(__file__).with_name(script)
    command = [sys.executable, "-W", "ignore", str(file), *map(str, arguments)]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    if finished.returncode:
        raise RuntimeError(finished.stderr)
    return json.loads(finished.stdout.splitlines()[-1])
