"""What the parameters may be, which do not go together, and what solver="lbfgs" does with them."""

import copy

import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils._param_validation import InvalidParameterError

from fastbp.estimators.parameters.combinations import dropout_rates
from fastbp.estimators.parameters.table import CONSTRAINTS
from fastbp.rules import RULES
from fastbp.training.validation import Validation

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]

RNG = np.random.RandomState(0)
X, LABELS = RNG.standard_normal((12, 5)), RNG.randint(0, 3, 12)
SMALL = {"hidden_layer_sizes": (4, 3), "activation": "tanh", "max_iter": 3, "random_state": 0}
ESTIMATORS = [BackpropClassifier, BackpropRegressor]


def refuse(model, error, words):
    """Fit and, where there is one, partial_fit: both refuse, and nothing has changed."""
    before, generator = dict(vars(model)), copy.deepcopy(model.random_state)
    classes = {"classes": [0, 1, 2]} if isinstance(model, BackpropClassifier) else {}
    calls = [(model.fit, {})]
    if hasattr(model, "partial_fit"):
        calls.append((model.partial_fit, classes))
    for call, keywords in calls:
        with pytest.raises(error, match=words):
            call(X, LABELS, **keywords)
        assert vars(model) == before
    if isinstance(generator, np.random.RandomState):
        np.testing.assert_array_equal(model.random_state.get_state()[1], generator.get_state()[1])


# --- Each by itself -------------------------------------------------------------------------------

BAD = {
    "solver": ["lion", None, 3],
    "learning_rate": ["exponential", None],
    "beta_1": [-0.1, 1.0, "0.9", np.nan],
    "beta_2": [-0.1, 1.0, None],
    "epsilon": [0.0, -1e-8],
    "max_fun": [0, 1.5, "auto"],
    "warmup_epochs": [-1, 1.0, None],
    "l1_ratio": [-0.1, 1.1, None],
    "dropout": [-0.1, 1.0, "0.5", None],
    "max_norm": [0.0, -1.0, "3"],
    "clip_norm": [0.0, -1.0, "3"],
    "average": [0, -1, 2.5, "yes", None],
    "missing_targets": ["skip", None, True],
    "new_features": ["drop", None, True],
}
BAD_OF_CLASSIFIERS = {
    "class_weight": ["unbalanced", 2.0, [1, 2, 3]],
    "label_smoothing": [-0.1, 1.0, None],
    "new_classes": ["ignore", None, True],
}


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("name", BAD)
def test_constraints(name, cls):
    for value in BAD[name]:
        refuse(cls(**SMALL | {name: value}), InvalidParameterError, f"'{name}' parameter")


@pytest.mark.parametrize("name", BAD_OF_CLASSIFIERS)
def test_constraints_of_the_classifier(name):
    for value in BAD_OF_CLASSIFIERS[name]:
        model = BackpropClassifier(**SMALL | {name: value})
        refuse(model, InvalidParameterError, f"'{name}' parameter")
    assert name not in BackpropRegressor().get_params()


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_every_parameter_has_a_constraint(cls):
    assert set(cls().get_params()) == set(cls._parameter_constraints)
    assert set(CONSTRAINTS) <= set(cls._parameter_constraints)


GOOD = [
    {"warmup_epochs": 2},
    {"alpha": 0.1, "l1_ratio": 1},
    {"dropout": 0},
    {"dropout": [0, 0.5]},
    {"dropout": np.float64(0.5)},
    {"hidden_layer_sizes": (), "dropout": 0.5},
    {"max_norm": 1},
    {"clip_norm": np.float32(1)},
    {"average": np.int64(2)},
    {"solver": "lbfgs", "dropout": [0, 0], "alpha": 0.1},
    {"solver": "lbfgs", "l1_ratio": 0.5},  # of no penalty
    {"solver": "lbfgs", "learning_rate": "invscaling"},  # as in scikit-learn
    {"solver": "rprop", "batch_size": 1, "average": True, "clip_norm": 1.0},
    {"solver": "adamw", "alpha": 0.1, "warmup_epochs": 1, "learning_rate": "cosine"},
    *({"solver": solver, "dropout": 0.3, "max_norm": 2.0} for solver in RULES),
]


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("settings", GOOD, ids=str)
def test_what_goes(settings, cls):
    """Trains to weights that are finite and not those at first."""
    model = cls(**SMALL | settings).fit(X, LABELS)
    start = cls(**SMALL | settings | {"solver": "sgd", "learning_rate_init": 1e-300}).fit(X, LABELS)
    for w, first in zip(model.coefs_, start.coefs_, strict=True):
        assert np.isfinite(w).all() and not np.array_equal(w, first)


