"""Threads that share a fit: the same bits for any number, limits, faults, interrupts."""

import _thread
import multiprocessing
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from trained import ROWS, formulas_of, random_network, random_patterns, trainer

import fastbp
from fastbp.kernels.crew import STATE
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.network.crew import UNDIVIDED, Pieces
from fastbp.network.memory import for_crew
from fastbp.network.network import Network
from fastbp.training import lbfgs
from fastbp.training import trainer as trainers
from fastbp.training.calls import threads
from fastbp.training.calls.threads import Team, allowed, best, pieces_for, together

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FEW = Pieces(3, 2)


@pytest.fixture
def take(monkeypatch):
    """Return what sets the number of threads of all fits, and into how many pieces they cut."""

    def set_to(n_threads, pieces):
        class Fixed(Team):
            def __init__(self, memory, limit):
                super().__init__(memory, limit)
                self.limit = 99

            def _size(self, n_patterns):
                return n_threads

        for module in (trainers, lbfgs):
            monkeypatch.setattr(module, "Team", Fixed)
            monkeypatch.setattr(module, "pieces_for", lambda *args: pieces)

    return set_to


def trained(
    n_threads,
    take,
    *,
    sizes=(5, 20, 9, 3),
    batch_size=7,
    dtype=np.float64,
    loss="SquaredError",
    rows="dense",
    pieces=FEW,
    shortcuts=False,
    **settings,
):
    """Return all numbers that two epochs leave, as bytes, and the errors."""
    take(n_threads, pieces)
    network, rows = random_network(sizes, dtype, shortcuts=shortcuts), ROWS[rows]
    X, d = random_patterns(18, sizes, loss, dtype)
    if "dropout" in settings:
        settings["random_state"] = np.random.RandomState(0)
    formulas = formulas_of("tanh", loss)
    training = trainer(network, rows(X), d, *formulas, batch_size=batch_size, **settings)
    errors = [training.epoch(np.arange(17)) for _ in range(2)]
    return network.parameters.tobytes(), training.state.tobytes(), errors


WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, 18)
SETTINGS = {
    "plain": {},
    "few outputs": {"sizes": (5, 33, 1)},
    "few outputs, deep": {"sizes": (5, 9, 17, 2)},
    "no hidden layer": {"sizes": (9, 25)},
    "shortcuts": {"sizes": (5, 20, 33, 3), "shortcuts": True},
    "shortcuts, few outputs": {"sizes": (5, 20, 9, 1), "shortcuts": True},
    "shortcuts, accumulated": {"sizes": (5, 20, 9, 6), "shortcuts": True, "clip_norm": 0.1},
    "narrower than pieces": {"sizes": (3, 2, 2, 1), "pieces": Pieces(8, 10)},
    "batch smaller than pieces": {"batch_size": 2, "pieces": Pieces(2, 4)},
    "momentum, penalty": {"momentum": 0.9, "nesterov": True, "alpha": 0.1, "l1_ratio": 0.3},
    "decoupled": {"momentum": 0.9, "alpha": 0.1, "decoupled": True},
    "lengths": {"max_norm": 0.5, "momentum": 0.9},
    "dropout": {"dropout": [0.3, 0.2]},
    "by column": {"rows": "by column"},
    "weights": {"sample_weight": WEIGHTS},
    "summed": {"batch_size": 300},
    "clipped": {"clip_norm": 0.01, "momentum": 0.9, "alpha": 0.1},
    "online": {"batch_size": 1, "sizes": (5, 33, 3)},
    "online, decay": {"batch_size": 1, "alpha": 0.1, "decoupled": True, "sizes": (5, 9, 2)},
    "float32": {"dtype": np.float32, "loss": "MultinomialLogLoss"},
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_bits(settings, take, interpreted):
    expected = trained(1, take, **SETTINGS[settings])
    for n_threads in (2, 3):
        assert trained(n_threads, take, **SETTINGS[settings]) == expected


@pytest.mark.parametrize("settings", ["plain", "summed", "online", "online, decay"])
def test_bits_for_calls_of_any_size(settings, take, interpreted, monkeypatch):
    """Short calls tell the speed of threads, and come when the clock says so."""
    expected, sizes = trained(1, take, **SETTINGS[settings]), iter((1, 9, 6, 30) * 20)
    monkeypatch.setattr(Team, "patterns", lambda self, most, work: next(sizes))
    assert trained(2, take, **SETTINGS[settings]) == expected


COMPILED = ("plain", "few outputs", "lengths", "summed", "online")


@pytest.mark.parametrize("settings", COMPILED)
def test_bits_compiled(settings, take):
    """Again and again, as it is chance who does which piece."""
    expected = trained(1, take, **SETTINGS[settings])
    for n_threads in (2, 3, 8):
        for _ in range(20):
            assert trained(n_threads, take, **SETTINGS[settings]) == expected


def wide(n_rows=600, n_inputs=40):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n_rows, n_inputs)), rng.integers(0, 3, n_rows)


SHARED = {"hidden_layer_sizes": (300,), "batch_size": 200, "max_iter": 3, "random_state": 0}


def parameters(model):
    return np.concatenate([p.ravel() for p in model.coefs_ + model.intercepts_])


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_fits_of_estimators(solver, take):
    """By any number of threads the same."""
    X, y = wide()
    fits = []
    for n_threads in (1, 2, 3):
        take(n_threads, Pieces(8, 10))
        fits.append(fastbp.BackpropClassifier(**SHARED, solver=solver).fit(X, y))
    for model in fits[1:]:
        np.testing.assert_array_equal(parameters(model), parameters(fits[0]))
        assert model.loss_curve_ == fits[0].loss_curve_


