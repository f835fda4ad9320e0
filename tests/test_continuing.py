"""From call to call: what is drawn, parameters that change, weights that are given, interrupts."""

import copy

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.estimators.data.held_out import held_out
from fastbp.rules import GradientDescent, Momentum
from fastbp.training.trainer import Trainer

RNG = np.random.RandomState(0)
X, Y = RNG.standard_normal((40, 3)), RNG.standard_normal(40)
LABELS = np.array(["a", "b", "c"])[(np.abs(X[:, 0]) > 0.5) * 1 + (X[:, 1] > 0)]
SMALL = {"hidden_layer_sizes": (5,), "random_state": 0, "max_iter": 3}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]


# --- What is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize("standardize", [True, False])
def test_masks_go_on_from_call_to_call(standardize):
    """With single rows and an int as seed, every unit is trained sooner or later."""
    model = BackpropRegressor(
        (20,), dropout=0.5, random_state=0, standardize=standardize, activation="tanh"
    )
    model.partial_fit(X[:5], Y[:5])
    before = model.coefs_[0].copy()
    moved = []
    for n in range(5, 25):
        last = model.coefs_[0].copy()
        model.partial_fit(X[n : n + 1], Y[n : n + 1])
        moved.append((model.coefs_[0] != last).any(axis=0))
    assert np.all(model.coefs_[0] != before)
    assert 5 < np.sum(moved[0]) < 15 and len({tuple(mask) for mask in moved}) > 15


def test_orders_go_on_from_call_to_call(monkeypatch):
    """As scikit-learn has it they begin anew, which is what ``standardize=False`` gives."""
    orders = []
    epoch = Trainer.epoch
    monkeypatch.setattr(
        Trainer, "epoch", lambda self, order: orders.append(tuple(order)) or epoch(self, order)
    )
    for standardize, n_orders in ((True, 4), (False, 1)):
        orders.clear()
        model = BackpropRegressor(**SMALL, standardize=standardize)
        model.partial_fit(X, Y)
        orders.clear()
        for _ in range(4):
            model.partial_fit(X, Y)
        assert len(set(orders)) == n_orders
    model = BackpropRegressor(**SMALL | {"max_iter": 1}, warm_start=True)
    orders.clear()
    for _ in range(4):
        model.fit(X, Y)
    assert len(set(orders)) == 4


def test_the_same_rows_are_held_out(monkeypatch):
    """Else later fits would be judged by rows that earlier ones have learned."""
    held = []
    monkeypatch.setattr(
        "fastbp.estimators.preparation.held_out",
        lambda *args, **kw: held.append(held_out(*args, **kw)) or held[-1],
    )
    for seed in (0, np.random.RandomState(0)):
        model = BackpropRegressor(**SMALL | {"random_state": seed}, warm_start=True)
        model.set_params(early_stopping=True).fit(X, Y).fit(X, Y)
        np.testing.assert_array_equal(held[-1][1], held[-2][1])


def test_equal_seeds_are_equal_streams():
    one, other = (BackpropRegressor(**SMALL, dropout=0.3) for _ in range(2))
    for model in (one, other):
        for _ in range(3):
            model.partial_fit(X, Y)
    np.testing.assert_array_equal(one.coefs_[0], other.coefs_[0])
    again = copy.deepcopy(one)
    np.testing.assert_array_equal(
        one.partial_fit(X, Y).coefs_[0], again.partial_fit(X, Y).coefs_[0]
    )


# --- Parameters that change -----------------------------------------------------------------------


def after_change(call, first=None, **change):
    """Return the model after a first call, a change and a second call, and one without change."""
    models = []
    for settings in (change, {}):
        model = BackpropClassifier(**SMALL | (first or {}), warm_start=call == "fit")
        arguments = {} if call == "fit" else {"classes": ["a", "b", "c"]}
        getattr(model, call)(X, LABELS, **arguments)
        getattr(model.set_params(**settings), call)(X, LABELS, **arguments)
        models.append(model)
    return models


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate_init": 0.1},
        {"learning_rate": "invscaling", "power_t": 0.9},
        {"momentum": 0.9},
        {"alpha": 0.1},
        {"dropout": 0.5},
        {"clip_norm": 1e-3},
        {"max_norm": 0.3},
        {"label_smoothing": 0.4},
        {"batch_size": 8},
        {"solver": "adam"},
        {"class_weight": {"a": 3}},
    ],
    ids=str,
)
def test_changes_take_effect(call, change):
    changed, unchanged = after_change(call, **change)
    if change.get("learning_rate") == "invscaling":  # from the next epoch on
        assert changed._optimizer.learning_rate < 0.5 * unchanged._optimizer.base
    else:
        assert np.abs(changed.coefs_[0] - unchanged.coefs_[0]).max() > 1e-6


