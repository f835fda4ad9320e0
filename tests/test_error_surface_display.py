"""ErrorSurfaceDisplay and WeightPath: E_tot against the textbook, planes, paths, pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pictures import ax, check_legible
from plain import BackpropClassifier, BackpropRegressor

from fastbp import textbook
from fastbp.inspection import ErrorSurfaceDisplay, WeightPath
from fastbp.inspection.displays.planes import arrays_of, random_directions
from fastbp.inspection.displays.weight_path import flat
from fastbp.inspection.passes import Parameters

__all__ = ["ax"]

pytestmark = [
    pytest.mark.usefixtures("interpreted"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
X = np.random.RandomState(0).standard_normal((12, 2))
Y = X[:, 0] - 2 * X[:, 1] + 0.5
LABELS = np.array(["a", "b", "c"])[np.arange(12) % 3]
callbacks = pytest.mark.skipif(
    not hasattr(BackpropRegressor, "set_callbacks"), reason="scikit-learn before 1.9"
)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def classifier(**more):
    more = {"max_iter": 2, "random_state": 0, "activation": "tanh"} | more
    return BackpropClassifier((3,), **more).fit(X, LABELS)


def regressor(path=None, **more):
    model = BackpropRegressor((), max_iter=4, random_state=0, **more)
    return (model if path is None else model.set_callbacks(path)).fit(X, Y)


def total(model, w, b):
    """Return Σ_p E_p by the textbook."""
    targets = (LABELS[:, None] == model.classes_).astype(float)
    result = 0.0
    for x, target in zip(X, targets, strict=True):
        _, out = textbook.forward(x, w, b, model._formulas)
        result += textbook.error_of(out, target, model._formulas)
    return result


def test_two_weights():
    model = classifier()
    display = ErrorSurfaceDisplay.from_estimator(
        model, X, LABELS, weights=[(1, 2, 0), (0, 1)], span=[(-1, 2), (0, 3)], resolution=3
    )
    assert display.first.tolist() == [-1, 0.5, 2] and display.second.tolist() == [0, 1.5, 3]
    assert display.here.tolist() == [model.coefs_[1][2, 0], model.intercepts_[0][1]]
    for m in range(3):
        for n in range(3):
            w, b = [v.copy() for v in model.coefs_], [v.copy() for v in model.intercepts_]
            w[1][2, 0], b[0][1] = display.first[n], display.second[m]
            assert display.errors[m, n] == pytest.approx(total(model, w, b), rel=1e-12)
    assert display.ax_.get_xlabel() == "coefs_[1][2, 0]"
    assert display.ax_.get_ylabel() == "intercepts_[0][1]"


def test_random_directions_are_as_long_as_the_units():
    model = classifier()
    display = ErrorSurfaceDisplay.from_estimator(model, X, LABELS, resolution=3)
    assert display.here.tolist() == [0, 0] and display.first.tolist() == [-1, 0, 1]
    assert display.errors[1, 1] == pytest.approx(total(model, model.coefs_, model.intercepts_))
    other = ErrorSurfaceDisplay.from_estimator(model, X, LABELS, resolution=3, random_state=1)
    assert (other.errors != display.errors).sum() == 8


def test_shortcuts_and_connections():
    """Directions keep to the connections that there are, and E_tot is the network's own."""
    masks = [np.ones((2, 2), bool), np.array([[True], [False], [True], [True]])]
    model = BackpropRegressor(
        (2,), shortcuts=True, connections=masks, max_iter=2, random_state=0
    ).fit(X, Y)
    along = random_directions(model, np.random.RandomState(0))
    assert (along[:, 5] == 0).all() and (along != 0).sum() == 2 * (flat(model).size - 1)
    display = ErrorSurfaceDisplay.from_estimator(model, X, Y, resolution=3)
    assert display.errors[1, 1] == pytest.approx(0.5 * np.sum((model.predict(X) - Y) ** 2))
    with pytest.raises(ValueError, match=r"no connection at coefs_\[1\]\[1, 0\]"):
        ErrorSurfaceDisplay.from_estimator(model, X, Y, weights=[(1, 1, 0), (0, 0)])


def test_units_and_missing_targets():
    """E_p is that of standardised targets; a target that is missing has no error."""
    model = BackpropRegressor(
        (), standardize=True, missing_targets="ignore", dtype="float64", max_iter=2, random_state=0
    )
    targets = np.stack([Y, 3 * Y + 1], axis=1)
    targets[::3, 1] = np.nan
    model.fit(X, targets)
    display = ErrorSurfaceDisplay.from_estimator(model, X, targets, resolution=3)
    away = (model.predict(X) - targets) / model.y_scale_
    assert display.errors[1, 1] == pytest.approx(0.5 * np.nansum(away**2))


