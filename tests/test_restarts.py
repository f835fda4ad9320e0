"""n_init: fits from several seeds that share what was prepared, and the best of them."""

import copy
import itertools
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from test_interrupts import Interrupter, assert_in_step, n_lines
from test_refusals import assert_unchanged

import fastbp.estimators.restarts
from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.estimators.restarts import seeds_beside
from fastbp.training.failures import Diverged
from fastbp.training.trainer import Trainer

RNG = np.random.RandomState(0)
X = RNG.standard_normal((14, 4)) * [1, 10, 0, 1] + 3
Y, LABELS = X[:, 0] * X[:, 1], (X[:, 0] > X[:, 3]) + 1 * (X[:, 1] > 9)
WEIGHTS = RNG.uniform(0.5, 2, 14)
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 5, "tol": 0}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
interpreted = pytest.mark.usefixtures("interpreted")


@pytest.fixture
def threads(monkeypatch):
    """Let three threads train, and not the one of the tests."""
    monkeypatch.setattr(fastbp.estimators.restarts, "n_threads", lambda: 3)


def same(one, other):
    """Tell whether two estimators have the same weights, curves and state."""
    arrays = [(a.coefs_ + a.intercepts_, a.loss_curve_, a.t_) for a in (one, other)]
    equal = all(map(np.array_equal, arrays[0][0], arrays[1][0]))
    return equal and arrays[0][1:] == arrays[1][1:]


def seeds(n):
    return [SMALL["random_state"], *seeds_beside(SMALL["random_state"], n - 1)]


FITS = {
    "default": (BackpropRegressor, {}, Y),
    "classes": (BackpropClassifier, {"class_weight": "balanced"}, LABELS),
    "labels": (BackpropClassifier, {}, np.column_stack([LABELS > 0, LABELS > 1]).astype(int)),
    "adam": (BackpropRegressor, {"solver": "adam", "batch_size": 5, "average": True}, Y),
    "dropout": (BackpropRegressor, {"dropout": 0.3, "momentum": 0.9}, Y),
    "plain": (
        BackpropRegressor,
        {"standardize": False, "dropout": 0.3, "learning_rate_init": 1e-4},
        Y,
    ),
    "lbfgs": (BackpropRegressor, {"solver": "lbfgs"}, Y),
    "float64": (BackpropClassifier, {"dtype": "float64", "activation": ["tanh"]}, LABELS),
}


@interpreted
@pytest.mark.parametrize("kind", FITS)
def test_best_of_the_fits_from_these_seeds(kind, threads):
    cls, settings, y = FITS[kind]
    settings = SMALL | settings
    alone = [cls(**settings | {"random_state": s}).fit(X, y, WEIGHTS) for s in seeds(3)]
    model = cls(**settings, n_init=3).fit(X, y, WEIGHTS)
    best = min(alone, key=lambda one: one.loss_)
    assert same(model, best) and model.random_state == SMALL["random_state"]
    assert same(cls(**settings, n_init=1).fit(X, y, WEIGHTS), alone[0])
    assert set(vars(model)) == set(vars(alone[0]))
    if not model.standardize:  # then scikit-learn's begin anew with the random state
        return
    for one in (model, best):
        one.set_params(warm_start=True, n_init=1).fit(X, y, WEIGHTS)
    assert same(model, best)


@interpreted
def test_mostly_zero_and_sparse_rows():
    wide = scipy.sparse.random_array((6, 600), density=0.004, rng=np.random.default_rng(0))
    for rows in (wide.tocsr(), wide.toarray()):
        alone = [
            BackpropRegressor(**SMALL | {"random_state": s}).fit(rows, Y[:6]) for s in seeds(3)
        ]
        model = BackpropRegressor(**SMALL, n_init=3).fit(rows, Y[:6])
        assert same(model, min(alone, key=lambda one: one.loss_))


@interpreted
def test_early_stopping_by_the_best_score(threads):
    """All are scored on the same rows; more starts are never worse."""
    settings = SMALL | {"early_stopping": True, "validation_fraction": 0.3, "max_iter": 5}
    scores = []
    for n_init in (1, 2, 4):
        model = BackpropRegressor(**settings, n_init=n_init).fit(X, Y)
        scores.append(model.best_validation_score_)
        assert_in_step(model)
    assert scores == sorted(scores) and scores[-1] > scores[0]
    given = {"X_val": X[:6], "y_val": Y[:6]}
    alone = [
        BackpropRegressor(**settings | {"random_state": s}).fit(X, Y, **given) for s in seeds(4)
    ]
    model = BackpropRegressor(**settings, n_init=4).fit(X, Y, **given)
    assert same(model, max(alone, key=lambda one: one.best_validation_score_))


@interpreted
def test_a_scorer_sees_the_network_of_the_moment(threads):
    seen = []

    def scorer(estimator, X, y):
        seen.append(estimator.coefs_[0].tobytes())
        return float(-np.abs(estimator.predict(X) - y).mean())

    model = BackpropRegressor(**SMALL, n_init=3, early_stopping=True, scoring=scorer)
    model.fit(X, Y, X_val=X, y_val=Y)
    assert len(set(seen)) == 1 + 3 * SMALL["max_iter"]  # tried out once, without weights
    assert scorer(model, X, Y) == model.best_validation_score_


