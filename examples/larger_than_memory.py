"""
A file larger than memory
=========================

Trained on in bounded memory: as a memory map, and in blocks.

Makes a file of five gigabytes (more or less by an argument, in gigabytes) of rows of 64 numbers in
float32, and trains a regressor on it twice: by ``fit`` on a memory map of the file, and by
``fit_blocks`` on blocks of rows, as they would come from row groups of Parquet or chunks of text.
Prints rows per second, and the most memory that the process has had. Run ``python
examples/larger_than_memory.py``, or ``python examples/larger_than_memory.py 0.5``.
"""

import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from fastbp import BackpropRegressor, fit_blocks

COLUMNS, EPOCHS, BLOCK = 64, 2, 20_000
SIZE = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
ROWS = max(1000, int(SIZE * 1e9 / (4 * COLUMNS)))


def target_of(X):
    """Return what is to be learned."""
    return np.sin(X[:, 0]) + X[:, 1] * X[:, 2] / 2


def write(path):
    """Write the rows to a file; return their targets."""
    rng, targets = np.random.default_rng(0), np.empty(ROWS, np.float32)
    with open(path, "wb") as file:
        for start in range(0, ROWS, BLOCK):
            n_rows = min(BLOCK, ROWS - start)
            X = rng.standard_normal((n_rows, COLUMNS), dtype=np.float32)
            X.tofile(file)
            targets[start : start + n_rows] = target_of(X)
    return targets


def blocks_of(path):
    """Yield blocks (X, y) that are read from the file.

    Of Parquet, ``file.read_row_group(n).to_pandas()`` with a ``pyarrow.parquet.ParquetFile``, and
    of text, the frames of ``pandas.read_csv(path, chunksize=20_000)``: then ``yield
    frame.drop(columns="y"), frame["y"]``.
    """
    with open(path, "rb") as file:
        while len(X := np.fromfile(file, np.float32, BLOCK * COLUMNS).reshape(-1, COLUMNS)):
            yield X, target_of(X)


def megabytes():
    """Return the most memory that the process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1e6 if sys.platform == "darwin" else 1e3
    )


def report(what, start):
    """Print rows per second since `start`: the rows are looked at once, and trained with."""
    seconds = time.perf_counter() - start
    rate = ROWS * EPOCHS / seconds
    print(f"{what:10} {rate:10,.0f} rows/s in {EPOCHS} epochs, at most {megabytes():6,.0f} MB")


# Two epochs are enough here, but not enough for the loss to stop falling.
warnings.simplefilter("ignore", ConvergenceWarning)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "rows.bin"
    print(f"{ROWS:,} rows of {COLUMNS} columns, {ROWS * COLUMNS * 4 / 1e9:.2f} GB")
    y = write(path)
    X = np.memmap(path, np.float32, "r", shape=(ROWS, COLUMNS))
    held_out = np.random.default_rng(1).standard_normal((2000, COLUMNS), dtype=np.float32)

    model = BackpropRegressor(max_iter=EPOCHS, random_state=0)
    model.fit(np.tile(held_out, (20, 1)), np.tile(target_of(held_out), 20))  # compiled before
    fit_blocks(model, [(held_out, target_of(held_out))])
    print(f"{'before':10} {'':44}{megabytes():6,.0f} MB")

    start = time.perf_counter()
    model.fit(X, y)
    report("fit", start)
    score = model.score(held_out, target_of(held_out))

    start = time.perf_counter()
    fit_blocks(model, lambda: blocks_of(path))
    report("fit_blocks", start)
    print(f"R² {score:.3f} and {model.score(held_out, target_of(held_out)):.3f} on other rows")
