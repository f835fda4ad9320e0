"""The digest of the package: of everything in it, and the same in every process."""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import fastbp
from fastbp.compiling.sources import described, source_digest

CODE = "def f(x, y):\n    return x in {'a', 'b', 'c', 'd'} and (lambda: y + 1.5)()"


def test_all_modules_are_known_once_the_package_is_imported():
    """So that the digest doesn't depend on what a process has imported so far.

    The textbook and what is around the estimators, for River and for Dask, are in no kernel, and
    have no part in it.
    """
    names = {name for _, name, _ in pkgutil.iter_modules(fastbp.__path__, "fastbp.")}
    names -= {"fastbp.__main__", "fastbp.textbook", "fastbp.river", "fastbp.distributed"}
    for name in sorted(names):
        path = [str(Path(fastbp.__path__[0], *name.split(".")[1:]))]
        names |= {one for _, one, _ in pkgutil.walk_packages(path, f"{name}.")}
    assert names <= set(sys.modules)


def test_code_is_described_by_all_that_it_does():
    description = described(compile(CODE, "here", "exec"))
    assert described(compile("\n\n" + CODE, "there", "exec")) == description
    for old, new in (
        ("+ 1.5", "- 1.5"),
        ("1.5", "1.25"),
        ("'d'", "'e'"),
        ("1.5", "y"),
        ("f(", "g("),
    ):
        assert described(compile(CODE.replace(old, new), "here", "exec")) != description


def test_descriptions_and_digests_are_the_same_in_every_process():
    code = (
        "import fastbp.__main__; from fastbp.compiling.sources import *; print(source_digest()); "
    )
    code += f"print(described(compile({CODE!r}, 'here', 'exec')))"
    expected = f"{source_digest()}\n{described(compile(CODE, 'here', 'exec'))}\n"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        assert subprocess.check_output(command, env=environment, text=True) == expected
