"""Training that fails says why, and changes nothing; so does training that learned nothing."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from test_refusals import assert_unchanged

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.kernels.targets import Values
from fastbp.losses import REGRESSION_LOSSES
from fastbp.training.failures import constant_error
from fastbp.training.patterns import Patterns
from fastbp.training.trainer import Trainer

RNG = np.random.RandomState(0)
X, Y = RNG.standard_normal((40, 3)), RNG.standard_normal(40)
SMALL = {"hidden_layer_sizes": (5,), "random_state": 0, "max_iter": 5}
IRIS, DIABETES = load_iris(return_X_y=True), load_diabetes(return_X_y=True, scaled=False)

unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
interpreted = pytest.mark.usefixtures("interpreted")


@pytest.mark.parametrize("eta", [10.0, 100.0])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(
    ("cls", "data"), [(BackpropClassifier, IRIS), (BackpropRegressor, DIABETES)]
)
def test_a_learning_rate_too_high(cls, data, early_stopping, activation, eta):
    """It isn't left to the user to find out from the score."""
    model = cls(
        learning_rate_init=eta,
        learning_rate="constant",
        activation=activation,
        early_stopping=early_stopping,
        random_state=0,
    )
    words = rf"diverged in epoch \d+\. The learning rate of {eta:.3g} is probably too high"
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=words):
        model.fit(*data)
    assert not hasattr(model, "coefs_")


@interpreted
@unconverged
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_array, "frame"])
def test_names_the_column(kind):
    rows = X * [1, 1e5, 1]
    if kind == "frame":
        rows, name = pd.DataFrame(rows, columns=["a", "income", "c"]), "'income'"
    else:
        rows, name = kind(rows), "1"
    model = BackpropRegressor(**SMALL, standardize=False, learning_rate_init=1.0)
    words = rf"epoch 1\. Column {name} of X ranges from -\d.* to \d.*: set standardize=True"
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=words):
        model.fit(rows, Y)


@interpreted
@unconverged
def test_names_the_target():
    model = BackpropRegressor(**SMALL, standardize=False, learning_rate_init=5.0, activation="tanh")
    words = r"epoch \d\. y ranges from -1.*e\+09 to 2.*e\+09: set standardize=True"
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=words):
        model.fit(X, 1e9 * Y)


@interpreted
@unconverged
def test_the_loss_is_looked_at_after_every_epoch(monkeypatch):
    """Not after the last of 400."""
    epochs = []
    epoch = Trainer.epoch
    monkeypatch.setattr(Trainer, "epoch", lambda *args: epochs.append(0) or epoch(*args))
    model = BackpropRegressor(
        (5,), standardize=False, max_iter=400, learning_rate_init=1e30, activation="identity"
    )
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="epoch 1"):
        model.fit(X, Y)
    assert len(epochs) == 1


@interpreted
@unconverged
@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_a_fit_that_fails_leaves_the_old_model(solver, warm_start):
    settings = SMALL | {"warm_start": warm_start, "solver": solver, "average": False}
    model = BackpropRegressor(**settings, activation="identity", standardize=False).fit(X, Y)
    before, out = copy.deepcopy(model), model.predict(X)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="diverged"):
        model.set_params(learning_rate_init=1e200).fit(X, 1e200 * Y)
    model.set_params(learning_rate_init=settings.get("learning_rate_init", "auto"))
    assert_unchanged(model, before)
    np.testing.assert_array_equal(model.predict(X), out)


@interpreted
@pytest.mark.parametrize("parameters", [{}, {"momentum": 0.9}, {"solver": "adam", "average": True}])
def test_a_partial_fit_that_fails_changes_nothing(parameters):
    """To the bit: weights, statistics, the rule's memory, curves; and what follows is the same."""
    model = BackpropRegressor(**SMALL | parameters).partial_fit(X, Y)
    model.partial_fit(X, Y)
    twin, before = copy.deepcopy(model), copy.deepcopy(model)
    model.set_params(learning_rate_init=1e30)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="diverged"):
        model.partial_fit(X, 5 * Y)
    model.set_params(learning_rate_init="auto")
    assert_unchanged(model, before)
    for one, other in zip(
        model.partial_fit(X, Y).coefs_, twin.partial_fit(X, Y).coefs_, strict=True
    ):
        np.testing.assert_array_equal(one, other)


@interpreted
@unconverged
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_row_that_is_refused_changes_nothing(wrong):
    model = BackpropClassifier(**SMALL).fit(X, Y > 0)
    before, rows = copy.deepcopy(model), X.copy()
    rows[3, 1] = wrong
    with pytest.raises(ValueError, match="NaN|infinity"):
        model.partial_fit(rows, Y > 0)
    assert_unchanged(model, before)


@interpreted
@unconverged
def test_no_prediction_is_nan_in_silence():
    model = BackpropRegressor(**SMALL).fit(X, Y)
    model.coefs_[0][0, 0] = np.nan
    with pytest.raises(ValueError, match="outputs are not numbers: coefs_ or intercepts_"):
        model.predict(X)


def test_learned_nothing():
    """All hidden units are dead before training begins."""
    dead = BackpropClassifier((4,), warm_start=True, random_state=0, alpha=0)
    dead.coefs_ = [np.zeros((4, 4)), np.zeros((4, 3))]
    dead.intercepts_ = [np.full(4, -10.0), np.zeros(3)]
    with pytest.warns(ConvergenceWarning, match="learned nothing.*all hidden units are dead"):
        dead.fit(*IRIS)


def test_warnings_point_at_the_caller():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        BackpropClassifier(max_iter=2, random_state=0).fit(*IRIS)
        cross_val_score(BackpropClassifier(max_iter=2, random_state=0), *IRIS, cv=2)
    assert len(caught) == 3 and all("Maximum iterations" in str(w.message) for w in caught)
    assert caught[0].filename == __file__
    assert "sklearn" in caught[1].filename  # whose line called


def test_a_designed_budget_does_not_warn():
    """Nor does noise that can't be learned, but for saying so."""
    BackpropClassifier(random_state=0).fit(*IRIS)
    BackpropRegressor(random_state=0).fit(*DIABETES)


@pytest.mark.parametrize("name", REGRESSION_LOSSES)
def test_constant_error(name):
    """The smallest mean of E_p that a constant reaches."""
    loss, y = REGRESSION_LOSSES[name], np.abs(RNG.standard_normal((50, 1)))
    data = Patterns(None, Values(y), None)
    found = constant_error(loss, data, np.arange(50), np.float64)
    from fastbp.losses import error

    best = min(error(loss, y, np.full_like(y, c)).mean() for c in np.linspace(0.01, 3, 3000))
    assert best - 1e-6 <= found <= 1.02 * best + 1e-3
