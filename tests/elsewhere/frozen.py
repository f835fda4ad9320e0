"""Freeze a program that fits a network, and run it twice; for ``python tests/elsewhere/frozen.py``.

It takes PyInstaller and some minutes. The program has no sources of the package; its machine code
must be found by the second run all the same, whether it is a folder or one file.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
import logging, sys, warnings
import numpy as np
from fastbp import BackpropRegressor
from fastbp.kernels.delayed import train_delayed
from sklearn.exceptions import ConvergenceWarning

warnings.simplefilter("error")
warnings.simplefilter("ignore", ConvergenceWarning)
X = np.eye(4, dtype=np.float32)
print(BackpropRegressor(max_iter=1, random_state=0).fit(X, [0.0, 1, 2, 3]).predict(X))
stats = train_delayed.cached.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()), getattr(sys, "frozen"))
"""


def main():
    """Freeze, run, and compare."""
    with tempfile.TemporaryDirectory(prefix="fastbp-frozen-") as folder:
        folder = Path(folder)
        (folder / "program.py").write_text(PROGRAM)
        for kind, program in (("--onedir", "program/program"), ("--onefile", "program")):
            command = ["-m", "PyInstaller", "--noconfirm", "--log-level=ERROR", kind, "program.py"]
            subprocess.run([sys.executable, *command], cwd=folder, check=True)
            home = folder / f"home{kind}"
            home.mkdir()
            environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
            environment |= {"HOME": str(home), "XDG_CACHE_HOME": "", "LOCALAPPDATA": str(home)}
            first, second = (
                subprocess.run(
                    [folder / "dist" / program],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout.splitlines()
                for _ in range(2)
            )
            files = [str(path.relative_to(home)) for path in home.rglob("*.kernel")]
            print(kind, first, second, *files, sep="\n  ")
            assert first[-1] == "0 1 True" and second[-1] == "1 0 True" and first[0] == second[0]


if __name__ == "__main__":
    main()