def test_the_rule_that_trains_is_the_one_asked_for():
    model = BackpropRegressor(**SMALL, learning_rate_init=0.01).partial_fit(X, Y)
    assert model._optimizer.rule() == GradientDescent(0.01)
    model.set_params(momentum=0.5, nesterovs_momentum=False).partial_fit(X, Y)
    assert model._optimizer.rule() == Momentum(0.01, 0.5)
    velocity = model._optimizer.state.copy()
    model.set_params(momentum=0.8, learning_rate_init=0.02).partial_fit(X[:1], Y[:1])
    assert model._optimizer.rule() == Momentum(0.02, 0.8)
    # Momentum's memory went on: most of it is 0.8 of what it was.
    assert np.corrcoef(velocity, model._optimizer.state)[0, 1] > 0.5
    model.set_params(solver="adam", momentum=0.8).partial_fit(X, Y)
    assert model._optimizer.updates == len(X)  # its state begins anew


def test_an_adapted_rate_stays():
    settings = {"learning_rate": "adaptive", "tol": 1e9, "n_iter_no_change": 1}
    model = BackpropRegressor(**SMALL, **settings, learning_rate_init=0.1)
    for _ in range(3):
        model.partial_fit(X, Y)
    slower = model._optimizer.learning_rate
    assert slower < 0.1
    model.set_params(momentum=0.5).partial_fit(X, Y)
    assert model._optimizer.learning_rate <= slower


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"activation": "tanh"}, "activation has changed.*Relu.*Tanh"),
        ({"loss": "squared_error"}, "loss has changed"),
        ({"standardize": False}, "standardize has changed to False"),
        ({"hidden_layer_sizes": (6,)}, "hidden_layer_sizes ask for"),
    ],
)
def test_what_would_reinterpret_the_weights_is_refused(change, words, call):
    model = BackpropClassifier(**SMALL, warm_start=True).fit(X, LABELS)
    out = model.predict_proba(X)
    model.set_params(**change)
    np.testing.assert_array_equal(model.predict_proba(X), out)
    with pytest.raises(ValueError, match=words):
        getattr(model, call)(X, LABELS)
    np.testing.assert_array_equal(model.predict_proba(X), out)
    model.set_params(warm_start=False).fit(X, LABELS)  # anew


def test_warm_start_does_not_want_all_classes_in_a_part():
    model = BackpropClassifier(**SMALL, warm_start=True).fit(X, LABELS)
    part = LABELS == "b"
    model.partial_fit(X[part], LABELS[part])
    with pytest.raises(ValueError, match="same classes"):
        model.fit(X[part], LABELS[part])


# --- Weights that are given -----------------------------------------------------------------------


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_weights_given_before_the_first_call(call):
    source = BackpropRegressor(**SMALL).fit(X, Y)
    model = BackpropRegressor(**SMALL, warm_start=True, learning_rate_init=1e-9, alpha=0)
    model.coefs_ = [w.copy() for w in source.coefs_]
    model.intercepts_ = [b.copy() for b in source.intercepts_]
    getattr(model, call)(X, Y)
    for one, other in zip(model.coefs_, source.coefs_, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    np.testing.assert_allclose(model.predict(X), source.predict(X), atol=1e-4)
    assert model.t_ == (len(X) if call == "partial_fit" else 3 * len(X))


def test_given_weights_of_other_sizes():
    model = BackpropRegressor(**SMALL, warm_start=True)
    model.coefs_, model.intercepts_ = [np.ones((3, 1))], [np.ones(1)]
    with pytest.raises(ValueError, match="coefs_ are those of a network with the layers"):
        model.fit(X, Y)
    model.set_params(warm_start=False).fit(X, Y)


# --- Interrupts and exceptions --------------------------------------------------------------------


@pytest.fixture
def interrupt(monkeypatch):
    """Press Ctrl-C in an epoch of this number."""

    def at(n):
        epoch, calls = Trainer.epoch, []

        def interrupted(trainer, order):
            calls.append(0)
            if len(calls) == n:
                raise KeyboardInterrupt
            return epoch(trainer, order)

        monkeypatch.setattr(Trainer, "epoch", interrupted)

    return at


def test_ctrl_c_in_a_single_fit(interrupt):
    interrupt(3)
    model = BackpropRegressor(**SMALL)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, Y)
    assert model.n_iter_ == 2 and np.isfinite(model.predict(X)).all()


