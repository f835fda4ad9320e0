"""scikit-learn's callbacks: what they are told, that they may stop training, where they travel."""

import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from plain import BackpropClassifier, BackpropRegressor
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fastbp.estimators.callbacks

X = np.random.RandomState(0).standard_normal((24, 3))
LABELS = np.array(["no", "yes"])[(X[:, 0] > X[:, 1]).astype(int)]
FRAME = pd.DataFrame(X, columns=list("abc"))
SMALL = {"hidden_layer_sizes": (3,), "learning_rate_init": 0.1, "max_iter": 5, "random_state": 0}


def test_without_the_protocol(monkeypatch):
    """Older versions of scikit-learn have no such module."""
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    file = fastbp.estimators.callbacks.__file__
    spec = importlib.util.spec_from_file_location("fastbp.estimators.older", file)
    older = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(older)
    assert not hasattr(older.CallbackSupportMixin, "set_callbacks")
    assert older.Observer.of(LogisticRegression(), X, LABELS, None, np.arange(24), 5) is None


callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]


class Recorder:
    """Keeps what it is told, and stops training after some epochs."""

    def __init__(self, stop_after=None):
        self.told, self.stop_after = [], stop_after

    def setup(self, estimator, context):
        self.told.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.told.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.told.append(("begin", context.task_name, context.task_id, context.max_subtasks))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.told.append(("end", context.task_name, context.task_id, X, y, metadata))
        if context.task_name == "epoch":
            return fitted_estimator.n_iter_ == self.stop_after

    def names(self):
        return [f"{what} {task}" for what, task, *_ in self.told]

    def ends(self):
        return [entry for entry in self.told if entry[:2] == ("end", "epoch")]


EPOCH = ["begin epoch", "end epoch"]


def test_tasks():
    recorder = Recorder()
    model = BackpropClassifier(**SMALL).set_callbacks(recorder).fit(X, LABELS)
    fit = ["setup fit", "begin fit", *EPOCH * 5, "end fit", "teardown fit"]
    assert recorder.names() == fit
    assert recorder.told[1] == ("begin", "fit", 0, 5)
    assert [end[2] for end in recorder.ends()] == [0, 1, 2, 3, 4]
    assert all(end[3] is X and end[4] is LABELS and end[5] is None for end in recorder.ends())
    model.partial_fit(X, LABELS)
    assert recorder.names() == [*fit, "setup fit", "begin fit", *EPOCH, "end fit", "teardown fit"]
    plain = BackpropClassifier(**SMALL).fit(X, LABELS).partial_fit(X, LABELS)
    np.testing.assert_array_equal(model.coefs_[0], plain.coefs_[0])


def test_several_starts():
    """One after the other, and in the end the best of them."""
    seen = []

    class Watcher(Recorder):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None, **more):
            super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator, **more)
            seen.append(fitted_estimator)

    recorder = Watcher()
    model = BackpropClassifier(**SMALL, n_init=3).set_callbacks(recorder).fit(X, LABELS)
    assert recorder.names() == [*("setup fit", "begin fit", *EPOCH * 15, "end fit", "teardown fit")]
    assert recorder.told[1] == ("begin", "fit", 0, 15)
    assert [end[2] for end in recorder.ends()] == list(range(15))
    assert [one.n_iter_ for one in seen] == [1, 2, 3, 4, 5] * 3 + [5]
    losses = [seen[n].loss_ for n in (4, 9, 14)]
    assert seen[15].loss_ == model.loss_ == min(losses) and len(set(losses)) == 3
    plain = BackpropClassifier(**SMALL, n_init=3).fit(X, LABELS)
    np.testing.assert_array_equal(model.coefs_[0], plain.coefs_[0])


