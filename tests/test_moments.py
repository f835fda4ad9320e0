"""Means and variances, of all rows and along a stream, against NumPy's and scikit-learn's."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.preprocessing import StandardScaler

from fastbp.training import moments
from fastbp.training.moments import CUT, MEMORY, Moments, standardized

RNG = np.random.default_rng(0)
X = RNG.normal([0, 5, -3], [1, 0.1, 1000], (57, 3))
WEIGHTS = RNG.uniform(0.1, 3, 57)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
@pytest.mark.parametrize("block", [1, 10, 2**18])
def test_of_all_rows(weights, block, monkeypatch):
    monkeypatch.setattr(moments, "BLOCK", block)
    scaler = StandardScaler().fit(X, sample_weight=weights)
    found = Moments.of(X, weights)
    np.testing.assert_allclose(found.mean, scaler.mean_, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found.scale, scaler.scale_, rtol=1e-12)
    assert found.weight == pytest.approx(57 if weights is None else weights.sum())
    np.testing.assert_allclose(
        standardized(X, found.mean, found.scale, np.float64, 1e9), scaler.transform(X), atol=1e-12
    )


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
def test_sparse(weights):
    """The moments of the dense rows, zeros included, though the mean is not subtracted."""
    dense = np.where(np.abs(X) > 1, X, 0)
    sparse = scipy.sparse.csr_array(dense)
    one, other = Moments.of(dense, weights), Moments.of(sparse, weights)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12)
    np.testing.assert_allclose(one.variance, other.variance, rtol=1e-12)
    scaled = standardized(sparse, np.zeros(3), other.scale, np.float32)
    assert scaled.dtype == np.float32 and scaled.nnz == sparse.nnz
    expected = np.clip(dense / other.scale, -CUT, CUT)
    np.testing.assert_allclose(scaled.toarray(), expected, rtol=1e-6)
    before = sparse.copy()
    one.follow(sparse)
    assert (before != sparse).nnz == 0


def test_entries_given_twice_are_cut_as_their_sum():
    rows = scipy.sparse.csr_array((np.array([4.0, 4.0]), [0, 0], [0, 2]), shape=(1, 1))
    assert standardized(rows, np.zeros(1), np.ones(1), np.float64).toarray() == [[CUT]]
    assert rows.nnz == 2


def test_small_differences_survive():
    """10⁹ + N(0, 1), in float64 until it is standardised."""
    column = 1e9 + X[:, :1]
    found = Moments.of(column)
    narrow = standardized(column, found.mean, found.scale, np.float32)
    expected = (X[:, :1] - X[:, :1].mean()) / X[:, :1].std()
    np.testing.assert_allclose(narrow, np.clip(expected, -CUT, CUT), atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1, -1e-300])
def test_constant_column(value):
    found = Moments.of(np.full((1001, 1), value))
    assert found.scale == 1
    result = standardized(np.full((5, 1), value), found.mean, found.scale, np.float64)
    np.testing.assert_allclose(result, 0, atol=1e-6)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
def test_stream_is_the_whole(weights):
    """As long as nothing is cut or forgotten."""
    weights = np.ones(57) if weights is None else weights
    found = Moments.of(X[:20], weights[:20])
    for part in (slice(20, 21), slice(21, 50), slice(50, 57)):
        found = found.follow(X[part], weights[part])
    whole = Moments.of(X, weights)
    np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(found.variance, whole.variance, rtol=1e-12)


def test_from_the_first_row_on():
    found = Moments.of(np.array([[3.0]]))
    assert found.mean == 3 and found.scale == 1
    found = found.follow(np.array([[5.0]]))
    assert found.mean == 4 and found.scale == 1 and found.variance == 1


def test_a_wild_value_counts_as_the_cut():
    rows = RNG.normal(size=(500, 1))
    before = Moments.of(rows)
    after = before.follow(np.array([[1e12]]))
    limit = before.follow(before.mean[None, :] + CUT * before.scale)
    assert after.mean == limit.mean and after.variance == pytest.approx(limit.variance)
    assert abs(after.mean - before.mean) < 0.06 and after.scale < 1.15 * before.scale


def test_a_change_of_level_is_followed():
    """By a hundred standard deviations; within 300 rows it is within reach of the cut."""
    found = Moments.of(RNG.normal(size=(20_000, 1)))
    for _ in range(300):
        found = found.follow(RNG.normal(100, 1, (1, 1)))
    assert abs(100 - found.mean) < CUT * found.scale
    for _ in range(5 * int(MEMORY)):
        found = found.follow(RNG.normal(100, 1, (1, 1)))
    assert abs(found.mean - 100) < 3


def test_rows_are_not_changed():
    before = X.copy()
    Moments.of(X).follow(X)
    np.testing.assert_array_equal(X, before)
