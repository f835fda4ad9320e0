"""Rows and targets give the same training, whatever the caller holds them in."""

import tracemalloc

import numpy as np
import pytest
from numba import config
from plain import BackpropRegressor
from scipy import sparse
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.rows.catalogue import rows_of

N_PATTERNS, N_INPUTS = 12, 9


def by_column(X, tmp_path):
    return np.asfortranarray(X)


def every_second(X, tmp_path):
    return np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]


def reversed_twice(X, tmp_path):
    return X[::-1, ::-1].copy()[::-1, ::-1]


def locked(X, tmp_path):
    X = X.copy()
    X.flags.writeable = False
    return X


def on_disk(X, tmp_path):
    np.save(tmp_path / "X.npy", X)
    return np.load(tmp_path / "X.npy", mmap_mode="r")


def foreign_bytes(X, tmp_path):
    return X.astype(X.dtype.newbyteorder()) if X.dtype == np.float64 else X


def csr(X, tmp_path):
    """Unsorted entries, each given as two halves, and zeros that are given."""
    rng = np.random.default_rng(0)
    row, column = np.nonzero(X)
    data = np.concatenate([X[row, column] / 2, X[row, column] / 2, np.zeros(5, X.dtype)])
    row = np.concatenate([row, row, rng.choice(np.flatnonzero(X.any(axis=1)), 5)])
    column = np.concatenate([column, column, rng.integers(N_INPUTS, size=5)])
    shuffled = rng.permutation(len(row))
    order = shuffled[np.argsort(row[shuffled], kind="stable")]
    indptr = np.searchsorted(row[order], np.arange(N_PATTERNS + 1)).astype(np.int32)
    A = sparse.csr_matrix((data[order], column[order].astype(np.int32), indptr), X.shape)
    assert A.nnz > np.count_nonzero(X) and not A.has_sorted_indices and A.indptr[4] == A.indptr[5]
    np.testing.assert_array_equal(A.toarray(), X)
    return A


def csr_of_int64(X, tmp_path):
    A = csr(X, tmp_path)
    A.indices, A.indptr = A.indices.astype(np.int64), A.indptr.astype(np.int64)
    return A


def patterns(dtype):
    X, d = random_patterns(N_PATTERNS, [N_INPUTS, 2], "SquaredError", dtype)
    X[X < 0] = 0  # sparse, and
    X[4] = 0  # a row without entries
    return X, d


def trained(X, d):
    """Return weights, biases, losses, and predictions."""
    model = BackpropRegressor([17], activation="tanh", alpha=0, momentum=0, random_state=0)
    model.set_params(learning_rate_init=0.05)
    losses = [model.partial_fit(X, d).loss_ for _ in range(2)]
    return [*model.coefs_, *model.intercepts_, np.array(losses), model.predict(X)]


def check_same(X, other, d):
    """Compare bits; of sparse rows up to rounding, as their updates are made in another order."""
    close = {"rtol": 0, "atol": 0}
    if sparse.issparse(other):
        precision = np.finfo(X.dtype).eps
        close = {"rtol": 100 * precision, "atol": 10 * precision}
    for expected, own in zip(trained(X, d), trained(other, d), strict=True):
        assert np.abs(expected).max() > 0
        assert own.dtype == expected.dtype
        np.testing.assert_allclose(own, expected, **close)


DENSE = [by_column, every_second, reversed_twice, locked, on_disk, foreign_bytes]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("held", [*DENSE, csr, csr_of_int64])
def test_same_training_interpreted(held, dtype, tmp_path):
    X, d = patterns(dtype)
    with jit.interpreted():
        check_same(X, held(X, tmp_path), d)


@pytest.mark.parametrize("held", [by_column, every_second, reversed_twice, locked, on_disk])
def test_rows_are_read_in_place(held, tmp_path):
    X = held(patterns(np.float64)[0], tmp_path)
    assert np.shares_memory(rows_of(X).values, X)


@pytest.mark.parametrize("held", [locked, on_disk, reversed_twice, csr])
def test_same_training_compiled(held, tmp_path):
    X, d = patterns(np.float64)
    check_same(X, held(X, tmp_path), d)


def test_targets_and_weights_that_must_not_be_written_to():
    X, d = patterns(np.float64)
    weight = np.ones(len(d))
    d.flags.writeable = weight.flags.writeable = False
    with jit.interpreted():
        expected = trained(X, d.copy())[0]
        np.testing.assert_array_equal(trained(X, d)[0], expected)
        model = BackpropRegressor([2], batch_size=3)
        model.partial_fit(X, d, weight)


@pytest.mark.skipif(config.DISABLE_JIT, reason="takes minutes interpreted")
def test_sparse_input_is_never_made_dense():
    X, d = patterns(np.float64)
    trained(csr(X, None), d)  # compiles
    shape = (200, 20_000)
    wide = sparse.random(*shape, 0.001, format="csr", random_state=0)
    model = BackpropRegressor([3], activation="tanh", alpha=0, momentum=0, random_state=0)
    tracemalloc.start()
    model.partial_fit(wide, np.ones(shape[0])).predict(wide)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < np.prod(shape) * 8 / 4


def check_classes(n_classes, sizes, activation, loss, dtype, **settings):
    """Compare targets given as numbers of classes with the same targets written out."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, sizes[0])).astype(dtype)
    codes = rng.permutation(np.arange(50) % n_classes)
    written = codes[:, None] if sizes[-1] == 1 else np.eye(n_classes)[codes]
    networks = [random_network(sizes, dtype) for _ in range(2)]
    errors = [
        trainer(network, X, d, ACTIVATIONS[activation], LOSSES[loss], **settings).epoch(
            np.arange(50)
        )
        for network, d in zip(networks, (codes, written.astype(dtype)), strict=True)
    ]
    assert errors[0] == errors[1] > 0
    np.testing.assert_array_equal(networks[0].parameters, networks[1].parameters)
    assert not np.array_equal(networks[0].parameters, random_network(sizes, dtype).parameters)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_classes", [3, 16, 40])
def test_classes_interpreted(n_classes, dtype):
    with jit.interpreted():
        check_classes(n_classes, [4, 5, n_classes], "tanh", "MultinomialLogLoss", dtype)
        check_classes(n_classes, [4, n_classes], "tanh", "LogisticSquaredError", dtype)
        check_classes(2, [4, 5, 1], "tanh", "BinaryLogLoss", dtype)


def test_classes_compiled():
    settings = {"alpha": 0.1, "momentum": 0.9, "sample_weight": np.ones(50, np.float32)}
    check_classes(40, [4, 5, 40], "relu", "MultinomialLogLoss", np.float32, **settings)
