"""The twin test: for the same parameters, the same numbers as scikit-learn's MLP to 1e-9.

Two corrections to scikit-learn. Its squared error is the mean over the outputs, whose gradient its
deltas are not (its issue 8349): `summed_loss` makes it the sum, `test_issue_8349` does without. And
after early stopping its ``coefs_`` are the very arrays that it keeps as the best ones, so that a
second fit with ``warm_start=True`` changes what it means to restore: `run` keeps them apart.
"""

import warnings

import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor
from sklearn.base import is_classifier
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier, MLPRegressor, _multilayer_perceptron

from fastbp.training import trainer as training

KINDS = ("binary", "multiclass", "multilabel", "regression", "multioutput", "poisson")
OPTIONS = {
    "kind": KINDS,
    "hidden_layer_sizes": ((3,), (9,), 6, (4, 3), (10, 2), (2, 3, 4)),
    "activation": ("identity", "logistic", "tanh", "relu"),
    "solver": ("sgd", "adam"),
    "batch_size": (1, 2, 5, 7, 32, 40, "auto"),
    "momentum": (0, 0.5, 0.9),
    "nesterovs_momentum": (True, False),
    "learning_rate": ("constant", "invscaling", "adaptive"),
    "learning_rate_init": (0.003, 0.02),
    "power_t": (0.5, 0.25),
    "alpha": (0, 1e-4, 0.1),
    "early_stopping": (False, True, False),
    "weighted": (False, True),
    "shuffle": (True, False),
    "tol": (0.0, 1e-4, 0.03),
    "n_iter_no_change": (1, 2, np.inf),
    "max_iter": (3, 9),
    "calls": (("fit",), ("fit", "fit"), ("partial_fit",) * 3, ("fit", "partial_fit")),
}
N_INTERPRETED = 80


def configurations(n, seed, options=OPTIONS):
    """Return n configurations in which every option takes each of its values equally often."""
    rng = np.random.RandomState(seed)
    columns = {name: rng.permutation(n) % len(values) for name, values in options.items()}
    return [{name: options[name][k[i]] for name, k in columns.items()} for i in range(n)]


def data(kind, seed, n=40):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((n, 5))
    score = np.column_stack([X @ rng.standard_normal((5, 3)), X[:, 0] * X[:, 1]])
    y = {
        "binary": np.array(["no", "yes"])[(score[:, 3] > 0).astype(int)],
        "multiclass": score[:, :3].argmax(axis=1) * 2 + 1,
        "multilabel": (score[:, 1:] > 0.3).astype(int),
        "regression": score[:, 0] + score[:, 3],
        "multioutput": score[:, :3],
        "poisson": rng.poisson(np.exp(0.3 * score[:, 0])),
    }[kind]
    return X, y, rng.uniform(0.2, 3, n)


def run(estimator, X, y, weights, calls):
    """Call after call; return the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for n, call in enumerate(calls):
            keywords = {}
            if call == "partial_fit" and is_classifier(estimator):
                keywords["classes"] = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
            if weights is not None:
                keywords["sample_weight"] = np.roll(weights, n)
            if hasattr(estimator, "_best_coefs"):  # see above
                estimator._best_coefs = [w.copy() for w in estimator._best_coefs]
                estimator._best_intercepts = [b.copy() for b in estimator._best_intercepts]
            getattr(estimator, call)(X, y, **keywords)
    return [(w.category, str(w.message)) for w in caught]


def assert_twins(ours, theirs, X):
    close = {"rtol": 1e-9, "atol": 1e-9}
    for name in ("coefs_", "intercepts_"):
        for mine, other in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            assert mine.dtype == np.float64
            np.testing.assert_allclose(mine, other, err_msg=name, **close)
    for name in ("loss_curve_", "validation_scores_", "best_validation_score_", "best_loss_"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert (mine is None) == (other is None), name
        if mine is not None:
            assert np.shape(mine) == np.shape(other), name
            np.testing.assert_allclose(mine, other, err_msg=name, **close)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours._no_improvement_count == theirs._no_improvement_count
    if ours.solver == "sgd":  # the other one's is the rate of the last step, bias corrected
        assert ours._optimizer.learning_rate == pytest.approx(theirs._optimizer.learning_rate)
    elif ours.solver == "adam":
        assert ours._optimizer.updates == theirs._optimizer.t
    if is_classifier(ours):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), **close)
    else:
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), **close)


def twins(parameters, seed):
    """Train both alike, and compare all they have learned and noted."""
    parameters = dict(parameters)
    kind, weighted, calls = (parameters.pop(name) for name in ("kind", "weighted", "calls"))
    # There weights would cancel: they act on the error instead, which is the one difference.
    weighted &= parameters["batch_size"] != 1 or parameters["solver"] == "lbfgs"
    parameters["early_stopping"] &= "partial_fit" not in calls
    parameters |= {"random_state": seed, "warm_start": calls == ("fit", "fit")}
    parameters["validation_fraction"] = 0.2
    if kind == "poisson":
        parameters["loss"] = "poisson"
    X, y, weights = data(kind, seed)
    classes = kind in ("binary", "multiclass", "multilabel")
    ours = (BackpropClassifier if classes else BackpropRegressor)(**parameters)
    theirs = (MLPClassifier if classes else MLPRegressor)(**parameters)
    warned = [run(model, X, y, weights if weighted else None, calls) for model in (ours, theirs)]
    assert warned[0] == warned[1]
    assert_twins(ours, theirs, X)
    return ours


@pytest.fixture
def summed_loss(monkeypatch):
    """Make scikit-learn's squared error the sum over the outputs."""
    table = _multilayer_perceptron.LOSS_FUNCTIONS
    mean = table["squared_error"]

    def summed(y_true, y_pred, sample_weight=None):
        return y_true.shape[1] * mean(y_true, y_pred, sample_weight)

    monkeypatch.setitem(table, "squared_error", summed)


