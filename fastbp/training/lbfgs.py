"""Full batches with SciPy's L-BFGS-B: our error and gradient, their quasi-Newton method."""

import numpy as np
import scipy.optimize
from sklearn.exceptions import ConvergenceWarning

from ..kernels.batches.gradient import batch_descent
from ..kernels.descent import Formulas, Learning
from ..kernels.lazy.untouched import untouched_of
from ..kernels.max_norm import NoConstraint
from ..kernels.rows.catalogue import at_most, held, is_staged
from ..network.layout import aligned_zeros
from ..network.network import Network
from ..rules import Accumulate
from ..warned import warn
from .calls.portions import patterns_per_call, portions_of
from .calls.threads import Team, Training, pieces_for
from .failures import diverged, judge
from .patterns import Patterns, check_patterns
from .progress import Observer, Task
from .regularization import Regularization


class Objective:
    """(Σ_p e_p E_p + penalty) / Σ_p s_p and its gradient, as functions of all parameters.

    Parameters
    ----------
    network : Network
        Gets the parameters of each evaluation.
    formulas : Formulas
        The formulas.
    patterns : Patterns
        Rows, targets, weights.
    regularization : Regularization
        The penalty; nothing else of it.
    order : ndarray of int
        The numbers of the rows.
    n_threads : int, default=1
        How many may share the work; how many do is found out, see `.calls.threads`.
    """

    def __init__(
        self,
        network: Network,
        formulas: Formulas,
        patterns: Patterns,
        regularization: Regularization,
        order: np.ndarray,
        n_threads: int = 1,
    ) -> None:
        self.network, self.formulas, self.patterns = network, formulas, patterns
        check_patterns(network, patterns)
        self.order = np.ascontiguousarray(order, np.int64)
        self.learning = Learning(
            Accumulate(), regularization.penalty(1.0), patterns.weighting(), NoConstraint(), 0, 0.0
        )
        pieces = pieces_for(network, len(order), patterns.rows)
        self.working = network.batch_memory(
            len(order), staged=is_staged(patterns.rows), pieces=pieces
        )
        self.team = Team(self.working, n_threads)
        untouched = untouched_of(network, patterns.rows, in_batches=True, whole=True)
        self.rows = patterns.rows
        if untouched is not None:
            self.rows = untouched.make_room(self.order, len(self.order))
        self.descent = aligned_zeros(network.parameters.size, network.dtype)
        self.kernel = batch_descent.choose(patterns.targets, formulas)

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the objective and its gradient."""
        network, rows = self.network, self.patterns.rows
        network.parameters[:] = parameters
        self.descent[:] = 0
        sums, error = np.zeros(4), 0.0
        together = at_most(rows, patterns_per_call(network))
        for part, portion in portions_of(self.order, together, sums):
            args = (
                network.parameters,
                self.descent,
                network.layout,
                held(self.rows, part),
                self.patterns.targets,
                part,
                self.formulas,
                self.learning,
                self.working,
                portion,
            )
            with Training():
                error = self.team.run(self.kernel, args, len(part))
        if network.free is not None:  # a weight of zero without a gradient stays
            self.descent *= network.free
        self.error = error / self.order.size
        return self.error, -self.descent.astype(np.float64)


def check_success(result: scipy.optimize.OptimizeResult, max_iter: int) -> None:
    """Warn, in scikit-learn's words, if SciPy has given up."""
    if result.status == 0:
        return
    advice = ""
    if result.nit >= max_iter:
        advice = (
            f"\nIncrease the number of iterations to improve the convergence (max_iter={max_iter})."
        )
    warn(
        f"lbfgs failed to converge after {min(result.nit, max_iter)} iteration(s) "
        f"(status={result.status}):\n{result.message}\n{advice}",
        ConvergenceWarning,
    )


def fit_lbfgs(objective: Objective, task: Task, observer: Observer | None) -> None:
    """Train until L-BFGS-B is satisfied, at most `n_epochs` iterations or `max_fun` evaluations.

    Parameters
    ----------
    objective : Objective
        It is minimised, and its network is trained.
    task : Task
        Its progress notes the objective after each iteration; its validation set is evaluated
        once, at the end.
    observer : Observer or None
        Is told of the fit as one epoch.

    Warns
    -----
    ConvergenceWarning
        If neither number was enough.

    Raises
    ------
    Diverged
        If the objective is not finite, or what has come of it is refused, see `judge`.

    Notes
    -----
    Whatever ends it by an exception, Ctrl-C among them, leaves what the last iteration left.
    """
    progress, settings, curve = task.progress, task.settings, task.progress.loss_curve
    n_before = len(curve)
    last: tuple[np.ndarray, float] | None = None

    def note(parameters: np.ndarray) -> None:  # those evaluated last
        nonlocal last
        last = parameters.copy(), objective.error
        curve.append(objective.error)
        if settings.verbose:
            print(f"Iteration {len(curve)}, loss = {curve[-1]:.8f}")

    def take(parameters: np.ndarray, loss: float, n_iterations: int) -> None:
        objective.network.become(parameters)
        progress.n_iter, progress.loss, progress.running_loss = n_iterations, loss, loss
        progress.best_loss = min(curve, default=loss)

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
                "maxfun": settings.max_fun,
                "maxiter": task.n_epochs,
                "gtol": settings.tol,
            },
        )
        if not np.isfinite(result.fun):
            raise diverged(task, None, int(result.nit))
        take(result.x, float(result.fun), int(result.nit))
        if settings.max_iter != "auto":
            check_success(result, task.n_epochs)
        if task.validation is not None:
            score, loss = task.validation.evaluate()
            progress.note_validation(score, loss, settings.tol, stream=False)
    except BaseException:
        if last is not None:
            if not curve or curve[-1] != last[1]:
                curve.append(last[1])
            take(*last, len(curve) - n_before)
        raise
    if observer is not None:
        observer.end_epoch()
    judge(task, objective.network, objective.formulas, None)
