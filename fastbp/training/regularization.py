"""What keeps a network simple: penalties, a constraint and dropout, and the records of them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..kernels.descent import Formulas
from ..kernels.dropout import with_dropout
from ..kernels.max_norm import MaxNorm, NoConstraint
from ..penalties import L2, Elastic, NoPenalty, WeightDecay
from .automatic import AutomaticDecay


@dataclass
class Regularization:
    """The estimators' parameters of regularisation.

    Parameters
    ----------
    alpha, l1_ratio, max_norm, clip_norm
        As in the estimators.
    decoupled : bool
        Whether alpha is weight decay beside the objective, as in AdamW.
    dropout : list of float
        The rate of each hidden layer.
    random_state : RandomState
        Draws the seed of each epoch's dropout.
    automatic : `fastbp.training.automatic.AutomaticDecay`, default=None
        Sets alpha after each epoch.
    """

    alpha: Any = 0.0
    l1_ratio: float = 0.0
    decoupled: bool = False
    max_norm: float | None = None
    clip_norm: float | None = None
    dropout: tuple[float, ...] = ()
    random_state: np.random.RandomState | None = None
    automatic: AutomaticDecay | None = None

    def listen(self, epoch: int, error: float) -> None:
        """Learn from the mean error of an epoch how strong the automatic penalty shall be."""
        if self.automatic is not None:
            self.alpha = self.automatic.listen(epoch, error)

    def penalty(self, learning_rate: float) -> Any:
        """Return the record of the penalty at this learning rate."""
        if isinstance(self.alpha, tuple):
            return self.alpha
        alpha, ratio = float(self.alpha), float(self.l1_ratio)
        if not alpha:
            return NoPenalty()
        if self.decoupled:
            return WeightDecay(learning_rate * alpha)
        return Elastic(alpha * (1 - ratio), alpha * ratio) if ratio else L2(alpha)

    def constraint(self) -> NamedTuple:
        """Return the record of the constraint on the weights."""
        return NoConstraint() if self.max_norm is None else MaxNorm(float(self.max_norm))

    def training_formulas(self, formulas: Formulas, seed: int | None = None) -> Formulas:
        """Return the formulas to train with: dropout in an epoch's own pattern."""
        if not any(self.dropout):
            return formulas
        if seed is None:
            assert self.random_state is not None
            seed = self.random_state.randint(2**31 - 1)
        return Formulas(with_dropout(formulas.activation, list(self.dropout), seed), formulas.loss)
