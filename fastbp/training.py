"""Training: one epoch after the other. Plain Python; kernels do the numbers."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .kernels.data import DenseRows, SparseRows, StridedRows, Unweighted, Weighted
from .kernels.minibatch import batches, train_batches
from .kernels.online import Learning, Model, train_online
from .kernels.predict import predict
from .kernels.summed import train_summed
from .kernels.workspace import LARGEST, Workspace
from .network import Network
from .optimizer import Optimizer
from .regularization import Regularization

# A kernel cannot be interrupted. Weights times patterns of one call: some 100 ms, so that Ctrl-C
# and progress reach the user.
WORK_PER_CALL = 200_000_000
PATTERNS_PER_CALL = 1_000_000
PREDICTED_TOGETHER = 64  # patterns


class Data(NamedTuple):
    """What is learned: rows, their targets, and their weights."""

    rows: NamedTuple
    targets: NamedTuple
    weights: NamedTuple


def weights_of(sample_weight: np.ndarray | None, costs: np.ndarray | None = None) -> NamedTuple:
    """Return the record of the weights: relative within a batch, times costs that are not.

    Parameters
    ----------
    sample_weight, costs : ndarray of shape (n_samples,) or None
        Weights, and what E_p costs at each row, as from weights of classes.
    """
    if sample_weight is None and costs is None:
        return Unweighted()
    if sample_weight is None:
        sample_weight = np.ones_like(costs)
    errors = sample_weight if costs is None else sample_weight * costs
    return Weighted(read_only(errors), read_only(sample_weight))


def rows_of(X: Any) -> NamedTuple:
    """Return the record that the kernels read rows from; nothing is copied."""
    if hasattr(X, "indptr"):
        arrays = (read_only(array) for array in (X.data, X.indices, X.indptr))
        return SparseRows(*arrays, n_inputs=X.shape[1])
    X = read_only(X)
    return DenseRows(X, X.shape[1]) if X.flags.c_contiguous else StridedRows(X)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a read-only view: with it the kernels need one compilation for both kinds."""
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def patterns_per_call(network: Network) -> int:
    """Return how many patterns a kernel may take at a time."""
    return max(1, min(PATTERNS_PER_CALL, WORK_PER_CALL // network.parameters.size))


def copies(rows: NamedTuple) -> bool:
    """Tell whether the rows must be copied together for the kernels."""
    return not isinstance(rows, DenseRows)


def outputs(network: Network, model: Model, rows: NamedTuple, order: np.ndarray) -> np.ndarray:
    """Return the network's outputs for the rows of the given numbers, (n_rows, n_outputs)."""
    result = np.empty((len(order), network.sizes[-1]), network.dtype)
    workspace = network.workspace(min(len(order), PREDICTED_TOGETHER), copies=copies(rows))
    size = patterns_per_call(network)
    for n in range(0, len(order), size):
        part = slice(n, n + size)
        predict(
            network.parameters, network.table, rows, order[part], model, workspace, result[part]
        )
    return result


class Trainer:
    """One pass after the other over the same data.

    Parameters
    ----------
    network : Network
        Trained in place.
    model : Model
        The formulas.
    data : Data
        The patterns.
    optimizer : Optimizer
        The update rule.
    regularization : Regularization
        What keeps weights small and units apart.
    batch_size : int
        Patterns per update.
    """

    def __init__(
        self,
        network: Network,
        model: Model,
        data: Data,
        optimizer: Optimizer,
        regularization: Regularization,
        *,
        batch_size: int,
    ) -> None:
        self.network, self.model, self.data, self.optimizer = network, model, data, optimizer
        self.regularization, self.batch_size = regularization, batch_size
        self.limit, self.clip = regularization.limit(), float(regularization.clip_norm or 0)
        self.state = optimizer.memory(network)
        self.scratch: np.ndarray | Workspace
        if batch_size == 1 and not self.clip:
            kernel, self.scratch = train_online, network.scratch()
        else:
            whole = batch_size > LARGEST or bool(self.clip)
            kernel = train_summed if whole else train_batches
            self.scratch = network.workspace(batch_size, copies=copies(data.rows), gradient=whole)
        self.in_batches = kernel is not train_online
        model = self.regularization.training_model(model, 0)
        self.kernel = kernel.choose(*data, model, optimizer.rule())

    def epoch(self, order: np.ndarray) -> float:
        """Train with the patterns in this order; return the mean error before each update."""
        network, optimizer, size = self.network, self.optimizer, patterns_per_call(self.network)
        model = self.regularization.training_model(self.model)
        rule = optimizer.rule()
        penalty = self.regularization.penalty(optimizer.learning_rate)
        steps = order
        if self.in_batches:
            steps, size = batches(order, self.batch_size), -(-size // self.batch_size)
        error = 0.0
        for n in range(0, len(steps), size):
            part = steps[n : n + size]
            learning = Learning(
                rule, penalty, self.data.weights, self.limit, optimizer.updates, self.clip
            )
            error += self.kernel(
                network.parameters,
                self.state,
                network.table,
                self.data.rows,
                self.data.targets,
                part,
                model,
                learning,
                self.scratch,
            )
            optimizer.updates += len(part)
        return error / len(order)


def shuffled(order: np.ndarray, random_state: np.random.RandomState) -> np.ndarray:
    """Return the order shuffled, with the draws of ``sklearn.utils.shuffle`` but not its 0.1 ms."""
    places = np.arange(len(order))
    random_state.shuffle(places)
    return order[places]


def fit_epochs(
    estimator: Any,
    trainer: Trainer,
    order: np.ndarray,
    random_state: np.random.RandomState,
    *,
    validate: Callable[[], float] | None = None,
    incremental: bool = False,
) -> None:
    """Train until the loss (or the validation score) stops improving, at most `max_iter` epochs.

    Parameters
    ----------
    estimator : estimator
        Its ``max_iter, shuffle, tol, n_iter_no_change, verbose`` are read; its ``n_iter_, t_,
        loss_, loss_curve_, best_loss_, validation_scores_, best_validation_score_`` are kept up to
        date after every epoch, so that an interrupted fit leaves a model.
    trainer : Trainer
        Does the epochs.
    order : ndarray of int
        The numbers of the rows to train with.
    random_state : RandomState
        Shuffles.
    validate : callable, default=None
        Returns the validation score after an epoch; with it the best weights are kept.
    incremental : bool, default=False
        Whether to make one pass only, without a warning that it was the last.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` epochs were not enough.
    UserWarning
        If Ctrl-C ended training; the model is that of the moment.
    """
    network, optimizer = trainer.network, trainer.optimizer
    best = network.parameters.copy() if validate else None
    estimator.n_iter_ = 0
    try:
        while estimator.n_iter_ < (1 if incremental else estimator.max_iter):
            if estimator.shuffle:
                order = shuffled(order, random_state)
            estimator.loss_ = trainer.epoch(order)
            estimator.n_iter_ += 1
            estimator.t_ += len(order)
            estimator.loss_curve_.append(estimator.loss_)
            if estimator.verbose:
                print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
            if validate is None:
                improved = _note_loss(estimator)
            else:
                score = validate()
                if score > estimator.best_validation_score_:
                    best = network.parameters.copy()
                improved = _note_score(estimator, score)
            estimator._no_improvement_count = 0 if improved else estimator._no_improvement_count + 1
            optimizer.end_epoch(estimator.t_)
            if estimator._no_improvement_count > estimator.n_iter_no_change:
                what = "Validation score" if validate else "Training loss"
                message = (
                    f"{what} did not improve more than tol={estimator.tol:f} for "
                    f"{estimator.n_iter_no_change} consecutive epochs."
                )
                if optimizer.stops(message, estimator.verbose):
                    break
                estimator._no_improvement_count = 0
            if estimator.n_iter_ == estimator.max_iter and not incremental:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and "
                    "the optimization hasn't converged yet.",
                    ConvergenceWarning,
                    stacklevel=2,
                )
    except KeyboardInterrupt:
        warnings.warn("Training interrupted by user.", stacklevel=2)
    if best is not None:
        network.parameters[:] = best


def _note_loss(estimator: Any) -> bool:
    """Keep the best loss; tell whether the last was better than it by `tol`."""
    loss, best = estimator.loss_, estimator.best_loss_
    # Written so that a loss of nan counts as no improvement in neither comparison, as there.
    improved = not loss > best - estimator.tol
    if loss < best:
        estimator.best_loss_ = loss
    return improved


def _note_score(estimator: Any, score: float) -> bool:
    """Keep the best validation score; tell whether the last was better than it by `tol`."""
    estimator.validation_scores_.append(score)
    if estimator.verbose:
        print(f"Validation score: {score:f}")
    improved = not score < estimator.best_validation_score_ + estimator.tol
    if score > estimator.best_validation_score_:
        estimator.best_validation_score_ = score
    return improved
