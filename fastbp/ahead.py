"""Compiling ahead of the first fit, for containers, clusters and the impatient."""

import warnings
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import clone, is_classifier

from .estimators.base import BaseBackprop
from .estimators.classifier import BackpropClassifier
from .estimators.regressor import BackpropRegressor
from .network.memory import LARGEST
from .training.prediction import MANY


class Step(NamedTuple):
    """An estimator with a kind of targets and a dtype of X: what is compiled together."""

    estimator: BaseBackprop
    kind: str
    n_values: int
    dtype: str

    def __str__(self) -> str:
        """Return what is compiled, for people."""
        parts = [type(self.estimator).__name__, self.kind, self.dtype]
        default = type(self.estimator)()
        for name in ("activation", "solver", "batch_size"):
            value = getattr(self.estimator, name)
            if repr(value) != repr(getattr(default, name)):
                parts.append(f"{name}={value!r}")
        return ", ".join(parts)


def warmup(
    estimators: Iterable[BaseBackprop] | None = None,
    *,
    dtypes: Iterable[str] = ("float64", "float32"),
    sparse: bool = False,
) -> None:
    """Compile the kernels that estimators will need, and keep them on disk.

    Parameters
    ----------
    estimators : iterable of BackpropClassifier and BackpropRegressor, default=None
        Kernels depend on activation, loss, solver and regularisation, on whether there are
        momentum, weights of rows or classes, and batches larger than 1 or than 256; not on other
        sizes. None stands for both with their defaults.
    dtypes : iterable of {'float64', 'float32'}, default=('float64', 'float32')
        The dtypes of X to expect.
    sparse : bool, default=False
        Whether X will be sparse.

    See Also
    --------
    fastbp.compiling.machine_code : How kernels are kept, and why they are never stale.
    fastbp.compiling.folders : Where they are kept, and whom that takes to trust.

    Examples
    --------
    >>> import fastbp
    >>> fastbp.warmup([fastbp.BackpropRegressor(momentum=0.9)], dtypes=["float32"])
    """
    for step in steps_for(estimators, dtypes):
        compile_step(step, sparse=sparse)


def steps_for(estimators: Iterable[BaseBackprop] | None, dtypes: Iterable[str]) -> list[Step]:
    """Return the steps of `warmup`."""
    if estimators is None:
        estimators = (BackpropRegressor(), BackpropClassifier())
    dtypes = list(dtypes)
    of_classes, of_values = {"two classes": 2, "more classes": 3}, {"values": 9}
    return [
        Step(estimator, kind, n_values, dtype)
        for estimator in estimators
        for dtype in dtypes
        for kind, n_values in (of_classes if is_classifier(estimator) else of_values).items()
    ]


def compile_step(step: Step, *, sparse: bool) -> None:
    """Compile what an estimator needs for its targets and its dtype of X."""
    estimator, _, n_values, dtype = step
    # One epoch is enough to compile, with batches of the kind that they will be.
    batch_size = 200 if estimator.batch_size == "auto" else estimator.batch_size
    n_rows = 18 if batch_size <= LARGEST else LARGEST + 2
    batch_size = min(batch_size, n_rows if n_rows > LARGEST else 2)
    X = np.random.default_rng(0).uniform(size=(n_rows, 2)).astype(dtype)
    model = clone(estimator).set_params(
        max_iter=1, batch_size=batch_size, early_stopping=False, warmup_epochs=0
    )
    model.set_params(verbose=False, learning_rate_init=1e-6)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?!machine code)")
        model.fit(csr_array(X) if sparse else X, np.arange(n_rows) % n_values)
    model.predict(X)  # a few rows, and many
    many = np.resize(X, (MANY, 2))
    model.predict(csr_array(many) if sparse else many)
    if model.solver != "lbfgs" and not sparse:
        model.learn_one(X[0], 0)
    model.predict_one(X[0])
