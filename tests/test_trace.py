"""`fastbp.inspection.trace`: what it says of a pattern is what `partial_fit` then does."""

import copy
import dataclasses
import pickle
import re
import sys
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
import scipy.sparse
from differences import mean_error
from sklearn.pipeline import make_pipeline
from trained import assert_same

import fastbp
from fastbp import BackpropClassifier, BackpropRegressor, losses, penalties, textbook
from fastbp.activations import ACTIVATIONS
from fastbp.inspection import check_gradient, trace
from fastbp.inspection.passes import Parameters, backward, errors, forward, gradients, read_by
from fastbp.kernels.descent import Formulas
from fastbp.rules import RULES

CLOSE = {"rtol": 1e-12, "atol": 1e-12}
RNG = np.random.default_rng(0)
X = RNG.normal(3, 2, (12, 4))
ROW = np.array([2.0, -1, 7, 3.5])
SMALL = {"hidden_layer_sizes": (5, 3), "dtype": "float64", "random_state": 0, "alpha": 0.01}

TARGETS = {  # an estimator, targets to begin with, and that of the row
    "regressor": (BackpropRegressor, X[:, 0] - X[:, 1], 2.5),
    "several outputs": (BackpropRegressor, X[:, :2] ** 2, [2.5, -1]),
    "two classes": (BackpropClassifier, np.arange(12) % 2, 1),
    "many classes": (BackpropClassifier, np.array(list("abc"))[np.arange(12) % 3], "b"),
    "labels": (BackpropClassifier, RNG.integers(2, size=(12, 3)), [1, 0, 1]),
}


def begun(cls, y, **settings):
    """Return an estimator in the middle of a stream."""
    model = cls(**SMALL | settings)
    labels = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
    classes = {"classes": labels} if cls is BackpropClassifier else {}
    for n in range(0, 12, 4):
        model.partial_fit(X[n : n + 4], y[n : n + 4], **(classes if n == 0 else {}))
    return model


def agrees(model, y, x=ROW, **close):
    """Compare a trace with what `partial_fit` changes; the trace changes nothing."""
    before, drawn = pickle.dumps(model), np.random.get_state()[1].copy()
    traced = trace(model, x, y)
    assert pickle.dumps(model) == before
    assert np.array_equal(np.random.get_state()[1], drawn)
    parameters = [v.copy() for v in model.coefs_ + model.intercepts_]
    model.partial_fit(np.asarray(x)[None], [y])
    changes = [
        new - old for new, old in zip(model.coefs_ + model.intercepts_, parameters, strict=True)
    ]
    updates = [layer.update for layer in traced.layers]
    updates += [layer.bias_update for layer in traced.layers]
    assert sum(np.abs(change).max() for change in changes) > 1e-9  # or this would prove nothing
    assert_same(updates, changes, **(close or CLOSE))
    return traced


@pytest.mark.parametrize("solver", RULES)
def test_solvers(solver, interpreted):
    cls, y, target = TARGETS["several outputs"]
    agrees(begun(cls, y, solver=solver), target)


@pytest.mark.parametrize(
    "settings",
    [
        {"alpha": 0.0},
        {"alpha": 0.1, "l1_ratio": 0.3},
        {"alpha": penalties.L2(0.2)},
        {"alpha": "auto"},
        {"solver": "adam", "average": True},
        {"average": 9, "max_norm": 0.7},
        {"max_norm": 0.5, "momentum": 0.9},
        {"clip_norm": 0.01, "alpha": 0.5},
        {"clip_norm": 1e9},
        {"dropout": 0.4},
        {"dropout": [0.0, 0.3], "activation": ["tanh", "gelu"], "standardize": False},
        {"momentum": 0.9, "nesterovs_momentum": False, "standardize": False, "batch_size": 32},
        {"learning_rate": "invscaling", "standardize": False},
        {"early_stopping": True},
        {"random_state": np.random.RandomState(3), "dropout": 0.3},
        {"hidden_layer_sizes": ()},
        {"loss": "huber"},
        {"loss": "quantile"},
        {"loss": losses.LogisticSquaredError()},
    ],
    ids=lambda settings: re.sub(" at 0x[0-9A-F]*", "", str(settings)),  # the same in any process
)
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_settings(settings, interpreted):
    cls, y, target = TARGETS["regressor"]
    model = begun(cls, y, **{k: v for k, v in settings.items() if k != "early_stopping"})
    if settings == {"early_stopping": True}:  # which partial_fit does not take; nothing is held out
        expected = trace(model, ROW, target)
        traced = trace(model.set_params(early_stopping=True), ROW, target)
        assert_same([traced.layers[0].update], [expected.layers[0].update], rtol=0, atol=0)
        return
    agrees(model, target)


