"""What `partial_fit` would do with one pattern: done with a copy of the estimator, in NumPy."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..estimators.base import BaseBackprop
from ..estimators.data.missing_targets import restored
from ..estimators.data.validation_set import GivenSet
from ..estimators.draft import progress_of
from ..estimators.parameters.combinations import check_combinations
from ..kernels.descent import Formulas
from ..kernels.max_norm import constrain
from ..kernels.targets import target_of
from ..kernels.weighting import batch_weight, error_weight
from ..network.network import Network
from ..penalties import penalised, shrunk
from ..rules import at_step, delta_scale, step
from ..training.patterns import Patterns
from ..training.trainer import Trainer
from .one_pattern import row_and_target
from .passes import Backward, Forward, Parameters, backward, forward, gradients

NOTHING_GIVEN = GivenSet(None, None, None)


class Learned(NamedTuple):
    """One pattern in a network, and what is learned from it."""

    target: np.ndarray
    weight: float  # e_p
    formulas: Formulas
    parameters: Parameters  # before
    passed: Forward
    returned: Backward
    gradients: Parameters  # −∂E_p/∂w, −∂E_p/∂θ
    rule: tuple | None = None
    updates: Parameters | None = None  # what is added to the weights and biases that are shown


def check_estimator(estimator: Any, what: str) -> None:
    """Refuse what is no estimator of one network, and one that has none yet."""
    if not isinstance(estimator, BaseBackprop):
        raise TypeError(
            f"{what} is of one network: estimator must be a BackpropClassifier or a "
            f"BackpropRegressor, got {type(estimator).__name__}. Of an ensemble take one of "
            "estimators_; of a Pipeline its last step, and X as the steps before transform it"
        )
    if not hasattr(estimator, "coefs_"):
        check_is_fitted(estimator)


@contextmanager
def nothing_drawn(random_state: Any) -> Iterator[None]:
    """Give the user's generator, or NumPy's own, its state back."""
    generator = check_random_state(random_state)
    state = generator.get_state()
    try:
        yield
    finally:
        generator.set_state(state)


def learn(estimator: Any, x: Any, y: Any) -> Learned:
    """Return what the pattern does in the network, and what `partial_fit` would learn from it."""
    check_estimator(estimator, "trace")
    twin = copy.copy(estimator)  # which shares nothing that training changes
    # Nothing is held out of one row, and it is a batch of its own.
    twin.early_stopping, twin.batch_size = False, 1
    with nothing_drawn(estimator.random_state), np.errstate(all="ignore"):
        twin._validate_params()
        check_combinations(twin)
        row, target, classes = row_and_target(twin, x, y)
        if twin.solver == "lbfgs":
            return _looked_at(twin, row, target)
        return _learned(twin, row, target, classes)


def _looked_at(twin: Any, row: Any, target: np.ndarray) -> Learned:
    """Return what the pattern does, the units being those of before it."""
    check_is_fitted(twin)
    known = twin._known_columns(row)
    X, y, missing = twin._validated(row, target, known, anew=False, incremental=True)
    y = restored(twin._validate_target(y, incremental=True), missing)
    network = twin._fitting_network(X.shape[1], twin._count_outputs(y))
    targets = twin._smoothed(twin._encode(y, network.dtype))
    costs = twin._costs(y, np.arange(1))
    patterns = Patterns(twin._rows(X, network.dtype), targets, None, costs)
    return _passed(network, patterns, 0, twin._formulas, connections_of(twin))


def _learned(twin: Any, row: Any, target: np.ndarray, classes: Any) -> Learned:
    """Return what the pattern does, and what is learned from it; its order is that of `_fit`."""
    anew = not twin._is_trained()
    twin._declare_classes(target, classes)
    progress = progress_of(vars(twin))
    task, trainer = twin._prepare(
        row, target, None, NOTHING_GIVEN, progress, anew=anew, incremental=True
    )
    if task.settings.shuffle and len(task.order) > 1:  # the same one, if its class weighs much
        trainer.shuffle(task.order, twin._random_state)
    network, optimizer, connections = trainer.network, trainer.optimizer, connections_of(twin)
    shown, seen = network.parameters.copy(), []
    optimizer.hide_average(network)
    formulas = trainer.regularization.training_formulas(trainer.formulas)
    for p in task.order.tolist():
        seen.append(_passed(network, trainer.patterns, p, formulas, connections))
        optimizer.updates += 1
        rule = at_step(optimizer.rule(), optimizer.updates)
        _step(trainer, rule, seen[-1], batch_weight(trainer.weighting, p))
        seen[-1] = seen[-1]._replace(rule=rule)
    optimizer.show_average(network)
    return seen[0]._replace(updates=Parameters(*network.views(network.parameters - shown)))


def connections_of(estimator: Any) -> list[np.ndarray] | None:
    """Return which weights are there, or None for all."""
    return getattr(estimator, "connections", None)


def _passed(
    network: Network,
    patterns: Patterns,
    p: int,
    formulas: Formulas,
    connections: list[np.ndarray] | None,
) -> Learned:
    """Return both passes of pattern p."""
    parameters = Parameters(*network.views(network.parameters.copy()))
    zeros = np.zeros(network.sizes[-1], network.dtype)
    target = target_of(patterns.targets, p, 0, len(zeros), zeros)
    weight = float(error_weight(patterns.weighting(), p))
    passed = forward(patterns.rows.values[p], parameters, formulas, p)
    returned = backward(passed, target, parameters, formulas, p)
    slopes = gradients(passed, returned, parameters, connections)
    return Learned(target, weight, formulas, parameters, passed, returned, slopes)


def _step(trainer: Trainer, rule: NamedTuple, learned: Learned, batch_weight: float) -> None:
    """Make the update of a batch of one: E = (e_p E_p + penalty) / s_p."""
    network, n_weights = trainer.network, trainer.network.n_weights
    penalty = trainer.regularization.penalty(trainer.optimizer.learning_rate)
    w, descent = network.parameters, np.zeros_like(network.parameters)  # 0 at padding as well
    for own, given in zip(network.views(descent), learned.gradients, strict=True):
        for mine, one in zip(own, given, strict=True):
            mine[...] = learned.weight * one

    def direction(scale: float) -> np.ndarray:
        pulled = penalised(penalty, scale * descent[:n_weights], w[:n_weights], scale)
        return np.concatenate([pulled, scale * descent[n_weights:]])

    scale = 1.0 / batch_weight
    if trainer.clip > 0:
        scale *= trainer.clip / max(float(np.linalg.norm(direction(scale))), trainer.clip)
    along = direction(float(delta_scale(rule)) * scale)
    before = np.concatenate([shrunk(penalty, w[:n_weights]), w[n_weights:]])
    kept = trainer.state.reshape(-1, w.size)
    w[:], state = step(rule, before, along, tuple(kept.copy()))
    for row, values in zip(kept, state, strict=True):
        row[:] = values
    constrain(trainer.constraint, rule, network.memory(trainer.state))
