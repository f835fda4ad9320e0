"""LossCurveDisplay: what is drawn, learning rates among it, and that it can be read."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pictures import ax, check_legible
from plain import BackpropClassifier, BackpropRegressor

from fastbp.inspection import LossCurveDisplay
from fastbp.inspection.displays.learning_rates import learning_rates_of

__all__ = ["ax"]

pytestmark = [
    pytest.mark.usefixtures("interpreted"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
X = np.random.RandomState(0).standard_normal((16, 2))
Y = X[:, 0] * X[:, 1]
VALIDATION = {"X_val": X[:5], "y_val": Y[:5]}


def fitted(given=None, **parameters):
    parameters = {"max_iter": 6, "random_state": 0} | parameters
    return BackpropRegressor((2,), **parameters).fit(X, Y, **(given or {}))


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_one_fit():
    model = fitted()
    display = LossCurveDisplay.from_estimator(model, panels=["loss"])
    (line,) = display.lines_.values()
    assert line.get_ydata().tolist() == model.loss_curve_
    assert line.get_xdata().tolist() == [1, 2, 3, 4, 5, 6]
    assert display.ax_.get_ylabel() == "mean $E_p$" and display.ax_.get_xlabel() == "epoch"
    assert display.key_ == [] and display.figure_ is display.ax_.figure


def test_all_that_there_is(ax):
    model = fitted(VALIDATION, early_stopping=True)
    display = LossCurveDisplay.from_estimator({"one": model, "two": fitted()}, ax=ax)
    assert list(display.axes_) == ["loss", "score", "learning_rate"]
    lines = display.lines_
    assert lines["one", "validation_loss"].get_ydata().tolist() == model.validation_loss_curve_
    assert lines["one", "score"].get_ydata().tolist() == model.validation_scores_
    assert lines["two", "learning_rate"].get_ydata().tolist() == [0.004] * 6
    assert ("two", "score") not in lines
    stars = display.axes_["score"].collections[0].get_offsets()
    best = int(np.argmax(model.validation_scores_))
    assert stars.tolist() == [[best + 1, model.validation_scores_[best]]]
    names = [text.get_text() for text in display.key_]
    assert names == ["one", "two", "training", "validation", "score: R²", "kept"]
    assert set(names) <= set(check_legible(ax.figure))


def test_fits_differ_in_grey():
    models = {str(n): fitted(max_iter=2) for n in range(4)}
    display = LossCurveDisplay.from_estimator(models, panels=["loss"])
    lines = list(display.lines_.values())
    assert len({line.get_marker() for line in lines}) == 4
    grey = [np.dot(line.get_color()[:3], [0.299, 0.587, 0.114]) for line in lines]
    assert (np.diff(grey) > 0.08).all()
    dashed = LossCurveDisplay.from_estimator(fitted(VALIDATION)).lines_
    styles = {name: line.get_linestyle() for (_, name), line in dashed.items()}
    assert styles["loss"] != styles["validation_loss"]


@pytest.mark.parametrize("n_fits", [10, 12])
def test_many_fits(n_fits, ax):
    display = LossCurveDisplay.from_estimator([fitted(max_iter=2)] * n_fits, ax=ax)
    assert len(display.key_) == (n_fits if n_fits <= 10 else 0)
    assert len(display.lines_) == 2 * n_fits
    check_legible(ax.figure)


def test_a_late_validation_set():
    """Its curve is that of the last epochs."""
    model = fitted(warm_start=True, max_iter=3)
    model.fit(X, Y, **VALIDATION)
    lines = LossCurveDisplay.from_estimator(model, panels=["loss"]).lines_
    assert [len(line.get_xdata()) for line in lines.values()] == [6, 3]
    assert lines["BackpropRegressor", "validation_loss"].get_xdata().tolist() == [4, 5, 6]


def test_lines_as_asked_for():
    display = LossCurveDisplay.from_estimator(fitted(), panels=["loss"], linewidth=3, marker="x")
    (line,) = display.lines_.values()
    assert line.get_linewidth() == 3 and line.get_marker() == "x"


class Recorder:
    """Notes the rate that each epoch is trained with."""

    def __init__(self):
        self.rates = []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch":
            self.rates.append(fitted_estimator._optimizer.learning_rate)

    def on_fit_task_end(self, estimator, context):
        pass


@pytest.mark.parametrize(
    "parameters",
    [
        {"learning_rate": "cosine", "warmup_epochs": 2},
        {"learning_rate": "one_cycle"},
        {"learning_rate": "linear"},
        {"learning_rate": "invscaling"},
        {"learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 1},
        {"learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 1, "early_stopping": True},
        {"solver": "adam", "n_init": 2},
    ],
    ids=lambda parameters: " ".join(map(str, parameters.values())),
)
def test_learning_rates(parameters):
    pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")
    recorder = Recorder()
    model = BackpropRegressor((2,), max_iter=9, random_state=0, **parameters)
    model.set_callbacks(recorder).fit(X, Y)
    rates = learning_rates_of(model)
    assert rates == recorder.rates[: len(rates)] and len(rates) == model.n_iter_
    if parameters.get("learning_rate") == "adaptive":
        assert len(set(rates)) > 2
        assert learning_rates_of(model.set_params(tol=0.0, n_iter_no_change=100)) is None


def test_learning_rates_that_are_not_known():
    model = fitted(warm_start=True)
    assert learning_rates_of(model) is not None
    assert learning_rates_of(model.fit(X, Y)) is None
    assert learning_rates_of(fitted().partial_fit(X, Y)) is None
    assert learning_rates_of(fitted(solver="lbfgs")) is None
    with pytest.raises(ValueError, match="panels: no fit has what 'learning_rate'"):
        LossCurveDisplay.from_estimator(fitted(solver="lbfgs"), panels=["learning_rate"])


def test_the_name_of_the_score():
    model = BackpropClassifier((2,), max_iter=2, random_state=0, scoring="neg_log_loss")
    model.fit(X, Y > 0, X_val=X, y_val=Y > 0)
    display = LossCurveDisplay.from_estimator(model, panels=["score"])
    assert display.ax_.get_ylabel() == "score"
    assert [fit.metric for fit in display.fits.values()] == ["neg_log_loss"]


@pytest.mark.parametrize(
    ("given", "panels", "message"),
    [
        ({}, None, "estimator: there is none"),
        ("fitted", ["scores"], "panels: 'scores' is not one of 'loss'"),
        ("fitted", ["score"], "panels: no fit has what 'score' would show"),
        ("fitted", [], "panels: there is none"),
        (BackpropRegressor(), None, "not fitted"),
    ],
)
def test_refusals(given, panels, message):
    with pytest.raises(ValueError, match=message):
        LossCurveDisplay.from_estimator(fitted() if given == "fitted" else given, panels=panels)