@pytest.mark.parametrize("settings", [{}, {"loss": "squared_error"}, {"standardize": False}])
@pytest.mark.parametrize("kind", TARGETS)
def test_targets(kind, settings, interpreted):
    cls, y, target = TARGETS[kind]
    agrees(begun(cls, y, **settings), target)


@pytest.mark.parametrize(
    ("kind", "settings", "target"),
    [
        ("many classes", {"label_smoothing": 0.2}, "c"),
        ("labels", {"label_smoothing": 0.1}, [0, 0, 1]),
        ("many classes", {"class_weight": {"a": 0.5, "b": 2.5}}, "b"),
        ("two classes", {"class_weight": {1: 37.0}, "solver": "adam", "dropout": 0.2}, 1),
        ("several outputs", {"missing_targets": "ignore"}, [np.nan, 0.5]),
        ("labels", {"missing_targets": "ignore"}, [np.nan, 1, 0]),
    ],
)
def test_more_targets(kind, settings, target, interpreted):
    cls, y, _ = TARGETS[kind]
    traced = agrees(begun(cls, y, **settings), target)
    if "class_weight" in settings:
        assert traced.weight > 1
    if "label_smoothing" in settings:
        assert 0 < traced.target.min() < traced.target.max() < 1
    if "missing_targets" in settings:
        assert np.isnan(traced.target[0]) and traced.layers[-1].delta[0] == 0


def test_poisson_and_single_precision(interpreted):
    y = RNG.poisson(2, 12).astype(float)
    agrees(begun(BackpropRegressor, y, loss="poisson"), 3.0)
    single = agrees(begun(BackpropRegressor, y, dtype="float32"), 3.0, rtol=1e-4, atol=1e-6)
    assert {v.dtype for v in (single.input, single.layers[0].update, single.output)} == {
        np.dtype(np.float32)
    }


def test_after_single_rows(interpreted):
    """What `learn_one` keeps beside the estimator's attributes is seen, and stays there."""
    cls, y, target = TARGETS["many classes"]
    model = begun(cls, y, solver="adam")
    for x, label in zip(X, y, strict=True):
        model.learn_one(x, label)
    agrees(model, target)
    named = cls(**SMALL, new_classes="add", solver="adam")
    for x, label in zip(X, y, strict=True):
        named.learn_one(dict(zip("pqrs", x, strict=True)), label)
    x = {"q": 1.0, "s": -2.0}  # the others count as their mean
    traced = trace(named, x, "b")
    before = [w.copy() for w in named.coefs_]
    named.learn_one(x, "b")
    assert traced.input[0] == traced.input[2] == 0
    assert_same(
        [layer.update for layer in traced.layers],
        [new - old for new, old in zip(named.coefs_, before, strict=True)],
        **CLOSE,
    )


def test_lbfgs_learns_no_pattern(interpreted):
    """It is traced as it is predicted for."""
    for kind in ("several outputs", "many classes"):
        cls, y, target = TARGETS[kind]
        model = cls(**SMALL, solver="lbfgs", max_iter=3, tol=1.0).fit(X, y)
        before = pickle.dumps(model)
        traced = trace(model, X[0], target)
        assert pickle.dumps(model) == before
        assert traced.rule is None and traced.layers[0].update is None
        out = traced.output
        if kind == "several outputs":
            out = out * model.y_scale_ + model.y_mean_
            np.testing.assert_allclose(out, model.predict(X[:1])[0], rtol=1e-12)
        else:
            np.testing.assert_allclose(out, model.predict_proba(X[:1])[0], rtol=1e-12)


# --- The numbers themselves -----------------------------------------------------------------------


def article(n_hidden, **settings):
    """Return a network of the article's formulas."""
    return BackpropRegressor(
        n_hidden,
        activation="logistic",
        loss=losses.LogisticSquaredError(),
        learning_rate="constant",
        alpha=0.0,
        standardize=False,
        dtype="float64",
        **settings,
    )


