"""`partial_fit` along streams: from the first row on, wild rows, changes of level, text."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_iris

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.training.moments import shortened

RNG = np.random.RandomState(0)
X = RNG.standard_normal((3000, 5)) * [1, 10, 1e-3, 1e4, 1] + [0, 50, 1, -1e5, 3]
Z = (X - X.mean(axis=0)) / X.std(axis=0)
Y = 1e3 * (Z[:, 0] - 2 * Z[:, 1] * Z[:, 2]) + 5e4


def pass_over(model, X, y, size=10):
    """Train with `size` rows at a time; return the predictions made before each."""
    predicted = np.zeros(len(X))
    for n in range(0, len(X), size):
        rows = slice(n, n + size)
        if n:
            predicted[rows] = model.predict(X[rows])
        model.partial_fit(X[rows], y[rows])
    return predicted


def r2(y, predicted, rows):
    return 1 - np.mean((y - predicted)[rows] ** 2) / np.var(y[rows])


def test_a_stream_in_its_own_units():
    predicted = pass_over(BackpropRegressor(random_state=0), X, Y)
    assert r2(Y, predicted, slice(2000, 3000)) > 0.85


@pytest.mark.parametrize("what", ["row", "target", "both"])
@pytest.mark.parametrize("when", [20, 1500])
def test_a_wild_row_does_no_harm(what, when):
    rows, y = X.copy(), Y.copy()
    if what != "target":
        rows[when] = 1e12
    if what != "row":
        y[when] = -1e15
    model = BackpropRegressor(random_state=0)
    pass_over(model, rows[:when], y[:when])
    scale = model.scale_.copy(), model.y_scale_.copy()
    model.partial_fit(rows[when : when + 1], y[when : when + 1])
    assert (model.scale_ < 1.6 * scale[0]).all() and (model.y_scale_ < 3 * scale[1]).all()
    predicted = pass_over(model, X[when + 1 :], Y[when + 1 :])
    assert r2(Y[when + 1 :], predicted, slice(-1000, None)) > 0.8


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.parametrize("n_inputs", [3, 20])
def test_a_change_of_level_is_followed(n_inputs, size):
    """Of all columns and the target, by twenty standard deviations; nothing fails on the way."""
    rng = np.random.RandomState(0)
    rows = rng.standard_normal((2500, n_inputs))
    y = rows[:, 0] - rows[:, 1]
    rows[1000:] += 20
    y[1000:] += 40
    model = BackpropRegressor(random_state=0)
    predicted = pass_over(model, rows, y, size)
    assert r2(y, predicted, slice(600, 1000)) > 0.8
    late = np.abs(y - predicted)[1500:]
    assert late.mean() < 1.5 and np.abs(y - predicted)[2100:].mean() < 0.8


def test_classes_change_their_places():
    X, y = load_iris(return_X_y=True)
    order = np.random.RandomState(0).randint(0, 150, 3000)
    rows, y = X[order], y[order]
    rows[1500:] = 30 - 2 * rows[1500:]
    model, right = BackpropClassifier(random_state=0), []
    for n in range(0, 3000, 5):
        part = slice(n, n + 5)
        if n:
            right.extend(model.predict(rows[part]) == y[part])
        model.partial_fit(rows[part], y[part], classes=[0, 1, 2])
    assert np.mean(right[1000:1450]) > 0.9 and np.mean(right[-700:]) > 0.9


def test_rows_after_a_change_of_level_are_shortened():
    rows = np.full((2, 20), 5.0)
    rows[1] = 1.0
    short = shortened(rows.copy())
    np.testing.assert_array_equal(short[1], rows[1])
    assert (short[0] ** 2).sum() == pytest.approx(2 * 20 + 25)
    sparse = shortened(scipy.sparse.csr_array(rows))
    np.testing.assert_allclose(sparse.toarray(), short, rtol=1e-12)


def test_sparse_rows():
    """Features of words: rare ones, many of them; three passes."""
    rng = np.random.RandomState(0)
    n_words = 1500
    base = 1 / np.arange(1, n_words + 1)
    topics = [base * np.exp(rng.normal(0, 0.7, n_words)) for _ in range(3)]
    y = rng.randint(0, 3, 1200)
    counts = np.stack([rng.multinomial(60, topics[c] / topics[c].sum()) for c in y])
    rows = scipy.sparse.csr_array(counts / np.linalg.norm(counts, axis=1, keepdims=True))
    model = BackpropClassifier(random_state=0)
    for _ in range(3):
        for n in range(0, 900, 50):
            model.partial_fit(rows[n : n + 50], y[n : n + 50], classes=[0, 1, 2])
    assert model.score(rows[900:], y[900:]) > 0.9
    assert (
        BackpropClassifier(random_state=0).fit(rows[:900], y[:900]).score(rows[900:], y[900:]) > 0.9
    )


def test_sparse_columns_with_an_offset():
    """They can't be centred, but they can be told apart."""
    rows = RNG.standard_normal((500, 5)) + 20
    y = (rows[:, 0] > 20).astype(int)
    model = BackpropClassifier(random_state=0).fit(scipy.sparse.csr_array(rows), y)
    assert model.score(rows, y) > 0.8


def test_sparse_after_dense():
    """What was centred stays so."""
    y = (Z[:, 0] + Z[:, 1] > 0).astype(int)
    model = BackpropClassifier(random_state=0).fit(X[:500], y[:500])
    before = model.score(X, y)
    model.partial_fit(scipy.sparse.csr_array(X[:50]), y[:50])
    assert model.mean_.all() and model.score(X, y) > before - 0.03
    np.testing.assert_allclose(
        model.predict_proba(scipy.sparse.csr_array(X)), model.predict_proba(X), rtol=1e-6
    )


def test_curves_of_streams_are_bounded(interpreted, monkeypatch):
    """By `partial_fit`; a fit keeps all of its own."""
    monkeypatch.setattr("fastbp.training.progress.KEPT", 5)
    X, y = np.arange(12.0).reshape(6, 2), np.arange(6.0)
    model = BackpropRegressor((2,), max_iter=8, n_iter_no_change=99, random_state=0)
    losses = []
    for _ in range(9):
        model.partial_fit(X, y, X_val=X, y_val=y)
        losses.append(model.loss_)
    assert model.loss_curve_ == losses[-5:]
    assert len(model.validation_scores_) == len(model.validation_loss_curve_) == 5
    assert min(losses) < model.running_loss_ < max(losses)
    weights = [6 / min(1000, 6 * (n + 1)) for n in range(9)]
    mean = 0.0
    for loss, weight in zip(losses, weights, strict=True):
        mean += weight * (loss - mean)
    np.testing.assert_allclose(model.running_loss_, mean)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(model.fit(X, y).loss_curve_) == 8
    assert model.running_loss_ == model.loss_
