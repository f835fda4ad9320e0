"""From scikit-learn's MLP and back: the same predictions, the same training from there on."""

import copy

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from plain import BackpropClassifier, BackpropRegressor
from sklearn.base import is_classifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import MaxAbsScaler
from test_twin import assert_twins, data, summed_loss  # noqa: F401 (a fixture)

import fastbp
from fastbp import losses

KINDS = ("binary", "multiclass", "multilabel", "regression", "multioutput", "poisson")
PARAMETERS = {"hidden_layer_sizes": (4, 3), "activation": "logistic", "solver": "sgd"}
PARAMETERS |= {"batch_size": 7, "momentum": 0.8, "alpha": 0.01, "max_iter": 4, "random_state": 1}
PARAMETERS |= {"learning_rate_init": 0.05, "learning_rate": "invscaling", "n_iter_no_change": 20}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]


def pair(kind):
    """Return our class, theirs, and parameters."""
    if kind in ("binary", "multiclass", "multilabel"):
        return BackpropClassifier, MLPClassifier, PARAMETERS
    loss = {"loss": "poisson"} if kind == "poisson" else {}
    return BackpropRegressor, MLPRegressor, PARAMETERS | loss


def assert_predicts_the_same(one, other, X, y):
    np.testing.assert_allclose(one.score(X, y), other.score(X, y), rtol=1e-12)
    if is_classifier(one):
        np.testing.assert_array_equal(one.predict(X), other.predict(X))
        np.testing.assert_allclose(
            one.predict_proba(X), other.predict_proba(X), rtol=1e-12, atol=1e-14
        )
    else:
        np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "solver",
    [
        {"nesterovs_momentum": False},
        {"nesterovs_momentum": True},
        {"solver": "adam", "learning_rate_init": 0.01, "beta_1": 0.8},
    ],
    ids=str,
)
def test_there_and_back(kind, solver, summed_loss):  # noqa: F811
    ours, theirs, parameters = pair(kind)
    parameters = parameters | solver
    X, y, _ = data(kind, 0)
    mlp = theirs(**parameters).fit(X, y)
    model = ours.from_sklearn(mlp)
    assert_predicts_the_same(model, mlp, X, y)
    if kind == "multioutput":  # looks for the best loss anew
        assert model.best_loss_ == np.inf
        model.best_loss_ = mlp.best_loss_
    assert_twins(model, mlp, X)
    back = model.to_sklearn()
    assert type(back) is theirs and back.get_params() == mlp.get_params()
    assert_predicts_the_same(back, mlp, X, y)
    # Nothing is shared: all go on for themselves, and alike.
    before = copy.deepcopy(mlp)
    for _ in range(2):
        model.partial_fit(X, y)
        back.partial_fit(X, y)
    np.testing.assert_array_equal(before.coefs_[0], mlp.coefs_[0])
    name = "ms" if "solver" in solver else "velocities"
    for kept, array in zip(
        getattr(before._optimizer, name), getattr(mlp._optimizer, name), strict=True
    ):
        np.testing.assert_array_equal(kept, array)
    mlp.partial_fit(X, y).partial_fit(X, y)
    assert_twins(model, mlp, X)
    np.testing.assert_allclose(back.coefs_[0], mlp.coefs_[0], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_warm_start(kind, early_stopping, summed_loss):  # noqa: F811
    if sklearn.__version__ == "1.7.0" and early_stopping and kind == "binary":
        pytest.skip("scikit-learn 1.7.0 stops early with labels that are numbers only")
    ours, theirs, parameters = pair(kind)
    X, y, _ = data(kind, 1)
    model = ours(**parameters, warm_start=True, early_stopping=early_stopping).fit(X, y)
    mlp = model.to_sklearn()
    assert_twins(model, mlp, X)
    assert_twins(model.fit(X, y), mlp.fit(X, y), X)
    again = ours.from_sklearn(mlp)
    # Of restored arrays scikit-learn keeps no copies, see test_twin.
    mlp._best_coefs, mlp._best_intercepts = copy.deepcopy((mlp.coefs_, mlp.intercepts_))
    if kind == "multioutput" and not early_stopping:
        again.best_loss_ = mlp.best_loss_
    assert_twins(again.fit(X, y), mlp.fit(X, y), X)
    if early_stopping:
        assert len(again.validation_loss_curve_) == len(again.validation_scores_) == 12


def test_unfitted():
    mlp = MLPClassifier((5,), solver="sgd", alpha=0.3, early_stopping=True, tol=0.2)
    model = BackpropClassifier.from_sklearn(mlp)
    for name, value in mlp.get_params().items():
        assert model.get_params().get(name, value) == value
    assert not hasattr(model, "coefs_") and not hasattr(model.to_sklearn(), "coefs_")
    assert model.to_sklearn().get_params() == mlp.get_params()


def test_float32_and_names():
    X, y, _ = data("binary", 0)
    frame = pd.DataFrame(X.astype(np.float32), columns=list("abcde"))
    model = BackpropClassifier(**PARAMETERS).fit(frame, y)
    mlp = model.to_sklearn()
    assert mlp.coefs_[0].dtype == np.float32 and list(mlp.feature_names_in_) == list("abcde")
    np.testing.assert_allclose(mlp.predict_proba(frame), model.predict_proba(frame), rtol=1e-5)
    again = BackpropClassifier.from_sklearn(mlp)
    np.testing.assert_array_equal(again.predict_proba(frame), model.predict_proba(frame))


def test_assigned_weights_and_equal_activations():
    """What counts is what the model computes with, not how it was said."""
    X, y, _ = data("regression", 0)
    model = BackpropRegressor(**PARAMETERS | {"activation": ["tanh", "tanh"]}).fit(X, y)
    model.set_params(loss=losses.SquaredError())
    model.coefs_ = [2 * weights for weights in model.coefs_]
    mlp = model.to_sklearn()
    assert mlp.activation == "tanh" and mlp.loss == "squared_error"
    assert_predicts_the_same(mlp, model, X, y)


NO_COUNTERPART = [
    (BackpropClassifier(activation="gelu"), "activation.*gelu"),
    (BackpropClassifier((3, 3), activation=["tanh", "relu"]), "activation.*'tanh', 'relu'"),
    (BackpropClassifier(loss="squared_error"), "loss='squared_error'.*MLPClassifier"),
    (BackpropClassifier(loss=losses.BinaryLogLoss()), "loss=BinaryLogLoss"),
    (BackpropRegressor(loss="huber"), "loss.*huber"),
    (BackpropRegressor(loss=losses.Quantile(0.2)), "loss.*Quantile"),
    (BackpropRegressor(scoring="loss"), "scoring='loss'"),
]


@pytest.mark.parametrize(("model", "words"), NO_COUNTERPART, ids=str)
def test_no_counterpart_there(model, words):
    with pytest.raises(ValueError, match=words):
        model.to_sklearn()


@pytest.mark.parametrize("kind", KINDS)
def test_lbfgs(kind):
    ours, theirs, parameters = pair(kind)
    parameters = parameters | {"solver": "lbfgs"}
    X, y, _ = data(kind, 0)
    mlp = theirs(**parameters).fit(X, y)
    model = ours.from_sklearn(mlp)
    assert_predicts_the_same(model, mlp, X, y)
    assert_predicts_the_same(model.to_sklearn(), mlp, X, y)


def test_no_counterpart_here():
    with pytest.raises(ValueError, match="alpha"):
        BackpropRegressor.from_sklearn(MLPRegressor(solver="sgd", alpha=-1))
    with pytest.raises(ValueError, match="'solver' parameter of BackpropRegressor"):
        BackpropRegressor.from_sklearn(MLPRegressor(solver="newton"))
    for cls, mlp in ((BackpropClassifier, MLPRegressor()), (BackpropRegressor, MLPRegressor)):
        with pytest.raises(TypeError, match=f"{cls.__name__}.from_sklearn takes an MLP"):
            cls.from_sklearn(mlp)


# --- Of what scikit-learn has no word for ---------------------------------------------------------

TRAINING = [
    {"dropout": 0.2},
    {"solver": "adamw", "alpha": 0.1},
    {"learning_rate": "cosine", "warmup_epochs": 1},
    {"average": True},
    {"scoring": "loss", "early_stopping": True},
    {"max_norm": 2.0, "clip_norm": 1.0, "solver": "nadam"},
    {"l1_ratio": 0.5, "alpha": 0.01},
    {"alpha": "auto", "learning_rate_init": "auto"},
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", TRAINING, ids=str)
def test_training_makes_no_difference_to_what_is_fitted(settings, kind):
    ours, theirs, parameters = pair(kind)
    X, y, _ = data(kind, 0)
    model = ours(**parameters | {"activation": "tanh"} | settings).fit(X, y)
    mlp = model.to_sklearn()
    assert type(mlp) is theirs
    assert_predicts_the_same(model, mlp, X, y)


@pytest.mark.parametrize(
    ("cls", "settings"),
    [
        (BackpropClassifier, {"class_weight": "balanced", "label_smoothing": 0.1}),
        (BackpropRegressor, {"loss": "huber"}),
        (BackpropRegressor, {"loss": losses.Quantile(0.3)}),
    ],
    ids=str,
)
def test_losses_and_costs_make_none_either(cls, settings):
    X, y, _ = data("binary" if cls is BackpropClassifier else "regression", 0)
    model = cls((4,), activation="tanh", random_state=0, max_iter=3, **settings).fit(X, y)
    assert_predicts_the_same(model, model.to_sklearn(), X, y)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sparse", [False, True])
def test_a_pipeline_that_standardises(kind, sparse):
    """And cuts: rows far out are predicted alike; a float64 network to the last digits."""
    ours = fastbp.BackpropClassifier if pair(kind)[0] is BackpropClassifier else None
    ours = ours or fastbp.BackpropRegressor
    loss = {"loss": "poisson"} if kind == "poisson" else {}
    X, y, _ = data(kind, 0)
    X = X * [1, 10, 1e-3, 1e4, 1] + (0 if sparse else [0, 5, 1, -1e5, 3])
    if kind in ("regression", "multioutput"):
        y = 1e6 + 1e4 * y
    elif kind == "poisson":
        y = 1e3 * y
    rows = scipy.sparse.csr_array(X) if sparse else pd.DataFrame(X, columns=list("abcde"))
    for dtype, close in (("float64", 1e-9), (None, 1e-4)):
        model = ours((6,), random_state=0, max_iter=5, dtype=dtype, **loss).fit(rows, y)
        pipeline = model.to_sklearn()
        far = X * 30
        far = scipy.sparse.csr_array(far) if sparse else pd.DataFrame(far, columns=list("abcde"))
        cuts = not sparse or "clip" in MaxAbsScaler().get_params()
        for these in (rows, far) if cuts else (rows,):
            if is_classifier(model):
                one, other = model.predict_proba(these), pipeline.predict_proba(these)
            else:
                one, other = model.predict(these), pipeline.predict(these)
            np.testing.assert_allclose(one, other, rtol=close, atol=close)


def test_what_can_not_predict_the_same():
    X, y, _ = data("multiclass", 0)
    squared = BackpropClassifier((4,), loss="squared_error", max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="loss='squared_error' has no counterpart.*logistic"):
        squared.to_sklearn()
    with pytest.raises(ValueError, match="activation"):
        BackpropClassifier((4,), activation="gelu", max_iter=2).fit(X, y).to_sklearn()
    with pytest.raises(ValueError, match="one class alone"):
        fastbp.BackpropClassifier((4,)).fit(X, np.zeros(len(X))).to_sklearn()


def test_unfitted_defaults():
    with pytest.raises(ValueError, match="'auto' has no counterpart in MLPClassifier before"):
        fastbp.BackpropClassifier().to_sklearn()
    with pytest.raises(ValueError, match="standardize=True has no counterpart"):
        BackpropClassifier(standardize=True).to_sklearn()


def test_numpy_scalars_and_arrays():
    X, y, _ = data("regression", 0)
    model = BackpropRegressor(
        np.array([4, 3]),
        activation=np.array(["tanh", "tanh"]),
        alpha=np.float32(0.01),
        learning_rate_init=np.float64(0.01),
        max_iter=np.int64(3),
        batch_size=np.int32(2),
        dropout=np.array([0.1, 0.0]),
        n_iter_no_change=np.int64(3),
    ).fit(X, y)
    assert_predicts_the_same(model.to_sklearn(), model, X, y)
    mlp = MLPRegressor(
        hidden_layer_sizes=np.array([4, 3]), alpha=np.float32(0.1), solver="sgd"
    ).fit(X, y)
    assert_predicts_the_same(BackpropRegressor.from_sklearn(mlp), mlp, X, y)
    assert BackpropRegressor(np.array(3), max_iter=2).fit(X, y).coefs_[0].shape == (5, 3)
