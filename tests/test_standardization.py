"""Input and targets in their own units: what the network sees, and what the user gets."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from fastbp import BackpropClassifier, BackpropRegressor, losses
from fastbp.estimators.data.standardization import TARGET_CUT
from fastbp.training.moments import CUT

RNG = np.random.RandomState(0)
Z = RNG.standard_normal((60, 4))
X = Z * [1e-6, 1.0, 1e4, 30.0] + [5e-6, -1, 1e9, 0]
VALUES = np.column_stack([Z[:, 0] + Z[:, 1] * Z[:, 2], Z[:, 3] ** 2])
LABELS = (VALUES[:, 0] > 0) * 1 + (VALUES[:, 0] > 1)
SMALL = {"hidden_layer_sizes": (8,), "random_state": 0, "max_iter": 30}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]


def same_weights(one, other, **close):
    for mine, others in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_allclose(mine, others, **close)


def test_the_network_sees_standardised_columns():
    """As if scikit-learn had standardised them, and somebody had cut them."""
    X_wild = X.copy()
    X_wild[7, 1] = 1e6
    scaler = StandardScaler().fit(X_wild)
    outside = np.clip(scaler.transform(X_wild), -CUT, CUT)
    settings = SMALL | {"dtype": "float64"}
    own = BackpropClassifier(**settings).fit(X_wild, LABELS)
    other = BackpropClassifier(**settings, standardize=False).fit(outside, LABELS)
    np.testing.assert_allclose(own.mean_, scaler.mean_, rtol=1e-9)
    np.testing.assert_allclose(own.scale_, scaler.scale_, rtol=1e-9)
    same_weights(own, other, rtol=1e-6, atol=1e-9)
    far = X + 100 * X.std(axis=0)
    np.testing.assert_allclose(
        own.predict_proba(far),
        other.predict_proba(np.clip(scaler.transform(far), -CUT, CUT)),
        rtol=1e-6,
    )
    assert other.mean_ is None and other.scale_ is None


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
@pytest.mark.parametrize("y", [VALUES[:, 0], VALUES, VALUES[:, :1]], ids=["one", "two", "column"])
@pytest.mark.filterwarnings("ignore:A column-vector:sklearn.exceptions.DataConversionWarning")
def test_units_of_the_target_do_not_matter(loss, y):
    model = BackpropRegressor(**SMALL, loss=loss, dtype="float64").fit(X, y)
    other = clone(model).fit(X, 3e8 + 1e7 * y)
    same_weights(model, other, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(other.predict(X), 3e8 + 1e7 * model.predict(X), rtol=1e-7)
    assert other.score(X, 3e8 + 1e7 * y) == pytest.approx(model.score(X, y), rel=1e-4)
    n_outputs = 2 if y.shape[1:] == (2,) else 1
    assert other.y_mean_.shape == other.y_scale_.shape == (n_outputs,)
    np.testing.assert_allclose(model.y_mean_, y.reshape(60, -1).mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(model.y_scale_, y.reshape(60, -1).std(axis=0), rtol=1e-9)


def test_targets_are_cut():
    y = VALUES[:, 0].copy()
    y[3] = 1e15
    model = BackpropRegressor(**SMALL).fit(X, y)
    assert np.isfinite(model.loss_) and model.loss_ < TARGET_CUT**2
    encoded = model._encode(np.array([1e30]), np.float64).values
    assert encoded == TARGET_CUT


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e6])
def test_poisson_scales(unit):
    """Zero stays where it is."""
    rate = np.exp(Z[:, 0])
    model = BackpropRegressor((), loss="poisson", random_state=0).fit(X, unit * rate)
    assert model.y_mean_ == 0 and model.y_scale_ == pytest.approx(unit * np.sqrt((rate**2).mean()))
    assert model.score(X, unit * rate) > 0.95 and (model.predict(X) > 0).all()
    with pytest.raises(ValueError, match="non-negative"):
        clone(model).fit(X, -rate)


def test_a_loss_of_ones_own_gets_the_target_as_it_is():
    class Own(losses.NamedTuple):
        out_activation = "identity"

    losses.inverse_link.register(Own)(lambda loss, net: net)
    losses.error.register(Own)(lambda loss, target, out: (target - out) ** 2 / 2)
    losses.output_delta.register(Own)(lambda loss, target, out: target - out)
    model = BackpropRegressor(**SMALL, loss=Own()).fit(X, VALUES[:, 0] + 2)
    assert model.y_mean_ == 0 and model.y_scale_ == 1


def test_constant_columns():
    """Whatever they become later."""
    constant = np.column_stack([X, np.full(60, 7.0), np.zeros(60)])
    model = BackpropClassifier(**SMALL).fit(constant, LABELS)
    out = model.predict_proba(constant)
    assert np.isfinite(out).all() and (model.scale_[4:] == 1).all()
    constant[:, 4:] = RNG.standard_normal((60, 2)) * 1e6
    np.testing.assert_array_equal(model.predict_proba(constant), out)
    assert np.isfinite(
        BackpropRegressor(**SMALL).fit(np.ones((5, 2)), np.arange(5)).predict(X[:, :2])
    ).all()


@pytest.mark.parametrize("kind", [scipy.sparse.csr_array, scipy.sparse.csc_matrix])
def test_sparse_columns_are_scaled_only(kind):
    dense = np.where(np.abs(Z) > 0.7, Z * [1, 10, 1e3, 1e6], 0)
    model = BackpropClassifier(**SMALL).fit(kind(dense), LABELS)
    np.testing.assert_allclose(model.scale_, dense.std(axis=0), rtol=1e-6)
    assert not model.mean_.any()
    np.testing.assert_array_equal(model.predict_proba(kind(dense)), model.predict_proba(dense))
    model.partial_fit(kind(dense[:5]), LABELS[:5])
    assert not model.mean_.any()


def test_of_the_rows_trained_with():
    """Neither rows held out nor rows without weight; others by their weights."""
    y = VALUES[:, 0]
    model = BackpropRegressor(**SMALL, early_stopping=True, validation_fraction=0.5).fit(X, y)
    assert model._moments.weight == 30 and abs(model.mean_[1] - X[:, 1].mean()) > 1e-3
    weights = np.r_[np.zeros(20), np.ones(20), np.full(20, 3.0)]
    model = BackpropRegressor(**SMALL).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(model.mean_, np.average(X, axis=0, weights=weights), rtol=1e-9)
    np.testing.assert_allclose(model.y_mean_, np.average(y, weights=weights), rtol=1e-9)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_given_validation_set(early_stopping):
    """In its own units as well, and not part of the statistics."""
    y = VALUES[:, 0]
    settings = SMALL | {"early_stopping": early_stopping, "dtype": "float64"}
    model = BackpropRegressor(**settings).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    np.testing.assert_allclose(model.mean_, X[:40].mean(axis=0), rtol=1e-9)
    score = model.validation_scores_
    score = max(score) if early_stopping else score[-1]
    assert score == pytest.approx(model.score(X[40:], y[40:]), rel=1e-9)


@pytest.mark.parametrize(
    ("given", "dtype", "standardize", "expected"),
    [
        ("float64", None, True, "float32"),
        ("float64", None, False, "float64"),
        ("float32", None, False, "float32"),
        ("float64", "auto", True, "float64"),
        ("float32", "auto", True, "float32"),
        ("int64", "auto", True, "float64"),
        ("int64", None, True, "float32"),
        ("float32", "float64", False, "float64"),
        ("float64", "float32", False, "float32"),
        ("float32", "float64", True, "float64"),
    ],
)
def test_dtype(given, dtype, standardize, expected):
    settings = SMALL | {"dtype": dtype, "standardize": standardize, "max_iter": 1}
    rows = (30 * Z).astype(given)
    for model, y in (
        (BackpropClassifier(**settings), LABELS),
        (BackpropRegressor(**settings), VALUES),
    ):
        model.set_params(learning_rate_init=1e-6).fit(rows, y)
        assert {array.dtype.name for array in model.coefs_ + model.intercepts_} == {expected}
        out = model.predict_proba(rows) if y is LABELS else model.predict(rows)
        assert out.dtype == ("float32" if given == "float32" and standardize else expected) or (
            standardize and out.dtype == "float64"
        )
        assert model.partial_fit(rows, y).coefs_[0].dtype == expected


def test_small_differences_far_from_zero():
    """10⁹ + N(0, 1), though the network computes in float32."""
    far = BackpropClassifier(**SMALL).fit(1e9 + Z, LABELS)
    near = BackpropClassifier(**SMALL).fit(Z, LABELS)
    same_weights(far, near, rtol=1e-3, atol=1e-4)


def test_predictions_in_parts(monkeypatch):
    model = BackpropClassifier(**SMALL).fit(X, LABELS)
    whole = model.predict_proba(X)
    monkeypatch.setattr("fastbp.estimators.base.STANDARDIZED_TOGETHER", 28)
    np.testing.assert_array_equal(model.predict_proba(X), whole)
    np.testing.assert_array_equal(model.predict_proba(scipy.sparse.csr_array(X[:9])), whole[:9])


def test_frames_and_pipelines():
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = BackpropClassifier(**SMALL).fit(frame, LABELS)
    np.testing.assert_array_equal(model.predict(frame), model.predict(frame.copy()))
    outside = Pipeline([("s", StandardScaler()), ("m", BackpropClassifier(**SMALL))])
    np.testing.assert_array_equal(outside.fit(frame, LABELS).predict(frame), model.predict(frame))


def test_too_large_to_be_squared():
    with pytest.raises(ValueError, match=r"X: column 1 has values too large.*power of ten"):
        BackpropRegressor(**SMALL).fit(Z * [1, 1e300, 1, 1], VALUES)
    with pytest.raises(ValueError, match=r"y: output 0 has values too large"):
        BackpropRegressor(**SMALL).fit(Z, VALUES * 1e300)
