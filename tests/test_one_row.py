"""One row at a time: `learn_one` and `predict_one` give what tables of one row give."""

import collections
import copy
import itertools
import pickle
import sys
import threading

import numpy as np
import pandas as pd
import pytest

import fastbp
from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.compiling import jit
from fastbp.estimators.draft import LEARNING, PREDICTING
from fastbp.objects import rows as rows_of_objects
from fastbp.penalties import WeightDecay

RNG = np.random.default_rng(0)
NAMES = ["a", "b", "c"]
X = RNG.normal(size=(60, 3)) * [1, 10, 100] + [0, 5, 50]
KINDS = np.arange(60) % 3
Y = {"two": KINDS % 2, "three": KINDS, "number": 30 * X[:, 0] + X[:, 1] + 7}


def network(kind, **parameters):
    """Return an estimator that has seen some rows, and whose next one is like `learn_one`'s."""
    cls = BackpropRegressor if kind == "number" else BackpropClassifier
    return cls((4, 3), random_state=1, **parameters)


def begun(kind, names=None, **parameters):
    model, table = network(kind, **parameters), X[:5]
    if names:
        table = pd.DataFrame(table, columns=names)
    classes = {} if kind == "number" else {"classes": np.unique(Y[kind])}
    return model.partial_fit(table, Y[kind][:5], **classes)


def state(model):
    """Return all that learning changes."""
    numbers = [*model.coefs_, *model.intercepts_, model.t_]
    for name in ("mean_", "scale_", "y_mean_", "y_scale_"):
        if getattr(model, name, None) is not None:
            numbers.append(getattr(model, name))
    for moments in (model._moments, getattr(model, "_y_moments", None)):
        if moments is not None:
            numbers += [np.broadcast_to(moments.weight, moments.mean.shape), *moments[1:]]
    if model._optimizer.state is not None:
        numbers.append(model._optimizer.state)
    return [np.array(one) for one in (*numbers, model._optimizer.updates, model._optimizer.epochs)]


def assert_same(one, other):
    for ours, theirs in zip(state(one), state(other), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for name in ("loss_", "running_loss_"):  # which an interpreted kernel sums in float32
        rtol = 0 if jit.is_compiling() else 1e-6
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=0)


def native(label):
    return label.item() if isinstance(label, np.generic) else label


def follow(kind, rows=range(5, 30), weights=None, **parameters):
    """Train one by rows and another by tables of one row; return the first."""
    one, other = begun(kind, **parameters), begun(kind, **parameters)
    for p in rows:
        w = 1.0 if weights is None else weights[p]
        one.learn_one(X[p].tolist(), native(Y[kind][p]), w)
        other.partial_fit(X[p : p + 1], Y[kind][p : p + 1], None if w == 1 else [w])
    assert_same(one, other)
    return one