# --- Together -------------------------------------------------------------------------------------

COMBINATIONS = [
    ({"solver": "lbfgs", "average": True}, "average does not go with solver='lbfgs'"),
    ({"solver": "lbfgs", "average": 3}, "average does not go with solver='lbfgs'"),
    ({"solver": "lbfgs", "max_norm": 1.0}, "max_norm does not go with solver='lbfgs'"),
    ({"solver": "lbfgs", "clip_norm": 1.0}, "clip_norm does not go with solver='lbfgs'"),
    ({"solver": "lbfgs", "dropout": 0.5}, "dropout does not go with solver='lbfgs'"),
    ({"solver": "lbfgs", "dropout": [0, 0.5]}, "dropout does not go with solver='lbfgs'"),
    (
        {"solver": "lbfgs", "alpha": 0.1, "l1_ratio": 0.5},
        "l1_ratio does not go with solver='lbfgs'.*l1_ratio=0",
    ),
    ({"solver": "lbfgs", "warmup_epochs": 1}, "warmup_epochs does not go with solver='lbfgs'"),
    ({"solver": "rprop", "warmup_epochs": 1}, "warmup_epochs does not go with solver='rprop'"),
    ({"solver": "adamw", "l1_ratio": 0.5}, "l1_ratio does not go with solver='adamw'"),
    (
        {"warmup_epochs": 1, "learning_rate": "one_cycle"},
        "warmup_epochs does not go with learning_rate='one_cycle'",
    ),
    ({"dropout": [0.5]}, "dropout.*got 1 rates for 2 hidden layers"),
    ({"dropout": []}, "dropout.*got 0 rates for 2 hidden layers"),
    ({"dropout": (0.1, 0.2, 0.3)}, "dropout.*got 3 rates for 2 hidden layers"),
    ({"hidden_layer_sizes": (), "dropout": [0.5]}, "dropout.*got 1 rates for 0 hidden"),
    ({"dropout": [0.5, 1.0]}, r"dropout: rates must be in \[0, 1\), got \[0.5, 1.0\]"),
    ({"dropout": [-0.5, 0.1]}, "dropout: rates must be"),
    ({"dropout": [0.5, np.nan]}, "dropout: rates must be"),
    ({"dropout": [0.5, "0.5"]}, "dropout: rates must be"),
    ({"dropout": [0.5, None]}, "dropout: rates must be"),
]


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize(("settings", "words"), COMBINATIONS, ids=str)
def test_combinations(settings, words, cls):
    """Refused before anything is drawn."""
    refuse(cls(**SMALL | {"random_state": np.random.RandomState(0)} | settings), ValueError, words)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_combinations_of_a_trained_model(cls):
    """Refused too, and the model goes on predicting as it did."""
    model = cls(**SMALL, warm_start=True).fit(X, LABELS)
    out, weights = model.predict(X), [w.copy() for w in model.coefs_]
    for settings, words in COMBINATIONS:
        if "hidden_layer_sizes" not in settings:
            other = copy.deepcopy(model).set_params(**settings)
            refuse(other, ValueError, words)
            np.testing.assert_array_equal(other.predict(X), out)
            assert all(map(np.array_equal, other.coefs_, weights))


@pytest.mark.parametrize(
    ("dropout", "n", "rates"),
    [
        (0.5, 3, (0.5, 0.5, 0.5)),
        (0, 2, (0.0, 0.0)),
        (0.5, 0, ()),
        ([], 0, ()),
        ((0, 0.25), 2, (0.0, 0.25)),
    ],
    ids=str,
)
def test_dropout_rates(dropout, n, rates):
    assert dropout_rates(dropout, n) == rates
    assert all(type(rate) is float for rate in dropout_rates(dropout, n))


