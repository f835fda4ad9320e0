"""Streams that bring features and classes nobody knew of, against those that knew them."""

import copy
import pickle

import numpy as np
import pandas
import pytest
from plain import BackpropClassifier, BackpropRegressor
from sklearn.base import clone
from trained import (
    CLOSE,
    LOSSES,
    RULES,
    assert_padding_is_zero,
    random_network,
    random_patterns,
    trainer,
)

import fastbp
from fastbp import losses
from fastbp.activations import ACTIVATIONS
from fastbp.estimators.growing import features
from fastbp.estimators.growing.classes import grow_classes, reserve
from fastbp.estimators.growing.features import Places, grow_features, places_of
from fastbp.network.growth import Outputs, with_inputs, with_outputs
from fastbp.network.network import Network
from fastbp.rules import init
from fastbp.schedules import Schedule
from fastbp.training.lbfgs import Objective
from fastbp.training.moments import Moments
from fastbp.training.optimizer import Optimizer

pytestmark = [
    pytest.mark.usefixtures("interpreted"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

RNG = np.random.default_rng(0)
NAMES = list("abcdef")
X = RNG.normal(size=(40, 6)) * [1, 2, 3, 1, 10, 0.1] + [0, 1, -5, 0, 100, 0]
FRAME = pandas.DataFrame(X, columns=NAMES)
Y = X @ [1, -1, 0.5, 2, 0.1, 10]
LABELS = np.arange(40) * 7 % 5
SMALL = {"hidden_layer_sizes": (4,), "random_state": 0, "shuffle": False}


def parts(network):
    return network.weights + network.biases


def parameters(model):
    return model.coefs_ + model.intercepts_


def assert_alike(one, other, **close):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, **(close or CLOSE))


# --- Networks -------------------------------------------------------------------------------------


def test_inputs_come_one_by_one():
    """What there is stays, what is new is zero, and few of a thousand are laid out anew."""
    network, moves = random_network([3, 5, 4, 2]), 0
    before = [np.array(part) for part in parts(network)]
    for n in range(4, 1003):
        growth = with_inputs(network, n)
        assert growth.in_place == (growth.after.parameters is network.parameters)
        assert growth.after.sizes == [n, 5, 4, 2] and growth.before is network
        moves += not growth.in_place
        network = growth.after
        assert network.parameters.size == network.n_weights + network.n_units
    assert moves == 9  # to 6, 12, ... 1536
    assert network.room == 1536
    np.testing.assert_array_equal(network.weights[0][:3], before[0])
    np.testing.assert_array_equal(network.weights[0][3:], 0)
    assert_alike(parts(network)[1:], before[1:], rtol=0, atol=0)
    assert_padding_is_zero(network)
    with pytest.raises(ValueError, match="room for 1536 inputs, not for 1537"):
        network.with_inputs(1537)


@pytest.mark.parametrize("sizes", [[3, 2], [3, 5, 2]])
def test_outputs_come_in_between(sizes):
    network = random_network(sizes)
    outputs = Outputs(np.array([3, 0]), np.array([0, 1]), np.array([1, -2.0]), np.array([0, 0.5]))
    growth = with_outputs(network, 18, outputs)
    old, new = (one.weights[-1] for one in (network, growth.after))
    np.testing.assert_array_equal(new[:, [3, 0]], old * [1, -2])
    new_biases, biases = growth.after.biases[-1], network.biases[-1]
    np.testing.assert_array_equal(new_biases[[3, 0]], biases * [1, -2] + [0, 0.5])
    others = np.setdiff1d(np.arange(18), [3, 0])
    assert not new[:, others].any() and not new_biases[others].any()
    assert_alike(growth.after.weights[:-1], network.weights[:-1], rtol=0, atol=0)
    assert not outputs.as_they_were
    assert_padding_is_zero(growth.after)


KERNELS = {
    "delayed": {"batch_size": 1},
    "online": {"batch_size": 1, "alpha": 0.1, "momentum": 0.9},
    "constrained": {"batch_size": 1, "max_norm": 0.8},
    "batches": {"batch_size": 3, "alpha": 0.1},
    "accumulated": {"batch_size": 3, "clip_norm": 0.1, "rule": RULES["rprop"]},
}


@pytest.mark.parametrize("kind", KERNELS)
def test_room_changes_nothing(kind):
    """Kernels train a network with room for more inputs as they train one without."""
    sizes = [5, 9, 3]
    inputs, d = random_patterns(7, sizes, "SquaredError")
    networks = [random_network(sizes), Network(sizes, np.float64, 12)]
    for one, other in zip(parts(networks[1]), parts(networks[0]), strict=True):
        one[:] = other
    errors = []
    for network in networks:
        formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
        training = trainer(network, inputs, d, *formulas, **KERNELS[kind])
        errors.append([training.epoch(np.arange(7)) for _ in range(2)])
    np.testing.assert_allclose(*errors, rtol=1e-13)
    assert_alike(parts(networks[0]), parts(networks[1]), rtol=1e-13, atol=1e-15)
    assert_padding_is_zero(networks[1])


def test_room_changes_no_objective():
    sizes = [5, 9, 3]
    inputs, d = random_patterns(7, sizes, "SquaredError")
    small, large = random_network(sizes), Network(sizes, np.float64, 12)
    for one, other in zip(parts(large), parts(small), strict=True):
        one[:] = other
    results = []
    for network in (small, large):
        training = trainer(network, inputs, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"], alpha=1)
        arguments = training.patterns, training.regularization, np.arange(7)
        objective = Objective(network, training.formulas, *arguments)
        error, gradient = objective(network.parameters.copy())
        weights, biases = network.views(gradient)
        results.append([error, *weights, *biases])
    assert_alike(*results)


@pytest.mark.parametrize("average_from", [0, 1])
@pytest.mark.parametrize("rule", RULES)
def test_the_state_grows_along(rule, average_from):
    """In the same vector and in a new one; with the average that is shown, and what is trained."""
    sizes = [3, 5, 2]
    inputs, d = random_patterns(6, sizes, "SquaredError")
    network = random_network(sizes)
    settings = {"rule": RULES[rule], "average_from": average_from}
    training = trainer(network, inputs, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings)
    training.epoch(np.arange(6))
    optimizer = training.optimizer
    optimizer.show_average(network)
    kept = len(init(optimizer.rule(), 0.0))
    for n in (4, 5, 6, 13):  # the first and the last have to move
        before = [
            network.views(row) for row in optimizer.state.reshape(kept, network.parameters.size)
        ]
        before = [[np.array(part) for part in [*w, *b]] for w, b in before]
        trained = optimizer.trained
        growth = with_inputs(network, n)
        growth.after.weights[0][network.sizes[0] :] = 0.1 * n
        optimizer.grow(growth)
        network, n_known = growth.after, network.sizes[0]
        first = init(optimizer.rule(), network.weights[0][n_known:])
        assert optimizer.state_for(network).size == kept * network.parameters.size
        for row, old, values in zip(
            optimizer.state.reshape(kept, network.parameters.size), before, first, strict=True
        ):
            weights, biases = network.views(row)
            np.testing.assert_array_equal(weights[0][:n_known], old[0])
            np.testing.assert_array_equal(weights[0][n_known:], values)
            assert_alike([*weights[1:], *biases], old[1:], rtol=0, atol=0)
        if average_from:
            assert (trained is not optimizer.trained) and trained.size <= network.parameters.size
            own = network.views(optimizer.trained)[0][0]
            np.testing.assert_array_equal(own[n_known:], 0.1 * n)
            np.testing.assert_array_equal(
                network.parameters, optimizer.state[: network.parameters.size]
            )
    if average_from:
        optimizer.hide_average(network)
        np.testing.assert_array_equal(network.weights[0][3:4], 0.4)


def test_a_state_of_another_network_begins_anew():
    optimizer = Optimizer(RULES["momentum"], Schedule())
    growth = with_inputs(random_network([3, 5, 2]), 4)
    optimizer.grow(growth)
    assert optimizer.state is None
    optimizer.state = np.ones(7)
    optimizer.grow(growth)
    assert not optimizer.state_for(growth.after).any()


# --- New features ---------------------------------------------------------------------------------

SOLVERS = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "adam": {"solver": "adam"},
    "averaged": {"average": True, "momentum": 0.9},
    "clipped": {"clip_norm": 0.5, "solver": "rmsprop"},
}


@pytest.mark.parametrize("solver", SOLVERS)
def test_against_one_that_knew_all_columns(solver):
    """From the same initial weights, with zeros where columns were not yet known: the same."""
    settings = SMALL | SOLVERS[solver] | {"alpha": 0.0}
    frame, later = FRAME / FRAME.std(), NAMES[:3]
    model = BackpropRegressor(**settings, new_features="add")
    model.partial_fit(frame.iloc[:1][later], Y[:1])
    first = BackpropRegressor(**settings | {"learning_rate_init": 1e-300})
    first.partial_fit(frame.iloc[:1][later], Y[:1])
    weights, biases = copy.deepcopy(first.coefs_), first.intercepts_
    steps = [(1, 15, 3), (15, 25, 4), (25, 40, 6)]
    for start, stop, n in steps:
        known = model.coefs_[0].shape[0]
        if n > known:  # see what is drawn, which nothing has trained yet
            other = copy.copy(model)
            grow_features(other, NAMES[known:n])
            weights[0] = np.vstack([weights[0], other.coefs_[0][known:]])
        model.partial_fit(frame.iloc[start:stop][NAMES[:n]], Y[start:stop])
    knew = BackpropRegressor(**settings, warm_start=True)
    knew.coefs_, knew.intercepts_ = weights, biases
    for start, stop, n in [(0, 1, 3), *steps]:
        there = frame * (np.arange(6) < n)
        knew.partial_fit(there.iloc[start:stop], Y[start:stop])
    assert_alike(parameters(model), parameters(knew), rtol=1e-12, atol=1e-13)
    assert model.t_ == knew.t_ == 40
    assert_padding_is_zero(model._network())
    np.testing.assert_array_equal(model.feature_names_in_, NAMES)


def test_what_was_predicted_is_predicted_still():
    """For rows that lack the new columns; which are drawn within the bounds of such a network."""
    model = fastbp.BackpropRegressor(**SMALL, new_features="add").partial_fit(FRAME[["a", "b"]], Y)
    out = model.predict(FRAME[["a", "b"]])
    weights = [np.array(part) for part in parameters(model)]
    grow_features(model, ["x", "y", "z"])
    np.testing.assert_array_equal(model.predict(FRAME[["b", "a"]]), out)
    new = model.coefs_[0][2:]
    assert np.abs(new).max() <= np.sqrt(6 / (5 + 4)) and len(np.unique(new)) == new.size
    assert_alike([model.coefs_[0][:2], *parameters(model)[1:]], weights, rtol=0, atol=0)
    assert model.n_features_in_ == 5 and list(model.feature_names_in_) == ["a", "b", "x", "y", "z"]
    assert list(model.mean_[2:]) == [0, 0, 0] and list(model.scale_[2:]) == [1, 1, 1]
    more = fastbp.BackpropRegressor(**SMALL, new_features="add").partial_fit(FRAME[["a", "b"]], Y)
    grow_features(more, ["x"])
    grow_features(more, ["y"])
    drawn = more.coefs_[0][2:]
    assert len(np.unique(drawn)) == drawn.size


def test_columns_are_taken_by_name():
    model = fastbp.BackpropRegressor(**SMALL, new_features="ignore").partial_fit(FRAME, Y)
    out = model.predict(FRAME)
    np.testing.assert_array_equal(model.predict(FRAME[NAMES[::-1]].assign(g=1.0)), out)
    mean = FRAME.copy()
    mean["b"], mean["e"] = model.mean_[1], model.mean_[4]
    lacking = FRAME.drop(columns=["b", "e"])
    np.testing.assert_array_equal(model.predict(lacking), model.predict(mean))
    assert list(model.feature_names_in_) == NAMES
    np.testing.assert_array_equal(model.predict(FRAME.astype(np.float32)[["a"]]).shape, (40,))
    model.partial_fit(FRAME[NAMES[::-1]].assign(g="unknown"), Y)
    other = fastbp.BackpropRegressor(**SMALL).partial_fit(FRAME, Y).partial_fit(FRAME, Y)
    np.testing.assert_array_equal(model.predict(FRAME), other.predict(FRAME))
    plain = BackpropRegressor(**SMALL, new_features="ignore").partial_fit(FRAME, Y)
    zeros = FRAME.assign(b=0.0)
    np.testing.assert_array_equal(plain.predict(FRAME.drop(columns="b")), plain.predict(zeros))


def test_statistics_are_those_of_the_rows_that_have_the_column():
    model = fastbp.BackpropRegressor(**SMALL, new_features="add")
    expected = {}
    for n, names in enumerate(["ab", "abc", "ac", "bdc", "abcd", "d", "abcde"]):
        rows = FRAME.iloc[5 * n : 5 * n + 5]
        model.partial_fit(rows[list(names)], Y[5 * n : 5 * n + 5])
        for name in names:
            own = rows[[name]].to_numpy()
            before = expected.get(name)
            expected[name] = Moments.of(own) if before is None else before.follow(own)
    for n, name in enumerate("abcde"):
        assert model.feature_names_in_[n] == name
        np.testing.assert_allclose(model.mean_[n], expected[name].mean[0], rtol=1e-12)
        np.testing.assert_allclose(model.scale_[n], expected[name].scale[0], rtol=1e-12)
        assert model._moments.weight[n] == expected[name].weight


def test_names_of_every_row_and_of_the_validation_set():
    """Rows that bring a name each; X_val is read by name, and never adds one."""
    model = fastbp.BackpropRegressor(**SMALL, new_features="add")
    model.partial_fit(FRAME[["c"]].iloc[:3], Y[:3])
    for n, name in enumerate(NAMES):
        rows, y = FRAME[[name]].iloc[n : n + 1], Y[n : n + 1]
        model.partial_fit(rows, y, X_val=FRAME.assign(unknown=1.0), y_val=Y)
    assert list(model.feature_names_in_) == list("cabdef")
    assert len(model.validation_scores_) == 6
    assert model.validation_scores_[-1] == pytest.approx(model.score(FRAME, Y))
    empty = model.predict(pandas.DataFrame({"unknown": [1.0, 2.0]}))
    np.testing.assert_array_equal(
        empty, model.predict(pandas.DataFrame([model.mean_] * 2, columns=list("cabdef")))
    )


def test_seven_layouts_for_seventy_names(monkeypatch):
    """Neither parameters nor names are copied for each name that comes."""
    moves, rooms = [], set()

    def counted(network, n_inputs):
        growth = with_inputs(network, n_inputs)
        moves.append(not growth.in_place)
        return growth

    monkeypatch.setattr(features, "with_inputs", counted)
    model = BackpropRegressor(**SMALL, solver="adam", batch_size=1, new_features="add")
    for n in range(70):
        model.partial_fit(pandas.DataFrame({f"x{n}": [1.0]}), [1.0])
        rooms.add(places_of(model).room.size)
    assert len(moves) == 69 and sum(moves) == 7 and len(rooms) == 8
    assert model._optimizer.state.size == 2 * model._network().parameters.size
    assert places_of(model).place("x50") == 50


def test_places():
    places = Places(np.array(["a", "b"], object))
    refused, more = places.with_names(["x"]), places.with_names(["c", "d", "e"])
    assert [more.place(name) for name in "abcdex"] == [0, 1, 2, 3, 4, -1]
    assert refused.place("x") == -1 or refused.names[refused.place("x")] == "x"
    assert places.place("c") == -1 and list(places.names) == ["a", "b"]


FRAMES_REFUSED = {
    "other names": ("error", FRAME.rename(columns={"a": "z"}), "unseen at fit time:\n- z"),
    "other order": ("error", FRAME[NAMES[::-1]], "must be in the same order"),
    "a column less": ("error", FRAME[NAMES[1:]], "yet now missing:\n- a"),
    "a column more": ("error", FRAME.assign(g=1.0), "unseen at fit time:\n- g"),
    "nothing known": ("ignore", FRAME.rename(columns=str.upper), "none of the columns.*'a', 'b'"),
    "twice": ("add", FRAME[["a", "b", "a"]], "column 'a' occurs twice"),
    "strings": ("add", FRAME.assign(new="text"), "column 'new' holds strings"),
    "nan": ("add", FRAME.assign(new=np.nan), "Input X contains NaN"),
    "nan in y": ("add", FRAME.assign(new=1.0), "y contains NaN"),
    "an array": ("add", X[:, :5], "X has 5 features, but .* is expecting 6"),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("case", FRAMES_REFUSED)
def test_what_is_refused_changes_nothing(case):
    policy, frame, words = FRAMES_REFUSED[case]
    model = fastbp.BackpropRegressor(**SMALL, momentum=0.9, new_features=policy)
    model.partial_fit(FRAME, Y)
    other, before = copy.copy(model), dict(vars(model))
    y = np.where(Y > 0, Y, np.nan) if case == "nan in y" else Y
    with pytest.raises(ValueError, match=words):
        model.partial_fit(frame, y)
    assert vars(model).keys() - {"_places"} == before.keys() - {"_places"}
    assert all(vars(model)[name] is value for name, value in before.items())
    for one in (model, other):  # what comes then is as if nothing had been
        one.set_params(new_features="add").partial_fit(FRAME.assign(later=Y, last=1.0), Y)
    assert_alike(parameters(model), parameters(other), rtol=0, atol=0)


# --- New classes ----------------------------------------------------------------------------------


def classifier(**settings):
    return BackpropClassifier(**SMALL | {"new_classes": "add", "alpha": 0.0} | settings)


@pytest.mark.parametrize("solver", [name for name in SOLVERS if name != "averaged"])
def test_against_one_that_knew_all_classes(solver):
    """The same, if the output of the class that does not occur is out of reach until it does.

    (An average would be of that as well.)
    """
    inputs = (X - X.mean(axis=0)) / X.std(axis=0)
    few, rest = LABELS != 2, np.concatenate([LABELS[LABELS == 2][:4], LABELS[:10]])
    more = np.concatenate([inputs[LABELS == 2][:4], inputs[:10]])
    model = classifier(**SOLVERS[solver])
    knew = classifier(**SOLVERS[solver], warm_start=True)
    first = BackpropClassifier(**SMALL | {"learning_rate_init": 1e-300})
    first.partial_fit(inputs[:1], [0], classes=range(5))
    knew.coefs_, knew.intercepts_ = first.coefs_, first.intercepts_
    model.coefs_, model.intercepts_ = copy.deepcopy((first.coefs_, first.intercepts_))
    four = [0, 1, 3, 4]
    model.set_params(warm_start=True)
    model.coefs_[1], model.intercepts_[1] = model.coefs_[1][:, four], model.intercepts_[1][four]
    knew.intercepts_[1][2] = -1e4  # e^−10000 is 0
    model.partial_fit(inputs[few], LABELS[few], classes=four)
    knew.partial_fit(inputs[few], LABELS[few], classes=range(5))
    grow_classes(model, np.array([2]))
    np.testing.assert_array_equal(model.classes_, range(5))
    for one, other in ((model.coefs_, knew.coefs_), (model.intercepts_, knew.intercepts_)):
        np.testing.assert_allclose(one[0], other[0], **CLOSE)
        np.testing.assert_allclose(one[1][..., four], other[1][..., four], **CLOSE)
        other[1][..., 2] = one[1][..., 2]
    for one in (model, knew):
        one.partial_fit(more, rest)
    assert_alike(parameters(model), parameters(knew), rtol=1e-11, atol=1e-12)
    assert_padding_is_zero(model._network())


KNOWN = {"one": [3], "two": [1, 3], "three": [1, 3, 6]}
ADDED = {"below": [0], "between": [2], "above": [9], "two of them": [0, 4]}


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("added", ADDED)
@pytest.mark.parametrize("known", KNOWN)
def test_predictions_for_known_input_stay(known, added, loss):
    """The same classes, and the same odds of those that were known; others have a small part."""
    classes, new = np.array(KNOWN[known]), np.array(ADDED[added])
    y = classes[np.argmax(X[:, : len(classes)] / X.std(axis=0)[: len(classes)], axis=1)]
    model = fastbp.BackpropClassifier(**SMALL, loss=loss, new_classes="add", momentum=0.5)
    for _ in range(5):
        model.partial_fit(X, y)
    before, labels = model.predict_proba(X), model.predict(X)
    grow_classes(model, new)
    after = model.predict_proba(X)
    places = np.searchsorted(model.classes_, classes)
    np.testing.assert_array_equal(model.classes_, np.union1d(classes, new))
    np.testing.assert_array_equal(model.predict(X), labels)
    others = after[:, places]
    np.testing.assert_allclose(
        others / others.sum(axis=1, keepdims=True), before, rtol=1e-5, atol=1e-6
    )
    assert 0 < 1 - others.sum(axis=1).max() and 1 - others.sum(axis=1).min() < 0.45
    kind = "logistic" if loss == "squared_error" or len(model.classes_) == 2 else "softmax"
    assert model.out_activation_ == kind
    assert model.n_outputs_ == model.coefs_[-1].shape[1]
    t = model.t_
    model.partial_fit(X, np.resize(model.classes_, 40))
    assert model.t_ == t + 40
    assert model._optimizer.state.size == model._network().parameters.size


def test_a_stream_that_begins_with_nothing():
    """One class, then another, then many; strings that are longer than any before."""
    model = classifier(new_features="add")
    model.partial_fit(FRAME[["a"]].iloc[:2], ["no", "no"])
    assert list(model.classes_) == ["no"] and list(model.predict(FRAME[["a"]])) == ["no"] * 40
    model.partial_fit(FRAME[["b"]].iloc[2:4], ["maybe", "no"])
    model.partial_fit(FRAME[["c", "a"]].iloc[4:6], np.array(["not at all", "yes"], dtype=object))
    assert list(model.classes_) == ["maybe", "no", "not at all", "yes"]
    assert model.coefs_[0].shape == (3, 4) and model.coefs_[1].shape == (4, 4)
    assert set(model.predict(FRAME)) <= set(model.classes_)
    np.testing.assert_allclose(model.predict_proba(FRAME).sum(axis=1), 1)
    model.partial_fit(FRAME[["a"]].iloc[:1], ["no"], classes=["announced"])
    assert model.predict_proba(FRAME).shape == (40, 5)
    for other in (pickle.loads(pickle.dumps(model)), copy.copy(model)):
        one = copy.copy(model)
        for each in (one, other):
            each.partial_fit(FRAME[["d", "a"]].iloc[:3], ["zero", "no", "yes"])
        assert_alike(parameters(one), parameters(other), rtol=0, atol=0)
        assert "_places" not in model.__getstate__()
    assert not hasattr(clone(model), "classes_")
    model.set_params(max_iter=1).fit(X, LABELS)
    assert not hasattr(model, "feature_names_in_") and len(model.classes_) == 5


def test_a_new_class_is_learned():
    """As well as if it had been known; compiled."""
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(4, 5)) * 3
    y = np.concatenate([np.arange(100) % 2, np.arange(300) % 4])
    inputs = centres[y] + rng.normal(size=(400, 5))
    right = []
    for settings in ({"new_classes": "add"}, {}):
        model = fastbp.BackpropClassifier((8,), random_state=0, **settings)
        for n in range(0, 300, 10):
            classes = None if n or settings else range(4)
            model.partial_fit(inputs[n : n + 10], y[n : n + 10], classes=classes)
        right.append(np.mean(model.predict(inputs[300:]) == y[300:]))
    assert right[0] > 0.8 and right[0] > right[1] - 0.05, right


LABELS_REFUSED = {
    "not allowed": ({"new_classes": "error"}, np.full(40, 7), "has classes not in"),
    "strings": ({}, np.full(40, "x"), "labels of another kind than classes_"),
    "numbers that are none": ({}, np.full(40, 0.5), "Unknown label type"),
    "indicators": ({}, np.eye(5)[LABELS], "y must be class labels"),
    "another loss": ({"loss": "squared_error"}, np.full(40, 7), "loss has changed"),
    "nan": ({}, np.where(LABELS == 1, np.nan, 7.0), "contains NaN"),
}


@pytest.mark.parametrize("case", LABELS_REFUSED)
def test_labels_that_are_refused_change_nothing(case):
    settings, y, words = LABELS_REFUSED[case]
    model = classifier(momentum=0.9).partial_fit(X, LABELS)
    model.set_params(**settings)
    before, out = dict(vars(model)), model.predict_proba(X)
    with pytest.raises(ValueError, match=words):
        model.partial_fit(X, y)
    assert all(vars(model)[name] is value for name, value in before.items())
    np.testing.assert_array_equal(model.predict_proba(X), out)


def test_labels_in_an_indicator_matrix_stay():
    model = classifier().partial_fit(X, np.eye(5, dtype=int)[LABELS], classes=range(5))
    with pytest.raises(ValueError, match="has classes not in"):
        model.partial_fit(X, np.eye(6, dtype=int)[LABELS])
    with pytest.raises(ValueError, match="is for one class per row"):
        model.partial_fit(X, np.eye(5, dtype=int)[LABELS], classes=range(6))


def test_a_loss_without_an_output_for_the_first_of_two_classes():
    model = classifier(loss=losses.SquaredError()).partial_fit(X, LABELS % 2)
    with pytest.raises(ValueError, match="SquaredError has one output for two classes"):
        model.partial_fit(X, LABELS)
    assert list(model.classes_) == [0, 1]


def test_how_far_a_new_class_is_held_back():
    assert reserve(0) == 0 and reserve(10**9) == reserve(10**4)
    assert np.exp(reserve(399)) == pytest.approx(20)
