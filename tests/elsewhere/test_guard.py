"""The fuzzer in `guard` finds what it must find; CI runs it by itself."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="guard pages are Linux's here")
SCRIPT = Path(__file__).parents[1] / "guard" / "fuzz.py"


def fuzz(*arguments):
    """Run the fuzzer; return its exit code and what it says."""
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_what_is_planted_is_found():
    """Working memory is a number short; ``--fault parameters`` does the same with the weights."""
    code, said = fuzz("--cases", "2", "--fault", "memory")
    assert code == 1 and "in case 0, upper side: Formulas(" in said


def test_writing_to_what_is_only_read():
    code = "from pages import Guard; import numpy as np; Guard('lower').fixed(np.ones(3))[1] = 0"
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPT.parent, check=False)
    assert done.returncode < 0