@pytest.mark.usefixtures("interpreted", "summed_loss")
@pytest.mark.parametrize("seed", range(N_INTERPRETED))
def test_twin(seed):
    twins(configurations(N_INTERPRETED, 0)[seed], seed)


PLAIN = {"solver": ("sgd",), "batch_size": (1,), "momentum": (0,), "alpha": (0,)}


@pytest.mark.usefixtures("interpreted", "summed_loss")
@pytest.mark.parametrize("seed", range(24))
def test_twin_of_delayed_updates(seed):
    """Online gradient descent is a kernel of its own, and rare among the combinations above."""
    twins(configurations(24, 2, OPTIONS | PLAIN)[seed], seed)


COMPILED = [  # few combinations of types, each in several settings: they compile for 3 s each
    {"kind": "multiclass", "hidden_layer_sizes": (20,)},
    {"kind": "multiclass", "hidden_layer_sizes": (33, 17, 5), "learning_rate": "invscaling"},
    {"kind": "multiclass", "early_stopping": True, "calls": ("fit", "fit")},
    {"kind": "multiclass", "shuffle": False, "calls": ("partial_fit",) * 3},
    {"kind": "multiclass", "batch_size": 7, "hidden_layer_sizes": (70,)},
    {"kind": "multiclass", "batch_size": 32, "learning_rate": "adaptive", "n_iter_no_change": 1},
    {"kind": "multiclass", "batch_size": "auto", "calls": ("fit", "partial_fit")},
    {"kind": "binary", "activation": "relu", "alpha": 0.01, "momentum": 0.9},
    {"kind": "binary", "activation": "relu", "alpha": 0.01, "momentum": 0.9, "shuffle": False},
    {"kind": "multilabel", "activation": "relu", "alpha": 0.01, "momentum": 0.9, "tol": 0.1},
    {"kind": "multioutput", "weighted": True, "alpha": 0.1},
    {"kind": "regression", "weighted": True, "alpha": 0.1, "learning_rate": "invscaling"},
    {"kind": "regression", "weighted": True, "alpha": 0.1, "batch_size": 7},
    {"kind": "multioutput", "weighted": True, "alpha": 0.1, "batch_size": 40, "tol": 0.1},
    {"kind": "multiclass", "solver": "adam", "batch_size": 7, "calls": ("partial_fit",) * 3},
    {"kind": "multiclass", "solver": "adam", "batch_size": "auto", "early_stopping": True},
]
DEFAULTS = {
    "solver": "sgd",
    "hidden_layer_sizes": (8,),
    "activation": "tanh",
    "batch_size": 1,
    "momentum": 0,
    "nesterovs_momentum": True,
    "learning_rate": "constant",
    "learning_rate_init": 0.02,
    "alpha": 0,
    "early_stopping": False,
    "weighted": False,
    "shuffle": True,
    "tol": 1e-4,
    "n_iter_no_change": 5,
    "max_iter": 20,
    "calls": ("fit",),
}


