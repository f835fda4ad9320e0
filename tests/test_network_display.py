"""NetworkDisplay: what is drawn of units and connections, where it is, and that it can be read."""

import ast
import re
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pictures import ax, check_legible
from plain import BackpropClassifier, BackpropRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

import fastbp
from fastbp.inspection import NetworkDisplay, trace
from fastbp.inspection.displays.arrangement import columns_of, connections_of, sources
from fastbp.inspection.displays.artists.colours import CONNECTIONS, UNITS
from fastbp.inspection.displays.given import masks_of
from fastbp.inspection.passes import Parameters, backward, forward

__all__ = ["ax"]

pytestmark = [
    pytest.mark.usefixtures("interpreted"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
X = np.random.RandomState(0).standard_normal((20, 3))
NAMES = ["sepal length (cm) of each flower", "$b", "c"]
LABELS = np.array(["setosa", "versicolor", "virginica"])[np.arange(20) % 3]


@cache
def classifier(hidden=(4, 3), *, named=False):
    model = BackpropClassifier(hidden, activation="tanh", max_iter=1, random_state=0)
    return model.fit(pd.DataFrame(X, columns=NAMES) if named else X, LABELS)


@pytest.fixture(scope="module")
def drawn():
    """Keep figures from piling up."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def values_of(collection):
    return np.ma.filled(collection.get_array(), np.nan)


def test_weights_and_biases(drawn):
    model = classifier()
    display = NetworkDisplay.from_estimator(model)
    weights = np.concatenate([w.ravel() for w in model.coefs_])
    assert len(display.edges_.get_segments()) == 3 * 4 + 4 * 3 + 3 * 3
    np.testing.assert_allclose(np.sort(values_of(display.edges_)), np.sort(weights))
    np.testing.assert_allclose(
        values_of(display.units_), np.r_[[np.nan] * 3, np.concatenate(model.intercepts_)]
    )
    assert display.figure_ is display.ax_.figure
    assert display.edges_.norm.vmin == -display.edges_.norm.vmax == -np.abs(weights).max()


def test_lines_tell_sign_and_size(drawn):
    display = NetworkDisplay.from_estimator(classifier())
    values, widths = values_of(display.edges_), np.array(display.edges_.get_linewidths())
    dashed = [pattern is not None for _, pattern in display.edges_.get_linestyles()]
    assert dashed == (values < 0).tolist() and 0 < sum(dashed) < len(dashed)
    assert (np.diff(widths) >= 0).all() and (np.diff(np.abs(values)) >= 0).all()


@pytest.mark.parametrize("edges", ["delta", "gradient", "update"])
def test_a_pattern(edges, drawn):
    model = classifier()
    traced = trace(model, X[0], LABELS[0])
    display = NetworkDisplay.from_estimator(model, X[0], LABELS[0], edges=edges)
    layers = traced.layers
    expected = {
        "delta": [np.full((3, 4), np.nan), *(one.weights * one.delta for one in layers[1:])],
        "gradient": [one.gradient for one in layers],
        "update": [one.update for one in layers],
    }[edges]
    flat = np.concatenate([one.ravel() for one in expected])
    np.testing.assert_allclose(np.sort(values_of(display.edges_)), np.sort(flat))
    of_units = [one.delta if edges == "delta" else one.out for one in layers]
    first = np.full(3, np.nan) if edges == "delta" else traced.input
    np.testing.assert_allclose(values_of(display.units_), np.concatenate([first, *of_units]))


def test_what_flows_back_is_the_credit(drawn):
    model = classifier()
    display = NetworkDisplay.from_estimator(model, X[0], LABELS[0], edges="delta")
    credit = np.concatenate([one.credit.ravel() for one in display.trace.layers[:-1]])
    known = values_of(display.edges_)
    np.testing.assert_allclose(np.sort(known[~np.isnan(known)]), np.sort(credit))


def test_without_a_target(drawn):
    model = classifier()
    display = NetworkDisplay.from_estimator(model, X[0])
    out = trace(model, X[0], "setosa").output
    np.testing.assert_allclose(values_of(display.units_)[-3:], out)


def test_shortcuts_and_masks(drawn):
    """Rumelhart's network for exclusive or, with a shortcut less."""
    coefs = [np.array([[1.0], [2.0]]), np.array([[3.0], [0.0], [5.0]])]
    masks = [np.ones((2, 1), bool), np.array([[True], [False], [True]])]
    display = NetworkDisplay(coefs, [np.zeros(1), np.zeros(1)], masks=masks).plot()
    assert sorted(values_of(display.edges_)) == [1, 2, 3, 5]
    lengths = {
        value: len(line)
        for value, line in zip(
            values_of(display.edges_), display.edges_.get_segments(), strict=True
        )
    }
    assert lengths[3] > 2 and lengths[1] == lengths[2] == lengths[5] == 2


@pytest.mark.parametrize("edges", ["weight", "delta"])
def test_any_feed_forward_network(edges, ax):
    rng, sizes = np.random.RandomState(3), [3, 4, 2, 1]
    masks = [rng.uniform(size=(sum(sizes[: n + 1]), sizes[n + 1])) < 0.7 for n in range(3)]
    model = BackpropRegressor(
        (4, 2), shortcuts=True, connections=masks, max_iter=2, random_state=0
    ).fit(X, X[:, 0])
    parameters = Parameters(model.coefs_, model.intercepts_)
    passed = forward(X[0], parameters, model._formulas)
    deltas = backward(passed, np.array([0.5]), parameters, model._formulas).delta
    layers = [
        SimpleNamespace(weights=w, delta=delta)
        for w, delta in zip(model.coefs_, deltas, strict=True)
    ]
    traced = SimpleNamespace(layers=layers, input=X[0])
    display = NetworkDisplay(model.coefs_, model.intercepts_, masks=masks_of(model), trace=traced)
    units = "bias" if edges == "weight" else "delta"
    values = values_of(display.plot(edges=edges, units=units, ax=ax).edges_)
    assert len(values) == sum(mask.sum() for mask in masks)
    flows = model.coefs_
    if edges == "delta":
        flows = [w * delta for w, delta in zip(model.coefs_, deltas, strict=True)]
    n_silent = 0 if edges == "weight" else 3  # nothing flows back to the inputs
    known = [flow[n_silent:][mask[n_silent:]] for flow, mask in zip(flows, masks, strict=True)]
    np.testing.assert_allclose(
        np.sort(values[~np.isnan(values)]), np.sort(np.concatenate(known)), rtol=1e-6
    )
    check_legible(ax.figure)


def test_arcs_pass_by_the_units_between():
    sizes = [2, 5, 5, 1]
    columns = columns_of(sizes, 16)
    masks = [np.ones((sum(sizes[: n + 1]), sizes[n + 1]), bool) for n in range(3)]
    found = connections_of(columns, sizes, masks)
    assert sum(len(one.lines) for one in found) == sum(mask.size for mask in masks)
    for one in found:
        for column in columns:
            for line in one.lines:
                if line[0, 0] < column.x < line[-1, 0]:
                    height = np.interp(column.x, *line.T)
                    assert np.abs(column.y - height).min() > 0.4


def test_who_reads_whom():
    assert sources([2, 3, 4], 1, 3) == [(1, 0)]
    assert sources([2, 3, 4], 1, 5) == [(0, 0), (1, 2)]
    assert sources([2, 3, 4], 0, 2) == [(0, 0)]


def test_large_layers_are_abridged(drawn):
    model = BackpropRegressor((40,), max_iter=1, random_state=0).fit(X, X[:, 0])
    display = NetworkDisplay.from_estimator(model, max_units=8)
    shown = np.r_[0:4, 37:40]
    assert len(display.edges_.get_segments()) == 3 * 7 + 7
    np.testing.assert_allclose(values_of(display.units_)[3:10], model.intercepts_[0][shown])
    assert "⋯ 33 more" in check_legible(display.figure_)
    assert columns_of([40, 1], 8)[0].units.tolist() == shown.tolist()
    assert columns_of([8, 1], 8)[0].gap is None


@pytest.mark.parametrize("hidden", [(2,), (20, 5), (3,) * 6], ids=str)
def test_legible(ax, hidden):
    model = classifier(hidden, named=True)
    row = pd.DataFrame(X[:1], columns=NAMES)
    display = NetworkDisplay.from_estimator(model, row, LABELS[0], edges="delta", ax=ax)
    assert display.ax_ is ax
    words = check_legible(ax.figure)
    if ax.figure.get_figwidth() > 6 and len(hidden) < 3:
        assert {"inputs", "hidden 1", "outputs", "versicolor"} <= set(words)
        assert r"delta $\delta_j$" in words
        assert any(word.startswith("sepal length") and word.endswith("…") for word in words)
        assert r"\$b" in words


def test_fits_a_figure_that_changes(ax):
    NetworkDisplay.from_estimator(classifier((9,)), X[0], LABELS[0], ax=ax)
    check_legible(ax.figure)
    ax.figure.set_size_inches(2.0, 2.0)
    check_legible(ax.figure)
    ax.figure.set_dpi(200)
    check_legible(ax.figure)


def lightness(colours):
    return np.asarray(colours)[:, :3] @ [0.299, 0.587, 0.114]


def test_in_grey():
    """Units: larger is lighter; connections: further from zero is darker, to both sides."""
    assert (np.diff(lightness(UNITS(np.linspace(0, 1, 64)))) > 0).all()
    both = lightness(CONNECTIONS(np.linspace(0, 1, 65)))
    assert (np.diff(both[:32]) > 0).all() and (np.diff(both[33:]) < 0).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"edges": "delta"}, "edges='delta' needs a pattern and its target: give x and y"),
        ({"x": X[0], "edges": "update"}, "edges='update' needs"),
        ({"x": X[0], "units": "delta"}, "units='delta' needs"),
        ({"units": "net"}, "units='net' needs a pattern: give x"),
        ({"y": "setosa"}, "y is given without x"),
        ({"edges": "nets"}, "edges: 'nets' is not one of 'weight'"),
        ({"max_units": 3}, "max_units must be 4 or more"),
        ({"x": X[:2], "y": "setosa"}, "x"),
    ],
)
def test_refusals(given, message):
    with pytest.raises(ValueError, match=message):
        NetworkDisplay.from_estimator(classifier(), **given)


def test_other_estimators():
    with pytest.raises(TypeError, match="take its last step"):
        NetworkDisplay.from_estimator(make_pipeline(LinearRegression()))
    with pytest.raises(ValueError, match="not fitted"):
        NetworkDisplay.from_estimator(BackpropClassifier())


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"NetworkDisplay needs .*pip install 'fastbp\[plot\]'"):
        NetworkDisplay.from_estimator(classifier())


def test_importing_imports_no_matplotlib():
    """Only the room of artists imports it outside of functions, and nobody that room."""
    folder = Path(fastbp.inspection.__file__).parent
    for path in folder.rglob("*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        found = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
        names = " ".join(ast.unparse(node) for node in found)
        assert path.parent.name == "artists" or not re.search("matplotlib|artists", names), path
