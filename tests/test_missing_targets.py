"""Targets that are missing in part: no error, no delta, and what all else makes of them."""

import copy
import pickle

import numpy as np
import pytest
from differences import assert_gradient, differences, smooth_case
from formulas import LOSSES as LITERATURE
from plain import BackpropClassifier, BackpropRegressor
from sklearn.metrics import r2_score
from trained import CLOSE, LOSSES, assert_equal, check_epoch, formulas_of, random_network, trainer

import fastbp
from fastbp import textbook
from fastbp.kernels.batches.accumulated import train_accumulated
from fastbp.kernels.batches.minibatch import train_batches
from fastbp.kernels.delayed import train_delayed
from fastbp.kernels.online import train_online
from fastbp.kernels.targets import PartlyMissing
from fastbp.losses import MultinomialLogLoss
from fastbp.rules import GradientDescent
from fastbp.training.lbfgs import Objective
from fastbp.training.moments import Moments

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
INDEPENDENT = sorted(set(LOSSES) - {"MultinomialLogLoss"})
SIZES = [3, 9, 4, 3]
NAN = np.nan

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = X @ RNG.normal(size=(4, 3)) * [1, 10, 100] + [0, 5, -50]
HALF = np.where(RNG.random(Y.shape) < 0.5, NAN, Y)
HALF[7] = NAN
LABELS = np.where(np.isnan(HALF), NAN, Y > np.median(Y, axis=0))
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, "missing_targets": "ignore"}


# --- The specification, and the kernels -----------------------------------------------------------


@pytest.mark.parametrize("loss", INDEPENDENT)
def test_the_textbook_descends_the_error_of_what_is_there(loss):
    """By differences of errors that know no NaN: E_p as the literature has it, of given outputs."""
    formulas = formulas_of("tanh", loss)
    network, inputs, d = smooth_case([3, 5, 4], "tanh", loss)
    target = d[0].copy()
    target[1] = target[3] = NAN
    given = [0, 2]
    link, error, _ = LITERATURE[loss]
    parameters = network.weights + network.biases

    def of_given():
        net, _ = textbook.forward(inputs[0], network.weights, network.biases, formulas)
        return np.sum(error(target[given], link(net[-1][given])))

    net, out = textbook.forward(inputs[0], network.weights, network.biases, formulas)
    assert textbook.error_of(out, target, formulas) == pytest.approx(of_given())
    delta = textbook.backward(net, out, target, network.weights, formulas)
    assert delta[-1][1] == delta[-1][3] == 0
    of_w, of_b = textbook.descent(out, delta)
    numerical = differences(of_given, parameters)
    for whole in (numerical[1], numerical[3]):  # nothing there, so nothing to compare
        np.testing.assert_array_equal(whole[..., [1, 3]], 0)
    assert_gradient(numerical, [-g for g in of_w + of_b])


def test_the_update_is_that_of_deltas_set_to_zero():
    """By hand: the deltas of all outputs, two of them set to zero, and passed down."""
    network, (x, *_), (d, *_) = smooth_case([3, 5, 4], "tanh", "Huber")
    formulas, keep = formulas_of("tanh", "Huber"), np.array([1, 0, 0, 1])
    w, b = (copy.deepcopy(part) for part in (network.weights, network.biases))
    net, out = textbook.forward(x, w, b, formulas)
    last = keep * textbook.backward(net, out, d, w, formulas)[-1]
    below = (1 - out[1] ** 2) * (w[1] @ last)
    expected = [w[0] + 0.1 * np.outer(x, below), w[1] + 0.1 * np.outer(out[1], last)]
    expected += [b[0] + 0.1 * below, b[1] + 0.1 * last]
    target = np.where(keep, d, NAN)
    rule = GradientDescent(0.1)
    textbook.learn(x, target, w, b, formulas, rule, textbook.start(w, b, rule), 1)
    for mine, own in zip(w + b, expected, strict=True):
        np.testing.assert_allclose(mine, own, **CLOSE)


KERNELS = {
    "delayed": {"batch_size": 1, "penalty": "free", "kernel": train_delayed},
    "online": {"batch_size": 1, "momentum": 0.9, "kernel": train_online},
    "batches": {"batch_size": 4, "momentum": 0.9, "kernel": train_batches},
    "accumulated": {"batch_size": 4, "clip_norm": 0.3, "kernel": train_accumulated},
}


