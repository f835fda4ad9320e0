"""What a peer is: a way to train a case's network, and its weights afterwards."""

from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
from cases import Case
from threadpoolctl import ThreadpoolController


class Peer:
    """Trains the network of one case, from its initial weights on.

    Parameters
    ----------
    case : Case
        Network and data.

    Attributes
    ----------
    name : str
        Name in the report.
    remark : str
        What is to be known about the comparison.
    requires : tuple of str
        Modules that must be importable.
    settings : tuple
        Ways to run it, of which the benchmark takes the fastest; see `use`.
    trial : int
        Rows that it is tried out with; few, some peers take milliseconds per pattern.
    tolerance : dict
        Per dtype, how far weights may be from fastbp's after the same training.
    """

    name: ClassVar[str]
    remark: ClassVar[str] = ""
    requires: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[Any, ...]] = (None,)
    trial: ClassVar[int] = 20
    tolerance: ClassVar[dict[str, float]] = {"float32": 1e-3, "float64": 1e-9}

    def __init__(self, case: Case) -> None:
        self.case = case
        self.X, self.Y = case.data

    @classmethod
    def absence(cls) -> str | None:
        """Return why this machine cannot run the peer, or None if it can."""
        missing = [module for module in cls.requires if find_spec(module) is None]
        return f"{', '.join(missing)} not installed" if missing else None

    @classmethod
    def version(cls) -> str:
        """Return what exactly is measured."""
        return " ".join(f"{name} {__import__(name).__version__}" for name in cls.requires)

    @classmethod
    def refusal(cls, case: Case) -> str | None:
        """Return why the peer cannot train this case, or None if it can."""
        return None

    def use(self, setting: Any) -> None:
        """Choose one of the `settings` for what follows."""

    def run(self, rows: int, epochs: int) -> None:
        """Train for so many epochs with the first `rows` patterns, in their order."""
        raise NotImplementedError

    def weights(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the weights (fan_in, fan_out) and biases (fan_out,) of all layers."""
        raise NotImplementedError


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()


def limit_blas(threads: int) -> None:
    """Let the BLAS libraries of NumPy and SciPy use so many threads."""
    _pools().limit(limits=threads, user_api="blas")
