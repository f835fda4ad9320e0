"""The contract of the estimators: scikit-learn's checks, and what a user counts on.

Most of it runs interpreted, on little data; scikit-learn's checks run compiled, at the defaults.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.utils.estimator_checks import parametrize_with_checks

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.training.trainer import Trainer

SMALL = {"hidden_layer_sizes": (4,), "activation": "tanh", "batch_size": 1, "alpha": 0.01}
SMALL |= {"learning_rate_init": 0.05, "max_iter": 4, "n_iter_no_change": 10, "random_state": 0}
TWIN = SMALL | {"standardize": False}
X, LABELS = (values[::5] for values in load_iris(return_X_y=True))
X, WEIGHTS = scale(X), np.random.RandomState(1).uniform(0.3, 2, len(X))
NAMES = np.array(["setosa", "versicolor", "virginica"])[LABELS]
INDICATORS = np.column_stack([X[:, 0] > 0, X[:, 1] > 0.2, X[:, 2] < 0.5]).astype(int)
VALUES = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]])
TARGETS = {"int": LABELS * 3 - 1, "str": NAMES, "bool": LABELS == 1, "float": LABELS * 1.0}

unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
interpreted = pytest.mark.usefixtures("interpreted")


def equal_weights(one, other):
    return all(
        np.array_equal(a, b)
        for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    )


WEIGHTS_ALONE = "one update per pattern: a pattern of weight 2 is one step, not two steps"


@unconverged
@parametrize_with_checks(
    [BackpropClassifier(), BackpropRegressor()],
    expected_failed_checks=lambda estimator: {
        "check_sample_weight_equivalence_on_dense_data": WEIGHTS_ALONE,
        "check_sample_weight_equivalence_on_sparse_data": WEIGHTS_ALONE,
    },
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@interpreted
@unconverged
@pytest.mark.parametrize("kind", TARGETS)
def test_classes(kind):
    y = TARGETS[kind]
    model = BackpropClassifier(**SMALL).fit(X, y)
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    proba, predicted = model.predict_proba(X), model.predict(X)
    assert proba.shape == (len(X), len(model.classes_)) and predicted.dtype == y.dtype
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_array_equal(predicted, model.classes_[proba.argmax(axis=1)])
    np.testing.assert_array_equal(model.predict_log_proba(X), np.log(proba))
    assert model.score(X, y, WEIGHTS) == accuracy_score(y, predicted, sample_weight=WEIGHTS) > 0.6
    renamed = BackpropClassifier(**SMALL).fit(X, np.unique(y, return_inverse=True)[1])
    assert equal_weights(model, renamed)


@interpreted
@unconverged
def test_one_class():
    model = BackpropClassifier(**SMALL).fit(X, np.full(len(X), "only"))
    assert set(model.predict(X)) == {"only"}
    assert model.out_activation_ == "logistic" and model.n_outputs_ == 1


@interpreted
@unconverged
def test_multilabel():
    model = BackpropClassifier(**SMALL | {"max_iter": 30}).fit(X, INDICATORS)
    proba = model.predict_proba(X)
    np.testing.assert_array_equal(model.predict(X), proba > 0.5)
    assert model.out_activation_ == "logistic" and proba.shape == INDICATORS.shape
    assert np.ptp(proba.sum(axis=1)) > 0.5  # no softmax
    assert (model.predict(X) == INDICATORS).mean() > 0.9


@interpreted
@unconverged
def test_squared_error_of_classes():
    """The article's set-up: logistic outputs, one per class, each with its own target."""
    model = BackpropClassifier(**SMALL | {"loss": "squared_error", "max_iter": 40}).fit(X, NAMES)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])
    assert model.out_activation_ == "logistic" and model.score(X, NAMES) > 0.8


@interpreted
@unconverged
@pytest.mark.parametrize("y", [VALUES, VALUES[:, :1], VALUES[:, 0]], ids=["two", "column", "one"])
@pytest.mark.filterwarnings("ignore:A column-vector:sklearn.exceptions.DataConversionWarning")
def test_regression(y):
    model = BackpropRegressor(**SMALL | {"max_iter": 20}).fit(X, y)
    predicted = model.predict(X)
    assert predicted.shape == (VALUES.shape if y is VALUES else (len(X),))
    assert model.score(X, y, WEIGHTS) == r2_score(y, predicted, sample_weight=WEIGHTS) > 0.3


@interpreted
@unconverged
@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_rows_without_weight_are_absent(batch_size, early_stopping):
    """The same weights to the last bit as without them, whatever is in those rows."""
    weights = np.where(np.arange(len(X)) % 3, WEIGHTS, 0)
    parameters = SMALL | {"batch_size": batch_size, "early_stopping": early_stopping}
    rest = weights > 0
    filled = np.where(rest[:, None], X, 1e6)
    model = BackpropClassifier(**parameters).fit(filled, LABELS, weights)
    other = BackpropClassifier(**parameters).fit(X[rest], LABELS[rest], weights[rest])
    assert equal_weights(model, other) and model.t_ == other.t_


