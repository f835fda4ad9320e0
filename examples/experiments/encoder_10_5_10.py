"""
The 10-5-10 encoder, and how fast it is learned
===============================================

One of ten inputs is on, and the same one of ten outputs shall be, through five hidden units.
Fahlman (1988) took this problem to measure learning speed. He trains by whole batches, from
weights within ±1, until each output is on its side: below 0.4 for a zero, above 0.6 for a one (the
40-20-40 criterion). Three of his variants are trained here:

- plain gradient descent, without momentum;
- the same with 0.1 added to f′, so that units that are wrong and saturated still learn;
- Quickprop, an update rule of his own, with this offset as well.

The offset and the rule are not part of the package. Both are written down here as a user would.

Scott E. Fahlman (1988). An empirical study of learning speed in back-propagation networks.
Technical report CMU-CS-88-162, Carnegie Mellon University.
"""

from typing import NamedTuple

import numpy as np
from _experiment import (
    AS_IN_1986,
    SEEDS,
    Result,
    draw_results,
    epochs_to_learn,
    print_results,
    with_weights_from,
    within,
)

from fastbp import BackpropRegressor
from fastbp.activations import derivative, value
from fastbp.functions import log, logistic
from fastbp.losses import error, inverse_link, output_delta
from fastbp.rules import init, step

PATTERNS = np.eye(10)
OFFSET = 0.1

# %%
# The offset
# ----------
# In hidden units it stands in for the derivative, so that what comes out is no longer the gradient
# of any error: ``surrogate`` says that this is meant.


class Offset(NamedTuple):
    """The logistic function, whose derivative is taken to be out (1 − out) + 0.1."""

    surrogate = True


@value.register(Offset)
def _(activation, net):
    return logistic(net)


@derivative.register(Offset)
def _(activation, net, out):
    return out * (1 - out) + OFFSET


# %%
# At the outputs δ = (d − o) (o (1 − o) + 0.1) is a gradient again: that of the squared error and a
# tenth of the cross-entropy, whose δ is d − o. So there the offset is a loss.


class OffsetLoss(NamedTuple):
    """E = ½ Σ (d − o)² − 0.1 Σ (d ln o + (1 − d) ln(1 − o)), logistic outputs."""


@inverse_link.register(OffsetLoss)
def _(loss, net):
    return logistic(net)


@error.register(OffsetLoss)
def _(loss, target, out):
    agreement = target * log(np.maximum(out, 1e-12))
    agreement = agreement + (1 - target) * log(np.maximum(1 - out, 1e-12))
    return 0.5 * (target - out) * (target - out) - OFFSET * agreement


@output_delta.register(OffsetLoss)
def _(loss, target, out):
    return (target - out) * (out * (1 - out) + OFFSET)


# %%
# Quickprop
# ---------
# Through two slopes of the error, one step apart, goes one parabola for each weight; Quickprop
# jumps to its lowest point. The jump is 1.75 times the last step at most, also where the parabola
# has no lowest point ahead; and a step of gradient descent is added, unless the slope has changed
# its sign.


class Quickprop(NamedTuple):
    """Δw = Δw' g / (g' − g) for the descents g' and g = −∂E/∂w of the last update and this one."""

    eta: float
    growth: float = 1.75


@init.register(Quickprop)
def _(rule, w):
    return np.full_like(w, 0), np.full_like(w, 0)  # the last descent, and the last step


@step.register(Quickprop)
def _(rule, w, descent, state):
    before, last = state
    limit = rule.growth / (1 + rule.growth) * before  # beyond it, the jump would be too long
    is_far = np.where(last > 0, descent > limit, descent < limit)
    bend = np.where(before == descent, 1, before - descent)
    change = np.where(is_far, rule.growth * last, last * descent / bend)
    change = change + np.where(descent * last >= 0, rule.eta * descent, 0)
    return w + change, (descent, change)


# %%
# Training
# --------
# Fahlman's learning rate ε multiplies the sum over the ten patterns of a batch; here a batch has
# the mean of its gradients, as in scikit-learn, and η is 10 ε.


def epochs(epsilon, **parameters):
    """Return the epochs that it takes from each seed."""
    taken = []
    for seed in SEEDS:
        settings = {
            **AS_IN_1986,
            "batch_size": 10,
            "learning_rate_init": 10 * epsilon,
            **parameters,
        }
        model = with_weights_from(BackpropRegressor(5, **settings), (10, 5, 10), 1.0, seed)
        taken.append(epochs_to_learn(model, PATTERNS, PATTERNS, within(PATTERNS, 0.4), most=1000))
    return taken


offset = {"activation": Offset(), "loss": OffsetLoss()}
results = [
    Result("gradient descent, ε = 1.7", epochs(1.7), 129, "Fahlman 1988, mean of 25"),
    Result("f′ + 0.1, ε = 1.7", epochs(1.7, **offset), "nearly halved", "Fahlman 1988"),
    Result(
        "Quickprop, f′ + 0.1, ε = 1.5",
        epochs(1.5, solver=Quickprop(1.0), **offset),
        22.1,
        "Fahlman 1988, mean of 100",
    ),
]
print_results(results)
faster = np.median(results[0].values) / np.median(results[1].values)
print(f"\nThe offset divides the epochs by {faster:.2f}.")
_ = draw_results(results)