def mazur():
    model = article(2, learning_rate_init=0.5)
    model.coefs_ = [np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])]
    model.intercepts_ = [np.full(2, 0.35), np.full(2, 0.60)]
    return model


def printed(values, digits):
    """Return numbers as with so many digits after the point, without the zeros at the end."""
    return [f"{value:.{digits}f}".rstrip("0") for value in np.ravel(values)]


def test_mazur_to_every_printed_digit():
    """M. Mazur, "A step by step backpropagation example" (2015)."""
    model = mazur()
    traced = trace(model, [0.05, 0.10], [0.01, 0.99])
    hidden, output = traced.layers
    assert printed(traced.error, 9) == ["0.298371109"]
    assert printed(hidden.net[0], 4) == ["0.3775"]
    assert printed(hidden.out, 9) == ["0.593269992", "0.596884378"]
    assert printed(output.net[0], 9) == ["1.105905967"]
    assert printed(output.out[0], 8) + printed(output.out[1], 9) == ["0.75136507", "0.772928465"]
    assert printed(output.derivative[0], 9) == ["0.186815602"]
    assert printed(-output.delta[0], 9) == ["0.138498562"]
    assert printed(-output.gradient[0, 0], 9) == ["0.082167041"]
    # Of the first hidden unit: what comes from each output, their sum, its slope.
    # (He has 0.019049119 for the second, where half of his 0.038098236 is 0.019049118.)
    assert printed(-hidden.credit[0], 9) == ["0.055399425", "-0.019049118"]
    assert printed(-hidden.credit[0].sum(), 9) == ["0.036350306"]
    assert printed(hidden.derivative[0], 9) == ["0.241300709"]
    assert printed(-hidden.gradient[0, 0], 9) == ["0.000438568"]
    (first, second), (b, c) = (
        [old + new for old, new in zip(before, updates, strict=True)]
        for before, updates in (
            (model.coefs_, [hidden.update, output.update]),
            (model.intercepts_, [hidden.bias_update, output.bias_update]),
        )
    )
    assert printed(first.T, 9) == ["0.149780716", "0.199561432", "0.249751144", "0.299502287"]
    assert printed(second.T, 9) == ["0.35891648", "0.408666186", "0.51130127", "0.561370121"]
    assert printed([b, c], 8) == ["0.34561432", "0.34502287", "0.53075072", "0.61904912"]


def test_textbook():
    """Net inputs, outputs and deltas are the textbook's; credits add up to deltas."""
    cls, y, target = TARGETS["several outputs"]
    model = begun_given(article((4, 3), random_state=0), y)
    traced = trace(model, ROW, target)
    formulas = model._formulas
    net, out = textbook.forward(ROW, model.coefs_, model.intercepts_, formulas)
    delta = textbook.backward(net, out, target, model.coefs_, formulas)
    of_w, of_b = textbook.descent(out, delta)
    layers = traced.layers
    for name, expected in (
        ("net", net),
        ("out", out[1:]),
        ("delta", delta),
        ("gradient", of_w),
        ("bias_gradient", of_b),
    ):
        assert_same([getattr(layer, name) for layer in layers], expected, **CLOSE)
    for layer in layers[:-1]:
        np.testing.assert_allclose(
            layer.derivative * layer.credit.sum(axis=1), layer.delta, **CLOSE
        )
    error = mean_error(ROW[None], [target], [*model.coefs_, *model.intercepts_], formulas)
    assert traced.error == pytest.approx(error, rel=1e-12)


def begun_given(model, y):
    rng = np.random.default_rng(1)
    sizes = [X.shape[1], *model.hidden_layer_sizes, y.shape[1]]
    model.coefs_ = [rng.normal(size=shape) for shape in zip(sizes, sizes[1:], strict=False)]
    model.intercepts_ = [rng.normal(size=n) for n in sizes[1:]]
    with fastbp.interpreted():
        return model.partial_fit(X, y)


