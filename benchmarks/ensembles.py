"""Ensembles beside boosting, forests and scikit-learn's MLP: scores and times on real tables.

``python benchmarks/ensembles.py --page`` renews the table of docs/performance.md: 5-fold
cross-validated accuracy or R² on columns as they come (standardised for scikit-learn's MLP), and
the time of a fit. The fits of a fold are timed in turn, each with as many threads as there are
cores, or as OMP_NUM_THREADS says: boosting's wait for each other where others are at work.
``--quick`` is a smoke test of three small tables, ``--most 6000`` leaves the larger ones out.
"""

import argparse
import os
import warnings

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
THREADS = os.environ.setdefault("OMP_NUM_THREADS", str(CORES))
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = THREADS

import tables  # noqa: E402
from defaults import ALL, boosting, compared, compile_ahead, fastbp, mlp, write  # noqa: E402
from sklearn.base import BaseEstimator  # noqa: E402
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor  # noqa: E402

from fastbp import BackpropEnsembleClassifier, BackpropEnsembleRegressor  # noqa: E402

QUICK = ("plasma", "iris", "cpus")
CHOSEN_BY = {  # tables by which what ensembles do was chosen
    *("airfoil", "bikeshare", "caravan", "computers", "concrete", "forestfires", "german"),
    *("hitters", "letter", "magic", "satimage", "splice", "titanic", "wine", "wine_white"),
    *("yacht", "zoo"),
}


def ensemble(classification: bool) -> BaseEstimator:
    """Return ours, of eight networks."""
    kind = BackpropEnsembleClassifier if classification else BackpropEnsembleRegressor
    return kind(random_state=0)


def forest(classification: bool) -> BaseEstimator:
    """Return scikit-learn's forest of a hundred trees."""
    kind = RandomForestClassifier if classification else RandomForestRegressor
    return kind(random_state=0, n_jobs=int(THREADS))


CONTENDERS = {
    "one fastbp": fastbp,
    "eight fastbp": ensemble,
    "boosting": boosting,
    "forest": forest,
    "scikit-learn's MLP": mlp,
}


def main() -> None:
    """Compare, and put the table into its page if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="a part of a data set's name")
    parser.add_argument("--most", type=int, default=10**9, help="rows of the largest table")
    parser.add_argument("--folds", type=int, default=5, help="folds of five that are measured")
    parser.add_argument("--quick", action="store_true", help="three small tables")
    parser.add_argument("--page", action="store_true", help="put the table into the page")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    names = [name for name in (QUICK if options.quick else ALL) if (options.only or "") in name]
    if options.most < 10**9:
        names = [name for name in names if len(tables.load(name)[0]) <= options.most]
    compile_ahead([fastbp, ensemble])
    table = compared(CONTENDERS, names, lambda name: name in CHOSEN_BY, options.folds)
    if options.page:
        write("ensemble", [*table[:2], *table[-3:]])


if __name__ == "__main__":
    main()
