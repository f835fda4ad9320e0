"""Jobs in threads: all are done, the first failure is raised, and Ctrl-C ends all of them."""

import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
from sklearn import config_context, get_config

from fastbp import jobs
from fastbp.jobs import run_all
from fastbp.warned import called_directly, collected, warn, warn_of


class Ended(Exception):
    pass


@pytest.mark.parametrize("n_threads", [1, 2, 9])
def test_all_are_done(n_threads):
    done, threads = [], set()
    before = threading.active_count()

    def job(n):
        threads.add(threading.get_ident())
        time.sleep(0.002)
        done.append(n)

    run_all([lambda n=n: job(n) for n in range(7)], n_threads)
    assert sorted(done) == list(range(7)) and threading.active_count() == before
    assert (threads == {threading.get_ident()}) == (n_threads == 1)
    run_all([], n_threads)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_the_first_failure_ends_the_others(n_threads):
    ended = []

    def fails():
        time.sleep(0.05)
        raise Ended("the second")

    def goes_on():
        try:
            while True:
                time.sleep(0.001)
        except KeyboardInterrupt:
            ended.append(1)
            raise

    given = [fails] if n_threads == 1 else [goes_on, fails, goes_on]
    with pytest.raises(Ended, match="the second"):
        run_all([*given, lambda: ended.append("never")], n_threads)
    assert ended == [1] * (len(given) - 1)


def test_of_two_failures_that_of_the_first_job():
    barrier = threading.Barrier(2)

    def fails(n):
        barrier.wait()
        time.sleep(0.01 * (2 - n))  # the second one sooner, which the first may not hear of
        raise Ended(str(n))

    with pytest.raises(Ended):
        run_all([lambda: fails(0), lambda: fails(1)], 2)


@pytest.mark.skipif(os.name == "nt", reason="signals reach the process only")
def test_ctrl_c():
    started, ended = [], []

    def job():
        started.append(1)
        try:
            while True:
                np.ones(10).sum()
        finally:
            ended.append(1)

    before = threading.active_count()
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        try:
            timer.start()
            run_all([job] * 5, 3)
        finally:
            timer.join()
    assert len(started) == len(ended) == 3 and threading.active_count() == before


def test_one_that_does_not_hear_is_told_again(monkeypatch):
    monkeypatch.setattr(jobs, "ANEW", 0.02)
    heard = []

    def deaf():
        while len(heard) < 3:
            try:
                while True:
                    time.sleep(0.001)
            except KeyboardInterrupt:
                heard.append(1)

    def fails():
        raise Ended

    with pytest.raises(Ended):
        run_all([deaf, fails], 2)
    assert len(heard) == 3


def test_what_belongs_to_a_thread_goes_along():
    seen = []

    def job():
        with warnings.catch_warnings():
            seen.append((get_config()["working_memory"], np.geterr()["over"]))

    with config_context(working_memory=7):
        run_all([job, job], 2)
    assert [memory for memory, _ in seen] == [7, 7]


def test_warnings_are_said_once_and_by_who_asked():
    found = []

    def job(n):
        with collected() as warned:
            warn("twice")
            warn(f"number {n}", RuntimeWarning)
            assert not called_directly()
        found.extend(warned)

    assert called_directly()
    run_all([lambda n=n: job(n) for n in range(2)], 2)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        warn_of(found)
    assert sorted(str(one.message) for one in said) == ["number 0", "number 1", "twice"]
    assert {one.filename for one in said} == {__file__}