@pytest.mark.usefixtures("summed_loss")
@pytest.mark.parametrize("number", range(len(COMPILED)))
def test_twin_compiled(number):
    twins(DEFAULTS | COMPILED[number], number)


@pytest.mark.parametrize("hidden", [(100,), (50, 30), (530,)], ids=str)
@pytest.mark.parametrize("batch_size", [1, 32, 200])
def test_twin_of_many_outputs(batch_size, hidden):
    """Ten classes from 64 pixels: whole tiles, and rows so far apart that they are packed."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:410] / 16, y[:410]
    settings = ("solver", "activation", "learning_rate_init", "momentum", "alpha")
    parameters = {name: DEFAULTS[name] for name in settings} | {"max_iter": 3, "random_state": 0}
    parameters |= {"batch_size": batch_size, "hidden_layer_sizes": hidden}
    ours, theirs = BackpropClassifier(**parameters), MLPClassifier(**parameters)
    assert run(ours, X, y, None, ("fit",)) == run(theirs, X, y, None, ("fit",))
    assert_twins(ours, theirs, X)


@pytest.mark.parametrize("batch_size", [1, 7])
def test_twin_in_parts(batch_size, monkeypatch):
    """Kernels return to Python now and then; that must not show."""
    monkeypatch.setattr("fastbp.training.calls.portions.PATTERNS_PER_CALL", 24)
    parts = []
    start = training.Trainer.__init__

    def counting(trainer, *arguments, **keywords):
        start(trainer, *arguments, **keywords)
        kernel = trainer.kernel

        def count(*arguments):
            parts.append(len(arguments[5]))
            return kernel(*arguments)

        trainer.kernel = count

    monkeypatch.setattr(training.Trainer, "__init__", counting)
    twins(DEFAULTS | {"kind": "multiclass", "batch_size": batch_size, "max_iter": 1}, 3)
    assert parts == ([24, 16] if batch_size == 1 else [2, 2, 2])


LBFGS = {
    "kind": KINDS,
    "hidden_layer_sizes": ((3,), (9,), (4, 3)),
    "activation": ("identity", "logistic", "tanh"),
    "alpha": (0.01, 0.1),
    "weighted": (False, True),
    "max_iter": (5, 15),
    "calls": (("fit",), ("fit", "fit")),
}


@pytest.mark.usefixtures("interpreted", "summed_loss")
@pytest.mark.parametrize("seed", range(12))
def test_twin_lbfgs(seed):
    """Both hand the same objective to the same SciPy; few iterations, before rounding shows."""
    parameters = configurations(12, 1, LBFGS)[seed]
    kind, weighted, calls = (parameters.pop(name) for name in ("kind", "weighted", "calls"))
    parameters |= {"solver": "lbfgs", "random_state": seed, "warm_start": len(calls) > 1}
    if kind == "poisson":
        parameters["loss"] = "poisson"
    X, y, weights = data(kind, seed)
    classes = kind in ("binary", "multiclass", "multilabel")
    ours = (BackpropClassifier if classes else BackpropRegressor)(**parameters)
    theirs = (MLPClassifier if classes else MLPRegressor)(**parameters)
    for model in (ours, theirs):
        run(model, X, y, weights if weighted else None, calls)
    assert (ours.n_iter_, ours.t_) == (theirs.n_iter_, theirs.t_)
    assert ours.loss_ == pytest.approx(theirs.loss_, 1e-7)
    for mine, other in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("interpreted")
def test_issue_8349():
    """Without the correction, scikit-learn's loss is a third of ours, the weights are the same."""
    X, y, _ = data("multioutput", 0)
    parameters = {"alpha": 0, "solver": "sgd", "random_state": 0, "max_iter": 20, "batch_size": 7}
    parameters |= {"hidden_layer_sizes": 4, "activation": "tanh", "n_iter_no_change": 1}
    ours = BackpropRegressor(momentum=0.9, learning_rate_init=0.01, tol=0.15, **parameters)
    theirs = MLPRegressor(momentum=0.9, learning_rate_init=0.01, tol=0.05, **parameters)
    run(ours, X, y, None, ["fit"])
    run(theirs, X, y, None, ["fit"])
    assert 3 < ours.n_iter_ < 20
    np.testing.assert_allclose(ours.loss_curve_, 3 * np.array(theirs.loss_curve_), rtol=1e-12)
    for mine, other in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-12)
