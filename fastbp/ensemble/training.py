"""How the networks of an ensemble are trained: side by side, and all of them or none."""

import contextlib
import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..estimators.data.validation_set import GivenSet
from ..estimators.draft import GENERATORS, lock_of
from ..estimators.one_row.route import drop
from ..estimators.parameters.combinations import check_combinations
from ..estimators.restarts import Best, Prepared, seeds_beside
from ..jobs import run_all
from ..training.progress import Progress
from ..warned import Warned, collected, warn_of


@contextlib.contextmanager
def given_back(random_state: Any) -> Iterator[None]:
    """Give a generator of random numbers its state back where the block fails."""
    generators = [random_state] if isinstance(random_state, np.random.RandomState) else []
    states = [one.get_state() for one in generators]
    try:
        yield
    except BaseException:
        for one, state in zip(generators, states, strict=True):
            one.set_state(state)
        raise


def fitted(
    first: Any,
    seeds: list[int],
    X: Any,
    y: Any,
    sample_weight: Any,
    given: GivenSet,
    n_threads: int,
) -> list[Any]:
    """Return networks from these seeds that share what `first`, of the first seed, has prepared.

    Each is the best of `n_init` starts.
    """
    check_combinations(first)
    task, method = first._prepare(
        X, y, sample_weight, given, Progress(), anew=True, incremental=False
    )
    prepared, networks = Prepared(first, task, method), [Best() for _ in seeds]
    jobs: list[Callable] = []
    for best, seed in zip(networks, seeds, strict=True):
        for n, other in enumerate([seed, *seeds_beside(seed, first.n_init - 1)]):
            begin: Callable = partial(prepared.start, other, random_state=seed)
            jobs.append(partial(best.train, n, begin if jobs else lambda: prepared.first, None))
    run_all(jobs, 1 if prepared.shares_reading else n_threads)
    return [best.fitted() for best in networks]


def trained_further(
    networks: list[Any], parameters: dict[str, Any], call: Callable[[Any], Any], n_threads: int
) -> list[Any]:
    """Return networks that have been trained further by `call`; the given ones stay as they are.

    Each gets the parameters, which may have been set since the last call.
    """
    copies = [own_copy(network) for network in networks]
    found: list[Warned] = [[] for _ in copies]

    def train(n: int) -> None:
        with collected() as warned:
            call(copies[n])
        found[n] = warned

    for one in copies:
        vars(one).update(parameters)
    run_all([partial(train, n) for n in range(len(copies))], n_threads)
    warn_of([warned for each in found for warned in each])
    return copies


def own_copy(network: Any) -> Any:
    """Return a network that is trained without a change of this one.

    A call that trains changes a draft in any case, but for generators of random numbers.
    """
    with lock_of(network):
        drop(network)
        other = object.__new__(type(network))
        vars(other).update(vars(network))
    for name in GENERATORS:
        if isinstance(vars(other).get(name), np.random.RandomState):
            vars(other)[name] = copy.deepcopy(vars(other)[name])
    return other
