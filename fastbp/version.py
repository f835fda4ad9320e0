"""The version, and those of what the package rests on."""

import numba
import numpy
import sklearn

__version__ = "0.1.0"


def versions() -> dict[str, str]:
    """Return all of them, by name."""
    libraries = {"numba": numba, "numpy": numpy, "scikit-learn": sklearn}
    return {"fastbp": __version__} | {n: one.__version__ for n, one in libraries.items()}
