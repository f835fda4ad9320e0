"""Full batches with SciPy's L-BFGS-B: our error and gradient, their quasi-Newton method."""

from typing import Any

import numpy as np
import scipy.optimize
from sklearn.utils.optimize import _check_optimize_result

from .callbacks import Observer
from .epochs import Task
from .failures import diverged
from .kernels.limits import NoLimit
from .kernels.online import Learning, Model
from .kernels.summed import train_summed
from .network import Network, aligned_zeros
from .regularization import Regularization
from .rules import Accumulate
from .training import Data, copies
from .warned import called_directly, warn


class Objective:
    """(Σ_p e_p E_p + penalty) / Σ_p s_p and its gradient, as functions of all parameters.

    Parameters
    ----------
    network : Network
        Gets the parameters of each evaluation.
    model : Model
        The formulas.
    data : Data
        The patterns.
    regularization : Regularization
        The penalty; nothing else of it.
    order : ndarray of int
        The numbers of the rows.
    """

    def __init__(
        self,
        network: Network,
        model: Model,
        data: Data,
        regularization: Regularization,
        order: np.ndarray,
    ) -> None:
        self.network, self.model, self.data, self.order = network, model, data, order[None, :]
        self.learning = Learning(
            Accumulate(), regularization.penalty(1.0), data.weights(), NoLimit(), 0, 0.0
        )
        self.workspace = network.workspace(len(order), copies=copies(data.rows), gradient=True)
        self.descent = aligned_zeros(network.parameters.size, network.dtype)
        self.kernel = train_summed.choose(data.targets, model)

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the objective and its gradient."""
        network = self.network
        network.parameters[:] = parameters
        self.descent[:] = 0
        error = self.kernel(
            network.parameters,
            self.descent,
            network.table,
            self.data.rows,
            self.data.targets,
            self.order,
            self.model,
            self.learning,
            self.workspace,
        )
        self.error = error / self.order.size
        return self.error, -self.descent.astype(np.float64)


def fit_lbfgs(estimator: Any, task: Task, observer: Observer | None) -> None:
    """Train until L-BFGS-B is satisfied, at most `n_epochs` iterations or `max_fun` evaluations.

    Parameters
    ----------
    estimator : estimator
        Its ``max_iter, max_fun, tol, verbose`` are read; ``n_iter_, loss_, best_loss_`` and
        ``loss_curve_``, the objective after each iteration, are written.
    task : Task
        Its method, an `Objective`, is minimised, and the network of that is trained; its validation
        set is evaluated once, at the end.
    observer : Observer or None
        Is told of the fit as one epoch.

    Warns
    -----
    ConvergenceWarning
        If neither number was enough.
    UserWarning
        If Ctrl-C ended training; the weights are those of the last iteration.
    """
    objective, validation = task.method, task.validation
    best = objective.network.parameters.copy()

    def note(parameters: np.ndarray) -> None:  # those evaluated last
        best[:] = parameters
        estimator.loss_curve_.append(objective.error)
        if estimator.verbose:
            print(f"Iteration {len(estimator.loss_curve_)}, loss = {estimator.loss_curve_[-1]:.8f}")

    if observer is not None:
        observer.begin_epoch()
    try:
        result = scipy.optimize.minimize(
            objective,
            objective.network.parameters.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=note,
            options={
                "maxfun": estimator.max_fun,
                "maxiter": task.n_epochs,
                "gtol": estimator.tol,
            },
        )
    except KeyboardInterrupt:
        objective.network.parameters[:] = best
        estimator.n_iter_ = len(estimator.loss_curve_)
        if estimator.n_iter_ == 0 or not called_directly():
            raise
        estimator.loss_ = estimator.loss_curve_[-1]
        warn("Training interrupted by user.")
    else:
        best[:] = result.x
        estimator.n_iter_ = int(result.nit)
        estimator.loss_ = float(result.fun)
        if not np.isfinite(estimator.loss_):
            raise diverged(estimator, task, estimator.n_iter_)
        if estimator.max_iter != "auto":
            _check_optimize_result("lbfgs", result, estimator.max_iter)
    estimator.best_loss_ = min(estimator.loss_curve_, default=getattr(estimator, "loss_", np.inf))
    objective.network.parameters[:] = best
    if validation is not None:
        score, loss = validation.evaluate()
        estimator.validation_scores_.append(score)
        estimator.validation_loss_curve_.append(loss)
        estimator.best_validation_score_ = max(estimator.best_validation_score_, score)
    if observer is not None:
        observer.end_epoch()
