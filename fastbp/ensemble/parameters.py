"""An ensemble's parameters: those of its networks, which are passed on, and two of its own."""

import inspect
from collections.abc import Callable
from numbers import Integral
from typing import Any

import joblib
from sklearn.base import clone

from ..estimators._sklearn import n_threads
from ..estimators.documentation import documented
from ..estimators.parameters.table import COUNT

CONSTRAINTS = {"n_estimators": [COUNT], "n_jobs": [Integral, None]}


def ensemble_of(network: Any) -> Callable[[Any], Any]:
    """Give an ensemble the parameters of these networks, with their defaults and constraints.

    scikit-learn looks for parameters in the signature of ``__init__``: it shows all of them.
    """
    given = inspect.signature(network.__init__).parameters
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, default, kind in (("n_estimators", 8, int), ("n_jobs", None, int | None))
    ]
    signature = inspect.Signature([*given.values(), *more])

    def __init__(*arguments: Any, **named: Any) -> None:
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        self, *values = bound.arguments.values()
        for name, value in zip(list(signature.parameters)[1:], values, strict=True):
            setattr(self, name, value)

    __init__.__signature__ = signature  # type: ignore[attr-defined]

    def decorate(cls: Any) -> Any:
        __init__.__qualname__ = f"{cls.__qualname__}.__init__"
        cls.__init__ = __init__
        cls._kinds = (network,)
        cls._parameter_constraints = network._parameter_constraints | CONSTRAINTS
        return documented(cls, network)

    return decorate


def of_network(ensemble: Any) -> dict[str, Any]:
    """Return the parameters of each network, but for the seed."""
    names = set(ensemble._kind._get_param_names()) - {"random_state"}
    return {name: getattr(ensemble, name) for name in names}


def network_of(ensemble: Any, seed: int) -> Any:
    """Return a network with the ensemble's parameters, which has learned nothing."""
    parameters = {name: clone(value, safe=False) for name, value in of_network(ensemble).items()}
    return ensemble._kind(**parameters, random_state=seed)


def threads_for(n_jobs: int | None) -> int:
    """Return how many threads train: with None as many as scikit-learn's own estimators take.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.
    """
    if n_jobs == 0:
        raise ValueError("n_jobs must be a number of threads, -1 for one per core, or None; got 0")
    return n_threads() if n_jobs is None else joblib.effective_n_jobs(n_jobs)