@pytest.mark.parametrize("kind", KERNELS)
def test_kernels(kind, interpreted):
    settings = dict(KERNELS[kind])
    clip = settings.pop("clip_norm", None)
    if clip:
        settings |= {"clip_norm": 1e9}  # which nothing reaches: the textbook does not clip
    for loss in INDEPENDENT:
        check_epoch(SIZES, missing=0.4, loss=loss, **settings)
    check_epoch([3, 18], missing=0.4, rows="sparse", **settings)


def test_a_compiled_kernel():
    check_epoch([3, 9, 17], missing=0.4, loss="BinaryLogLoss", **KERNELS["batches"])


def test_the_objective_of_lbfgs(interpreted):
    network, formulas = random_network(SIZES), formulas_of("tanh", "SquaredError")
    inputs, d = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3))
    d[::2, 1] = d[3] = NAN
    training = trainer(network, inputs, d, *formulas, alpha=0.1)
    patterns = training.patterns._replace(targets=PartlyMissing(d))
    objective = Objective(network, formulas, patterns, training.regularization, np.arange(7))
    parameters = network.weights, network.biases, formulas
    penalty = training.regularization.penalty(1.0)
    error, of_w, of_b = textbook.batch_descent(inputs, d, *parameters, penalty=penalty)
    got, gradient = objective(network.parameters.copy())
    assert got == pytest.approx(error, rel=1e-12)
    mine = network.views(gradient)
    for own, book in zip([*mine[0], *mine[1]], [*of_w, *of_b], strict=True):
        np.testing.assert_allclose(own, -book, **CLOSE)


def test_nothing_missing_is_as_without(interpreted):
    """The same bits, with another record."""
    networks = []
    for d in (Y, Y):
        network = random_network([4, 5, 3])
        training = trainer(network, X, d, *formulas_of("tanh", "SquaredError"), eta=0.001)
        if networks:
            training.patterns = training.patterns._replace(targets=PartlyMissing(d))
        assert isinstance(training.patterns.targets, PartlyMissing) is bool(networks)
        training.epoch(np.arange(9))
        networks.append(network)
    np.testing.assert_array_equal(networks[0].parameters, networks[1].parameters)


# --- The estimators -------------------------------------------------------------------------------