# --- The same bits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"standardize": False, "learning_rate_init": 1e-5},
        {"dtype": "float64", "activation": "tanh"},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterovs_momentum": False, "max_norm": 0.5},
        {"solver": "adam", "alpha": 0.01},
        {"solver": "adamw", "alpha": 0.01, "warmup_epochs": 20},
        {"solver": "rmsprop", "learning_rate": "invscaling", "learning_rate_init": 0.01},
        {"alpha": WeightDecay(0.001), "batch_size": "auto"},
        {"alpha": 0.01, "l1_ratio": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", Y)
def test_rows_teach_what_tables_of_one_row_teach(interpreted, kind, parameters):
    model = follow(kind, range(5, 12), **parameters)
    assert LEARNING in vars(model)


@pytest.mark.parametrize(
    "parameters",
    [
        {"dropout": 0.5},
        {"average": True},
        {"clip_norm": 1.0},
        {"learning_rate": "adaptive"},
        {"batch_size": 5, "alpha": 0.1},
    ],
    ids=str,
)
def test_what_is_more_than_a_step_takes_the_long_way(interpreted, parameters):
    follow("two", range(5, 9), **parameters)


@pytest.mark.parametrize("loss", ["poisson", "huber", "absolute_error", "quantile"])
def test_units_of_targets(interpreted, loss, monkeypatch):
    monkeypatch.setitem(Y, "number", np.abs(Y["number"]))
    follow("number", range(5, 12), loss=loss)


def test_compiled_too():
    follow("three")
    follow("number", standardize=False, learning_rate_init=1e-6, dtype="float64")
    follow("two", solver="adam", label_smoothing=0.1, weights=RNG.uniform(0.1, 6, 60))


def test_weights(interpreted):
    follow("number", range(5, 12), weights=np.array([0.3, 1, 2.5, 4, 4.5, 11] * 10))


def test_no_weight_no_lesson(interpreted):
    model = begun("two")
    before = state(model)
    model.learn_one(X[5].tolist(), 1, 0)
    assert all(map(np.array_equal, before, state(model)))


def test_the_first_row(interpreted):
    one, other = network("number"), network("number")
    one.learn_one(X[0].tolist(), Y["number"][0])
    other.partial_fit(X[:1], Y["number"][:1])
    assert_same(one, other)


def test_several_outputs_and_labels(interpreted):
    both = np.stack([Y["number"], -Y["number"]], axis=1)
    one, other = network("number"), network("number")
    for p in range(3):
        one.learn_one(X[p].tolist(), both[p])
        other.partial_fit(X[p : p + 1], both[p : p + 1])
    assert_same(one, other)
    np.testing.assert_array_equal(one.predict_one(X[5].tolist()), other.predict(X[5:6])[0])
    labels = np.stack([KINDS == 0, KINDS > 0], axis=1).astype(int)
    model = network("two").partial_fit(X[:5], labels[:5], classes=[0, 1])
    model.learn_one(X[5].tolist(), labels[5])
    np.testing.assert_array_equal(model.predict_one(X[5].tolist()), model.predict(X[5:6])[0])
    found = model.predict_proba_one(X[5].tolist())
    assert list(found.values()) == model.predict_proba(X[5:6])[0].tolist()


# --- Prediction -----------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [{}, {"standardize": False}, {"dtype": "float64"}], ids=str)
@pytest.mark.parametrize("kind", Y)
def test_predictions(interpreted, kind, parameters):
    model = begun(kind, **parameters)
    for p in range(5, 9):
        row = X[p].tolist()
        for _ in range(2):  # the long way, and the short one
            assert model.predict_one(row) == model.predict(X[p : p + 1])[0]
            assert type(model.predict_one(row)) is (float if kind == "number" else int)
            if kind != "number":
                found = model.predict_proba_one(row)
                assert list(found) == model.classes_.tolist()
                np.testing.assert_array_equal(
                    list(found.values()), model.predict_proba(X[p : p + 1])[0]
                )
        assert PREDICTING in vars(model)
        model.learn_one(row, native(Y[kind][p]))


def test_compiled_predictions():
    for kind in Y:
        model = begun(kind)
        for p in range(5, 15):
            assert model.predict_one(X[p]) == model.predict(X[p : p + 1])[0]
            model.learn_one(X[p], Y[kind][p])
            if kind != "number":
                (given,) = model.predict_proba(X[p : p + 1])
                assert list(model.predict_proba_one(X[p]).values()) == given.tolist()


def test_squared_errors_are_probabilities_over_their_sum(interpreted):
    model = begun("three", loss="squared_error")
    for _ in range(2):
        found = model.predict_proba_one(X[7].tolist())
        np.testing.assert_allclose(
            list(found.values()), model.predict_proba(X[7:8])[0], rtol=1e-12, atol=0
        )


def test_a_model_that_was_fitted_otherwise(interpreted):
    model = BackpropRegressor((2,), solver="lbfgs", max_iter="auto").fit(X[:9], Y["number"][:9])
    for _ in range(2):
        assert model.predict_one(X[0].tolist()) == model.predict(X[:1])[0]
    with pytest.raises(AttributeError, match="partial_fit is only available"):
        model.learn_one(X[0].tolist(), 1.0)


# --- Kinds of rows --------------------------------------------------------------------------------

ROW = {"a": 0.5, "b": 3.0, "c": 40.0}
FORMS = {
    "dict": ROW,
    "another order": dict(reversed(ROW.items())),
    "list": list(ROW.values()),
    "tuple": tuple(ROW.values()),
    "float64": np.array(list(ROW.values())),
    "float32": np.array(list(ROW.values()), np.float32),
    "every second one": np.repeat(list(ROW.values()), 2)[::2],
    "backwards": np.array(list(ROW.values())[::-1])[::-1],
    "big-endian": np.array(list(ROW.values()), ">f8"),
    "series": pd.Series(ROW),
    "defaultdict": collections.defaultdict(float, ROW),
    "mapping": collections.ChainMap(ROW),
    "NumPy's numbers": {"a": np.float32(0.5), "b": np.int8(3), "c": np.float64(40)},
    "Python's numbers": {"a": 0.5, "b": 3, "c": 40},
}


@pytest.mark.parametrize("compiled", [False, True])
def test_forms_of_rows(compiled):
    with fastbp.interpreted() if not compiled else threading.Lock():
        expected = begun("three", NAMES)
        expected.partial_fit(pd.DataFrame([ROW]), [1])
        expected.partial_fit(pd.DataFrame([ROW]), [2])
        for name, x in FORMS.items():
            model = begun("three", NAMES)
            model.learn_one(x, 1)
            model.learn_one(x, 2)
            assert_same(model, expected)
            for _ in range(2):
                assert model.predict_one(x) == expected.predict(pd.DataFrame([ROW]))[0], name


def test_whole_numbers_and_truth_values(interpreted):
    one, other = begun("two", NAMES), begun("two", NAMES)
    for _ in range(2):
        one.learn_one({"a": True, "b": np.int64(2), "c": np.bool_(False)}, True)
        other.learn_one([1, 2, 0], 1.0)
        one.learn_one(np.array([1, 2, 3]), np.int8(1))
        other.learn_one(np.array([1, 2, 3], float), 1)
    assert_same(one, other)


def test_few_features_of_many(interpreted):
    names = [f"f{i}" for i in range(30)]
    table = RNG.normal(size=(5, 30))
    given = {"f7": 1.5, "f29": -1.0}
    for model in (BackpropRegressor((3,), random_state=0) for _ in range(2)):
        model.partial_fit(pd.DataFrame(table, columns=names), table[:, 0])
        model.learn_one(given, 1.0)
        model.learn_one(given, 1.0)
        row = np.where(np.isin(names, list(given)), 0, model.mean_)
        row[[7, 29]] = list(given.values())
        np.testing.assert_allclose(model.predict_one(given), model.predict_one(row), rtol=1e-6)


def test_names_are_those_of_the_first_dict(interpreted):
    model = BackpropRegressor((2,), random_state=0)
    model.learn_one({"z": 1.0, "a": 2.0}, 1.0)
    model.learn_one({"a": 1.0, "z": 3.0}, 2.0)
    assert model.feature_names_in_.tolist() == ["z", "a"] and model.n_features_in_ == 2
    frame = pd.DataFrame([{"z": 1.0, "a": 1.5}])
    assert model.predict_one({"a": 1.5, "z": 1.0}) == model.predict(frame)[0]


def test_what_is_missing_is_the_mean_and_leaves_it(interpreted):
    for parameters in ({}, {"standardize": False, "learning_rate_init": 1e-5}):
        one, other = begun("number", NAMES, **parameters), begun("number", NAMES, **parameters)
        one.learn_one(ROW, 1.0)
        other.learn_one(ROW, 1.0)
        before = [m[1] for m in ([] if one.mean_ is None else one._moments)]
        neutral = 0.0 if one.mean_ is None else one.mean_[1]
        assert one.predict_one({"a": 0.5, "c": 40.0}) == one.predict_one({**ROW, "b": neutral})
        one.learn_one({"a": 0.5, "c": 40.0}, 1.0)
        other.learn_one({**ROW, "b": neutral}, 1.0)
        if one.mean_ is not None:
            assert [m[1] for m in one._moments] == before
        for ours, theirs in zip(one.coefs_, other.coefs_, strict=True):
            np.testing.assert_array_equal(ours, theirs)


# --- What is refused changes nothing --------------------------------------------------------------

REFUSED = {
    "a string": ({**ROW, "b": "3"}, "feature 'b' is '3', which is not a number: leave it out"),
    "None": ({**ROW, "b": None}, "feature 'b' is None"),
    "nan": ({**ROW, "c": np.nan}, "feature 'c' is nan, which is not finite"),
    "infinity": ([1, -np.inf, 2], "feature 'b' is -inf"),
    "nan in an array": (np.array([1, 2, np.nan]), "feature 'c' is"),
    "unknown names": ({**ROW, "d": 1, "e": 2}, r"was not trained on: \['d', 'e'\]. Leave them out"),
    "no known name": ({"q": 1.0}, r"has none of the features .* which are \['a', 'b', 'c'\]"),
    "nothing": ({}, "has none of the features"),
    "too short": ([1, 2], "x has 2 features, but BackpropClassifier is expecting 3"),
    "too long": (np.zeros(4), "x has 4 features"),
    "a table": (np.zeros((1, 3)), r"a 1-D array; got an array of shape \(1, 3\)"),
    "strings": (np.array(["1", "2", "3"]), "array of numbers"),
    "one number": (np.zeros(1), "x has 1 features"),
    "masked": (np.ma.array([1.0, 2, 3], mask=[0, 1, 0]), "masked"),
}


@pytest.mark.parametrize("compiled", [False, True])
def test_rows_that_are_refused(compiled):
    with fastbp.interpreted() if not compiled else threading.Lock():
        model = begun("three", NAMES)
        model.learn_one(ROW, 1)
        model.predict_one(ROW)
        before = state(model)
        for x, message in REFUSED.values():
            with pytest.raises(ValueError, match=message):
                model.learn_one(x, 1)
            with pytest.raises(ValueError, match=message):
                model.predict_one(x)
            with pytest.raises(ValueError, match=message):
                model.predict_proba_one(x)
            assert all(map(np.array_equal, before, state(model)))
        for x in (5, "abc", {1.0, 2.0, 3.0}, None, (n for n in range(3))):
            with pytest.raises(TypeError, match="x must be one row"):
                model.learn_one(x, 1)
        assert all(map(np.array_equal, before, state(model)))
        model.learn_one(ROW, 1)
        assert not all(map(np.array_equal, before, state(model)))


def test_labels_that_are_refused(interpreted):
    model = begun("three", NAMES)
    model.learn_one(ROW, 1)
    before = state(model)
    with pytest.raises(ValueError, match="classes not in `self.classes_`"):
        model.learn_one(ROW, 3)
    with pytest.raises(ValueError, match="y must be one label"):
        model.learn_one(ROW, [1])
    with pytest.raises(ValueError, match="None"):
        model.learn_one(ROW, None)
    for w in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="sample_weight"):
            model.learn_one(ROW, 1, w)
    assert all(map(np.array_equal, before, state(model)))


