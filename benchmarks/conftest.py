"""Benchmarks of fastbp: ``python -m pytest benchmarks`` measures all, and prints a report.

``--quick``
    Seconds instead of minutes: a rehearsal, whose figures mean little.
``--report DIR``
    Also write ``report.md``, ``results.json`` and (with matplotlib) ``epochs.png`` there.
``-k epochs`` (or roofline, scaling, first_call, memory, batches, predict, overhead, vectors,
searches)
    One part only.

Needs pytest-benchmark, and threadpoolctl, which comes with scikit-learn. Peers are optional: a C
compiler, JAX, PyTorch, FANN (libfann). All other options of pytest-benchmark work as well
(``--benchmark-json``, ``--benchmark-verbose``). For figures to publish, leave the machine alone.

One part is one ``test_*.py``. Tests fail where peers' weights differ from fastbp's; times are only
noted, and ``report.py`` makes tables of ratios of them.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Machine code of a run is its own; numba must know before it is imported.
CACHE = tempfile.mkdtemp(prefix="fastbp-benchmarks-")
os.environ["NUMBA_CACHE_DIR"] = CACHE

RESULTS = pytest.StashKey[dict]()


def pytest_addoption(parser):
    """Declare the options."""
    group = parser.getgroup("fastbp")
    group.addoption("--quick", action="store_true", help="tiny budgets: a rehearsal")
    group.addoption("--report", type=Path, metavar="DIR", help="write the report there")


def pytest_configure(config):
    """Let warnings of the peers pass, and the report stand alone."""
    config.addinivalue_line("filterwarnings", "ignore")
    if not config.getoption("benchmark_verbose", False):
        config.option.benchmark_quiet = True
    config.stash[RESULTS] = {}


def pytest_unconfigure():
    """Leave no machine code behind."""
    shutil.rmtree(CACHE, ignore_errors=True)


@pytest.fixture(scope="session")
def results(pytestconfig):
    """Return what the report is made of; every part adds its own."""
    return pytestconfig.stash[RESULTS]


@pytest.fixture(scope="session")
def quick(pytestconfig):
    """Tell whether this is a rehearsal."""
    return pytestconfig.getoption("quick")


@pytest.fixture(scope="session")
def budget(quick):
    """Return how long a measurement may take."""
    from rounds import Budget

    return Budget(0.01, 3) if quick else Budget(0.05, 5)


def pytest_terminal_summary(terminalreporter, config):
    """Print the report, and write it."""
    results = config.stash[RESULTS]
    if not results:
        return
    import machine
    import report

    results = machine.description() | {"quick": config.getoption("quick")} | results
    terminalreporter.section("report")
    terminalreporter.write_line(report.markdown(results))
    folder = config.getoption("report")
    if folder:
        for path in report.write(results, folder):
            terminalreporter.write_line(f"wrote {path}")
