"""Set up before numba and BLAS are imported: a cache of machine code of our own, one thread."""

import os
import shutil
import signal
import tempfile

import pytest

# The processes of pytest-xdist share that of the one that started them.
SHARED = "PYTEST_XDIST_WORKER" in os.environ
CACHE = os.environ["NUMBA_CACHE_DIR"] if SHARED else tempfile.mkdtemp(prefix="fastbp-tests-")
os.environ["NUMBA_CACHE_DIR"] = CACHE
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ.setdefault("MPLBACKEND", "Agg")  # pictures need no screen
# What a shell runs in the background ignores Ctrl-C: tests that wait for it would do so forever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure():
    """Leave no machine code behind."""
    if not SHARED:
        shutil.rmtree(CACHE, ignore_errors=True)


def pytest_collection_modifyitems(items):
    """With the compiler off, leave out what is about it, and what takes minutes without it.

    What is left asks for the fixture `interpreted`: for it a few patterns are enough.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        skip = pytest.mark.skip(reason="compiled, or too long without the compiler")
        for item in items:
            if "interpreted" not in item.fixturenames:
                item.add_marker(skip)


@pytest.fixture
def interpreted():
    """Run the kernels of a test as plain Python: slow for each pattern, nothing to compile."""
    from fastbp.compiling import jit

    with jit.interpreted():
        yield


@pytest.fixture
def code_folder(tmp_path, monkeypatch):
    """Return a new folder for machine code, and let nothing have been said or lost yet."""
    from numba.core import config

    from fastbp.compiling import machine_code

    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(machine_code, "_said", set())
    monkeypatch.setattr(machine_code, "_lost", [])
    return tmp_path / "cache" / "fastbp"


@pytest.fixture
def code_file(code_folder):
    """Return a file with the machine code of a small kernel."""
    from kept import run

    assert run() == (False, [])
    assert run() == (True, [])
    (file,) = code_folder.iterdir()
    assert file.name.startswith("small-")
    return file


@pytest.fixture(params=[42])
def global_random_seed(request):
    """Stand in for the fixture of this name that scikit-learn's tests ask for."""
    return request.param


@pytest.fixture
def narrow(monkeypatch):
    """Let a window of rows of three inputs be as small as can be, 256 rows, in runs of 40."""
    from fastbp.kernels.rows import far

    monkeypatch.setattr(far, "WINDOW", 3 * 256)
    monkeypatch.setattr(far, "RUN", 3 * 40)