def test_targets_that_are_refused(interpreted):
    model = begun("number", NAMES)
    model.learn_one(ROW, 1)
    before = state(model)
    for y in (np.nan, np.inf, "3", None):
        with pytest.raises(ValueError):
            model.learn_one(ROW, y)
    assert all(map(np.array_equal, before, state(model)))


def test_a_dict_for_columns_without_names(interpreted):
    model = begun("number")
    with pytest.raises(ValueError, match="trained on columns without names"):
        model.learn_one(ROW, 1.0)
    with pytest.raises(ValueError, match="no features"):
        BackpropRegressor().learn_one({}, 1.0)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_weights_beyond_all_bounds_are_put_back(solver):
    model = begun("number", standardize=False, learning_rate_init=1e-9, solver=solver)
    model.learn_one([0.1, 0.2, 0.3], 1.0)
    route = vars(model)[LEARNING]
    learning = route.record.learning
    wild = learning._replace(rule=learning.rule._replace(eta=1e12))
    route.store(route.bound, route.record._replace(learning=wild))
    before = state(model)
    assert not route.call([1.0, 2.0, 3.0], 1e3, 1.0)
    assert all(map(np.array_equal, before, state(model)))


def test_a_rate_that_is_too_high_is_said(interpreted):
    model = begun("number", standardize=False, learning_rate_init=1e-6)
    model.set_params(learning_rate_init=1e12)
    before = state(model)
    with pytest.raises(ValueError, match="learning rate of 1e\\+12 is probably too high"):
        model.learn_one([1.0, 2.0, 3.0], 4.0)
    assert all(map(np.array_equal, before, state(model)))


