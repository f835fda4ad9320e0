"""One model trained on many machines: over the partitions of Dask's arrays and data frames.

What else of scikit-learn and of Dask works with the estimators as they are, searches through joblib
among it, is in ``docs/distributed.md``.
"""

try:
    import dask
except ImportError as error:
    raise ImportError(
        "fastbp.distributed needs Dask: pip install 'fastbp[distributed]'. On one machine "
        "fastbp.fit_blocks trains on data larger than memory without it"
    ) from error

from .fit import fit_partitions

__all__ = ["dask", "fit_partitions"]
