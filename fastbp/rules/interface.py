"""The open functions of an update rule: what a gradient does to a weight.

By *gradient* kernels mean the direction of descent, δ_t out_i − α w_ti. Deltas are linear in the
error, so rate(rule) is applied once, to the deltas of the output units, and reaches every weight
from there at no cost.

All arithmetic is element by element, for vectors in a kernel as for NumPy arrays, with what
`fastbp.compiling.dispatch` lists, `load_like` and `store` of `fastbp.vectors.simd`. Padding has a
gradient of zero for ever, and must stay at zero: a step without a gradient, on a weight of zero
with nothing remembered, has to be zero.
"""

from ..compiling.dispatch import open_function


@open_function
def rate(rule):
    """Return the factor of the gradient that `step` expects to be applied already."""
    raise NotImplementedError(f"{type(rule).__name__} has no rate")


@open_function
def step(rule, w, gradient, state, i):
    """Return the weights `w` after a step; what the rule remembers of them is at state[m][i]."""
    raise NotImplementedError(f"{type(rule).__name__} has no step")


@open_function
def remembers(rule):
    """Return how many numbers the rule remembers per weight, all zero at first; at most 3."""
    raise NotImplementedError(f"{type(rule).__name__} does not say what it remembers")


@open_function(default=True)
def moved(rule, change, state, i):
    """Note that weights have changed by so much since their step, by a limit for example."""


@open_function(default=True)
def at_step(rule, t):
    """Return the rule as it is at update number t = 1, 2, ...: the same one if t is no matter."""
    return rule
