"""With a series of Numba that the tests did not run on, or that lacks a name: slower, not wrong."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numba

from fastbp.compiling import numba_internals as internals


def test_this_series_is_among_those_that_the_tests_ran_on():
    """If all tests of this file and of kernels pass with a newer one, it is added to the list."""
    assert internals.untested == ""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert f"numba>={internals.TESTED[0]}" in project["project"]["dependencies"]


FIT = """
import json, sys, warnings
import numba, numpy as np
{before}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import fastbp
    from fastbp.compiling import jit, numba_internals
    from fastbp.kernels.delayed import train_delayed
    X = np.linspace(-1, 1, 60).reshape(20, 3) ** 3
    model = fastbp.BackpropRegressor((5,), batch_size=1, max_iter=3, random_state=0, tol=0)
    model.set_params(solver="sgd", activation="tanh", momentum=0)
    model.fit(X, X[:, 0] * X[:, 1])
numbers = np.concatenate([a.ravel() for a in (*model.coefs_, *model.intercepts_)])
found = dict(
    numbers=numbers.tolist(),
    private=[
        *(name for name in ("JITCodeLibrary", "CompileResult") if hasattr(numba_internals, name)),
        *(name for name in ("fastbp.compiling.parts",) if name in sys.modules),
        *(key for key in jit.INLINED if key == "pipeline_class"),
        *([] if train_delayed.cached is train_delayed.uncached else ["cached"]),
        *(["entry"] if jit.for_types_of(max, (1, 2)) is not max else []),
    ],
    warnings=[str(w.message) for w in caught if "machine code" in str(w.message)],
    files=sorted({{w.filename for w in caught if "machine code" in str(w.message)}}),
)
print(json.dumps(found))
"""


def run(code, folder):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr


def fitted(before, folder):
    code, out, err = run(FIT.format(before=before), folder)
    assert code == 0, err
    return json.loads(out)


def test_an_untested_series(tmp_path):
    """The same numbers; nothing private, nothing kept, and one warning."""
    untested = fitted("numba.__version__ = '0.99.1'", tmp_path)
    assert not any(tmp_path.iterdir()) and untested["private"] == []
    (message,) = untested["warnings"]
    for part in ("can't be kept", "tested with Numba 0.61 to 0.68", "Numba 0.99.1", "pip install"):
        assert part in message
    assert untested["files"] == ["<string>"]  # whose call led there
    tested = fitted("", tmp_path)
    assert tested["warnings"] == [] and any(tmp_path.iterdir())
    assert len(tested["private"]) == 5 and tested["numbers"] == untested["numbers"]


IMPORT = """
import numba, numba.core.compiler
{before}
import fastbp
from fastbp.compiling import numba_internals, jit
print(numba_internals.untested)
jit.kernel(lambda: 1)()
"""
NOT_COMPILABLE = """
from typing import NamedTuple
import numpy as np
from fastbp.activations import value
from fastbp.vectors.simd import ONE, load, pointer

class Sorted(NamedTuple):
    pass

value.register(Sorted)(lambda activation, net: np.sort(net))
try:
    jit.kernel(lambda record, x: value(record, load(pointer(x), 0, ONE)))(Sorted(), np.ones(64))
except ValueError as error:
    print(error)
"""


def test_without_a_name_that_only_makes_things_fast(tmp_path):
    """Kernels are compiled the public way, as with an untested series."""
    before = "import numba.core.codegen; del numba.core.codegen.JITCodeLibrary"
    code, out, err = run(IMPORT.format(before=before) + NOT_COMPILABLE, tmp_path)
    assert code == 0, err
    assert "formulas of Sorted can't be compiled: np.sort(vector)" in out
    assert "'JITCodeLibrary'" in out and f"this is Numba {numba.__version__}" in out


def test_without_a_name_that_is_needed(tmp_path):
    before = "import numba.core.cgutils; del numba.core.cgutils.if_unlikely"
    code, _, err = run(IMPORT.format(before=before), tmp_path)
    sentence = err.strip().splitlines()[-1]
    assert code == 1 and sentence.startswith("ImportError: fastbp ")
    for part in ("needs Numba 0.61 to 0.68", numba.__version__, "if_unlikely", "pip install"):
        assert part in sentence


WITHOUT_THE_LOCK = """
import sys, types
import numba, numba.core.compiler
name = "numba.core.compiler_lock"
real, sys.modules[name] = sys.modules[name], types.ModuleType("empty")
import fastbp
sys.modules[name] = real  # which Numba needs itself
from fastbp.compiling import numba_internals, jit
print(numba_internals.untested)
jit.kernel(lambda: 1)()
"""


def test_without_the_lock(tmp_path):
    code, out, err = run(WITHOUT_THE_LOCK, tmp_path)
    assert code == 0 and out == "\n", err