@interpreted
@unconverged
def test_random_state():
    models = [BackpropClassifier(**SMALL | {"random_state": k}).fit(X, LABELS) for k in (0, 0, 1)]
    assert equal_weights(models[0], models[1]) and not equal_weights(models[0], models[2])
    shared = np.random.RandomState(0)
    models += [BackpropClassifier(**SMALL | {"random_state": shared}).fit(X, LABELS)]
    models += [BackpropClassifier(**SMALL | {"random_state": shared}).fit(X, LABELS)]
    assert equal_weights(models[0], models[3]) and not equal_weights(models[3], models[4])


@interpreted
@unconverged
def test_best_weights_are_restored(monkeypatch):
    after, epoch = [], Trainer.epoch

    def spy(trainer, order):
        error = epoch(trainer, order)
        after.append(trainer.network.parameters.copy())
        return error

    monkeypatch.setattr(Trainer, "epoch", spy)
    model = BackpropClassifier(
        **SMALL | {"early_stopping": True, "max_iter": 12, "learning_rate_init": 0.5}
    ).fit(X, LABELS)
    best = int(np.argmax(model.validation_scores_))
    assert len(after) == 12 and best < 11 and not np.array_equal(after[best], after[-1])
    np.testing.assert_array_equal(model._network().parameters, after[best])
    assert model.best_validation_score_ == model.validation_scores_[best]


@interpreted
@pytest.mark.parametrize("schedule", ["constant", "adaptive", "invscaling"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_stops_and_says_so_like_scikit_learn(schedule, early_stopping, capsys):
    """With every printed line, to the digit."""
    parameters = TWIN | {"tol": 0.5, "n_iter_no_change": 2, "max_iter": 80, "verbose": True}
    parameters |= {"learning_rate": schedule, "early_stopping": early_stopping}
    printed = []
    for cls in (BackpropClassifier, MLPClassifier):
        names = cls._get_param_names()
        own = {name: value for name, value in parameters.items() if name in names}
        model = cls(**own, momentum=0, solver="sgd").fit(X, LABELS)
        printed.append(capsys.readouterr().out)
        assert model.n_iter_ < 80
    assert printed[0] == printed[1] and printed[0].count("Iteration") == model.n_iter_
    assert ("Setting learning rate to" in printed[0]) == (schedule == "adaptive")


@interpreted
def test_unconverged():
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(4\)"):
        BackpropClassifier(**SMALL).fit(X, LABELS)


@interpreted
@unconverged
def test_feature_names():
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = BackpropRegressor(**SMALL | {"early_stopping": True}).fit(frame, VALUES)
    assert list(model.feature_names_in_) == list("abcd")
    np.testing.assert_array_equal(model.predict(frame), model.predict(frame.copy()))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[list("dcba")])


@interpreted
@unconverged
def test_metadata_routing():
    with config_context(enable_metadata_routing=True):
        model = BackpropClassifier(**SMALL).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        pipe.fit(X, LABELS, sample_weight=WEIGHTS)
        grid = GridSearchCV(pipe, {"backpropclassifier__alpha": [0.01]}, cv=2)
        grid.fit(X, LABELS, sample_weight=WEIGHTS)
    direct = clone(model).fit(StandardScaler().fit_transform(X), LABELS, WEIGHTS)
    assert equal_weights(pipe[-1], direct)
    assert equal_weights(grid.best_estimator_[-1], direct)
    assert not equal_weights(direct, clone(model).fit(pipe[0].transform(X), LABELS))


@interpreted
@unconverged
def test_float32():
    model = BackpropRegressor(**TWIN).fit(X.astype(np.float32), VALUES.astype(np.float32))
    assert {w.dtype for w in model.coefs_ + model.intercepts_} == {np.dtype(np.float32)}
    assert model.predict(X).dtype == np.float32
    double = BackpropRegressor(**TWIN).fit(X, VALUES)
    assert double.predict(X.astype(np.float32)).dtype == np.float64
    np.testing.assert_allclose(model.predict(X), double.predict(X), rtol=0, atol=2e-5)


@interpreted
@unconverged
def test_parameters():
    model = BackpropClassifier(**SMALL)
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(alpha=0.5).alpha == 0.5
    assert not hasattr(clone(model.fit(X, LABELS)), "coefs_")
    names = set(MLPClassifier().get_params()) - {"beta_1", "beta_2", "epsilon", "max_fun"}
    assert names <= set(model.get_params())