# --- Values that do something of their own --------------------------------------------------------


class Wild:
    """A number whose ``__float__`` runs something."""

    def __init__(self, run):
        self.run = run

    def __float__(self):  # noqa: D105
        self.run()
        return 2.0


@pytest.mark.parametrize("compiled", [False, True])
def test_values_that_change_what_is_being_read(compiled):
    with fastbp.interpreted() if not compiled else threading.Lock():
        model = begun("three", NAMES)
        model.learn_one(ROW, 1)
        model.predict_one(ROW)
        row = dict(ROW)
        row["a"] = Wild(row.clear)
        for call in (lambda: model.learn_one(row, 1), lambda: model.predict_one(row)):
            row.update(ROW, a=Wild(row.clear))
            try:
                call()
            except (ValueError, RuntimeError):
                pass
        values = [Wild(lambda: values.clear()), 1.0, 2.0]
        try:
            model.learn_one(values, 1)
        except ValueError as error:
            assert "features" in str(error)
        inner = [Wild(lambda: model.learn_one(ROW, 2)), 1.0, 2.0]
        model.learn_one(inner, 1)
        t = model.t_
        model.learn_one([Wild(lambda: model.set_params(tol=1e-5)), 1.0, 2.0], 1)
        assert model.t_ == t + 1 and np.isfinite(model.coefs_[0]).all()

        def fail():
            raise RuntimeError("no")

        with pytest.raises(ValueError, match="not a number"):
            model.learn_one([Wild(fail), 1.0, 2.0], 1)


