"""The learning rate of each epoch of a fit: the way that the optimiser went, gone once more."""

import math
from typing import Any

from ...training.optimizer import Optimizer
from ...training.progress import Progress


def learning_rates_of(estimator: Any) -> list[float] | None:
    """Return η of each epoch, or None where it is not known.

    Known it is of a `fit` from new weights, whose curves tell all that the schedule has followed;
    not of streams and continued fits, and 'lbfgs' and 'rprop' have none.
    """
    optimizer, curve = getattr(estimator, "_optimizer", None), estimator.loss_curve_
    n_epochs = len(curve)
    if optimizer is None or estimator.solver in ("lbfgs", "rprop") or not n_epochs:
        return None
    if not n_epochs == estimator.n_iter_ == optimizer.epochs or estimator.t_ % n_epochs:
        return None
    again = Optimizer(optimizer.initial, optimizer.schedule)
    progress, rates = Progress(validation_scores=[], validation_loss_curve=[]), []
    scores = estimator.validation_scores_ if estimator.early_stopping else None
    for epoch, loss in enumerate(curve):
        rates.append(float(again.learning_rate))
        progress.note_epoch(loss, estimator.t_ // n_epochs, stream=False)
        if scores is None:
            improved = progress.note_best_loss(estimator.tol)
        else:
            improved = progress.note_validation(scores[epoch], 0.0, estimator.tol, stream=False)
        progress.no_improvement_count = 0 if improved else progress.no_improvement_count + 1
        again.end_epoch(progress.t)
        if progress.no_improvement_count > estimator.n_iter_no_change:
            again.stops("", verbose=False)
            progress.no_improvement_count = 0
    # Parameters that have been set anew since would have led elsewhere.
    same = math.isclose(again.learning_rate, optimizer.learning_rate, rel_tol=1e-9)
    return rates if same else None
