"""The open functions of an update rule: what a step along the descent makes of a weight.

A rule is a record of hyper-parameters with functions of values, as in Optimisers.jl: no rule
touches memory, kernels load and store. The *descent* is −∂E/∂w, which for one pattern is δ_j o_i;
minus it is the gradient. `init` says what the rule keeps of each weight, `step` makes a step.

All arithmetic is element by element, for vectors in a kernel as for NumPy arrays; what it may use
is in `fastbp.compiling.dispatch`. Padding has a descent of zero for ever, and must stay at zero: a
step without descent, on a weight of zero with the state at its beginning, has to be zero.
`fastbp.check` tries all that.

A rule may wrap a rule, as `Averaged` does: its state is its own numbers and then the other's.
"""

from ..compiling.dispatch import open_function


@open_function(default=True)
def init(rule, w):
    """Return the state before the first step: a tuple of numbers like `w`, none if not given."""
    return ()


@open_function
def step(rule, w, descent, state):
    """Return the weights after a step, and the state after it: as many numbers as `init` gives.

    Examples
    --------
    Steps by the sign of the mean of the last descents:

    >>> from typing import NamedTuple
    >>> import numpy as np
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.rules import init, step
    >>> class SignOfMean(NamedTuple):
    ...     eta: float = 0.001
    ...     beta: float = 0.9
    >>> @init.register(SignOfMean)
    ... def _(rule, w):
    ...     return (np.zeros_like(w),)
    >>> @step.register(SignOfMean)
    ... def _(rule, w, descent, state):
    ...     mean = rule.beta * state[0] + (1 - rule.beta) * descent
    ...     return w + rule.eta * np.sign(mean), (mean,)
    >>> w, (mean,) = step(SignOfMean(0.5), 1.0, -4.0, (0.0,))
    >>> float(w)
    0.5
    >>> model = BackpropRegressor(solver=SignOfMean())
    """
    raise NotImplementedError(f"{type(rule).__name__} has no step")


@open_function(default=True)
def delta_scale(rule):
    """Return what the descent that `step` gets is multiplied with already; 1 if not given.

    Deltas are linear in the error: η, applied once to the deltas of the output units, reaches every
    weight from there at no cost. That is for rules whose step is proportional to η times descent.
    """
    return 1.0


@open_function(default=True)
def effective(rule, descent, state):
    """Return what of a descent the rule acts on: what counts for the length of a gradient."""
    return descent


@open_function(default=True)
def adjusted(rule, change, state):
    """Return the state after weights have changed without a step, by max-norm for example."""
    return state


@open_function(default=True)
def at_step(rule, t):
    """Return the rule as it is at update number t = 1, 2, ...: the same one if t is no matter."""
    return rule


@open_function(default=True)
def rests(rule):
    """Tell whether a step without descent changes neither weights nor state.

    Where inputs are zero the descent is, too. This and `is_linear` only make it cheaper that sparse
    rows leave most weights untouched: what is not said of a rule is found out by making its steps.
    """
    return False


@open_function(default=True)
def is_linear(rule, pulled):
    """Tell whether a step is linear in weights and state, and the same one at any time.

    Where a penalty pulls (`pulled`), in weights, state and descent; else with a descent of zero.
    """
    return False