def test_pieces_go_by_sizes_alone():
    network, small = (Network([784, *sizes], np.dtype(np.float64)) for sizes in ((500, 10), (8, 2)))
    X = wide(9, 784)[0]
    assert pieces_for(network, 200, rows_of(X)) != UNDIVIDED != pieces_for(network, 1, rows_of(X))
    assert pieces_for(network, 1, rows_of(np.asfortranarray(X))) == UNDIVIDED  # must be copied
    assert pieces_for(network, 200, rows_of(ROWS["sparse"](X))) == UNDIVIDED
    assert pieces_for(small, 100, rows_of(X)) == UNDIVIDED == pieces_for(small, 1, rows_of(X))


def test_the_fastest_number_is_chosen():
    """More threads only where they are clearly faster; all are tried again after a while."""
    assert best({1: 10.0, 2: 9.5}) == 1
    assert best({1: 10.0, 2: 6.0, 4: 5.8}) == 2
    assert best({1: 10.0, 2: 9.5, 4: 3.0}) == 4


def test_a_team_measures(monkeypatch):
    """A team of four on a machine where two are best."""
    network = Network([784, 500, 10], np.dtype(np.float64))
    team = Team(network.batch_memory(200, staged=False, pieces=Pieces(8, 10)), 4)
    now, taken = [0.0], []

    def timed(kernel, args, members):
        taken.append(len(members))
        now[0] += {1: 10e-3, 2: 6e-3, 4: 8e-3}[len(members)]
        return 0.0

    monkeypatch.setattr(threads, "together", timed)
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    assert team.patterns(10**6, network.parameters.size) < 250  # a short call, to tell the speed
    for _ in range(10):
        team.run(None, (), 200)
    assert taken[0] == 1 and set(taken[:6]) == {1, 2, 4} and set(taken[6:]) == {2}
    assert team.patterns(10**6, network.parameters.size) == 10**6
    now[0] += 2 * threads.AGAIN
    for _ in range(7):
        team.run(None, (), 200)
    assert set(taken[10:16]) == {1, 2, 4} and taken[16] == 2
    with threads.Training(), threads.Training():  # four processors for two fits
        assert team._free() == 2
        with threads.Training():
            assert team._free() == 1


def test_short_calls_take_one_thread(monkeypatch):
    network = Network([784, 500, 10], np.dtype(np.float64))
    team = Team(network.batch_memory(200, staged=False, pieces=Pieces(8, 10)), 2)
    taken = []
    monkeypatch.setattr(
        threads, "together", lambda kernel, args, members: taken.append(len(members)) or 0.0
    )
    for _ in range(20):
        team.run(None, (), 1)
    assert set(taken) == {1}


def test_what_a_thread_raises_is_told_and_nobody_waits():
    """A kernel that fails in one thread, as with bounds checked: the others come back."""
    network = Network([7, 5, 2], np.dtype(np.float64))
    members = for_crew(network.batch_memory(8, staged=False, pieces=FEW), 3)

    def kernel(memory):
        if memory.crew.thread == 1:
            raise IndexError("memory of a kernel is accessed out of bounds")
        while memory.crew.sync[STATE] == 0:  # as `wait` does
            time.sleep(0)
        return 1.0

    with pytest.raises(IndexError, match="out of bounds"):
        together(kernel, (members[0],), members)


def test_threads_that_cannot_be_started(monkeypatch, take):
    """Then one does all the work."""
    X, y = wide()
    take(1, Pieces(8, 10))
    alone = fastbp.BackpropClassifier(**SHARED).fit(X, y)

    def refuse(self):
        raise RuntimeError("can't start new thread")

    take(4, Pieces(8, 10))
    monkeypatch.setattr(threading.Thread, "start", refuse)
    other = fastbp.BackpropClassifier(**SHARED).fit(X, y)
    np.testing.assert_array_equal(parameters(alone), parameters(other))


def test_interrupt_of_a_fit_by_two_threads(take):
    """It ends at once, no thread goes on, and what the last finished epoch left is there."""
    X, y = wide(3000)
    take(2, Pieces(8, 10))
    model = fastbp.BackpropClassifier(**{**SHARED, "max_iter": 100_000, "tol": 0.0})
    clone(model).set_params(max_iter=1).fit(X, y)  # all is compiled
    before = threading.active_count()
    timer = threading.Timer(1.0, _thread.interrupt_main)
    timer.start()
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.fit(X, y)
    timer.join()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)  # one that was about to begin
    assert threading.active_count() == before
    assert np.isfinite(parameters(model)).all() and len(model.loss_curve_) == model.n_iter_


def in_child(queue, X, y):
    queue.put(parameters(fastbp.BackpropClassifier(**SHARED).fit(X, y)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork_after_a_fit_by_two_threads(take):
    X, y = wide()
    take(2, Pieces(8, 10))
    expected = parameters(fastbp.BackpropClassifier(**SHARED).fit(X, y))
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=in_child, args=(queue, X, y))
    child.start()
    np.testing.assert_array_equal(queue.get(), expected)
    child.join()
    assert child.exitcode == 0


def test_eight_threads_that_fit_at_once(take):
    X, y = wide()
    take(2, Pieces(8, 10))
    expected = parameters(fastbp.BackpropClassifier(**SHARED).fit(X, y))
    with ThreadPoolExecutor(8) as pool:
        fits = list(pool.map(lambda _: fastbp.BackpropClassifier(**SHARED).fit(X, y), range(16)))
    for model in fits:
        np.testing.assert_array_equal(parameters(model), expected)
    assert not threads._training


def test_limits(monkeypatch):
    assert allowed(1) == 1
    monkeypatch.setattr(threads, "numba_threads", lambda: 3)
    assert allowed(8) == 3 and allowed(2) == 2
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: "there is one")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert allowed(8) == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert allowed(2) == 2