# --- Nothing gets out of step ---------------------------------------------------------------------


def both_ways(act):
    """Do something to one that has routes and to one that has none; both go on alike."""
    one, other = begun("three"), begun("three")
    one.learn_one(X[5].tolist(), 1)
    one.predict_one(X[5].tolist())
    other.partial_fit(X[5:6], [1])
    one, other = act(one) or one, act(other) or other
    for p in range(6, 9):
        assert one.predict_one(X[p].tolist()) == other.predict(X[p : p + 1])[0]
        one.learn_one(X[p].tolist(), int(KINDS[p]))
        other.partial_fit(X[p : p + 1], KINDS[p : p + 1])
    assert_same(one, other)


def assign(model):
    model.coefs_ = [2 * w for w in model.coefs_]


def assign_one(model):
    model.intercepts_[-1] = np.array([1.0, 2.0, 3.0], np.float32)


def shift(model):
    model.mean_ = model.mean_ + 1


def write_into(model):
    model.coefs_[0][1] = 0.5


def delete(model):
    del model._optimizer


ACTIONS = {
    "set_params": lambda m: m.set_params(learning_rate_init=1e-3, momentum=0.5, solver="adam"),
    "coefs_": assign,
    "an entry of intercepts_": assign_one,
    "mean_": shift,
    "numbers in coefs_": write_into,
    "delete": delete,
    "pickle": lambda m: pickle.loads(pickle.dumps(m)),
    "deepcopy": copy.deepcopy,
    "partial_fit": lambda m: m.partial_fit(X[20:25], KINDS[20:25]),
    "fit": lambda m: m.fit(X[:6], KINDS[:6]),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_done_to_an_estimator_is_seen(interpreted, action):
    both_ways(ACTIONS[action])


def test_who_predicts_from_within_training_leaves_nothing_behind(interpreted, monkeypatch):
    model = begun("number")
    row, inner = X[5].tolist(), BackpropRegressor._train

    def train(draft, method, task, observer):
        model.predict_one(row)  # the old weights'
        inner(draft, method, task, observer)

    monkeypatch.setattr(BackpropRegressor, "_train", train)
    model.partial_fit(X[6:9], Y["number"][6:9])
    assert PREDICTING not in vars(model)
    assert model.predict_one(row) == model.predict(X[5:6])[0]


def test_interpreting_begins_and_ends():
    model = begun("two")
    model.learn_one(X[5].tolist(), 1)
    compiled = vars(model)[LEARNING]
    with fastbp.interpreted():
        assert LEARNING not in vars(model)
        model.learn_one(X[5].tolist(), 1)
        assert vars(model)[LEARNING] is not compiled
    assert LEARNING not in vars(model)


def test_copies_share_nothing(interpreted):
    model = begun("two")
    model.learn_one(X[5].tolist(), 1)
    twin = pickle.loads(pickle.dumps(model))
    assert (twin.t_, twin.loss_, twin.running_loss_) == (
        model.t_,
        model.loss_,
        model.running_loss_,
    )
    before = state(twin)
    model.learn_one(X[6].tolist(), 1)
    assert all(map(np.array_equal, before, state(twin))) and twin.t_ == model.t_ - 1


def test_attributes_that_rows_change(interpreted):
    model = network("two")
    assert not hasattr(model, "t_") and not hasattr(model, "loss_")
    model = begun("two")
    for p in range(5, 8):
        model.learn_one(X[p].tolist(), 1)
    assert model.t_ == 8 and model.n_iter_ == 1 and np.isfinite(model.running_loss_)
    model.loss_ = 3.0
    assert model.loss_ == 3.0
    del model.loss_
    assert not hasattr(model, "loss_")
    with pytest.raises(AttributeError):
        del model.loss_


def test_rows_wait_until_a_prediction_is_in_its_units(interpreted, monkeypatch):
    model, inner = begun("number"), BackpropRegressor._decode
    model.learn_one(X[5].tolist(), 1.0)

    def decode(view, out):
        assert not vars(model)[LEARNING].call(X[6].tolist(), 1.0, 1.0)
        return inner(view, out)

    monkeypatch.setattr(BackpropRegressor, "_decode", decode)
    model.predict(X[:3])
    monkeypatch.undo()
    assert vars(model)[LEARNING].call(X[6].tolist(), 1.0, 1.0)


def test_threads_do_not_mix_rows():
    model = begun("three", learning_rate_init=1e-9, standardize=False)
    rows = [X[p].tolist() for p in range(20)]
    expected = [model.predict_proba_one(row) for row in rows]
    wrong, n_learned = [], 2000

    def predict():
        for row, probabilities in itertools.islice(
            itertools.cycle(zip(rows, expected, strict=True)), n_learned
        ):
            found = model.predict_proba_one(row)
            if not np.allclose(list(found.values()), list(probabilities.values()), atol=1e-2):
                wrong.append((row, found))

    def learn():
        for row in itertools.islice(itertools.cycle(rows), n_learned):
            model.learn_one(row, 1)

    def train():
        for _ in range(20):
            model.partial_fit(X[:3], KINDS[:3])

    threads = [threading.Thread(target=one) for one in (predict, predict, learn, learn, train)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert model.t_ == 5 + 2 * n_learned + 60  # every row has been learned


# --- Tables of one row ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Y)
def test_tables_of_one_row_take_the_short_way(interpreted, kind, monkeypatch):
    from fastbp.estimators.one_row import tables_of_one

    monkeypatch.setattr(tables_of_one, "SOME", 2)
    quick, slow = begun(kind), begun(kind)
    for p in range(5, 25):
        x, y = X[p : p + 1], Y[kind][p : p + 1]
        quick.partial_fit(x, y)
        slow.partial_fit(x.tolist(), y)
        assert quick.predict(x) == slow.predict(x.tolist())
        assert quick.predict(x).dtype == slow.predict(x.tolist()).dtype
    assert {LEARNING, PREDICTING} <= set(vars(quick)) and not {LEARNING, PREDICTING} & set(
        vars(slow)
    )
    assert_same(quick, slow)
    for name in ("n_iter_", "loss_curve_", "best_loss_", "_no_improvement_count"):
        assert getattr(quick, name) == getattr(slow, name)


BAD = {
    "nan": (np.array([[1, np.nan, 2]]), [1]),
    "width": (np.zeros((1, 4)), [1]),
    "strings": (np.array([["a", "b", "c"]]), [1]),
    "no rows": (np.zeros((0, 3)), []),
    "class": (np.zeros((1, 3)), [7]),
    "two targets": (np.zeros((1, 3)), [1, 2]),
}


@pytest.mark.parametrize("bad", BAD)
def test_errors_are_the_same_to_the_letter(interpreted, bad, monkeypatch):
    from fastbp.estimators.one_row import tables_of_one

    monkeypatch.setattr(tables_of_one, "SOME", 0)
    quick, slow = begun("three"), begun("three")
    for _ in range(2):
        quick.partial_fit(X[5:6], KINDS[5:6])
        quick.predict(X[5:6])
    slow.partial_fit(X[5:6].tolist(), KINDS[5:6]).partial_fit(X[5:6].tolist(), KINDS[5:6])
    messages = []
    for model in (quick, slow):
        for call in (lambda m: m.partial_fit(*BAD[bad]), lambda m: m.predict(BAD[bad][0])):
            try:
                messages.append(str(call(model)))
            except Exception as error:
                messages.append(f"{type(error).__name__}: {error}")
    assert messages[:2] == messages[2:]
    assert_same(quick, slow)


# --- What is relied on ----------------------------------------------------------------------------


def test_members_of_objects_are_where_they_are_expected():
    assert rows_of_objects._members_are_there()


@pytest.mark.parametrize(
    "place, name", [(rows_of_objects, "_members_are_there"), (sys, "_is_gil_enabled")]
)
def test_without_these_rows_go_the_long_way(place, name, monkeypatch):
    monkeypatch.setattr(place, name, lambda: False, raising=False)
    model = begun("three", NAMES)
    for form in ("dict", "list", "float64"):
        model.learn_one(FORMS[form], 1)
        assert model.predict_one(FORMS[form]) in (0, 1, 2)


# --- Names and classes that were not known --------------------------------------------------------


def test_names_that_come_later(interpreted):
    model = begun("number", NAMES, new_features="add")
    model.learn_one(ROW, 1.0)
    before = model.predict_one(ROW)
    assert model.predict_one({**ROW, "d": 5.0}) == before
    twin = begun("number", NAMES, new_features="add")
    twin.learn_one(ROW, 1.0)
    model.learn_one({"d": 3.0, **ROW}, 2.0)
    twin.partial_fit(pd.DataFrame([{**ROW, "d": 3.0}]), [2.0])
    assert model.feature_names_in_.tolist() == [*NAMES, "d"]
    assert_same(model, twin)
    for p in range(3):
        model.learn_one({"d": float(p), "a": 1.0}, 1.0)
        twin.partial_fit(pd.DataFrame([{"a": 1.0, "d": float(p)}]), [1.0])
    assert_same(model, twin)
    assert np.isfinite(model.predict_one({"nobody knows": 1.0}))


def test_a_refused_name_leaves_nothing_behind(interpreted):
    one, other = (begun("number", NAMES, new_features="add", alpha=0.1) for _ in range(2))
    for model in (one, other):
        model.learn_one({**ROW, "d": 1.0}, 1.0)  # there is room for more now
        model.learn_one({**ROW, "d": 2.0}, 1.0)
    with pytest.raises(ValueError, match="'e' is nan"):
        one.learn_one({**ROW, "e": np.nan}, 1.0)
    with pytest.raises(ValueError):
        one.learn_one({**ROW, "f": 1.0}, np.nan)
    for model in (one, other):
        model.learn_one(ROW, 2.0)
        model.learn_one({**ROW, "g": 2.0}, 2.0)
    assert one.feature_names_in_.tolist() == [*NAMES, "d", "g"]
    assert_same(one, other)
    np.testing.assert_array_equal(one._bound_network.parameters, other._bound_network.parameters)


def test_names_that_are_left_out(interpreted):
    one, other = (begun("number", NAMES, new_features="ignore") for _ in range(2))
    for _ in range(3):
        one.learn_one({**ROW, "d": 3.0}, 2.0)
        other.learn_one(ROW, 2.0)
        assert one.predict_one({**ROW, "e": 1.0}) == other.predict_one(ROW)
    assert_same(one, other)
    with pytest.raises(ValueError, match="none of the features"):
        one.learn_one({"d": 1.0}, 2.0)


def test_classes_that_come_later(interpreted):
    model = BackpropClassifier((4,), random_state=1, new_classes="add")
    for n in range(30):
        model.learn_one({"a": float(n % 3), "b": 1.0 * (n % 2)}, "xyz"[n % min(3, 1 + n // 5)])
    assert model.classes_.tolist() == ["x", "y", "z"]
    found = model.predict_proba_one({"a": 1.0, "b": 0.0})
    assert list(found) == ["x", "y", "z"] and abs(sum(found.values()) - 1) < 1e-9
    with pytest.raises(ValueError, match="classes must be passed"):
        BackpropClassifier().learn_one({"a": 1.0}, "x")


def test_missing_targets_of_rows(interpreted):
    one, other = (begun("number", missing_targets="ignore") for _ in range(2))
    for y in (1.0, np.nan, 2.0):
        one.learn_one(X[5].tolist(), y)
        other.partial_fit(X[5:6], [y])
    assert_same(one, other)
