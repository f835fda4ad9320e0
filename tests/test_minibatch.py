"""Batches, their products of matrices, and predictions of many rows: textbook.py's and NumPy's."""

import numpy as np
import pytest
import scipy.sparse
from trained import (
    LOSSES,
    ROWS,
    check_epoch,
    formulas_of,
    random_network,
    random_patterns,
    trainer,
)

from fastbp import textbook
from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.batches import tiles
from fastbp.kernels.batches.accumulated import train_accumulated
from fastbp.kernels.batches.minibatch import batches, train_batches
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.network import memory
from fastbp.network.layout import aligned_zeros, padded
from fastbp.training.calls import kernel_table
from fastbp.training.prediction import predict_outputs
from fastbp.vectors.simd import VECTOR_BYTES, lanes

LANES = VECTOR_BYTES // 8  # of float64
SIZES = [
    [1, 1],
    [5, 3],
    [70, 1],
    [3, LANES, 2],
    [4, LANES - 1, LANES + 1],
    [2, 2 * LANES + 1, 1],
    [3, 4 * LANES - 1, 4 * LANES + 1],
    [5, 17, 33, 2],
    [6, 9, 4 * LANES + 3, 5, 20],
]


@pytest.fixture
def small_parts(monkeypatch):
    """Let four patterns at most go through the network together."""
    monkeypatch.setattr(memory, "LARGEST", 4)
    monkeypatch.setattr(kernel_table, "LARGEST", 4)


NEVER = 1e9  # clips nothing
SETTINGS = {
    "plain": {"weighted": False, "penalty": "free"},
    "all": {"momentum": 0.5, "nesterov": True},
}


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("batch_size", [2, 3, 4, 5, 7, 11])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_batches(sizes, batch_size, settings, interpreted):
    check_epoch(sizes, batch_size, **SETTINGS[settings])


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("batch_size", [1, 3, 4, 7])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_summed(sizes, batch_size, settings, interpreted):
    check_epoch(sizes, batch_size, clip_norm=NEVER, kernel=train_accumulated, **SETTINGS[settings])


@pytest.mark.parametrize("batch_size", [5, 7, 8, 9, 11])
@pytest.mark.parametrize("sizes", SIZES[::2], ids=str)
def test_larger_than_what_goes_through_together(sizes, batch_size, interpreted, small_parts):
    check_epoch(sizes, batch_size, kernel=train_accumulated, momentum=0.9)


@pytest.mark.parametrize("clip_norm", [None, NEVER])
@pytest.mark.parametrize("batch_size", [32, 256, 257, 300])
def test_large_batches(batch_size, clip_norm, interpreted):
    kernel = train_batches if batch_size <= 256 and clip_norm is None else train_accumulated
    check_epoch([3, 4, 2], batch_size, clip_norm=clip_norm, n_patterns=310, kernel=kernel)