def test_what_a_layer_reads():
    """Shortcuts are seen from the weights: slopes are those of all units, δ is −∂E/∂net."""
    rng = np.random.default_rng(2)
    sizes, h = [3, 4, 2, 2], 1e-6
    fan_ins = np.cumsum(sizes[:-1])
    parameters = Parameters(
        [rng.normal(0, 0.5, shape) for shape in zip(fan_ins, sizes[1:], strict=True)],
        [rng.normal(size=n) for n in sizes[1:]],
    )
    formulas = Formulas(ACTIVATIONS["tanh"], losses.LogisticSquaredError())
    x, target = rng.normal(size=3), np.array([0.2, 0.9])
    passed = forward(x, parameters, formulas)
    everything = np.concatenate([x, *passed.out[1:3]])
    np.testing.assert_array_equal(read_by(parameters.weights[2], passed.out[:3]), everything)
    returned = backward(passed, target, parameters, formulas)
    assert [c.shape for c in returned.credit] == [(4, 4), (2, 2)]
    found = gradients(passed, returned, parameters, None)

    def total():
        return errors(formulas.loss, target, forward(x, parameters, formulas).out[-1])

    for own, given in zip(parameters, found, strict=True):
        for w, slope in zip(own, given, strict=True):
            for i in np.ndindex(w.shape):
                here = w[i]
                w[i] = here + h
                above = total()
                w[i] = here - h
                assert slope[i] == pytest.approx((total() - above) / (2 * h), abs=1e-9)
                w[i] = here
    masks = [rng.integers(2, size=w.shape).astype(bool) for w in parameters.weights]
    masked = gradients(passed, returned, parameters, masks)
    for slope, whole, mask in zip(masked.weights, found.weights, masks, strict=True):
        assert_same([slope], [whole * mask], rtol=0, atol=0)


def connected(*sizes):
    """Return masks of a network with shortcuts in which each unit reads something."""
    rng = np.random.default_rng(4)
    fan_ins = np.cumsum(sizes[:-1])
    masks = [rng.random(shape) < 0.6 for shape in zip(fan_ins, sizes[1:], strict=True)]
    for mask in masks:
        mask[0] |= ~mask.any(axis=0)
    return masks


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"connections": connected(4, 5, 3, 2), "solver": "adam"},
        {"connections": connected(4, 5, 3, 2), "clip_norm": 0.1, "average": True},
        {"max_norm": 0.7, "momentum": 0.9},
    ],
    ids=["all", "adam", "clipped", "max-norm"],
)
def test_any_architecture(settings, interpreted):
    cls, y, target = TARGETS["several outputs"]
    model = begun(cls, y, shortcuts=True, **settings)
    traced = agrees(model, target)
    assert [len(layer.reads) for layer in traced.layers] == [4, 9, 12]
    assert [layer.credit.shape for layer in traced.layers[:-1]] == [(5, 5), (3, 2)]
    check = check_gradient(model, X, y)
    assert check.passed, check
    if "connections" in settings:
        masks = settings["connections"]
        for layer, mask in zip(traced.layers, masks, strict=True):
            assert not layer.update[~mask].any() and not layer.gradient[~mask].any()
        n_there = sum(mask.sum() + mask.shape[1] for mask in masks)
        assert sum(one.n_compared + one.n_small + one.n_kinked for one in check.layers) == n_there


# --- What is asked for, and how it is shown -------------------------------------------------------


