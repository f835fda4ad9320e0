"""Where tasks run: on the workers of a client, or with Dask's schedulers in this process."""

import asyncio
import concurrent.futures
import contextlib
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import cloudpickle
import dask
from dask.delayed import Delayed

UNSAID = {"distributed.admin.large-graph-warning-threshold": "1 TB"}
"""Weights are a part of the graph: Dask can send them again to who takes a dead worker's place."""


class Cluster:
    """Runs tasks, and keeps their results where they were made.

    Parameters
    ----------
    client : distributed.Client or None
        None for the one that is Dask's default, if there is one, and else for Dask's scheduler in
        this process.
    """

    def __init__(self, client: Any) -> None:
        if client is not None and not (hasattr(client, "persist") and hasattr(client, "compute")):
            raise TypeError(
                f"client must be a distributed.Client or None, got {type(client).__name__}"
            )
        if getattr(client, "asynchronous", False):
            raise ValueError("client: an asynchronous one cannot be waited for, give another")
        self.client = client

    def kept(self, tasks: list[Delayed]) -> list[Delayed]:
        """Return the tasks begun, each to be kept by the worker that does it until the end."""
        with unsaid():
            if self.client is None:
                return list(dask.persist(*tasks))
            return self.client.persist(tasks)

    def results(self, tasks: list[Delayed], doing: str) -> list[Any]:
        """Return the results of tasks; `doing` says what for, if the scheduler is lost.

        Raises
        ------
        ConnectionError
            If the scheduler is lost. What a task raises is raised.
        """
        with said_if_lost(doing), unsaid():
            if self.client is None:
                return list(dask.compute(*tasks))
            return self.client.compute(tasks, sync=True)


def unsaid() -> Any:
    """Return what to be within while tasks are sent, large ones without a warning."""
    # What is set before the library is imported would take the place of all its settings.
    return dask.config.set(UNSAID if "distributed" in sys.modules else {})


@contextlib.contextmanager
def said_if_lost(doing: str) -> Iterator[None]:
    """Raise a sentence where Dask has lost its scheduler, and let through what tasks raise."""
    try:
        yield
    except (asyncio.CancelledError, concurrent.futures.CancelledError, OSError) as failure:
        of_comm = type(failure).__module__ == "distributed.comm.core"
        if isinstance(failure, OSError) and not of_comm:  # of a task
            raise
        what = str(failure).partition("\n")[0]
        raise ConnectionError(
            f"Dask's scheduler was lost, or cancelled the work, while {doing} ({what}). The "
            "estimator is what it was: connect a client to a running cluster and train again"
        ) from failure


def sent(value: Any) -> Delayed:
    """Return a value as a task, which Dask can do again on any worker, as it can't what is sent.

    What the value is made of is sent as it is: Dask does not look into it.
    """
    return dask.delayed(received, pure=False)(cloudpickle.dumps(value))


def received(message: bytes) -> Any:
    """Return the value that was sent."""
    return pickle.loads(message)
