"""Clusters of processes: one is killed in the middle, the scheduler is lost; searches on them."""

import os
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV

from fastbp import BackpropClassifier, BackpropRegressor

WITHOUT = "Dask is not installed: pip install 'fastbp[distributed]'"
dask = pytest.importorskip("dask", reason=WITHOUT)
da = pytest.importorskip("dask.array", reason=WITHOUT)
distributed = pytest.importorskip("distributed", reason=WITHOUT)

from fastbp.distributed import fit_partitions  # noqa: E402
from fastbp.distributed.cluster import Cluster  # noqa: E402

X = np.random.default_rng(0).standard_normal((1200, 5))
Y = X[:, 0] * X[:, 1]
CHUNKS = (100, 300, 150, 150, 500)
DX, DY = da.from_array(X, chunks=(CHUNKS, 5)), da.from_array(Y, chunks=(CHUNKS,))
MODEL = BackpropRegressor(max_iter=12, random_state=0)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Processes:
    """A scheduler and workers, each a process without anybody who would start it anew."""

    def __init__(self, folder):
        self.file, self.all = str(folder / "scheduler.json"), []
        self.scheduler = self.begin("scheduler", "--port", "0", "--host", "127.0.0.1")

    def begin(self, what, *options):
        options = [*options, "--scheduler-file", self.file, "--no-dashboard"]
        module = f"distributed.cli.dask_{what}"
        self.all.append(
            subprocess.Popen(
                [sys.executable, "-m", module, *options],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return self.all[-1]

    def worker(self):
        return self.begin("worker", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1")

    def client(self, n_workers):
        deadline = time.monotonic() + 120
        while not os.path.exists(self.file) and time.monotonic() < deadline:
            time.sleep(0.05)
        client = distributed.Client(scheduler_file=self.file, timeout=120)
        client.wait_for_workers(n_workers, timeout=120)
        return client

    def end(self):
        for process in self.all:
            process.kill()
        for process in self.all:
            process.wait()


@pytest.fixture
def processes(tmp_path):
    started = Processes(tmp_path)
    yield started
    started.end()


def in_round(monkeypatch, number, act):
    """Let something happen as the tasks of a round are with the workers."""
    results, rounds = Cluster.results, []

    def wrapped(self, tasks, doing):
        rounds.append(doing)
        begun = None
        if doing == f"epoch {number} was trained":
            begun = self.client.compute(tasks)
            act()
        result = results(self, tasks, doing)  # of those that have begun, if they have
        del begun
        return result

    monkeypatch.setattr(Cluster, "results", wrapped)
    return rounds


def assert_same_bits(model, other):
    for mine, others in zip(model.coefs_, other.coefs_, strict=True):
        np.testing.assert_array_equal(mine, others)
    assert model.loss_curve_ == other.loss_curve_


def test_a_killed_worker_costs_no_bit(processes, monkeypatch):
    """And so many workers, or threads of this process, are as good as others."""
    victim, _ = processes.worker(), processes.worker()
    with dask.config.set(scheduler="threads"):
        expected = fit_partitions(clone(MODEL), DX, DY)
    with processes.client(2) as client:
        assert_same_bits(fit_partitions(clone(MODEL), DX, DY, client=client), expected)
        rounds = in_round(monkeypatch, 5, victim.kill)
        assert_same_bits(fit_partitions(clone(MODEL), DX, DY, client=client), expected)
        assert len(rounds) == 2 + 12 and victim.wait(10) is not None
        assert len(client.scheduler_info()["workers"]) == 1
        monkeypatch.undo()
        fitted = fit_partitions(clone(MODEL), DX, DY)  # the client is Dask's default
        assert_same_bits(fitted, expected)
    assert fitted.score(X, Y) > 0.8


def test_a_lost_scheduler(processes, monkeypatch):
    processes.worker()
    model = clone(MODEL)
    start = dict(vars(model))
    with processes.client(1) as client:
        in_round(monkeypatch, 3, processes.scheduler.kill)
        words = "Dask's scheduler was lost.* while epoch 3 was trained.*connect a client"
        with pytest.raises(ConnectionError, match=words):
            fit_partitions(model, DX, DY, client=client)
    assert vars(model) == start


@pytest.fixture
def client():
    """Return the client of a cluster of two threads in this process."""
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with (
        distributed.LocalCluster(**options, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_large_networks_are_sent_without_a_word(client):
    model = BackpropRegressor((2500, 1200), max_iter=1, random_state=0)  # 12 MB
    rows = da.from_array(X[:20], chunks=(10, 5)), da.from_array(Y[:20], chunks=10)
    assert fit_partitions(model, *rows, client=client).n_iter_ == 1


def test_a_search_through_joblib(client):
    features, labels = load_iris(return_X_y=True)
    search = GridSearchCV(
        BackpropClassifier(random_state=0), {"hidden_layer_sizes": [(4,), (16,)]}, cv=3
    )
    here = clone(search).fit(features, labels)
    with joblib.parallel_config(backend="dask"):
        there = search.fit(features, labels)
    np.testing.assert_array_equal(
        there.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"]
    )


def test_dask_ml(client):
    wrappers = pytest.importorskip(
        "dask_ml.wrappers", reason="dask-ml is not installed: pip install dask-ml"
    )
    labels = DY > 0
    incremental = wrappers.Incremental(BackpropClassifier(random_state=0), shuffle_blocks=False)
    for _ in range(5):
        incremental.partial_fit(DX, labels, classes=[False, True])
    alone = BackpropClassifier(random_state=0)
    for _ in range(5):
        for end, length in zip(np.cumsum(CHUNKS), CHUNKS, strict=True):
            part = slice(end - length, end)
            alone.partial_fit(X[part], Y[part] > 0, classes=[False, True])
    assert incremental.estimator_.score(X, Y > 0) == alone.score(X, Y > 0)
    after = wrappers.ParallelPostFit(alone)
    for method in ("predict", "predict_proba"):
        np.testing.assert_array_equal(
            getattr(after, method)(DX).compute(), getattr(alone, method)(X)
        )
