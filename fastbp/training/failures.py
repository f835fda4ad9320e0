"""Training that failed says why."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..kernels.descent import Formulas
from ..kernels.rows.catalogue import Rows
from ..kernels.rows.sparse import SparseRows
from ..kernels.targets import Targets
from ..losses import AbsoluteError, Huber, Quantile, inverse_link, normalised
from ..network.network import Network
from ..warned import warn
from .optimizer import Optimizer
from .patterns import Patterns
from .prediction import predict_outputs
from .progress import Task
from .validation import numbers, parts_of_error

LARGEST_WEIGHT = 1e6  # in units of the largest target
WILD = 30.0  # inputs and targets beyond need to be standardised
HEAVY = 10.0  # sample weights beyond are no counts of rows
SQUEEZED, NOTHING = 0.2, 1e-6  # standardised targets, errors
SEEN = 2000  # rows that are looked at after training
SUSPICIOUS, HOPELESS = 0.9, 1.0  # errors, in units of that of the best constant prediction
FAR = 2.0  # an error in units of that of net inputs of zero
GROWN = 4.0  # the largest parameter, which is below 1.8 before training


class Diverged(ValueError):
    """Training left all bounds, and nothing that could be kept."""


def constant_error(
    loss: NamedTuple, patterns: Patterns, order: np.ndarray, dtype: np.dtype
) -> float:
    """Return the mean of E_p where all outputs are the best constant, or close to it.

    Of some thousand patterns at most, with their costs.
    """
    order = order[:: max(1, len(order) // SEEN)]
    targets = numbers(patterns.targets, order, dtype)
    weights = None if patterns.costs is None else patterns.costs[order]
    if np.isnan(targets).any():
        each = [best_constant(loss, *given) for given in each_given(targets, weights)]
        out = np.array(each, targets.dtype)
    else:
        out = best_constant(loss, targets, weights)
    with np.errstate(all="ignore"):
        errors = parts_of_error(loss, targets, np.broadcast_to(out, targets.shape)).sum(axis=1)
        result = float(mean(errors, weights))
    return result if np.isfinite(result) else 0.0


def best_constant(loss: NamedTuple, targets: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return the outputs, the same for all rows, with the smallest mean error, or close to them."""
    if isinstance(loss, Quantile):
        return np.quantile(targets, loss.quantile, axis=0)
    if isinstance(loss, (AbsoluteError, Huber)):
        return np.median(targets, axis=0)
    return mean(targets, weights)