@pytest.mark.parametrize("loss", ["MultinomialLogLoss", "Poisson", "Huber"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", ROWS)
def test_rows_and_dtypes(rows, dtype, loss, interpreted, small_parts):
    check_epoch([5, 18, 3], 4, rows=rows, dtype=dtype, loss=loss)
    check_epoch([5, 18, 3], 6, rows=rows, dtype=dtype, loss=loss, kernel=train_accumulated)


@pytest.mark.parametrize("kernel", [train_batches, train_accumulated], ids=["batches", "summed"])
def test_compiled(kernel):
    clip_norm = NEVER if kernel is train_accumulated else None
    for sizes in SIZES:
        for batch_size in (1, 2, 3, 4, 5, 7, 32):
            if batch_size > 1 or clip_norm:
                settings = {"momentum": 0.5, "n_patterns": 50, "kernel": kernel}
                check_epoch(sizes, batch_size, clip_norm=clip_norm, **settings)


def test_entries_given_twice(interpreted):
    """A CSR matrix may have them: they add up."""
    entries = ([1.0, 2.0, 0.5, 4.0], [2, 0, 2, 1], [0, 3, 4])
    twice = scipy.sparse.csr_array(entries, shape=(2, 3))
    results = []
    for X in (twice, np.array([[2, 0, 1.5], [0, 4, 0]])):
        own = random_network([3, 4, 2])
        d = np.ones((2, 2))
        trainer(own, X, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"], batch_size=2).epoch(
            np.arange(2)
        )
        results.append(own.parameters)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(
    ("n", "batch_size", "shape"), [(1, 2, (1, 2)), (6, 3, (2, 3)), (7, 3, (3, 3)), (8, 8, (1, 8))]
)
def test_order_as_batches(n, batch_size, shape):
    order = np.random.default_rng(0).permutation(n)
    rows = batches(order, batch_size)
    assert rows.shape == shape and rows.dtype == order.dtype
    np.testing.assert_array_equal(rows.ravel()[:n], order)
    np.testing.assert_array_equal(rows.ravel()[n:], -1)


@pytest.mark.parametrize("batch_size", [2, 5])
def test_two_epochs_are_one_of_twice_the_length(batch_size, interpreted):
    """Calls of the kernel may end after any batch; what it needs to know is outside."""
    X, d = random_patterns(10, [3, 5, 2], "SquaredError")
    results, order = [], np.arange(10)
    for parts in ([order], [order[:5], order[5:]] if batch_size == 5 else np.split(order, 5)):
        own = random_network([3, 5, 2])
        settings = {"momentum": 0.9, "alpha": 0.1, "batch_size": batch_size}
        trains = trainer(own, X, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings)
        error = sum(trains.epoch(part) * len(part) for part in parts)
        results.append((error, own.parameters.copy(), trains.optimizer.updates))
    (error, parameters, updates), (other_error, others, other_updates) = results
    assert error == pytest.approx(other_error, rel=1e-14)
    assert updates == other_updates == 10 // batch_size
    np.testing.assert_array_equal(parameters, others)


# --- Products -------------------------------------------------------------------------------------

COLUMNS = [1, LANES, LANES + 1, 2 * LANES, 3 * LANES - 1, 4 * LANES, 9 * LANES + 3]


def scattered(matrix, rng):
    """Return memory with the rows of a matrix at odd places, NaN around them, as `RowAddresses`."""
    n_rows, width = matrix.shape
    starts = rng.permutation(n_rows) * (width + 5) + 1
    memory = np.full(n_rows * (width + 5) + 8 * LANES, np.nan)
    for start, row in zip(starts, matrix, strict=True):
        memory[start + 2 : start + 2 + width] = row
    return tiles.RowAddresses(memory, starts, 2)


def gathered(rows, width):
    return np.array([rows.memory[at + rows.offset :][:width] for at in rows.starts])


def a_panel():
    memory = aligned_zeros(0, np.float64)
    return np.full(tiles.PANEL_BYTES // memory.itemsize, np.nan)


@pytest.mark.parametrize("panel_bytes", [2**12, 2**17], ids=["packed", "in place"])
@pytest.mark.parametrize("panel_rows", [4, 512])
@pytest.mark.parametrize("columns", COLUMNS)
def test_multiply(columns, panel_rows, panel_bytes, monkeypatch):
    """Rows far apart are packed first; more rows than a panel has are summed in parts."""
    monkeypatch.setattr(tiles, "DEPTH", panel_rows)
    monkeypatch.setattr(tiles, "PANEL_BYTES", panel_bytes)
    rng = np.random.default_rng(columns)
    width = padded(columns, np.float64)
    far = width + 200 * LANES
    for n_rows in (4, 8):
        for depth in (1, 3, 4, 11):
            left, right = rng.normal(size=(n_rows, depth)), rng.normal(size=(depth, columns))
            target = scattered(rng.normal(size=(n_rows, width)), rng)
            initial, memory = np.zeros(width), np.zeros((depth + 1, far))
            initial[:columns] = rng.normal(size=columns)
            memory[1:, :columns] = right
            matrix = tiles.Matrix(memory.ravel(), far, far)
            rows = scattered(left, rng)
            tiles.multiply(target, initial, rows, matrix, n_rows, depth, width, a_panel())
            after = gathered(target, width)
            np.testing.assert_allclose(
                after[:, :columns], initial[:columns] + left @ right, rtol=1e-12, atol=1e-12
            )
            np.testing.assert_array_equal(after[:, columns:], 0)
            assert np.count_nonzero(~np.isnan(target.memory)) == after.size  # nothing beside it


@pytest.mark.parametrize("first_level", [1, 2**14])
@pytest.mark.parametrize("count", [1, 2, 3, 8, 11])
def test_dots(count, first_level, monkeypatch):
    """Rows of weights as in later layers, a few at a time or all."""
    monkeypatch.setattr(tiles, "FIRST_LEVEL", first_level)
    rng = np.random.default_rng(count)
    for n_rows in (4, 8):
        for depth in (LANES, 3 * LANES):
            left, right = rng.normal(size=(n_rows, depth)), rng.normal(size=(count, depth))
            target, initial = scattered(np.ones((n_rows, count)), rng), rng.normal(size=count)
            memory = np.full((count + 1, depth + 3), np.nan)
            memory[1:, :depth] = right
            matrix = tiles.Matrix(memory.ravel(), depth + 3, depth + 3)
            tiles.dots(target, initial, scattered(left, rng), matrix, n_rows, depth, count)
            after = gathered(target, count)
            np.testing.assert_allclose(after, initial + left @ right.T, rtol=1e-12, atol=1e-12)
            assert np.count_nonzero(~np.isnan(target.memory)) == after.size


@pytest.mark.parametrize("panel_bytes", [2**13, 2**17], ids=["packed", "in place"])
@pytest.mark.parametrize("columns", COLUMNS)
def test_outer(columns, panel_bytes, monkeypatch):
    monkeypatch.setattr(tiles, "PANEL_BYTES", panel_bytes)
    rng = np.random.default_rng(columns)
    width = padded(columns, np.float64)
    far = width + 300 * LANES
    for depth in (1, 2, 7):
        for n_columns in (1, 2, 4, 5, 7):
            left, right = rng.normal(size=(depth, n_columns)), np.zeros((depth, far))
            right[:, :columns] = rng.normal(size=(depth, columns))
            expected, rows, panels = left.T @ right, scattered(left, rng), a_panel()
            wide = tiles.tile_lanes(panels)
            matrix = tiles.Matrix(right.ravel(), 0, far)
            group = tiles.group_width(panels, matrix, depth, width)
            assert group % wide == 0 or group == width
            for first in range(0, width, group):
                part = min(group, width - first)
                prepared = tiles.prepare(panels, matrix, 0, depth, first, part)
                for j in range(first, first + part, wide):
                    panel = prepared.memory[(j - first) // wide * prepared.step :]
                    for i in range(0, n_columns, 4):
                        tile = np.full(4 * wide, np.nan)
                        tiles.outer(tile, rows, i, n_columns, panel, prepared.row, depth, width - j)
                        wanted = expected[i : i + 4, j : min(j + wide, width)]
                        own = tile.reshape(4, wide)[: wanted.shape[0], : wanted.shape[1]]
                        np.testing.assert_allclose(own, wanted, rtol=1e-12, atol=1e-12)


def test_lanes():
    """Of which the sizes above are multiples."""
    assert lanes(np.zeros(1)) == LANES and lanes(np.zeros(1, np.float32)) == 2 * LANES


# --- Prediction -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize(("n", "many"), [(1, 9), (8, 9), (9, 9), (3, 1), (4, 1), (257, 200)])
def test_predict(n, many, rows, monkeypatch):
    """Few rows one after the other, `many` and more in batches."""
    monkeypatch.setattr("fastbp.training.prediction.MANY", many)
    sizes = [4, 9, 5, 3]
    own, (X, _) = random_network(sizes), random_patterns(n + 5, sizes, "SquaredError")
    before = own.parameters.copy()
    order = np.random.default_rng(0).permutation(n + 5)[:n]
    formulas = formulas_of("tanh", "MultinomialLogLoss")
    with jit.interpreted():
        out = predict_outputs(own, formulas, rows_of(ROWS[rows](X)), order)
    expected = [textbook.forward(x, own.weights, own.biases, formulas)[1][-1] for x in X[order]]
    np.testing.assert_allclose(out, expected, rtol=1e-12)
    np.testing.assert_array_equal(own.parameters, before)


@pytest.mark.parametrize("many", [1, 100])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_predict_shapes(sizes, many, interpreted, monkeypatch):
    monkeypatch.setattr("fastbp.training.prediction.MANY", many)
    own, (X, _) = random_network(sizes), random_patterns(6, sizes, "SquaredError")
    formulas = formulas_of("logistic", "SquaredError")
    out = predict_outputs(own, formulas, rows_of(X), np.arange(6))
    expected = [textbook.forward(x, own.weights, own.biases, formulas)[1][-1] for x in X]
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)
