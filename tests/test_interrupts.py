"""Ctrl-C and failures at any moment: the last finished epoch, or nothing at all."""

import copy
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_validate
from test_refusals import assert_unchanged
from trained import random_network, random_patterns, trainer

import fastbp
from fastbp.activations import ACTIVATIONS
from fastbp.losses import SquaredError

RNG = np.random.RandomState(0)
X = RNG.standard_normal((12, 3))
Y, LABELS = X[:, 0], (X[:, 0] > 0).astype(int)
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 4, "random_state": 0, "tol": 0}
PACKAGE = str(Path(fastbp.__file__).parent)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
interpreted = pytest.mark.usefixtures("interpreted")


class Interrupter:
    """Raises an exception at the n-th line that is run in the package's Python files."""

    def __init__(self, moment, exception=KeyboardInterrupt):
        self.left, self.exception = moment, exception

    def __call__(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if "kernels" in frame.f_code.co_filename or "rules" in frame.f_code.co_filename:
            return None
        return self.line

    def line(self, frame, event, argument):
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise self.exception
        return self.line

    def during(self, call):
        """Return what the call returns, and whether it was interrupted."""
        before = sys.gettrace()
        sys.settrace(self)
        try:
            return call()
        finally:
            sys.settrace(before)


def n_lines(call):
    counter = Interrupter(10**9)
    counter.during(call)
    return 10**9 - counter.left


def assert_in_step(model):
    curves = [model.loss_curve_, model.validation_scores_, model.validation_loss_curve_]
    lengths = {len(curve) for curve in curves if curve is not None}
    assert lengths == {model.n_iter_} and model.loss_ == model.loss_curve_[-1]
    assert model.t_ % model.n_iter_ == 0
    if model.validation_scores_ is not None:
        assert model.best_validation_score_ == max(model.validation_scores_)


FITS = {
    "sgd": (BackpropRegressor(**SMALL), Y, {}),
    "adam, average": (BackpropRegressor(**SMALL, solver="adam", average=True), Y, {}),
    "watched": (BackpropClassifier(**SMALL), LABELS, {"X_val": X, "y_val": LABELS}),
    "stopping": (BackpropClassifier(**SMALL, early_stopping=True), LABELS, {}),
    "lbfgs": (BackpropRegressor(**SMALL, solver="lbfgs"), Y, {}),
    "units": (fastbp.BackpropRegressor(**SMALL, learning_rate="constant", alpha=0), Y, {}),
}


@interpreted
@pytest.mark.parametrize("kind", FITS)
def test_interrupted_anywhere(kind):
    """The model is as it was, or that of the last finished epoch."""
    untrained, y, given = FITS[kind]
    epochs, full = [], copy.deepcopy(untrained)
    for n in range(1, 5):
        epochs.append(copy.deepcopy(untrained).set_params(max_iter=n).fit(X, y, **given))
    n_all = n_lines(lambda: full.fit(X, y, **given))
    n_kept = 0
    for moment in range(1, n_all, max(1, n_all // 25)):
        model = copy.deepcopy(untrained)
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                Interrupter(moment).during(lambda model=model: model.fit(X, y, **given))
        except KeyboardInterrupt:
            # Nothing, or all of it: the moment was after the model had been taken over.
            assert not hasattr(model, "coefs_") or model.n_iter_ == 4
            continue
        n_kept += any("interrupted" in str(one.message) for one in caught)
        assert_in_step(model)
        expected = epochs[model.n_iter_ - 1]
        if kind != "lbfgs":
            np.testing.assert_array_equal(model.coefs_[0], expected.coefs_[0])
        assert model.loss_curve_ == expected.loss_curve_
    assert n_kept > 5


@interpreted
@pytest.mark.parametrize("exception", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("average", [False, True])
def test_a_stream_interrupted_anywhere(exception, average):
    """A call is made or it is not; and the next one goes on as if there had been none."""
    model = fastbp.BackpropClassifier(**SMALL, solver="adam", average=average)
    model.partial_fit(X, LABELS, classes=[0, 1])
    n_all = n_lines(lambda: copy.deepcopy(model).partial_fit(X, LABELS))
    for moment in range(1, n_all, n_all // 25):
        before, twin = copy.deepcopy(model), copy.deepcopy(model)
        try:
            Interrupter(moment, exception).during(lambda twin=twin: twin.partial_fit(X, LABELS))
        except (exception, AttributeError):  # of scikit-learn's `available_if`
            if twin.t_ == before.t_:
                assert_unchanged(twin, before)
                twin.partial_fit(X, LABELS)
        expected = before.partial_fit(X, LABELS)
        np.testing.assert_array_equal(twin.coefs_[0], expected.coefs_[0])
        assert twin.loss_curve_ == expected.loss_curve_


@interpreted
def test_a_search_is_interrupted(monkeypatch):
    """Not only one of its fits."""

    def interrupted(trainer, order):
        raise KeyboardInterrupt

    monkeypatch.setattr("fastbp.training.trainer.Trainer.epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cross_validate(BackpropRegressor(**SMALL), X, Y, cv=2)


class Failing:
    """A scorer that fails when it is called for the n-th time."""

    def __init__(self, n):
        self.left = n

    def __call__(self, estimator, X, y):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("out of order")
        return float(estimator.predict(X)[0])


@interpreted
@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_a_scorer_that_fails(solver, warm_start):
    model = BackpropRegressor(**SMALL, solver=solver, warm_start=warm_start, momentum=0.5)
    model.fit(X, Y)
    before = copy.deepcopy(model)
    model.set_params(scoring=Failing(1 if solver == "lbfgs" else 3))
    with pytest.raises(RuntimeError, match="out of order"):
        model.fit(X, Y, X_val=X, y_val=Y)
    assert_unchanged(model.set_params(scoring=None), before)


@interpreted
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_a_warning_that_is_an_error(solver):
    model = BackpropRegressor(**SMALL | {"max_iter": 2}, solver=solver).fit(X, Y)
    before = copy.deepcopy(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            model.fit(X, Y)
    assert_unchanged(model, before)


@interpreted
def test_scores_that_are_no_numbers():
    """There is no best network among them, and the untrained one is none."""
    calls = []

    def never(estimator, X, y):
        calls.append(1)
        return 0.0 if len(calls) == 1 else np.nan

    model = BackpropRegressor(**SMALL, early_stopping=True, scoring=never)
    with pytest.raises(ValueError, match="no epoch had a validation score that is a number"):
        model.fit(X, Y, X_val=X, y_val=Y)
    assert not hasattr(model, "coefs_")


# --- No call of a kernel takes long ---------------------------------------------------------------


@pytest.mark.parametrize("n_patterns", [3, 700])
@pytest.mark.parametrize(
    "settings",
    [{"batch_size": 600}, {"batch_size": 600, "clip_norm": 0.1, "momentum": 0.9}, {}],
    ids=["summed", "clipped", "online"],
)
def test_batches_in_parts(settings, n_patterns, monkeypatch):
    """The same bits, whatever a call may take."""
    X, d = random_patterns(700, [4, 5, 2], "SquaredError")
    results = []
    for work in (10**9, n_patterns * 200):
        monkeypatch.setattr("fastbp.training.calls.portions.WORK_PER_CALL", work)
        network = random_network([4, 5, 2])
        training = trainer(network, X, d, ACTIVATIONS["tanh"], SquaredError(), **settings)
        calls = []
        kernel = training.kernel

        def counted(*args, kernel=kernel, calls=calls):
            calls.append(args[5].size)
            return kernel(*args)

        training.kernel = counted
        errors = [training.epoch(np.arange(700)) for _ in range(2)]
        results.append((network.parameters.copy(), errors, training.optimizer.updates))
    assert max(calls) < 600 and sum(calls) == 2 * 700
    close = {"rtol": 1e-9, "atol": 1e-12} if not settings else {"rtol": 0, "atol": 0}
    np.testing.assert_allclose(results[0][0], results[1][0], **close)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=close["rtol"])
    assert results[0][2] == results[1][2]


def test_objective_in_parts(monkeypatch):
    results = []
    for work in (10**9, 1):
        monkeypatch.setattr("fastbp.training.calls.portions.WORK_PER_CALL", work)
        model = BackpropRegressor((5,), solver="lbfgs", max_iter=5, random_state=0)
        rows = np.random.RandomState(1).standard_normal((700, 3))
        results.append(model.fit(rows, rows[:, 0] ** 2).coefs_[0])
    np.testing.assert_array_equal(*results)
