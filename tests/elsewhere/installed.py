"""Copies of the package in other places than a folder of sources, with one small kernel added."""

import compileall
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import fastbp

SMALL = """
from .compiling.jit import kernel

@kernel
def small(values):
    total = 0.0
    for value in values:
        total += value * value
    return total
"""

# Whoever it is run as in the end: what Python and its libraries consist of has been read by then.
RUN = """
import json, os, sys, warnings
import numpy as np
import fastbp.small
from fastbp.small import small
from numba.core.registry import cpu_target
cpu_target.target_context.refresh()
{before}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    value = small(np.arange(4.0))
stats = small.cached.stats
counts = [sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]
print(json.dumps([value, *counts, [str(warning.message) for warning in caught]]))
"""


def copied(site):
    """Return a folder with a copy of the package."""
    source = Path(fastbp.__file__).parent
    package = shutil.copytree(source, site / "fastbp", ignore=shutil.ignore_patterns("__pycache__"))
    (package / "small.py").write_text(SMALL)
    return package


def archived(site):
    """Return an archive with a copy of the package."""
    copied(site)
    archive = Path(shutil.make_archive(str(site / "archive"), "zip", site, "fastbp"))
    shutil.rmtree(site / "fastbp")
    return archive


def stripped(site, *edits):
    """Return a folder with a copy of the package, edited, of which only the bytecode is left."""
    package = copied(site)
    for name, old, new in edits:
        text = (package / name).read_text()
        assert old in text
        (package / name).write_text(text.replace(old, new))
    compileall.compile_dir(package, quiet=1, legacy=True)
    for source in package.rglob("*.py"):
        source.unlink()
    return package


def run(path, home, before="", **environment):
    """Run the kernel in a new process; return its value, hits, misses and warnings."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "PYTHON"))}
    environment = {"PYTHONPATH": str(path), "HOME": str(home), "XDG_CACHE_HOME": "", **environment}
    done = subprocess.run(
        [sys.executable, "-B", "-c", RUN.format(before=before)],
        env={**inherited, **environment},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