@interpreted
def test_for_new_weights_only():
    """As n_init of scikit-learn's mixtures."""
    one, several = (BackpropRegressor(**SMALL, n_init=n) for n in (1, 5))
    assert same(one.partial_fit(X, Y), several.partial_fit(X, Y))
    model = BackpropRegressor(**SMALL, n_init=3, warm_start=True).fit(X, Y)
    twin = copy.deepcopy(model).set_params(n_init=1)
    assert same(model.fit(X, Y), twin.fit(X, Y))
    given = BackpropRegressor(**SMALL, n_init=3, warm_start=True)
    given.coefs_, given.intercepts_ = copy.deepcopy((model.coefs_, model.intercepts_))
    assert same(clone_with(given, n_init=1).fit(X, Y), given.fit(X, Y))


def clone_with(model, **parameters):
    other = clone(model).set_params(**parameters)
    other.coefs_, other.intercepts_ = copy.deepcopy((model.coefs_, model.intercepts_))
    return other


@interpreted
def test_starts_that_diverge_do_not_count(monkeypatch, threads):
    epoch, trainers = Trainer.epoch, []

    def diverging(trainer, order):
        if trainer not in trainers:
            trainers.append(trainer)
        loss = epoch(trainer, order)
        return np.nan if trainer.network.weights[0][0, 0] in first else loss

    first = []
    alone = [BackpropRegressor(**SMALL | {"random_state": s}).fit(X, Y) for s in seeds(4)]
    best = min(alone, key=lambda one: one.loss_)
    rest = [one for one in alone if one is not best]
    # The best one would be diverging, after its last epoch.
    first.append(best.coefs_[0][0, 0])
    monkeypatch.setattr(Trainer, "epoch", diverging)
    model = BackpropRegressor(**SMALL, n_init=4).fit(X, Y)
    assert same(model, min(rest, key=lambda one: one.loss_))
    first.extend(one.coefs_[0][0, 0] for one in rest)
    before = copy.deepcopy(model)
    with pytest.raises(Diverged, match="diverged in epoch 3"):
        model.fit(X, Y)
    assert_unchanged(model, before)


@interpreted
def test_only_the_best_warns():
    model = BackpropRegressor(**SMALL | {"max_iter": 2}, n_init=3)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(X, Y)
    assert ["Maximum iterations (2)" in str(one.message) for one in said] == [True]
    assert said[0].filename == __file__
    before = copy.deepcopy(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            model.fit(X, Y)
    assert_unchanged(model, before)


@interpreted
def test_a_generator_of_ones_own():
    """It is drawn from by the first start alone; where the call is refused, not at all."""
    one, several = np.random.RandomState(3), np.random.RandomState(3)
    models = [BackpropRegressor(**SMALL | {"random_state": g}) for g in (one, several)]
    models[1].set_params(n_init=3)
    for model in models:
        model.fit(X, Y)
    assert np.array_equal(one.get_state()[1], several.get_state()[1])
    assert models[1].loss_ <= models[0].loss_
    state = several.get_state()
    with pytest.raises(ValueError, match="NaN"):
        models[1].fit(X * np.nan, Y)
    assert np.array_equal(several.get_state()[1], state[1])


@interpreted
def test_interrupted_anywhere():
    """The model is as it was, or the best of what there is."""
    untrained = BackpropRegressor(**SMALL, n_init=3)
    n_all = n_lines(lambda: copy.deepcopy(untrained).fit(X, Y))
    n_kept = 0
    for moment in range(1, n_all, n_all // 12):
        model = copy.deepcopy(untrained)
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                Interrupter(moment).during(lambda model=model: model.fit(X, Y))
        except KeyboardInterrupt:
            assert not hasattr(model, "coefs_") or model.n_iter_ == SMALL["max_iter"]
            continue
        n_kept += any("interrupted" in str(one.message) for one in caught)
        assert_in_step(model)
        assert np.isfinite(model.predict(X)).all()
    assert n_kept > 2


def test_two_hidden_units_and_the_second_problem_of_the_monks():
    """Exactly two of six attributes have their first value: one start in three gets stuck."""
    robots = np.array(list(itertools.product(*map(range, (3, 3, 2, 3, 4, 2)))))
    y = ((robots == 0).sum(axis=1) == 2).astype(int)
    X = np.hstack([np.eye(n)[robots[:, k]] for k, n in enumerate((3, 3, 2, 3, 4, 2))])
    seen = np.random.RandomState(0).permutation(len(X))[:169]
    plain = {"activation": "tanh", "alpha": 0, "standardize": False, "learning_rate_init": 0.1}
    model = BackpropClassifier(2, max_iter=600, random_state=0, **plain)
    assert model.fit(X[seen], y[seen]).score(X, y) < 0.95
    assert model.set_params(n_init=8).fit(X[seen], y[seen]).score(X, y) == 1
