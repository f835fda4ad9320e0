"""How much a row counts: for the error, and for the size of its batch."""

from typing import NamedTuple

import numpy as np

from ..compiling.dispatch import open_function

# --- Weights --------------------------------------------------------------------------------------
#
# The objective of a batch is (Σ_p e_p E_p + penalty) / Σ_p s_p. With sample weights both e_p and
# s_p are the weight, as in scikit-learn: in a batch of one it cancels from the error, and divides
# the penalty. Costs of classes are in e_p only.


@open_function
def error_weight(weighting, p):
    """Return e_p, what E_p is multiplied with."""
    raise NotImplementedError


@open_function
def batch_weight(weighting, p):
    """Return s_p, what row p adds to the size of its batch."""
    raise NotImplementedError


@open_function(default=True)
def batch_weights(weighting, order, size):
    """Return Σ s_p of the first rows of the order."""
    weight = 0.0
    for n in range(size):
        weight += batch_weight(weighting, order[n])
    return weight


class Unweighted(NamedTuple):
    """Every row counts as one."""


@error_weight.register(Unweighted)
def _(weighting, p):
    return 1.0


@batch_weight.register(Unweighted)
def _(weighting, p):
    return 1.0


@batch_weights.register(Unweighted)
def _(weighting, order, size):
    return float(size)


class Weighted(NamedTuple):
    """Rows count by their weights."""

    errors: np.ndarray
    in_batch: np.ndarray


@error_weight.register(Weighted)
def _(weighting, p):
    return weighting.errors[p]


@batch_weight.register(Weighted)
def _(weighting, p):
    return weighting.in_batch[p]
