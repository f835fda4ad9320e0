"""Validation sets: given ones beside held-out ones, scores and losses against recomputation."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from formulas import LOSSES
from plain import BackpropClassifier, BackpropRegressor
from sklearn import config_context
from sklearn.base import is_classifier
from sklearn.metrics import get_scorer, log_loss, make_scorer, max_error
from sklearn.metrics import mean_absolute_error as mae
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from test_refusals import assert_unchanged
from trained import LOSSES as RECORDS

from fastbp.training.trainer import Trainer

RNG = np.random.RandomState(3)
X = RNG.standard_normal((48, 4))
SCORE = np.column_stack([X[:, 0] - X[:, 1], X[:, 2], X[:, 1] * X[:, 3]])
TARGETS = {
    "binary": np.array(["no", "yes"])[(SCORE[:, 0] > 0).astype(int)],
    "multiclass": SCORE.argmax(axis=1) * 2 + 1,
    "multilabel": (SCORE > 0.2).astype(int),
    "regression": SCORE[:, 0],
    "multioutput": SCORE,
}
WEIGHTS = RNG.uniform(0.2, 3, 48)
TRAIN, VAL = np.arange(30), np.arange(30, 48)
SMALL = {"hidden_layer_sizes": (4,), "activation": "tanh", "learning_rate_init": 0.1, "max_iter": 6}
SMALL |= {"random_state": 0, "n_iter_no_change": 10}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]


def model_for(kind, **parameters):
    classes = kind in ("binary", "multiclass", "multilabel")
    return (BackpropClassifier if classes else BackpropRegressor)(**SMALL | parameters)


def validation_of(y, rows=VAL):
    return {"X_val": X[rows], "y_val": y[rows]}


def one_epoch_more(model, y, n, **keywords):
    """Return n copies of the model, each with an epoch more than the one before."""
    model = copy.deepcopy(model).set_params(max_iter=1, early_stopping=False, shuffle=False)
    models = []
    for _ in range(n):
        classes = {"classes": np.unique(y)} if is_classifier(model) and y.ndim == 1 else {}
        if is_classifier(model) and y.ndim == 2:
            classes = {"classes": np.arange(y.shape[1])}
        models.append(copy.deepcopy(model.partial_fit(X[TRAIN], y[TRAIN], **classes, **keywords)))
    return models


def equal_weights(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.coefs_, other.coefs_, strict=True))


def literal_loss(model, y, rows, weights):
    """Return the mean E_p by the formulas of the literature."""
    if is_classifier(model):
        out = model.predict_proba(X[rows])
        name = "MultinomialLogLoss" if model.out_activation_ == "softmax" else "BinaryLogLoss"
        target = y[rows] if y.ndim == 2 else y[rows][:, None] == model.classes_
        if len(model.classes_) == 2:
            out, target = out[:, 1:], target[:, 1:]
    else:
        name, out = "SquaredError", model.predict(X[rows]).reshape(len(rows), -1)
        target = y[rows].reshape(len(rows), -1)
    return np.average(LOSSES[name][1](target.astype(float), out).sum(axis=1), weights=weights)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("weighted", [False, True])
def test_watched(kind, weighted):
    """Curves are those of the models after each epoch; training is what it is without."""
    y = TARGETS[kind]
    weights = WEIGHTS[VAL] if weighted else None
    watched = model_for(kind, alpha=0.1, shuffle=False).fit(
        X[TRAIN], y[TRAIN], **validation_of(y), sample_weight_val=weights
    )
    alone = model_for(kind, alpha=0.1, shuffle=False).fit(X[TRAIN], y[TRAIN])
    assert equal_weights(watched, alone) and watched.loss_curve_ == alone.loss_curve_
    assert watched.best_loss_ == alone.best_loss_
    assert alone.validation_scores_ is None and alone.validation_loss_curve_ is None
    steps = one_epoch_more(model_for(kind, alpha=0.1), y, 6)
    scores = [step.score(X[VAL], y[VAL], weights) for step in steps]
    losses = [literal_loss(step, y, VAL, weights) for step in steps]
    np.testing.assert_allclose(watched.validation_scores_, scores, rtol=1e-12)
    np.testing.assert_allclose(watched.validation_loss_curve_, losses, rtol=1e-12)
    assert watched.best_validation_score_ == max(watched.validation_scores_)


@pytest.mark.parametrize("name", ["Poisson", "AbsoluteError", "Huber", "Quantile"])
def test_losses(name):
    y = np.abs(SCORE)
    model = model_for("multioutput", loss=RECORDS[name]).fit(X[TRAIN], y[TRAIN], **validation_of(y))
    errors = LOSSES[name][1](y[VAL], model.predict(X[VAL])).sum(axis=1)
    assert model.validation_loss_curve_[-1] == pytest.approx(errors.mean(), rel=1e-12)


@pytest.mark.parametrize("kind", TARGETS)
def test_given_for_held_out(kind):
    """The split that would be held out, given: the same training, to the last bit."""
    y = TARGETS[kind]
    parameters = {"early_stopping": True, "validation_fraction": 0.25, "shuffle": False}
    model = model_for(kind, **parameters).fit(X, y, WEIGHTS)
    state = np.random.RandomState(0)  # initial weights are drawn before the split
    for w in model.coefs_:
        state.uniform(size=w.size + w.shape[1])
    stratify = y if kind == "binary" else None
    train, val = train_test_split(
        np.arange(48), test_size=0.25, random_state=state, stratify=stratify
    )
    given = model_for(kind, **parameters | {"validation_fraction": 0.9}).fit(
        X[train], y[train], WEIGHTS[train], **validation_of(y, val), sample_weight_val=WEIGHTS[val]
    )
    assert equal_weights(model, given)
    assert given.validation_scores_ == model.validation_scores_
    assert given.validation_loss_curve_ == model.validation_loss_curve_
    assert given.best_loss_ is None


@pytest.mark.parametrize("scoring", [None, "loss", "neg_log_loss"])
def test_stops_and_restores(scoring, monkeypatch):
    after, epoch = [], Trainer.epoch

    def spy(trainer, order):
        error = epoch(trainer, order)
        after.append(trainer.network.parameters.copy())
        return error

    monkeypatch.setattr(Trainer, "epoch", spy)
    model = model_for("multiclass", early_stopping=True, scoring=scoring, tol=0.0)
    model.set_params(learning_rate_init=0.7, max_iter=60, n_iter_no_change=3)
    y = TARGETS["multiclass"]
    model.fit(X[TRAIN], y[TRAIN], **validation_of(y))
    best = int(np.argmax(model.validation_scores_))
    assert len(after) == model.n_iter_ < 60 and best < model.n_iter_ - 1
    np.testing.assert_array_equal(model._network().parameters, after[best])
    assert model.best_validation_score_ == model.validation_scores_[best]
    if scoring is not None:
        losses = -np.array(model.validation_loss_curve_)
        np.testing.assert_allclose(model.validation_scores_, losses, rtol=1e-12)
        assert model.best_validation_score_ == pytest.approx(
            -log_loss(y[VAL], model.predict_proba(X[VAL])), rel=1e-12
        )


SCORERS = {
    "name": "neg_mean_absolute_error",
    "scorer": make_scorer(mae, greater_is_better=False),
    "function": lambda model, X, y, sample_weight=None: (
        -mae(y, model.predict(X), sample_weight=sample_weight)
    ),
    "without weights": "neg_max_error",
    "function without weights": lambda model, X, y: -max_error(y, model.predict(X)),
}


@pytest.mark.parametrize("name", SCORERS)
def test_scoring(name):
    """The best weights are those of the best score, with weights where the scorer takes them."""
    y, scoring = TARGETS["regression"], SCORERS[name]
    model = model_for("regression", early_stopping=True, scoring=scoring)
    frame = pd.DataFrame(X, columns=list("abcd"))
    model.fit(  # feature names: no warning, though the scorer sees arrays
        frame.iloc[TRAIN],
        y[TRAIN],
        X_val=frame.iloc[VAL],
        y_val=y[VAL],
        sample_weight_val=WEIGHTS[VAL],
    )
    predicted = model.predict(frame.iloc[VAL])
    expected = -mae(y[VAL], predicted, sample_weight=WEIGHTS[VAL])
    if "without" in name:
        expected = -max_error(y[VAL], predicted)
    assert model.best_validation_score_ == pytest.approx(expected, rel=1e-12)
    assert len(model.validation_scores_) == 6


def test_scorer_sees_the_present_model():
    seen = []

    def scorer(model, X, y):
        seen.append((model.n_iter_, model.coefs_[0][0, 0]))
        return get_scorer("roc_auc")(model, X, y)

    y = TARGETS["binary"]
    model = model_for("binary", scoring=scorer).fit(X[TRAIN], y[TRAIN], **validation_of(y))
    assert [n for n, _ in seen] == [*range(7)] and len({w for _, w in seen}) == 7
    assert seen[-1][1] == model.coefs_[0][0, 0]
    model.set_params(scoring=lambda *_: "good")
    weights = [w.copy() for w in model.coefs_]
    with pytest.raises(ValueError, match="scoring must return a number, got 'good'"):
        model.fit(X[TRAIN], y[TRAIN], **validation_of(y))

    # Before training: the old model is kept.
    assert all(map(np.array_equal, model.coefs_, weights)) and len(model.loss_curve_) == 6


def test_scoring_of_the_held_out():
    y = TARGETS["binary"]
    model = model_for("binary", early_stopping=True, scoring="loss", validation_fraction=0.3)
    model.fit(X, y, WEIGHTS)
    assert model.validation_scores_ == [-loss for loss in model.validation_loss_curve_]


def test_overflow():
    """The fit fails, and leaves nothing behind that could predict."""
    model = model_for("regression", activation="identity", learning_rate_init=1e9)
    y = TARGETS["regression"]
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="preprocessed"):
        model.fit(X[TRAIN], y[TRAIN], **validation_of(y))
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("batch_size", [1, 7])
def test_rows_without_weight_are_absent(early_stopping, batch_size):
    y = TARGETS["multiclass"].copy()
    weights = np.where(VAL % 3, WEIGHTS[VAL], 0)
    rest = VAL[weights > 0]
    parameters = {"early_stopping": early_stopping, "batch_size": batch_size, "scoring": "loss"}
    without = model_for("multiclass", **parameters).fit(
        X[TRAIN], y[TRAIN], **validation_of(y, rest), sample_weight_val=WEIGHTS[rest]
    )
    y[VAL[weights == 0]] = 99
    model = model_for("multiclass", **parameters).fit(
        X[TRAIN], y[TRAIN], **validation_of(y), sample_weight_val=weights
    )
    assert equal_weights(model, without)
    assert model.validation_loss_curve_ == without.validation_loss_curve_


def test_sparse_and_float32():
    y = TARGETS["regression"]
    dense = model_for("regression", scoring="r2").fit(X[TRAIN], y[TRAIN], **validation_of(y))
    sparse = model_for("regression", scoring="r2").fit(
        scipy.sparse.csr_array(X[TRAIN]),
        y[TRAIN],
        X_val=scipy.sparse.csc_array(X[VAL]),
        y_val=list(y[VAL]),
    )
    np.testing.assert_allclose(sparse.validation_scores_, dense.validation_scores_, rtol=1e-9)
    single = model_for("regression").fit(X[TRAIN].astype("f"), y[TRAIN], **validation_of(y))
    np.testing.assert_allclose(
        single.validation_loss_curve_, dense.validation_loss_curve_, rtol=1e-4
    )


@pytest.mark.parametrize("early_stopping", [False, True])
def test_partial_fit(early_stopping):
    """A score per call; with early stopping nothing is restored."""
    y = TARGETS["multiclass"]
    model = model_for("multiclass", early_stopping=early_stopping, shuffle=False)
    plain = model_for("multiclass", shuffle=False)
    for n in range(1, 5):
        classes = {"classes": [1, 3, 5]} if n == 1 else {}
        model.partial_fit(X[TRAIN], y[TRAIN], **classes, **validation_of(y))
        plain.partial_fit(X[TRAIN], y[TRAIN], **classes)
        assert len(model.validation_scores_) == len(model.validation_loss_curve_) == n
        assert model.validation_scores_[-1] == model.score(X[VAL], y[VAL])
        assert equal_weights(model, plain) and plain.validation_scores_ is None
    assert (model.best_loss_ is None) == early_stopping
    if not early_stopping:  # a call without the set leaves the curves as they are
        assert len(model.partial_fit(X[TRAIN], y[TRAIN]).validation_scores_) == 4


def test_partial_fit_slows_down_by_the_score():
    y = TARGETS["regression"]
    model = model_for("regression", early_stopping=True, learning_rate="adaptive", tol=10.0)
    model.set_params(n_iter_no_change=2)
    for _ in range(5):
        model.partial_fit(X[TRAIN], y[TRAIN], **validation_of(y))
    assert model._optimizer.learning_rate == pytest.approx(0.1 / 5)


def test_warm_start():
    y = TARGETS["regression"]
    model = model_for("regression", warm_start=True).fit(X[TRAIN], y[TRAIN], **validation_of(y))
    assert len(model.fit(X[TRAIN], y[TRAIN], **validation_of(y)).validation_scores_) == 12
    assert model.fit(X[TRAIN], y[TRAIN]).validation_scores_ is None
    model.set_params(early_stopping=True).fit(X[TRAIN], y[TRAIN], **validation_of(y))
    assert len(model.validation_scores_) == 6 and model.best_loss_ is None
    # An easier or harder set is another: what is best is judged by this one alone.
    noise = {"X_val": X[VAL], "y_val": y[VAL] + 5 * np.sin(9 * y[VAL])}
    start = model.score(X[VAL], noise["y_val"])
    model.set_params(learning_rate_init=0.02).fit(X[TRAIN], y[TRAIN], **noise)
    assert model.best_validation_score_ == max(start, *model.validation_scores_[6:])
    assert model.best_validation_score_ == model.score(X[VAL], noise["y_val"])
    # R² and losses cannot be compared: another scoring looks for its own best.
    model.set_params(scoring="loss").fit(X[TRAIN], y[TRAIN], **validation_of(y))
    assert len(model.validation_scores_) == 6 and model.best_validation_score_ < 0


def test_pipeline():
    """The validation set takes the pipeline's transformations; a search passes it on."""
    y = TARGETS["multiclass"]
    with config_context(enable_metadata_routing=True):
        model = model_for("multiclass").set_fit_request(
            X_val=True, y_val=True, sample_weight_val=True
        )
        steps = [("scale", StandardScaler()), ("net", model)]
        pipe = Pipeline(steps, transform_input=["X_val"])
        given = {"X_val": X[VAL] * 50 + 7, "y_val": y[VAL], "sample_weight_val": WEIGHTS[VAL]}
        pipe.fit(X[TRAIN] * 50 + 7, y[TRAIN], **given)
        search = GridSearchCV(pipe, {"net__alpha": [0.0]}, cv=2)
        search.fit(X[TRAIN] * 50 + 7, y[TRAIN], **given)
    net = pipe["net"]
    assert net.validation_scores_[-1] == pipe.score(X[VAL] * 50 + 7, y[VAL], WEIGHTS[VAL]) > 0.4
    assert search.best_estimator_["net"].validation_scores_ == net.validation_scores_