WAYS = {
    "online": {},
    "momentum": {"momentum": 0.9},
    "adam": {"solver": "adam", "batch_size": 8},
    "clipped": {"clip_norm": 1.0, "batch_size": 8},
    "lbfgs": {"solver": "lbfgs", "max_iter": 5},
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_missing_teaches_nothing(way, interpreted):
    """The weights of an output are trained by its own targets, and by nothing else."""
    alone = np.where([True, False, True], Y, NAN)
    alone[0, 1] = Y[0, 1]  # a column must have some target
    settings = SMALL | {"hidden_layer_sizes": (), "shuffle": False} | WAYS[way]
    if way == "clipped":  # by all outputs together
        settings |= {"clip_norm": 1e9}
    model = BackpropRegressor(**settings, learning_rate_init=1e-4).fit(X, Y)
    partly = BackpropRegressor(**settings, learning_rate_init=1e-4).fit(X, alone)
    both = ([one.coefs_[0], one.intercepts_[0]] for one in (model, partly))
    for all_there, some in zip(*both, strict=True):
        if way != "lbfgs":  # which steps along all outputs at a time
            np.testing.assert_array_equal(all_there[..., [0, 2]], some[..., [0, 2]])
        assert not np.array_equal(all_there[..., 1], some[..., 1])
        assert np.isfinite(some).all()


def test_half_of_the_targets_are_enough():
    """Of a function that a network can learn, in columns of different units; compiled."""
    model = fastbp.BackpropRegressor((8,), random_state=0, missing_targets="ignore").fit(X, HALF)
    assert r2_score(Y, model.predict(X)) > 0.98
    there = ~np.isnan(HALF)
    for k in range(3):
        own = HALF[there[:, k], k]
        np.testing.assert_allclose(model.y_mean_[k], own.mean(), rtol=1e-12)
        np.testing.assert_allclose(model.y_scale_[k], own.std(), rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_statistics_of_a_stream(weighted, interpreted):
    """Of the targets that are there, row by row as at once; weights count rows."""
    weights = RNG.integers(1, 4, len(X)).astype(float) if weighted else None
    model = fastbp.BackpropRegressor(**SMALL)
    for n in range(0, 60, 6):
        part = None if weights is None else weights[n : n + 6]
        model.partial_fit(X[n : n + 6], HALF[n : n + 6], part)
    for k in range(3):  # as if the rows without a target had not been there
        own = None
        for n in range(0, 60, 6):
            rows = n + np.flatnonzero(~np.isnan(HALF[n : n + 6, k]))
            more = HALF[rows, k][:, None], None if weights is None else weights[rows]
            if len(rows):
                own = Moments.of(*more) if own is None else own.follow(*more)
        assert model._y_moments.weight[k] == own.weight
        np.testing.assert_allclose(model.y_mean_[k], own.mean[0], rtol=1e-12)
        np.testing.assert_allclose(model._y_moments.variance[k], own.variance[0], rtol=1e-12)
    again = pickle.loads(pickle.dumps(model))
    for one in (model, again):
        one.partial_fit(X, HALF)
    np.testing.assert_array_equal(model.predict(X), again.predict(X))


def test_a_stream_may_begin_without_a_target(interpreted):
    model = fastbp.BackpropRegressor(**SMALL)
    model.partial_fit(X[:3], np.where([True, False, True], Y[:3], NAN))
    assert model.y_mean_[1] == 0 and model.y_scale_[1] == 1
    model.partial_fit(X[3:9], Y[3:9])
    np.testing.assert_allclose(model.y_mean_[1], Y[3:9, 1].mean())


def test_rows_without_a_target_change_nothing(interpreted):
    """But for the count of patterns, and what columns look like."""
    model = BackpropRegressor(**SMALL).partial_fit(X, Y)
    before = [w.copy() for w in model.coefs_ + model.intercepts_]
    model.partial_fit(X, np.full_like(Y, NAN))
    for w, old in zip(model.coefs_ + model.intercepts_, before, strict=True):
        np.testing.assert_array_equal(w, old)
    assert model.loss_ == 0 and model.t_ == 120
    model.set_params(alpha=0.5).partial_fit(X, np.full_like(Y, NAN))
    assert all(
        np.linalg.norm(w) < np.linalg.norm(old)
        for w, old in zip(model.coefs_, before[:2], strict=True)
    )


def test_one_target(interpreted):
    """A stream of which not every row has a target."""
    y = np.where(np.arange(60) % 3, Y[:, 0], NAN)
    model = BackpropRegressor(**SMALL).fit(X, y)
    assert model.predict(X).shape == (60,)
    there = ~np.isnan(y)
    other = BackpropRegressor(**SMALL | {"shuffle": False, "max_iter": 1})
    same = copy.deepcopy(other).fit(X[there], y[there])
    other.fit(X, y)
    assert_equal(other._network(), same.coefs_ + same.intercepts_)
    assert other.loss_ * 60 == pytest.approx(same.loss_ * there.sum())


def test_labels(interpreted):
    settings = SMALL | {"hidden_layer_sizes": (), "label_smoothing": 0.1, "shuffle": False}
    model = BackpropClassifier(**settings).fit(X, LABELS)
    whole = BackpropClassifier(**settings).fit(X, np.nan_to_num(LABELS))
    assert model._label_binarizer.y_type_ == "multilabel-indicator"
    assert not np.allclose(model.coefs_[0], whole.coefs_[0])
    zeros = LABELS.copy()
    zeros[:, 0] = np.where(np.isnan(zeros[:, 0]), 0, zeros[:, 0])
    partly = BackpropClassifier(**settings).fit(X, zeros)  # of outputs 1 and 2 nothing changes
    np.testing.assert_array_equal(partly.coefs_[0][:, 1:], model.coefs_[0][:, 1:])
    stream = BackpropClassifier(**settings)
    for n in range(0, 60, 20):
        stream.partial_fit(X[n : n + 20], LABELS[n : n + 20], classes=[0, 1, 2])
    assert np.isfinite(stream.predict_proba(X)).all()


def test_scores(interpreted):
    model = BackpropRegressor(**SMALL).fit(X, Y)
    out, there = model.predict(X), ~np.isnan(HALF)
    each = [r2_score(HALF[there[:, k], k], out[there[:, k], k]) for k in range(3)]
    assert model.score(X, HALF) == pytest.approx(np.mean(each))
    assert model.score(X, Y) == r2_score(Y, out)
    once = np.full_like(Y, NAN)
    once[:, 0], once[3, 1] = Y[:, 0], 2.0  # R² of one target is not defined
    assert model.score(X, once) == pytest.approx(r2_score(Y[:, 0], out[:, 0]))
    classifier = BackpropClassifier(**SMALL).fit(X, LABELS)
    right = np.isnan(LABELS) | (LABELS == classifier.predict(X))
    any_label = ~np.isnan(LABELS).all(axis=1)
    weights = np.arange(60.0)
    expected = np.average(right.all(axis=1)[any_label], weights=weights[any_label])
    assert classifier.score(X, LABELS, weights) == pytest.approx(expected)


def test_validation(interpreted):
    """The score and the loss of the held-out rows are those of their targets."""
    settings = SMALL | {"early_stopping": True, "max_iter": 2}
    model = BackpropRegressor(**settings).fit(X, Y, X_val=X, y_val=HALF)
    last = copy.deepcopy(model).set_params(early_stopping=False)
    assert max(model.validation_scores_) == pytest.approx(last.score(X, HALF), rel=1e-6)
    halves = 0.5 * np.nansum((HALF - last.predict(X)) ** 2, axis=1)
    best = int(np.argmax(model.validation_scores_))
    assert model.validation_loss_curve_[best] == pytest.approx(halves.mean(), rel=1e-6)
    held_out = BackpropRegressor(**settings).fit(X, HALF)
    assert np.isfinite(held_out.validation_scores_).all()
    labels = fastbp.BackpropClassifier(**settings).fit(X, LABELS)
    assert np.isfinite(labels.validation_scores_).all()


REFUSED = {
    "not allowed": ({"missing_targets": "error"}, HALF, "y contains NaN"),
    "a column": ({}, np.where([True, True, False], Y, NAN), "output 2 has no target in any"),
    "infinite": ({}, np.where(np.isnan(HALF), np.inf, Y), "y contains infinity"),
    "softmax": ({"loss": MultinomialLogLoss()}, HALF, "row 0 has a missing.*MultinomialLogLoss"),
    "poisson": ({"loss": "poisson"}, HALF, "requires non-negative values"),
    "no such policy": ({"missing_targets": "skip"}, HALF, "'missing_targets' parameter"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case, interpreted):
    settings, y, words = REFUSED[case]
    model = BackpropRegressor(**SMALL | settings)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=words):
        model.fit(X, y)
    assert vars(model) == before


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_a_class_is_not_missing(call, interpreted):
    """Where each row has one; and NaN is not a label."""
    model = BackpropClassifier(**SMALL)
    classes = {} if call == "fit" else {"classes": [0, 1, 2]}
    y = np.where(np.arange(60) == 4, NAN, np.arange(60) % 3)
    with pytest.raises(ValueError, match="row 4 has no label: missing_targets"):
        getattr(model, call)(X, y, **classes)
    with pytest.raises(ValueError, match=r"X_val, y_val.*row 4 has no label"):
        model.fit(X, np.arange(60) % 3, X_val=X, y_val=y)
    strings = np.array(["a", "b", NAN] * 20, dtype=object)
    with pytest.raises(ValueError, match="labels of different types"):
        getattr(model, call)(X, strings, **classes)


def test_data_frames(interpreted):
    pandas = pytest.importorskip("pandas")
    y = pandas.DataFrame(HALF, columns=["a", "b", "c"])
    y["b"] = y["b"].astype("Float64")
    y["c"] = [None if np.isnan(number) else number for number in y["c"]]
    model, other = BackpropRegressor(**SMALL).fit(X, y), BackpropRegressor(**SMALL).fit(X, HALF)
    np.testing.assert_array_equal(model.predict(X), other.predict(X))
