"""Several jobs in threads. When one fails, or Ctrl-C comes, all of them end at once.

Kernels run without the GIL, so that threads train side by side. Only the main thread hears Ctrl-C:
the others are told by an exception that Python raises in them between two steps, as Ctrl-C itself
would be, and what ends training by an exception at any step leaves nothing half done.
"""

import contextvars
import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence

from sklearn import config_context, get_config

WAKING = 0.1
"""Seconds after which the main thread looks around: on Windows, waiting does not hear Ctrl-C."""
ANEW = 1.0
"""Seconds after which a thread that has not ended is told again: far longer than ending takes."""


def run_all(jobs: Sequence[Callable[[], object]], n_threads: int) -> None:
    """Run all jobs, by as many threads at most: one after the other in the order given.

    Raises
    ------
    BaseException
        What the first job that failed has raised, or KeyboardInterrupt. The other jobs have been
        ended by KeyboardInterrupt then, or have not begun.
    """
    n_threads = min(n_threads, len(jobs))
    if n_threads < 2:
        for job in jobs:
            job()
        return
    workers = _Workers(jobs, n_threads)
    try:
        workers.work()
    finally:
        workers.stop()
    if workers.failures:
        raise workers.failures[min(workers.failures)]


class _Workers:
    """Threads that share jobs."""

    def __init__(self, jobs: Sequence[Callable[[], object]], n_threads: int) -> None:
        self.left: Iterator = iter(list(enumerate(jobs)))
        self.failures: dict[int, BaseException] = {}  # by the number of the job
        self.stopping, self.lock, self.woken = False, threading.Lock(), threading.Event()
        self.busy: set[int] = set()  # threads that may be interrupted
        self.ended: list[int] = []
        config = get_config()  # is a thread's own
        self.threads = []
        for _ in range(n_threads):
            run = contextvars.copy_context().run
            self.threads.append(threading.Thread(target=run, args=(self.run, config), daemon=True))

    def work(self) -> None:
        """Return when all is done, or something has failed."""
        for thread in self.threads:
            thread.start()
        while len(self.ended) < len(self.threads) and not self.failures:
            self.woken.wait(WAKING)
            self.woken.clear()

    def stop(self) -> None:
        """Return when all threads have ended; those that are at work are interrupted."""
        self.stopping = True
        while any(thread.is_alive() for thread in self.threads):
            with self.lock:
                for ident in self.busy:
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(ident), ctypes.py_object(KeyboardInterrupt)
                    )
            for thread in self.threads:
                if thread.ident is not None:
                    thread.join(ANEW)

    def run(self, config: dict) -> None:
        """Do one job after the other: what a thread does."""
        ident = threading.get_ident()
        try:
            with config_context(**config):
                self.do_jobs(ident)
        except BaseException:  # noqa: S110  # interrupted when it had just ended
            pass
        finally:
            self.busy.discard(ident)
            self.ended.append(ident)
            self.woken.set()

    def do_jobs(self, ident: int) -> None:
        """Do what is left, until something has failed."""
        number = -1
        with self.lock:
            self.busy.add(ident)
        try:
            while not self.stopping:
                number, job = next(self.left, (-1, None))
                if job is None:
                    break
                job()
        except BaseException as failure:
            if not self.stopping:  # else it is the interrupt
                self.failures[number] = failure
        finally:
            with self.lock:
                self.busy.discard(ident)
