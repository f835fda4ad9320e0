"""Threads that train, and threads that predict: nothing is lost, no answer is of two networks."""

import os
import pickle
import threading
import warnings

import numpy as np
import pytest

import fastbp
from fastbp.estimators.draft import lock_of, view_of
from fastbp.training.trainer import Trainer

RNG = np.random.RandomState(0)
X, WIDE = RNG.standard_normal((60, 7)), RNG.standard_normal((60, 20))
Y, LABELS = X[:, 0], (X[:, 0] > 0).astype(int)
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 1, "random_state": 0}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def meanwhile(work, *others):
    """Let others run in threads, again and again, while `work` does; return what they raised."""
    done, raised = threading.Event(), []

    def again(other):
        with warnings.catch_warnings():
            while not done.is_set():
                try:
                    other()
                except Exception as failure:
                    raised.append(failure)

    threads = [threading.Thread(target=again, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    try:
        work()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return raised


def assign(model):
    model.coefs_ = [np.array(w) for w in model.coefs_]
    return model


@pytest.mark.parametrize("how", [assign, lambda model: model.__class__.__new__(model.__class__)])
def test_reading_loses_no_training(how):
    """Of a network that is not bound yet."""
    model = fastbp.BackpropRegressor(**SMALL).fit(X, Y)
    state, twin = model.__getstate__(), how(model)
    if twin is not model:
        twin.__setstate__(state)
    expected = fastbp.BackpropRegressor(**SMALL).fit(X, Y)

    def train():
        for _ in range(20):
            twin.partial_fit(X, Y)

    assert not meanwhile(train, lambda: twin.predict(X[:3]))
    for _ in range(20):
        expected.partial_fit(X, Y)
    np.testing.assert_array_equal(twin.predict(X), expected.predict(X))


def test_a_prediction_is_of_one_network():
    """Of 20 inputs or of 7: such a call is refused, or right."""
    model = fastbp.BackpropRegressor(**SMALL).fit(X, Y)
    narrow = model.predict(X)
    wide = fastbp.BackpropRegressor(**SMALL).fit(WIDE, Y).predict(WIDE)
    answers = []

    def train():
        for n in range(20):
            model.fit(*((X, Y) if n % 2 else (WIDE, Y)))

    raised = meanwhile(train, lambda: answers.append(model.predict(X)))
    assert answers and all("7 features" in str(failure) for failure in raised)
    assert all(np.array_equal(answer, narrow) for answer in answers)
    np.testing.assert_array_equal(model.fit(WIDE, Y).predict(WIDE), wide)


def test_a_copy_is_of_one_network():
    """What the rule remembers belongs to the weights, whatever was fitted meanwhile."""
    model = fastbp.BackpropRegressor(**SMALL, momentum=0.9).fit(X, Y)
    copies = []

    def train():
        for n in range(20):
            model.fit(*((X, Y) if n % 2 else (WIDE, Y)))

    assert not meanwhile(train, lambda: copies.append(pickle.loads(pickle.dumps(model))))
    for one in copies:
        assert len(one.mean_) == len(one.coefs_[0]) == one.n_features_in_
        assert one._optimizer.state.size == one._network().parameters.size


def test_units_belong_to_the_weights():
    """Targets of 0 to 1 or of a million: nothing between is predicted."""
    model = fastbp.BackpropRegressor(**SMALL | {"max_iter": 5}).fit(X, Y)
    answers = []

    def train():
        for n in range(20):
            model.fit(X, Y + 1e9 * (n % 2))

    assert not meanwhile(train, lambda: answers.append(model.predict(X)))
    sizes = np.abs(np.array(answers)).max(axis=1)
    assert ((sizes < 1e3) | (sizes > 9e8)).all()


def test_predictions_come_from_the_average(monkeypatch):
    model = fastbp.BackpropRegressor(**SMALL, average=True).fit(X, Y)
    epoch, seen = Trainer.epoch, []

    def slow(trainer, order):
        seen.append(model.predict(X))
        error = epoch(trainer, order)
        seen.append(model.predict(X))
        return error

    monkeypatch.setattr(Trainer, "epoch", slow)
    for _ in range(3):
        before = model.predict(X)
        model.partial_fit(X, Y)
        for prediction in seen[-2:]:
            np.testing.assert_array_equal(prediction, before)
    assert len(seen) == 6 and not np.array_equal(before, model.predict(X))


def test_threads_train_one_after_the_other():
    model = fastbp.BackpropClassifier(**SMALL).partial_fit(X, LABELS, classes=[0, 1])
    raised = []

    def train():
        try:
            for _ in range(10):
                model.partial_fit(X, LABELS)
        except Exception as failure:
            raised.append(failure)

    threads = [threading.Thread(target=train) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = fastbp.BackpropClassifier(**SMALL).partial_fit(X, LABELS, classes=[0, 1])
    for _ in range(30):
        expected.partial_fit(X, LABELS)
    assert not raised and model.t_ == expected.t_
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_a_view_stays_what_it_is():
    model = fastbp.BackpropRegressor(**SMALL).fit(X, Y)
    view, before = view_of(model), model.predict(X)
    model.partial_fit(X, Y)
    np.testing.assert_array_equal(view.predict(X), before)
    assert not np.array_equal(model.predict(X), before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_waits_for_nobody():
    """The thread that holds the lock is not there."""
    model = fastbp.BackpropRegressor(**SMALL).fit(X, Y)
    held, done = threading.Event(), threading.Event()

    def hold():
        with lock_of(model):
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if not child:
        os._exit(0 if lock_of(model).acquire(timeout=5) else 1)
    status = os.waitpid(child, 0)[1]
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0
