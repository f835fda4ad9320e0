"""Properties: what holds for every network and data set (hypothesis draws them)."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import BackpropClassifier, BackpropRegressor
from scipy import sparse

from fastbp.compiling.jit import interpreted

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
few = settings(max_examples=15, deadline=None, derandomize=True)


@st.composite
def problems(draw, hidden=True):
    """Draw a regressor after one pass over its data, X, Y, and a generator."""
    rng = np.random.RandomState(draw(st.integers(0, 10_000)))
    n, n_in, n_out = draw(st.integers(3, 9)), draw(st.integers(1, 19)), draw(st.integers(1, 18))
    sizes = draw(st.lists(st.integers(1, 20), max_size=2)) if hidden else []
    model = BackpropRegressor(
        tuple(sizes),
        activation=draw(st.sampled_from(["tanh", "relu", "logistic", "softplus"])),
        batch_size=draw(st.sampled_from([1, 3])),
        momentum=0,
        alpha=draw(st.sampled_from([0, 0.1])) if hidden else 0,
        learning_rate_init=0.01,
        shuffle=False,
        max_iter=2,
        random_state=rng.randint(100),
    )
    X, Y = rng.standard_normal((n, n_in)), rng.standard_normal((n, n_out))
    with interpreted():
        return model.partial_fit(X, Y[:, 0] if n_out == 1 else Y), X, Y, rng


def trained(model, X, Y):
    with interpreted():
        model.partial_fit(X, Y[:, 0] if Y.shape[1] == 1 else Y)
        return model.predict(X).reshape(Y.shape)


@few
@given(problems())
def test_order_of_features_does_not_matter(problem):
    model, X, Y, rng = problem
    order = rng.permutation(X.shape[1])
    twin = copy.deepcopy(model)
    twin.coefs_[0] = model.coefs_[0][order]
    np.testing.assert_allclose(
        trained(twin, X[:, order], Y), trained(model, X, Y), rtol=1e-9, atol=1e-11
    )
    np.testing.assert_allclose(twin.coefs_[0], model.coefs_[0][order], rtol=1e-9, atol=1e-11)


@few
@given(problems())
def test_order_of_outputs_does_not_matter(problem):
    model, X, Y, rng = problem
    order = rng.permutation(Y.shape[1])
    twin = copy.deepcopy(model)
    twin.coefs_[-1] = model.coefs_[-1][:, order]
    twin.intercepts_[-1] = model.intercepts_[-1][order]
    out, permuted = trained(model, X, Y), trained(twin, X, Y[:, order])
    np.testing.assert_allclose(permuted, out[:, order], rtol=1e-9, atol=1e-11)


@few
@given(problems(hidden=False), st.sampled_from([-2.0, 0.5, 1024.0]))
def test_delta_rule_is_linear_in_the_targets(problem, factor):
    """Powers of two scale without rounding: the results are equal to the last bit."""
    model, X, Y, _ = problem
    twin = copy.deepcopy(model)
    twin.coefs_, twin.intercepts_ = (
        [factor * w for w in ws] for ws in (model.coefs_, model.intercepts_)
    )
    np.testing.assert_array_equal(trained(twin, X, factor * Y), factor * trained(model, X, Y))


@few
@given(problems(), st.integers(1, 5))
def test_prediction_does_not_depend_on_the_company(problem, size):
    model, X, _, rng = problem
    with interpreted():
        whole = model.predict(X)
        parts = [model.predict(X[i : i + size]) for i in range(0, len(X), size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
        order = rng.permutation(len(X))
        np.testing.assert_array_equal(model.predict(X[order]), whole[order])


@few
@given(problems())
def test_layout_does_not_matter(problem):
    """Fortran order, every second column of a wider array: the same to the last bit; CSR nearly.

    Where rows are sparse, updates of the first layer are made one by one.
    """
    model, X, Y, _ = problem
    X = np.where(np.abs(X) < 0.5, 0, X)
    wide = np.repeat(X, 2, axis=1)[:, ::2]
    models = [copy.deepcopy(model) for _ in range(4)]
    kinds = [X, sparse.csr_array(X), np.asfortranarray(X), wide]
    outs = [trained(m, kind, Y) for m, kind in zip(models, kinds, strict=True)]
    for out in outs[2:]:
        np.testing.assert_array_equal(out, outs[0])
    close = 1e-9 if model.dtype != "float32" and X.dtype == np.float64 else 1e-4
    np.testing.assert_allclose(outs[1], outs[0], rtol=close, atol=close)


@few
@given(problems(), st.booleans())
def test_fit_is_deterministic(problem, shuffle):
    model, X, Y, _ = problem
    parameters = model.get_params() | {"shuffle": shuffle}
    y = Y[:, 0] if Y.shape[1] == 1 else Y
    with interpreted():
        one, other = (BackpropRegressor(**parameters).fit(X, y) for _ in range(2))
    assert one.loss_curve_ == other.loss_curve_ and len(one.loss_curve_) == 2
    for a, b in zip(one.coefs_, other.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)


@few
@given(st.integers(0, 1000), st.integers(2, 18))
def test_probabilities(seed, n_classes):
    """They sum to one, whatever is asked, and padding lanes have no share in them."""
    rng = np.random.RandomState(seed)
    X, y = rng.standard_normal((n_classes * 2, 3)), np.arange(n_classes * 2) % n_classes
    with interpreted():
        model = BackpropClassifier((5,), activation="logistic", max_iter=1, alpha=0).fit(X, y)
        proba = model.predict_proba(X * 10.0 ** rng.randint(-300, 300))
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-13)
    assert proba.shape == (len(X), n_classes) and (proba >= 0).all()
