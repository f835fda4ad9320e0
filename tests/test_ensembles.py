"""Ensembles: networks from several seeds that share what a fit prepares, and predict together."""

import copy
import os
import pickle
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.estimator_checks import parametrize_with_checks
from test_estimators import WEIGHTS_ALONE

from fastbp import (
    BackpropClassifier,
    BackpropEnsembleClassifier,
    BackpropEnsembleRegressor,
    BackpropRegressor,
)
from fastbp.ensemble.parameters import threads_for
from fastbp.estimators.restarts import spawned
from fastbp.training.failures import Diverged
from fastbp.training.trainer import Trainer

RNG = np.random.RandomState(0)
X = RNG.standard_normal((20, 3)) * [1, 10, 100]
Y, LABELS = X[:, 0] * X[:, 1], np.array(["a", "b", "c"])[(X[:, 0] > 0) + 1 * (X[:, 1] > 9)]
WEIGHTS = RNG.uniform(0.5, 2, 20)
INDICATORS = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0, "tol": 0}
SMALL |= {"n_estimators": 3, "n_jobs": 2}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
interpreted = pytest.mark.usefixtures("interpreted")


@parametrize_with_checks(
    [
        BackpropEnsembleClassifier((16,), n_estimators=2, n_jobs=2),
        BackpropEnsembleRegressor((16,), n_estimators=2, n_jobs=2),
    ],
    expected_failed_checks=lambda estimator: {
        "check_sample_weight_equivalence_on_dense_data": WEIGHTS_ALONE,
        "check_sample_weight_equivalence_on_sparse_data": WEIGHTS_ALONE,
    },
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def classifier(**settings):
    return BackpropEnsembleClassifier(**SMALL | settings)


def regressor(**settings):
    return BackpropEnsembleRegressor(**SMALL | settings)


def same(one, other):
    """Tell whether two ensembles, or two networks, have the same weights and curves."""
    if hasattr(one, "estimators_"):
        return all(map(same, one.estimators_, other.estimators_))
    equal = all(map(np.array_equal, one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_))
    return equal and (one.loss_curve_, one.t_) == (other.loss_curve_, other.t_)


def alone(ensemble, seed, **more):
    """Return a network with an ensemble's parameters."""
    names = ensemble._kind._get_param_names()
    given = {name: value for name, value in ensemble.get_params().items() if name in names}
    return ensemble._kind(**given | more | {"random_state": seed})


CASES = {
    "regression": (regressor, {}, Y),
    "two outputs": (regressor, {"solver": "adam", "batch_size": 4}, np.column_stack([Y, X[:, 2]])),
    "classes": (classifier, {"class_weight": {"a": 2}, "dropout": 0.2}, LABELS),
    "two classes": (classifier, {"n_init": 2}, LABELS == "a"),
    "labels": (classifier, {"standardize": False, "learning_rate_init": 1e-3}, INDICATORS),
    "one class": (classifier, {}, np.full(20, "only")),
}


@interpreted
@pytest.mark.parametrize("kind", CASES)
def test_networks_are_those_of_fits_alone(kind):
    """To the bit, whatever the number of threads."""
    make, settings, y = CASES[kind]
    model = make(**settings).fit(X, y, WEIGHTS)
    seeds = [network.random_state for network in model.estimators_]
    assert seeds == spawned(0, 3) == spawned(0, 9)[:3]
    twins = [alone(model, seed).fit(X, y, WEIGHTS) for seed in seeds]
    assert all(map(same, model.estimators_, twins))
    for network, twin in zip(model.estimators_, twins, strict=True):
        assert set(vars(network)) == set(vars(twin)) and type(network) is type(twin)
    assert same(make(**settings, n_jobs=1).fit(X, y, WEIGHTS), model)
    # Each is fully usable, and shares nothing that changes with the others.
    before = copy.deepcopy(model)
    model.estimators_[1].partial_fit(X[:5] + 100, y[:5])
    if model.standardize:
        model.estimators_[1].mean_[:] = 0
    assert not same(model.estimators_[1], before.estimators_[1])
    for n in (0, 2):
        np.testing.assert_array_equal(
            model.estimators_[n].predict(X), before.estimators_[n].predict(X)
        )


@interpreted
@pytest.mark.parametrize("kind", CASES)
def test_predictions_are_means(kind):
    make, settings, y = CASES[kind]
    model = make(**settings).fit(X, y)
    if hasattr(model, "predict_proba"):
        proba = np.mean([network.predict_proba(X) for network in model.estimators_], axis=0)
        np.testing.assert_allclose(model.predict_proba(X), proba, rtol=1e-12)
        np.testing.assert_array_equal(model.predict_log_proba(X), np.log(model.predict_proba(X)))
        classes = model.classes_
        if y.ndim == 2:
            expected = (proba > 0.5).astype(int)
        else:
            expected = classes[proba.argmax(axis=1)]
        np.testing.assert_array_equal(model.predict(X), expected)
        assert model.predict(X).dtype == np.asarray(y).dtype or y.ndim == 2
        one = model.predict_proba_one(X[0])
        np.testing.assert_allclose(list(one.values()), proba[0], rtol=1e-6)
        assert np.all(model.predict_one(X[0]) == expected[0])
    else:
        each = np.array([network.predict(X) for network in model.estimators_])
        mean, std = model.predict(X, return_std=True)
        np.testing.assert_allclose(mean, each.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(std, each.std(axis=0), rtol=1e-12)
        np.testing.assert_array_equal(model.predict(X), mean)
        assert mean.shape == std.shape == y.shape and (std > 0).all()
        np.testing.assert_allclose(model.predict_one(X[0]), mean[0], rtol=1e-6)
    assert model.predict(X.astype(np.float32)).shape == y.shape
    assert model.n_features_in_ == 3 and model.n_iter_ == 2


@interpreted
def test_early_stopping():
    """Rows are held out once, each network stops by itself."""
    settings = {"early_stopping": True, "validation_fraction": 0.3, "max_iter": 6}
    model = regressor(**settings | {"max_iter": 9, "n_iter_no_change": 1, "tol": 0.1}).fit(X, Y)
    assert len({network._split_seed for network in model.estimators_}) == 1
    assert same(model.estimators_[0], alone(model, model.estimators_[0].random_state).fit(X, Y))
    counts = {network.n_iter_ for network in model.estimators_}
    assert len(counts) > 1 and model.n_iter_ == max(counts)
    given = {"X_val": X[:5], "y_val": Y[:5], "sample_weight_val": WEIGHTS[:5]}
    model = regressor(**settings).fit(X, Y, **given)
    twins = [alone(model, one.random_state).fit(X, Y, **given) for one in model.estimators_]
    assert all(map(same, model.estimators_, twins))
    scores = [one.best_validation_score_ for one in model.estimators_]
    assert scores == [one.best_validation_score_ for one in twins] and len(set(scores)) == 3


@interpreted
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_partial_fit_is_that_of_each(n_jobs):
    model, twins = classifier(n_jobs=n_jobs), None
    for n in range(3):
        model.partial_fit(X[n::3], LABELS[n::3], classes=["a", "b", "c"])
        twins = twins or [alone(model, one.random_state) for one in model.estimators_]
        for twin in twins:
            twin.partial_fit(X[n::3], LABELS[n::3], classes=["a", "b", "c"])
    for n in range(4):
        model.learn_one(X[n], LABELS[n])
        for twin in twins:
            twin.learn_one(X[n], LABELS[n])
    model.set_params(learning_rate_init=0.5, momentum=0.5).partial_fit(X, LABELS, WEIGHTS)
    for twin in twins:
        twin.set_params(learning_rate_init=0.5, momentum=0.5).partial_fit(X, LABELS, WEIGHTS)
    assert all(map(same, model.estimators_, twins)) and model.estimators_[0].momentum == 0.5
    with pytest.raises(AttributeError):
        classifier(solver="lbfgs").partial_fit(X, LABELS)


@interpreted
def test_learn_one_from_nothing():
    model = regressor()
    names = ["x", "y", "z"]
    with pytest.raises(NotFittedError):
        model.predict_one(X[0])
    with pytest.raises(TypeError):
        model.learn_one("abc", 1.0)
    model.learn_one(dict(zip(names, X[0], strict=True)), Y[0], 0)
    assert not hasattr(model, "estimators_")
    for row, y in zip(X, Y, strict=True):
        model.learn_one(dict(zip(names, row, strict=True)), y)
    assert list(model.feature_names_in_) == names and model.estimators_[2].t_ == 20
    frame = pd.DataFrame(X, columns=names)
    expected = np.mean([one.predict(frame) for one in model.estimators_], axis=0)
    np.testing.assert_allclose(model.predict(frame), expected)
    np.testing.assert_allclose(model.predict_one({"x": 1.0}), model.predict_one({"x": 1}))


@interpreted
def test_labels_of_any_kind():
    model, labels = classifier(new_classes="add"), [("a", 1), "b", 3.5]
    for n, row in enumerate(X):
        model.learn_one(row, labels[n % 3])
    assert model.predict_one(X[0]) in labels and set(model.predict_proba_one(X[0])) == set(labels)
    assert model.predict(X)[0] == model.predict_one(X[0])
    assert 0 <= model.score(X, [labels[n % 3] for n in range(len(X))]) <= 1
    twins = [alone(model, one.random_state) for one in model.estimators_]
    for twin in twins:
        for n, row in enumerate(X):
            twin.learn_one(row, labels[n % 3])
    assert all(map(same, model.estimators_, twins))


@interpreted
def test_warm_start():
    model = regressor(warm_start=True).fit(X, Y)
    twins = copy.deepcopy(model.estimators_)
    held = model.estimators_[0]
    model.fit(X, Y)
    for twin in twins:
        twin.fit(X, Y)
    assert all(map(same, model.estimators_, twins)) and model.estimators_[0] is not held
    assert held.t_ * 2 == model.estimators_[0].t_
    with pytest.raises(ValueError, match="n_estimators has changed .* from 3 to 2"):
        model.set_params(n_estimators=2).fit(X, Y)
    assert len(model.set_params(warm_start=False).fit(X, Y).estimators_) == 2


# --- What is refused, and what fails --------------------------------------------------------------


def unchanged_by(model, error, words, call):
    """Assert that a call fails so, and leaves the model as it was."""
    before, generator = pickle.dumps(model), copy.deepcopy(model.random_state)
    networks = list(vars(model).get("estimators_", []))
    with pytest.raises(error, match=words):
        call(model)
    assert vars(model).get("estimators_", []) == networks and pickle.dumps(model) == before
    if isinstance(generator, np.random.RandomState):
        np.testing.assert_array_equal(model.random_state.get_state()[1], generator.get_state()[1])


@interpreted
@pytest.mark.parametrize("make", [classifier, regressor])
def test_bad_input(make):
    y = LABELS if make is classifier else Y
    for name, value in (("n_estimators", 0), ("n_estimators", 2.5), ("n_init", 0), ("n_jobs", 1.5)):
        bad = make(**{name: value})
        unchanged_by(bad, InvalidParameterError, f"'{name}' parameter", lambda m: m.fit(X, y))
    generator = {"random_state": np.random.RandomState(3)}
    for model in (make(**generator), make(**generator).fit(X, y)):
        for warm_start in (False, True):
            model.set_params(warm_start=warm_start)
            unchanged_by(model, ValueError, "NaN", lambda m: m.fit(X * np.nan, y))
            unchanged_by(model, ValueError, "inconsistent", lambda m: m.fit(X, y[:3]))
            model.set_params(n_jobs=0)
            unchanged_by(model, ValueError, "n_jobs must be", lambda m: m.fit(X, y))
            model.set_params(n_jobs=2, max_norm=1.0, solver="lbfgs")
            unchanged_by(model, ValueError, "max_norm does not go", lambda m: m.fit(X, y))
            model.set_params(max_norm=None, solver="sgd")
    classes = {"classes": ["a", "b", "c"]} if make is classifier else {}
    unchanged_by(model, ValueError, "features", lambda m: m.partial_fit(X[:, 1:], y, **classes))
    unchanged_by(make(), ValueError, "NaN", lambda m: m.partial_fit(X * np.nan, y, **classes))
    with pytest.raises(NotFittedError):
        make().predict(X)
    assert not hasattr(make(), "n_features_in_")
    assert threads_for(1) == 1 <= threads_for(None) <= threads_for(-1)


@interpreted
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_one_network_that_fails(n_jobs, monkeypatch):
    """All or none, for whichever call, and random numbers go on as if there had been none."""
    model = regressor(n_jobs=n_jobs, warm_start=True).partial_fit(X, Y)
    expected = copy.deepcopy(model).partial_fit(X, Y)
    epoch, wrong = Trainer.epoch, model.estimators_[1]._moments.weight

    def diverges(trainer, order):
        loss = epoch(trainer, order)
        return np.nan if trainer.network.parameters[0] in bad else loss

    monkeypatch.setattr(Trainer, "epoch", diverges)
    assert wrong > 0
    for call in ("partial_fit", "fit"):
        bad = []
        other = getattr(copy.deepcopy(model), call)(X, Y)
        bad.append(other.estimators_[1]._bound_network.parameters[0])
        unchanged_by(model, Diverged, "diverged", lambda m, call=call: getattr(m, call)(X, Y))
    bad = []
    assert same(model.partial_fit(X, Y), expected)


@pytest.mark.skipif(os.name == "nt", reason="signals reach the process only")
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_ctrl_c(n_jobs):
    """Within half a second, in the midst of epochs; nothing is kept, and no thread is left."""
    many = np.resize(X, (200_000, 3))
    model = BackpropEnsembleRegressor((64, 32), n_estimators=4, n_jobs=n_jobs, random_state=0)
    model.fit(X, Y)
    model.set_params(max_iter=10**6)
    before, threads = pickle.dumps(model), threading.active_count()
    sent = []

    def send():
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.7, send)
    with pytest.raises(KeyboardInterrupt):
        try:
            timer.start()
            model.fit(many, many[:, 0])
        finally:
            ended = time.perf_counter()
            timer.join()
    assert ended - sent[0] < 2  # on a machine that may be busy
    assert pickle.dumps(model) == before and threading.active_count() == threads
    model.set_params(max_iter=1).fit(X, Y)


def test_eight_threads_fit_at_once():
    expected, found = [regressor(random_state=n).fit(X, Y) for n in range(8)], {}

    def fit(n):
        found[n] = regressor(random_state=n).fit(X, Y)

    threads = [threading.Thread(target=fit, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(same(found[n], expected[n]) for n in range(8))


@interpreted
def test_predictions_while_others_train():
    """Of all networks before a call, or of all after it."""
    model, answers = regressor().partial_fit(X, Y), []
    states = [model.predict(X[:2]).tolist()]
    done = threading.Event()

    def ask():
        while not done.is_set():
            answers.append(model.predict(X[:2]).tolist())

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(5):
        states.append(model.partial_fit(X, Y).predict(X[:2]).tolist())
    done.set()
    thread.join()
    assert answers and all(answer in states for answer in answers)


# --- Around ---------------------------------------------------------------------------------------


@interpreted
@pytest.mark.parametrize("make", [classifier, regressor])
def test_to_sklearn(make):
    y, frame = (LABELS if make is classifier else Y), pd.DataFrame(X, columns=list("xyz"))
    model = make(alpha=0.1, learning_rate_init=0.01, max_iter=2).fit(frame, y)
    voting = model.to_sklearn()
    assert type(voting) is (VotingClassifier if make is classifier else VotingRegressor)
    assert len(voting.estimators_) == 3 and list(voting.feature_names_in_) == list("xyz")
    if make is classifier:
        np.testing.assert_allclose(
            voting.predict_proba(frame), model.predict_proba(frame), rtol=1e-4
        )
        np.testing.assert_array_equal(voting.predict(frame), model.predict(frame))
    else:
        np.testing.assert_allclose(voting.predict(frame), model.predict(frame), rtol=1e-4)
    plain = {"standardize": False, "learning_rate": "constant"}
    unfitted = make(alpha=0.1, learning_rate_init=0.01, max_iter=2, **plain).to_sklearn()
    assert len(unfitted.estimators) == 3 and not hasattr(unfitted, "estimators_")
    assert unfitted.estimators[0][1].random_state == model.estimators_[0].random_state
    unfitted.set_params(n_jobs=None).fit(X / 100, y).predict(X)
    with pytest.raises(ValueError, match="n_init=2 has no counterpart"):
        make(alpha=0.1, learning_rate_init=0.01, max_iter=2, n_init=2, **plain).to_sklearn()
    several = INDICATORS if make is classifier else np.column_stack([Y, Y])
    with pytest.raises(ValueError, match="one target per row"):
        make().fit(X, several).to_sklearn()


@interpreted
def test_pickles_and_copies():
    model = classifier().fit(X, LABELS)
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert same(twin, model)
        assert same(twin.partial_fit(X, LABELS), copy.deepcopy(model).partial_fit(X, LABELS))
    assert type(model).__module__ == "fastbp"
    skops = pytest.importorskip("skops.io")
    import fastbp

    twin = skops.loads(skops.dumps(model), trusted=fastbp.trusted_types())
    np.testing.assert_array_equal(twin.predict_proba(X), model.predict_proba(X))


@interpreted
def test_parameters():
    """All of the networks', with their defaults and constraints, and two of its own."""
    pairs = ((BackpropEnsembleClassifier, BackpropClassifier),)
    for cls, network in (*pairs, (BackpropEnsembleRegressor, BackpropRegressor)):
        own = {"n_estimators": 8, "n_jobs": None}
        assert cls().get_params() == network().get_params() | own
        assert set(cls._parameter_constraints) == set(cls().get_params())
        assert cls((5,)).hidden_layer_sizes == (5,) and "n_init : int" in cls.__doc__
        assert "{" not in cls.__doc__.replace("{'", "").replace("{array", "")
        with pytest.raises(TypeError):
            cls((5,), "relu")
        with pytest.raises(TypeError):
            cls(unknown=1)
    sizes = [4, 3]
    model = clone(regressor(hidden_layer_sizes=sizes)).fit(X, Y)
    assert model.estimators_[0].hidden_layer_sizes == sizes
    assert model.estimators_[0].hidden_layer_sizes is not model.hidden_layer_sizes
    assert repr(model).startswith("BackpropEnsembleRegressor(hidden_layer_sizes=[4, 3]")


@interpreted
def test_other_input():
    """Sparse rows, missing targets, files, searches."""
    rows = scipy.sparse.csr_array(X * (X > 0))
    model = regressor().fit(rows, Y)
    assert same(alone(model, model.estimators_[2].random_state).fit(rows, Y), model.estimators_[2])
    assert model.predict(rows).shape == (20,)
    missing = np.column_stack([np.where(X[:, 0] > 0, np.nan, Y), Y])
    model = regressor(missing_targets="ignore").fit(X, missing)
    assert np.isfinite(model.predict(X)).all() and np.isfinite(model.score(X, missing))
    search = GridSearchCV(classifier(n_estimators=2), {"hidden_layer_sizes": [2, 3]}, cv=2)
    assert search.fit(X, LABELS).best_estimator_.n_estimators == 2


@interpreted
@pytest.mark.usefixtures("narrow")
def test_rows_in_a_file(tmp_path):
    """They are read into memory that the networks share, so one trains after the other."""
    table = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float64, (300, 3))
    table[:] = np.resize(X, (300, 3)) + np.arange(300)[:, None]
    y = np.asarray(table[:, 0]) + 1
    model = regressor(n_estimators=2, max_iter=1).fit(table, y)
    twin = alone(model, model.estimators_[1].random_state).fit(table, y)
    assert same(twin, model.estimators_[1])
