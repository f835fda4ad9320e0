"""What the figures depend on: the machine, its limits, the versions."""

import datetime
import platform
from pathlib import Path

import numba
import numpy
import sklearn
from peers import PEERS, Fastbp


def processor() -> str:
    """Return the CPU's model."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def features() -> str:
    """Return the vector instructions that fastbp uses."""
    from fastbp.vectors.simd import VECTOR_BYTES

    return f"{8 * VECTOR_BYTES}-bit vectors"


def description() -> dict:
    """Return date, machine, versions, and who is present."""
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{processor()}, {features()}, {platform.system()}",
        "versions": f"Python {platform.python_version()}, NumPy {numpy.__version__}, "
        f"Numba {numba.__version__}, scikit-learn {sklearn.__version__}",
        "fastbp": Fastbp.version(),
        "peers": {
            name: {"absence": absence}
            if (absence := kind.absence())
            else {"version": kind.version(), "remark": kind.remark}
            for name, kind in PEERS.items()
        },
    }