# --- lbfgs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_lbfgs_has_no_partial_fit(cls):
    model = cls(**SMALL, solver="lbfgs")
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        model.partial_fit(X, LABELS)
    assert all(hasattr(cls(solver=solver), "partial_fit") for solver in RULES)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(BackpropClassifier, MLPClassifier), (BackpropRegressor, MLPRegressor)]
)
def test_lbfgs_is_that_of_the_twin(ours, theirs):
    settings = {**SMALL, "solver": "lbfgs", "alpha": 0.1, "max_iter": 12}
    mine, other = ours(**settings).fit(X, LABELS), theirs(**settings).fit(X, LABELS)
    assert mine.n_iter_ == other.n_iter_ == 12
    assert mine.loss_ == pytest.approx(other.loss_, rel=1e-9)
    for w, expected in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(w, expected, rtol=1e-6, atol=1e-7)


def objective(model):
    """Return the squared errors of the patterns, halved, and the penalty, over the patterns."""
    error = ((model.predict(X) - LABELS) ** 2).sum() / 2
    return (error + model.alpha / 2 * sum((w**2).sum() for w in model.coefs_)) / len(X)


@pytest.mark.filterwarnings("default::sklearn.exceptions.ConvergenceWarning")
def test_lbfgs_notes():
    """`loss_curve_` has the objective after each iteration, the last that of the weights."""
    settings = {**SMALL, "solver": "lbfgs", "alpha": 0.1}
    models = []
    for n in (1, 2, 6):
        with pytest.warns(ConvergenceWarning):
            models.append(BackpropRegressor(**settings | {"max_iter": n}).fit(X, LABELS))
    for model, n in zip(models, (1, 2, 6), strict=True):
        assert model.n_iter_ == len(model.loss_curve_) == n
        assert model.loss_curve_ == models[-1].loss_curve_[:n]
        assert model.loss_ == model.best_loss_ == model.loss_curve_[-1]
        assert model.loss_ == pytest.approx(objective(model), rel=1e-12)
        assert model.validation_scores_ is None
    assert (np.diff(models[-1].loss_curve_) < 0).all()


def test_lbfgs_converges():
    """To where the gradient is below `tol`, without a warning; to a fit with `warm_start` too."""
    settings = {**SMALL, "solver": "lbfgs", "alpha": 1.0, "max_iter": 500, "tol": 1e-6}
    model = BackpropRegressor(**settings, warm_start=True).fit(X, LABELS)
    assert model.n_iter_ < 500
    start = model.loss_
    model.fit(X, LABELS)
    assert model.n_iter_ <= 2 and model.loss_ == pytest.approx(start, rel=1e-6)


@pytest.mark.filterwarnings("default::sklearn.exceptions.ConvergenceWarning")
def test_max_fun():
    """It ends what `max_iter` would not have, with a warning."""
    settings = {**SMALL, "solver": "lbfgs", "max_iter": 500, "max_fun": 5}
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge"):
        model = BackpropRegressor(**settings).fit(X, LABELS)
    assert 1 <= model.n_iter_ <= 5
    assert model.loss_ == pytest.approx(objective(model), rel=1e-12)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_lbfgs_evaluates_a_validation_set_once(early_stopping, monkeypatch):
    calls, evaluate = [], Validation.evaluate

    def counting(validation):
        calls.append(validation)
        return evaluate(validation)

    monkeypatch.setattr(Validation, "evaluate", counting)
    settings = {**SMALL, "solver": "lbfgs", "max_iter": 6, "early_stopping": early_stopping}
    model = BackpropRegressor(**settings).fit(X, LABELS, X_val=X[:9], y_val=LABELS[:9])
    assert len(calls) == 1
    assert model.validation_scores_ == [model.score(X[:9], LABELS[:9])]
    assert model.best_validation_score_ == model.validation_scores_[0]
    half = ((model.predict(X[:9]) - LABELS[:9]) ** 2).mean() / 2
    assert model.validation_loss_curve_ == [pytest.approx(half, rel=1e-12)]
    plain = BackpropRegressor(**settings | {"early_stopping": False}).fit(X, LABELS)
    assert all(map(np.array_equal, model.coefs_, plain.coefs_))


def test_early_stopping_holds_nothing_out_of_lbfgs():
    """As in scikit-learn: it needs all patterns at once."""
    settings = {**SMALL, "solver": "lbfgs", "max_iter": 4}
    plain, stopping = (
        BackpropRegressor(**settings, early_stopping=early_stopping).fit(X, LABELS)
        for early_stopping in (False, True)
    )
    assert plain.loss_curve_ == stopping.loss_curve_
    assert stopping.validation_scores_ is stopping.validation_loss_curve_ is None
    assert stopping.best_validation_score_ is None