def test_ctrl_c_before_the_first_epoch(interrupt):
    interrupt(1)
    model = BackpropRegressor(**SMALL)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert not hasattr(model, "coefs_")


def test_ctrl_c_reaches_a_loop_of_partial_fit(interrupt):
    model = BackpropRegressor(**SMALL).partial_fit(X, Y)
    interrupt(2)
    with pytest.raises(KeyboardInterrupt):
        for _ in range(5):
            model.partial_fit(X, Y)
    assert model.t_ == 2 * len(X)
    model.partial_fit(X, Y).predict(X)


@pytest.mark.parametrize(
    "run",
    [
        lambda model: cross_val_score(model, X, Y, cv=3),
        lambda model: GridSearchCV(model, {"alpha": [0, 1]}, cv=2).fit(X, Y),
        lambda model: make_pipeline(StandardScaler(), model).fit(X, Y),
    ],
    ids=["cross_val_score", "grid", "pipeline"],
)
def test_ctrl_c_reaches_whoever_runs_the_fits(run, interrupt):
    interrupt(2)
    with pytest.raises(KeyboardInterrupt):
        run(BackpropRegressor(**SMALL))


class Failing(BaseEstimator):
    """A scorer that fails when it is called for the n-th time."""

    def __init__(self, n):
        self.n, self.calls = n, 0

    def __call__(self, model, X, y):
        self.calls += 1
        if self.calls == self.n:
            raise RuntimeError("no score today")
        return get_scorer("r2")(model, X, y)


def test_an_exception_in_mid_fit_leaves_the_best_weights():
    """Of a first fit; a later one leaves what was there."""
    settings = SMALL | {"max_iter": 9, "early_stopping": True, "learning_rate_init": 0.1}
    model = BackpropRegressor(**settings, scoring=Failing(7))
    with pytest.raises(RuntimeError, match="no score today"):
        model.fit(X, Y, X_val=X, y_val=Y)
    best = int(np.argmax(model.validation_scores_))
    assert best < 4 or model.best_validation_score_ == model.validation_scores_[best]
    assert model.score(X, Y) == pytest.approx(model.best_validation_score_, rel=1e-6)
    out = model.predict(X)
    model.set_params(scoring=Failing(4))
    with pytest.raises(RuntimeError):
        model.fit(X, Y, X_val=X, y_val=Y)
    np.testing.assert_array_equal(model.predict(X), out)


def test_verbose(capsys):
    BackpropRegressor(**SMALL, verbose=1).fit(X, Y)
    brief = capsys.readouterr().out.splitlines()
    BackpropRegressor(**SMALL, verbose=2).fit(X, Y)
    long = capsys.readouterr().out.splitlines()
    assert len(brief) == len(long) == 3
    for one, other in zip(brief, long, strict=True):
        assert other.startswith(one) and "learning rate = " in other and other.endswith(" s")


class Small(BackpropRegressor):
    """With parameters of its own."""

    def __init__(self, alpha=0.0):
        super().__init__((3,), alpha=alpha, random_state=0)


def test_subclasses_with_other_parameters():
    model = Small().partial_fit(X, Y).partial_fit(X, Y)
    assert model.set_params(alpha=0.1).partial_fit(X, Y).t_ == 3 * len(X)
    assert Small().fit(X[:6], Y[:6]).n_iter_ == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"alpha": -1}, "alpha"),
        ({"learning_rate": "bogus"}, "learning_rate"),
        ({"dtype": "float64"}, "dtype has changed to float64"),
    ],
    ids=str,
)
def test_parameters_that_change_are_validated(change, words):
    model = BackpropRegressor(**SMALL).partial_fit(X, Y)
    model.set_params(**change)
    for _ in range(2):
        with pytest.raises(ValueError, match=words):
            model.partial_fit(X, Y)