def test_what_one_row_may_be(interpreted):
    pandas = pytest.importorskip("pandas")
    cls, y, target = TARGETS["several outputs"]
    expected = trace(begun(cls, y), ROW, target)
    for x, d in (
        (ROW[None], np.array([target])),
        (ROW.tolist(), tuple(target)),
        (scipy.sparse.csr_array(ROW[None]), target),
        (pandas.Series(ROW), pandas.Series(target)),
    ):
        traced = trace(begun(cls, y), x, d)
        assert_same([traced.layers[0].update], [expected.layers[0].update], rtol=0, atol=0)
    names = list("pqrs")
    frame = pandas.DataFrame(X, columns=names)
    named = cls(**SMALL).partial_fit(frame, y)
    row = pandas.DataFrame([ROW], columns=names)
    updates = [
        trace(named, x, target).layers[0].update
        for x in (row, row.iloc[0], dict(zip(names, ROW, strict=True)), ROW)
    ]
    assert_same(updates[1:], [updates[0]] * 3, rtol=0, atol=0)
    labels = begun(*TARGETS["many classes"][:2])
    for label in ("b", ["b"], np.array(["b"]), np.str_("b"), pandas.Series(["b"])):
        assert trace(labels, ROW, label).target.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("kind", "x", "y", "message"),
    [
        ("regressor", X[:3], 1.0, "x must be that of one pattern, got 3 rows"),
        ("regressor", ROW[:3], 1.0, "x has 3 features"),
        ("regressor", [1, 2, np.nan, 3], 1.0, "feature 2 is nan"),
        ("regressor", ROW, [1.0, 2.0], r"y must be the target of one pattern, 1 number; got .*2"),
        ("regressor", ROW, np.nan, "NaN"),
        ("several outputs", ROW, 1.0, "y must be the target of one pattern, 2 numbers; got 1.0"),
        ("several outputs", ROW, X[:3, :2], "y must be that of one pattern, got 3 rows"),
        ("many classes", ROW, "d", "classes not in .*'d'"),
        ("many classes", ROW, ["a", "b"], "y must be the label of one pattern, got 2"),
        ("labels", ROW, [0, 1], "3 numbers; got an array of shape"),
        ("labels", ROW, [0, 1, 2], "y"),
    ],
)
def test_bad_input(kind, x, y, message, interpreted):
    cls, targets, _ = TARGETS[kind]
    model = begun(cls, targets)
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match=message):
        trace(model, x, y)
    assert pickle.dumps(model) == before


def test_what_cannot_be_traced():
    with pytest.raises(ValueError, match="not fitted"):
        trace(BackpropRegressor(), ROW, 1.0)
    with pytest.raises(ValueError, match="not fitted"):
        trace(BackpropClassifier(solver="lbfgs"), ROW, 1)
    with pytest.raises(TypeError, match="trace is of one network.*got Pipeline"):
        trace(make_pipeline(BackpropRegressor()), ROW, 1.0)


def test_shown():
    traced = trace(mazur(), [0.05, 0.10], [0.01, 0.99])
    text, html = repr(traced) + repr(traced.layers[0]), traced._repr_html_()
    for digits in ("0.298371109", "0.593269992", "-0.138498562", "0.0380982365", "-0.00438567734"):
        assert digits in text and digits in html
    assert "−∂E_p/∂w_ji" in text and "−∂E<sub>p</sub>/∂w<sub>ji</sub> = δ<sub>j</sub>" in html
    assert html.index("hidden 1") < html.index("output: ")
    assert "http" not in html and "<script" not in html
    fromstring(f"<all>{html.replace('&nbsp;', ' ')}</all>")  # all that is opened is closed
    model = begun_given(article((30, 9), random_state=0), X[:, :2])
    traced = trace(model, ROW, [0.1, 0.2])
    assert "22 more units" in repr(traced) and "22 more columns" in traced._repr_html_()
    assert len(traced._repr_html_()) < 60_000
    strange = dataclasses.replace(traced, rule=("<b>&",))
    assert "&lt;b&gt;&amp;" in strange._repr_html_() and "<b>&" not in strange._repr_html_()


def test_dicts_and_frames(monkeypatch):
    traced = trace(mazur(), [0.05, 0.10], [0.01, 0.99])
    whole = traced.to_dict()
    assert whole["layers"][1]["delta"] is traced.layers[1].delta
    assert whole["rule"] == "GradientDescent(eta=0.5)" and set(whole) >= {"input", "error"}
    assert copy.deepcopy(pickle.loads(pickle.dumps(traced))).error == traced.error
    with pytest.raises(ValueError, match="of must be one of 'units', 'weights'"):
        traced.to_frame("rows")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas: install it"):
        traced.to_frame()
    monkeypatch.undo()
    pytest.importorskip("pandas")
    units, weights = traced.to_frame(), traced.to_frame("weights")
    assert units.shape == (6, 9) and weights.shape == (8, 9)
    output = units[units["layer"] == "output"]
    assert output["delta"].tolist() == traced.layers[1].delta.tolist()
    last = weights.iloc[-1]
    assert (last["from_layer"], last["from_unit"], last["unit"]) == ("hidden 1", 1, 1)
    assert last["update"] == traced.layers[1].update[1, 1]
    np.testing.assert_allclose(weights["gradient"], weights["delta"] * weights["out"])