def test_fitted_estimator():
    """It is that of its epoch, predicts, and is no part of the one in training."""
    scored = []

    class Keeper(Recorder):
        def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
            scored.append((fitted_estimator, fitted_estimator.score(X, y)))

    BackpropClassifier(**SMALL).set_callbacks(Keeper()).fit(FRAME, LABELS)
    for n, (model, score) in enumerate(scored[:5], 1):
        alone = BackpropClassifier(**SMALL | {"max_iter": n}).fit(FRAME, LABELS)
        np.testing.assert_array_equal(model.coefs_[0], alone.coefs_[0])
        assert model.loss_curve_ == alone.loss_curve_ and len(model.loss_curve_) == n
        assert score == alone.score(FRAME, LABELS) == model.score(FRAME, LABELS)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_stops(early_stopping, recwarn):
    recorder = Recorder(stop_after=2)
    model = BackpropRegressor(**SMALL, early_stopping=early_stopping).set_callbacks(recorder)
    model.fit(X, X[:, 0])
    assert model.n_iter_ == 2 and recorder.names()[-2:] == ["end fit", "teardown fit"]
    assert not recwarn.list  # who stops knows that it has not converged


@pytest.mark.parametrize("frame", [X, FRAME], ids=["array", "frame"])
def test_rows_that_are_trained_with(frame):
    weights = np.where(np.arange(24) % 4, 1.5, 0)
    recorder = Recorder()
    model = BackpropClassifier(**SMALL, early_stopping=True).set_callbacks(recorder)
    model.fit(frame, LABELS, weights)
    _, _, _, rows, y, metadata = recorder.ends()[-1]
    assert type(rows) is type(frame) and rows.shape == (16, 3) and y.shape == (16,)
    assert metadata["sample_weight"].tolist() == [1.5] * 16
    model.fit(scipy.sparse.coo_array(X), LABELS)  # held out from a format without rows
    assert recorder.ends()[-1][3].shape == (21, 3)
    given = {"X_val": frame[:4], "y_val": LABELS[:4]}
    model.fit(frame, LABELS, **given)
    assert recorder.ends()[-1][3] is frame


def test_scoring_monitor():
    monitor = callback.ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    model = BackpropClassifier(**SMALL).set_callbacks(monitor).fit(FRAME, LABELS)
    log = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(log) == 5 and log[-1]["accuracy"] == model.score(FRAME, LABELS)
    assert log[-1]["neg_log_loss"] > log[0]["neg_log_loss"]


def test_progress_bar(capsys):
    pytest.importorskip("rich")
    BackpropClassifier(**SMALL).set_callbacks(callback.ProgressBar()).fit(X, LABELS)
    assert "BackpropClassifier - fit" in capsys.readouterr().out


def test_search_and_pipeline():
    """Clones carry the callbacks on; the fit hangs in the tree of the search."""
    recorder = Recorder()
    model = BackpropClassifier(**SMALL).set_callbacks(recorder)
    assert clone(model)._skl_callbacks == [recorder]
    pipe = make_pipeline(StandardScaler(), model)
    grid = GridSearchCV(pipe, {"backpropclassifier__alpha": [0.0, 0.1]}, cv=2)
    grid.fit(X, LABELS)
    assert recorder.names().count("end epoch") == 5 * (2 * 2 + 1)
    model = BackpropClassifier(**SMALL)  # without callbacks there is nothing to tell
    GridSearchCV(model, {"alpha": [0.0]}, cv=2).fit(X, LABELS)


def test_refused_fit_begins_no_task():
    recorder = Recorder()
    model = BackpropClassifier(**SMALL).set_callbacks(recorder)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(X * np.nan, LABELS)
    assert not recorder.told
    with pytest.raises(TypeError, match="FitCallback"):
        model.set_callbacks("bar")


def test_interrupted():
    class Interrupt(Recorder):
        def on_fit_task_begin(self, estimator, context, *, X=None, y=None):
            super().on_fit_task_begin(estimator, context)
            if context.task_id == 2:
                raise KeyboardInterrupt

    recorder = Interrupt()
    model = BackpropClassifier(**SMALL).set_callbacks(recorder)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, LABELS)
    assert model.n_iter_ == 2 and recorder.names()[-2:] == ["end fit", "teardown fit"]