def each_given(
    targets: np.ndarray, weights: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Yield the targets of each output that are not missing, or a zero, and their weights."""
    for column in targets.T:
        given = ~np.isnan(column)
        if given.any():
            yield column[given], None if weights is None else weights[given]
        else:
            yield np.zeros(1, column.dtype), None


def extremes(targets: Targets) -> tuple[float, float]:
    """Return the least and the largest target that is a number; zeros for classes."""
    values = getattr(targets, "values", np.zeros(1))
    return float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None))


def mean(numbers: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return the weighted mean over the rows."""
    return numbers.mean(axis=0) if weights is None else np.average(numbers, 0, weights)


def initial_error(loss: NamedTuple, targets: np.ndarray) -> float:
    """Return the mean of E_p where all net inputs are zero."""
    with np.errstate(all="ignore"):
        out = inverse_link(loss, np.zeros_like(targets))
        if normalised(loss):
            out = out / out.sum(axis=1, keepdims=True)
        return float(parts_of_error(loss, targets, out).sum(axis=1, dtype=np.float64).mean())


def diverged(task: Task, optimizer: Optimizer | None, epoch: int) -> Diverged:
    """Return the exception that says in which epoch, why, and what would help.

    `optimizer` is the rule at work, None of L-BFGS.
    """
    return Diverged(
        "Solver produced non-finite parameter weights. The input data may contain large values and "
        f"need to be preprocessed. Training diverged in epoch {epoch}. {cause(task, optimizer)}."
    )


def cause(task: Task, optimizer: Optimizer | None) -> str:
    """Return a sentence on why training may have gone wrong, and what may help."""
    if task.moments is None:
        column, low, high = widest(task.patterns.rows)
        if max(-low, high) > WILD:
            name = column if task.names is None else repr(task.names[column])
            return (
                f"Column {name} of X ranges from {low:.3g} to {high:.3g}: set standardize=True, or "
                "standardise X"
            )
        low, high = extremes(task.patterns.targets)
        if max(-low, high) > WILD:
            return f"y ranges from {low:.3g} to {high:.3g}: set standardize=True, or standardise y"
    if optimizer is None:
        return "Try another solver, such as 'sgd' or 'adam'"
    if task.incremental and task.sample_weight is not None and task.sample_weight.max() > HEAVY:
        return (
            f"sample_weight goes up to {task.sample_weight.max():.3g}: in partial_fit that counts "
            "as so many rows, divide by their mean"
        )
    return (
        f"The learning rate of {optimizer.initial.eta:.3g} is probably too high: lower "
        "learning_rate_init"
    )


def emptiness(task: Task, optimizer: Optimizer | None, out: np.ndarray) -> str:
    """Return a sentence on why nothing may have been learned."""
    if task.moments is not None and task.moments.constant.all():
        return "all columns of X are constant"
    values = getattr(task.patterns.targets, "values", None)
    if task.moments is not None and values is not None and values.dtype.kind == "f":
        values = values[~np.isnan(values)]
        squeezed = np.abs(values) < SQUEEZED
        if not squeezed.all() and squeezed.mean() > 0.9:
            return (
                "y has values so far from the others that these are all but equal: check the "
                "largest, or take the logarithm"
            )
    if np.ptp(out, axis=0).max() == 0:
        return (
            "all hidden units are dead, the output is the same for all rows: lower "
            "learning_rate_init, or take another activation or random_state"
        )
    if task.moments is None:
        return cause(task, optimizer)
    return (
        "X may say nothing of y; if it does, more epochs (max_iter), no penalty (alpha=0) or "
        "another learning_rate_init may find it"
    )


def widest(rows: Rows) -> tuple[int, float, float]:
    """Return the number, the least and the largest value of the column with the largest ones."""
    if isinstance(rows, SparseRows):
        entry = int(np.abs(rows.data).argmax()) if len(rows.data) else 0
        column = int(rows.indices[entry]) if len(rows.data) else 0
        values = rows.data[rows.indices == column]
        return column, min(values.min(initial=0), 0.0), max(values.max(initial=0), 0.0)
    low, high = rows.values.min(axis=0), rows.values.max(axis=0)
    column = int(np.maximum(-low, high).argmax())
    return column, float(low[column]), float(high[column])


def judge(task: Task, network: Network, formulas: Formulas, optimizer: Optimizer | None) -> None:
    """Look at what training has come to.

    Parameters
    ----------
    task : Task
        What was to be done, and the progress that was made.
    network, formulas : Network, Formulas
        What has been trained.
    optimizer : Optimizer or None
        The rule at work, None of L-BFGS.

    Raises
    ------
    Diverged
        If weights are not finite or beyond all measure, or if the error on patterns trained with
        is far above what it would be without weights.

    Warns
    -----
    ConvergenceWarning
        If the network is no better than a constant.
    """
    progress, automatic = task.progress, task.settings.max_iter == "auto"
    # Without a mask of all parameters, which would be a quarter of their size.
    largest = max(-network.parameters.min(), network.parameters.max())
    low, high = extremes(task.patterns.targets)
    scale = max(1.0, -low, high)
    if not largest <= LARGEST_WEIGHT * scale:  # nan is not
        raise diverged(task, optimizer, progress.n_iter)
    if task.incremental or (task.moments is None and not automatic):
        return  # scikit-learn's numbers, and no word more
    constant = task.constant
    if constant is None:
        constant = constant_error(formulas.loss, task.patterns, task.order, network.dtype)
    if not (constant > NOTHING and progress.loss > SUSPICIOUS * constant):
        return
    rows = task.order[:SEEN]
    targets = numbers(task.patterns.targets, rows, network.dtype)
    costs = None if task.patterns.costs is None else task.patterns.costs[rows]
    out = predict_outputs(network, formulas, task.patterns.rows, rows)
    with np.errstate(all="ignore"):
        errors = parts_of_error(formulas.loss, targets, out).sum(axis=1, dtype=np.float64)
        reached = float(mean(errors, costs))
    before = max(constant, initial_error(formulas.loss, targets))
    if task.moments is None:  # net inputs may have been of any size
        before = max(before, progress.loss_curve[0])
    if not reached <= FAR * before and largest > GROWN:
        raise diverged(task, optimizer, progress.n_iter)
    if not automatic or reached < HOPELESS * constant:
        return
    warn(
        f"The network has learned nothing: its error on the patterns it was trained with, "
        f"{reached:.4g}, is no better than that of a constant, {constant:.4g}; "
        f"{emptiness(task, optimizer, out)}.",
        ConvergenceWarning,
    )