@callbacks
def test_a_path_by_callback():
    path = WeightPath()
    model = regressor(path)
    assert len(path.points) == 5 and np.array_equal(path.points[-1], flat(model))
    for n in range(1, 4):
        alone = BackpropRegressor((), max_iter=n, random_state=0).fit(X, Y)
        assert np.array_equal(path.points[n], flat(alone))
    model.partial_fit(X, Y)
    assert len(path.points) == 6 and np.array_equal(path.points[-1], flat(model))
    model.fit(X, Y)
    assert len(path.points) == 5


@callbacks
def test_the_path_of_the_best_of_several_starts():
    path = WeightPath()
    model = BackpropRegressor((2,), max_iter=3, random_state=0, n_init=4).set_callbacks(path)
    model.fit(X, Y)
    assert len(path.points) == 4 and np.array_equal(path.points[-1], flat(model))
    losses = []
    for seed in range(6):
        model.set_params(random_state=seed).fit(X, Y)
        losses.append(np.array_equal(path.points[-1], flat(model)))
    assert all(losses)


def test_a_path_by_hand_is_drawn_where_the_weights_were():
    path, model = WeightPath(), BackpropRegressor((), random_state=0)
    ones = X[:, :1]
    for _ in range(4):
        path.note(model.partial_fit(ones, Y))
    display = ErrorSurfaceDisplay.from_estimator(
        model, ones, Y, weights=[(0, 0, 0), (0, 0)], path=path, resolution=5
    )
    np.testing.assert_allclose(display.path, path.points)
    np.testing.assert_allclose(display.path_.get_xydata(), path.points)
    inside = (display.path >= [display.first[0], display.second[0]]) & (
        display.path <= [display.first[-1], display.second[-1]]
    )
    assert inside.all()


def test_the_plane_of_the_path():
    rng, model = np.random.RandomState(1), classifier()
    along = rng.standard_normal((2, flat(model).size))
    points = flat(model) + rng.standard_normal((6, 2)) @ along
    display = ErrorSurfaceDisplay.from_estimator(
        model, X, LABELS, weights="path", path=points, resolution=3
    )
    away = np.linalg.norm(points - flat(model), axis=1)
    np.testing.assert_allclose(np.linalg.norm(display.path, axis=1), away)


def test_vectors_are_taken_apart_again():
    model = classifier()
    again = arrays_of(flat(model), Parameters(model.coefs_, model.intercepts_))
    given = model.coefs_ + model.intercepts_
    for one, other in zip(again.weights + again.biases, given, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("weights", ["random", [(0, 0, 0), (0, 0)]], ids=["random", "chosen"])
def test_legible(ax, weights):
    model = classifier()
    points = [flat(model) * n / 3 for n in range(4)]
    display = ErrorSurfaceDisplay.from_estimator(
        model, X, LABELS, weights=weights, path=points, resolution=7, ax=ax
    )
    words = check_legible(ax.figure)
    assert display.colorbar_.ax.get_ylabel() in words and "E_" in display.colorbar_.ax.get_ylabel()
    assert display.ax_ is ax and display.figure_ is ax.figure


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weights": [(0, 0, 0), (0, 0, 0)]}, "given twice"),
        ({"weights": [(0, 0, 0), (0, 2, 0)]}, r"\(0, 2, 0\) is no weight \(layer, i, j\)"),
        ({"weights": [(0, 0, 0), (2, 0)]}, r"\(2, 0\) is no weight"),
        ({"weights": [(0, 0, 0), (0, -1)]}, r"\(0, -1\) is no weight"),
        ({"weights": "all"}, "weights must be 'random', 'path' or two places"),
        ({"weights": "path"}, "needs a path of three points"),
        ({"path": np.zeros((3, 4))}, "path must be points of the 21 weights"),
        ({"span": (2, 1)}, r"span must be \(low, high\)"),
        ({"resolution": 1}, "resolution must be 2 or more"),
        ({"y": np.repeat("d", 12)}, "X, y: unknown classes"),
        ({"X": X[:, :1]}, "X, y: X has 1 features"),
    ],
)
def test_refusals(given, message):
    arguments = {"X": X, "y": LABELS} | given
    with pytest.raises(ValueError, match=message):
        ErrorSurfaceDisplay.from_estimator(classifier(), **arguments)