Y = TARGETS["multiclass"]
REFUSED = {  # name: (keywords of fit, words)
    "no y": ({"X_val": X}, "X_val is given without y_val"),
    "no X": ({"y_val": Y}, "y_val is given without X_val"),
    "weights only": ({"sample_weight_val": WEIGHTS}, "sample_weight_val is given without X_val"),
    "features": ({"X_val": X[:, :3], "y_val": Y}, "X_val.*3 features.*expecting 4"),
    "length": ({"X_val": X, "y_val": Y[:9]}, "y_val.*inconsistent"),
    "nan": ({"X_val": X * np.nan, "y_val": Y}, "X_val.*NaN"),
    "unknown class": ({"X_val": X, "y_val": Y + 1}, r"y_val.*unknown classes \[2, 4, 6\]"),
    "text": ({"X_val": X, "y_val": Y.astype(str)}, r"y_val.*unknown classes \['1'"),
    "continuous": ({"X_val": X, "y_val": X[:, 0]}, "y_val.*[Uu]nknown label type"),
    "indicators": ({"X_val": X, "y_val": TARGETS["multilabel"]}, "y_val"),
    "negative": ({"X_val": X, "y_val": Y, "sample_weight_val": X[:, 0]}, "weight_val.*[Nn]egative"),
    "none": (
        {"X_val": X, "y_val": Y, "sample_weight_val": 0 * WEIGHTS},
        "positive|non-zero",
    ),
    "few": ({"X_val": X, "y_val": Y, "sample_weight_val": WEIGHTS[1:]}, "sample_weight_val"),
}


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
@pytest.mark.parametrize("case", REFUSED)
def test_refused(case, call):
    keywords, words = REFUSED[case]
    model = model_for("multiclass").fit(X, Y)
    before = copy.deepcopy(model)
    with pytest.raises(ValueError, match=words):
        getattr(model, call)(X, Y, **keywords)
    assert_unchanged(model, before)


def test_refused_targets():
    model = model_for("regression")
    with pytest.raises(ValueError, match="y_val.* 3 outputs"):
        model.fit(X, SCORE[:, 0], X_val=X, y_val=SCORE)
    with pytest.raises(ValueError, match="y_val.*non-negative"):
        model.set_params(loss="poisson").fit(X, X[:, 0] ** 2, X_val=X, y_val=X[:, 0])
    with pytest.raises(ValueError, match="early_stopping=True without X_val"):
        model.set_params(early_stopping=True).partial_fit(X, X[:, 0] ** 2)
    with pytest.raises(ValueError, match="looks like it is a metric"):
        model.set_params(scoring=mae, loss="huber").fit(X, X[:, 0])
    with pytest.raises(ValueError, match="'scoring' parameter of BackpropRegressor"):
        model.set_params(scoring="best").fit(X, X[:, 0])
    assert not hasattr(model, "coefs_")


def test_printed(capsys):
    y = TARGETS["binary"]
    with warnings.catch_warnings():
        model_for("binary", verbose=True).fit(X[TRAIN], y[TRAIN], **validation_of(y))
    assert capsys.readouterr().out.count("Validation score: ") == 6
