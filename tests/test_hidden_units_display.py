"""HiddenUnitsDisplay: images of weights, responses over a plane, and that they can be read."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pictures import ax, check_legible
from plain import BackpropRegressor

from fastbp import textbook
from fastbp.inspection import HiddenUnitsDisplay

__all__ = ["ax"]

pytestmark = [
    pytest.mark.usefixtures("interpreted"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
X = np.random.RandomState(0).standard_normal((10, 12))
Y = X[:, 0]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def fitted(n_inputs=9, hidden=(5,), **more):
    return BackpropRegressor(hidden, max_iter=1, random_state=0, **more).fit(X[:, :n_inputs], Y)


def test_images():
    model = fitted()
    display = HiddenUnitsDisplay.from_estimator(model)
    assert display.kind == "weights" and len(display.images_) == 5
    for unit, image in enumerate(display.images_):
        drawn = np.asarray(image.get_array())
        np.testing.assert_array_equal(drawn, model.coefs_[0][:, unit].reshape(3, 3))
        assert image.norm.vmax == -image.norm.vmin == np.abs(model.coefs_[0]).max()
    assert display.figure_ is display.ax_.figure and display.colorbar_.mappable.norm.vmax > 0


def test_images_of_another_shape_and_some_units():
    model = fitted(12)
    display = HiddenUnitsDisplay.from_estimator(model, image_shape=(3, 4), units=[4, 1])
    np.testing.assert_array_equal(display.images[1], model.coefs_[0][:, 1].reshape(3, 4))
    assert {"unit 4", "unit 1"} <= set(check_legible(display.figure_))
    assert len(HiddenUnitsDisplay.from_estimator(fitted(), max_units=2).images_) == 2


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("standardize", [False, True])
def test_responses(layer, standardize):
    model = fitted(2, (3, 4), standardize=standardize, dtype="float64")
    display = HiddenUnitsDisplay.from_estimator(model, X[:, :2], layer=layer, resolution=5)
    left, right, bottom, top = display.extent
    assert display.kind == "response" and display.images.shape == (3 + layer, 5, 5)
    for row, column in ((0, 0), (1, 3), (4, 2)):
        x = [np.linspace(left, right, 5)[column], np.linspace(bottom, top, 5)[row]]
        if standardize:
            x = np.clip((np.array(x) - model.mean_) / model.scale_, -5, 5)
        net, out = textbook.forward(x, model.coefs_, model.intercepts_, model._formulas)
        np.testing.assert_allclose(display.images[:, row, column], out[layer + 1], atol=1e-12)
        np.testing.assert_allclose(display.borders[:, row, column], net[layer], atol=1e-12)
    assert left < X[:, 0].min() and right > X[:, 0].max()
    assert display.images_[0].origin == "lower"


def test_the_plane_of_what_was_trained_with():
    model = fitted(2, standardize=True)
    display = HiddenUnitsDisplay.from_estimator(model, resolution=3)
    middle = np.reshape(display.extent, (2, 2)).mean(axis=1)
    np.testing.assert_allclose(middle, model.mean_)


def test_with_shortcuts_each_layer_reads_the_image():
    model = fitted(9, (3, 4), shortcuts=True)
    images = HiddenUnitsDisplay.from_estimator(model, layer=1).images
    np.testing.assert_array_equal(images[2], model.coefs_[1][:9, 2].reshape(3, 3))


def test_names_of_inputs():
    frame = pd.DataFrame(X[:, :2], columns=["length", "width"])
    model = BackpropRegressor((2,), max_iter=1, random_state=0).fit(frame, Y)
    display = HiddenUnitsDisplay.from_estimator(model, frame, resolution=4)
    words = check_legible(display.figure_)
    assert any(word.startswith("length: ") for word in words)
    assert any(word.startswith("width: ") for word in words)


@pytest.mark.parametrize("n_units", [1, 3, 9, 30])
def test_legible(ax, n_units):
    model = fitted(2, (n_units,))
    HiddenUnitsDisplay.from_estimator(model, X[:, :2], max_units=30, resolution=6, ax=ax)
    words = check_legible(ax.figure)
    if ax.figure.get_figwidth() > 6 and n_units < 30:
        assert {f"unit {n_units - 1}", "output $o_j$"} <= set(words)
    plt.close("all")


@pytest.mark.parametrize("shape", [(3, 4), (12, 1), (1, 12)])
def test_legible_images(ax, shape):
    HiddenUnitsDisplay.from_estimator(fitted(12), image_shape=shape, ax=ax)
    check_legible(ax.figure)


@pytest.mark.parametrize(
    ("n_inputs", "given", "message"),
    [
        (12, {}, "image_shape is needed: 12 inputs are no square image"),
        (12, {"image_shape": (3, 3)}, "image_shape must be height and width of 12 inputs"),
        (12, {"kind": "response"}, "is for two inputs, this network has 12"),
        (2, {}, "X is needed: with standardize=False"),
        (2, {"X": X}, r"X must have the shape \(n_samples, 2\)"),
        (9, {"layer": 1}, "layer: there are 1 hidden layers"),
        (9, {"units": [5]}, "units: the layer has the units 0 to 4"),
        (9, {"kind": "pictures"}, "kind: 'pictures' is not one of"),
        (9, {"max_units": 0}, "max_units"),
    ],
)
def test_refusals(n_inputs, given, message):
    with pytest.raises(ValueError, match=message):
        HiddenUnitsDisplay.from_estimator(fitted(n_inputs), **given)


def test_weights_of_a_layer_that_reads_no_inputs():
    with pytest.raises(ValueError, match="layer=1 reads no inputs"):
        HiddenUnitsDisplay.from_estimator(fitted(9, (3, 4)), layer=1)
