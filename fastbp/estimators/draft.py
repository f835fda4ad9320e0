"""An estimator is what it was until a call that trains has ended: it trains a draft of itself.

All that belongs together (weights, units, classes, what the rule remembers) lies in the estimator's
``__dict__``. A call changes that of a draft, and what the draft has become is taken over in one
assignment: a call that fails or is interrupted has changed nothing, and who reads from one
dictionary, see `view_of`, meanwhile gets an answer of the old network or of the new one, never of
both.
"""

import contextlib
import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from ..training.progress import Progress

# The attributes in which estimators show the progress of training.
SHOWN = {field.name: f"{field.name}_" for field in fields(Progress)}
SHOWN |= {"no_improvement_count": "_no_improvement_count"}  # as in scikit-learn
CURVES = ("loss_curve", "validation_scores", "validation_loss_curve")
LEARNING, PREDICTING = ROUTES = ("_learning_route", "_predicting_route")
"""Attributes in which estimators keep what one row needs: of the weights as they were."""
GENERATORS = ("random_state", "_random_state", "_mask_state")

NOBODY = contextlib.nullcontext()  # has to be waited for

Estimator = TypeVar("Estimator")

_locks: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
if hasattr(os, "register_at_fork"):  # a child has none of the threads that hold them
    os.register_at_fork(after_in_child=_locks.clear)


def lock_of(estimator: Any) -> threading.RLock:
    """Return the lock that whoever trains the estimator holds: threads train one after the other.

    Training from within training, by a callback, is not kept waiting.
    """
    return _locks.setdefault(estimator, threading.RLock())


def view_of(estimator: Estimator) -> Estimator:
    """Return the estimator as it is at the moment, whatever other threads train it to."""
    view = object.__new__(type(estimator))
    view.__dict__ = vars(estimator)
    return view


class Reading:
    """While an estimator is read: rows, which are learned in place, wait for it."""

    def __init__(self, route: Any) -> None:
        self.route = route

    def __enter__(self) -> None:
        self.route.lock.acquire()
        self.route.alive[1] += 1

    def __exit__(self, *failure: Any) -> None:
        self.route.alive[1] -= 1
        self.route.lock.release()


def held(view: Any) -> Any:
    """Return what to be within while a view is read without the GIL, see `one_row`."""
    route = vars(view).get(LEARNING)
    return NOBODY if route is None else Reading(route)


def settled(view: Any) -> dict[str, Any]:
    """Return the attributes, what rows have changed among them."""
    route = vars(view).get(LEARNING)
    return dict(vars(view)) if route is None else vars(view) | route.noted()


def shown(progress: Progress) -> dict[str, Any]:
    """Return the attributes that estimators show a progress in."""
    return {SHOWN[name]: value for name, value in vars(progress).items()}


def progress_of(attributes: dict[str, Any]) -> Progress:
    """Return the progress that a call goes on with, its curves being its own."""
    noted = {name: attributes[shown] for name, shown in SHOWN.items() if shown in attributes}
    for name in CURVES:
        if noted.get(name) is not None:
            noted[name] = list(noted[name])
    noted["n_iter"] = 0
    return Progress(**noted)


class Draft:
    """A copy of an estimator to train with.

    Parameters
    ----------
    estimator : estimator
        The original; `take_over` changes it, nothing else does.
    goes_on : bool
        Whether training goes on with what is there: then what training changes in place is copied,
        all but the network.

    Attributes
    ----------
    estimator : estimator
        The copy.
    progress : Progress
        That of its training, which it shows when it is taken over.
    """

    def __init__(self, original: Any, *, goes_on: bool) -> None:
        self.original, self.before = original, dict(vars(original))
        self.result: dict | None = None
        self.estimator = object.__new__(type(original))
        vars(self.estimator).update(self.before)
        for route in ROUTES:
            vars(self.estimator).pop(route, None)
        self.generators: list[tuple[np.random.RandomState, Any]] = []
        self.goes_on = goes_on
        self.progress = progress_of(self.before) if goes_on else Progress()
        if goes_on and "_optimizer" in self.before:
            self.estimator._optimizer = self.before["_optimizer"].copy()

    def will_draw(self) -> None:
        """Note the state of generators of random numbers, which takes 0.04 ms."""
        # What begins anew has a new generator, of `random_state`.
        names = [name for name in GENERATORS if self.goes_on or name != "_random_state"]
        given = [self.before.get(name) for name in names]
        self.generators = [
            (one, one.get_state()) for one in given if isinstance(one, np.random.RandomState)
        ]

    def take_over(self, add: Callable[[dict], None] | None = None) -> None:
        """Make the original what the draft is; what was set on it meanwhile stays.

        `add` may add to its attributes, unless something was.
        """
        before, now = self.before, vars(self.original)
        meanwhile = {k: v for k, v in now.items() if k not in before or before[k] is not v}
        for route in ROUTES:  # of the old weights, if somebody predicted from within training
            meanwhile.pop(route, None)
        self.result = vars(self.estimator) | shown(self.progress) | meanwhile
        if add is not None and not meanwhile:
            add(self.result)
        self.original.__dict__ = self.result

    def drop(self) -> None:
        """Give generators of random numbers their state back, if nothing was taken over."""
        if vars(self.original) is not self.result:
            for generator, state in self.generators:
                generator.set_state(state)
