"""Losses: the error E_p of one pattern, the output activation that belongs to it, and its delta.

A loss is a record and three open functions on it. `inverse_link` is the output activation,
o = f(net), by the name that it has in generalised linear models; `error` is E_p as a function of
target d and output o, summed over the outputs; `output_delta` is δ = −∂E_p/∂net, element by
element. With a canonical link (softmax or logistic with log loss, the identity with squared error,
exp with Poisson) δ is simply d − o. Every δ here is what E_p has as its negative gradient, for any
number of outputs. A fourth, `normalised`, is for softmax and its like.

What formulas of one's own may use is in `fastbp.compiling.dispatch`.
"""

from typing import Any, NamedTuple

import numpy as np

from .compiling.dispatch import elementary, implemented, open_function
from .functions import exp, log, logistic


@open_function
def inverse_link(loss, net):
    """o = f(net), the output activation, element by element.

    Examples
    --------
    A loss has three formulas. This one is the logarithm of cosh, with outputs as they are:

    >>> from typing import NamedTuple
    >>> import numpy as np
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.losses import error, inverse_link, output_delta
    >>> class LogCosh(NamedTuple):
    ...     pass
    >>> @inverse_link.register(LogCosh)
    ... def _(loss, net):
    ...     return net
    >>> @error.register(LogCosh)
    ... def _(loss, target, out):
    ...     return np.logaddexp(target - out, out - target) - np.log(2)
    >>> @output_delta.register(LogCosh)
    ... def _(loss, target, out):
    ...     return np.tanh(target - out)
    >>> model = BackpropRegressor(loss=LogCosh())
    """
    raise NotImplementedError(
        f"{type(loss).__name__} has no output activation: define it with @inverse_link.register"
    )


@open_function
def error(loss, target, out):
    """E_p, the part that each output contributes, element by element.

    Examples
    --------
    >>> from fastbp.losses import Huber, error
    >>> float(error(Huber(1.0), 3.0, 0.0))
    2.5
    """
    raise NotImplementedError(f"{type(loss).__name__} has no error: define it with @error.register")


@open_function
def output_delta(loss, target, out):
    """δ_k = −∂E_p/∂net_k, element by element.

    Examples
    --------
    >>> from fastbp.losses import Huber, output_delta
    >>> float(output_delta(Huber(1.0), 3.0, 0.0))
    1.0
    """
    raise NotImplementedError(
        f"{type(loss).__name__} has no delta: define it with @output_delta.register"
    )


@open_function(default=True)
def normalised(loss):
    """Tell whether outputs are divided by their sum: o_k = f(net_k − m) / Σ_k f(net_k − m).

    m is the largest net input of the pattern: for f = exp that is softmax, which does not depend
    on m, and can't overflow. `inverse_link` is f then.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> from fastbp.losses import SquaredError, normalised
    >>> class Mixture(NamedTuple):
    ...     pass
    >>> @normalised.register(Mixture)
    ... def _(loss):
    ...     return True
    >>> normalised(Mixture()), normalised(SquaredError())
    (True, False)
    """
    return False


class ClipConstants(NamedTuple):
    """The smallest distance kept from 0 and 1 under a logarithm: the dtype's epsilon."""

    epsilon: float


@elementary(
    ClipConstants(float(np.finfo(np.float32).eps)), ClipConstants(float(np.finfo(np.float64).eps))
)
def _clipped_log(x, c):
    """ln x, x kept within [ε, 1 − ε] as in scikit-learn: finite for outputs that saturate."""
    x = np.maximum(x, c.epsilon)
    return log(np.minimum(x, 1 - c.epsilon))


class SquaredError(NamedTuple):
    """E = ½ Σ (d − o)², identity output (Rumelhart, Hinton and Williams, 1986)."""

    out_activation = "identity"


@inverse_link.register(SquaredError)
def _(loss, net):
    return net


@error.register(SquaredError)
def _(loss, target, out):
    return 0.5 * (target - out) * (target - out)


@output_delta.register(SquaredError)
def _(loss, target, out):
    return target - out


class LogisticSquaredError(NamedTuple):
    """E = ½ Σ (d − o)², logistic output: δ = (d − o) o (1 − o), the article's own set-up."""

    out_activation = "logistic"


@inverse_link.register(LogisticSquaredError)
def _(loss, net):
    return logistic(net)


@error.register(LogisticSquaredError)
def _(loss, target, out):
    return 0.5 * (target - out) * (target - out)


@output_delta.register(LogisticSquaredError)
def _(loss, target, out):
    return (target - out) * out * (1 - out)


class BinaryLogLoss(NamedTuple):
    """E = −Σ d ln o + (1 − d) ln(1 − o), logistic outputs: two classes, or many labels."""

    out_activation = "logistic"


@inverse_link.register(BinaryLogLoss)
def _(loss, net):
    return logistic(net)


@error.register(BinaryLogLoss)
def _(loss, target, out):
    return -target * _clipped_log(out) - (1 - target) * _clipped_log(1 - out)


@output_delta.register(BinaryLogLoss)
def _(loss, target, out):
    return target - out


class MultinomialLogLoss(NamedTuple):
    """E = −Σ d ln o, softmax output: o = e^net / Σ e^net."""

    out_activation = "softmax"


@inverse_link.register(MultinomialLogLoss)
def _(loss, net):
    return exp(net)


@normalised.register(MultinomialLogLoss)
def _(loss):
    return True


@error.register(MultinomialLogLoss)
def _(loss, target, out):
    return -target * _clipped_log(out)


@output_delta.register(MultinomialLogLoss)
def _(loss, target, out):
    return target - out


class Poisson(NamedTuple):
    """E = Σ d ln(d/o) − d + o, half the Poisson deviance, with o = e^net; d ≥ 0."""

    out_activation = "exp"


@inverse_link.register(Poisson)
def _(loss, net):
    return exp(net)


@error.register(Poisson)
def _(loss, target, out):
    ratio = np.where(target > 0, target / out, 1)
    return target * log(ratio) - target + out


@output_delta.register(Poisson)
def _(loss, target, out):
    return target - out


class AbsoluteError(NamedTuple):
    """E = Σ |d − o|, identity output: the conditional median; δ = sign(d − o)."""

    out_activation = "identity"


@inverse_link.register(AbsoluteError)
def _(loss, net):
    return net


@error.register(AbsoluteError)
def _(loss, target, out):
    return np.abs(target - out)


@output_delta.register(AbsoluteError)
def _(loss, target, out):
    residual = target - out
    return np.where(residual == 0, residual, np.copysign(1.0, residual))


class Huber(NamedTuple):
    """E = Σ ½ r² for |r| ≤ threshold, else threshold (|r| − ½ threshold); r = d − o."""

    threshold: float = 1.0
    out_activation = "identity"


@inverse_link.register(Huber)
def _(loss, net):
    return net


@error.register(Huber)
def _(loss, target, out):
    size = np.abs(target - out)
    near = np.minimum(size, loss.threshold)
    return near * (size - 0.5 * near)


@output_delta.register(Huber)
def _(loss, target, out):
    return np.maximum(np.minimum(target - out, loss.threshold), -loss.threshold)


class Quantile(NamedTuple):
    """E = Σ q r for r = d − o ≥ 0, else (q − 1) r: the pinball loss of the conditional quantile."""

    quantile: float = 0.5
    out_activation = "identity"


@inverse_link.register(Quantile)
def _(loss, net):
    return net


@error.register(Quantile)
def _(loss, target, out):
    residual = target - out
    return np.maximum(loss.quantile * residual, (loss.quantile - 1) * residual)


@output_delta.register(Quantile)
def _(loss, target, out):
    residual = target - out
    slope = np.where(residual > 0, np.full_like(residual, loss.quantile), loss.quantile - 1)
    return np.where(residual == 0, residual, slope)


REGRESSION_LOSSES: dict[str, NamedTuple] = {
    "squared_error": SquaredError(),
    "poisson": Poisson(),
    "absolute_error": AbsoluteError(),
    "huber": Huber(),
    "quantile": Quantile(),
}
"""The losses that have a name in regression."""

CLASSIFICATION_LOSSES = {
    "log_loss": {
        "binary": BinaryLogLoss(),
        "multiclass": MultinomialLogLoss(),
        "multilabel-indicator": BinaryLogLoss(),
    },
    "squared_error": dict.fromkeys(
        ("binary", "multiclass", "multilabel-indicator"), LogisticSquaredError()
    ),
}
"""The losses that have a name in classification, for each kind of target."""


def resolve(loss: Any, catalogue: dict) -> Any:
    """Return the catalogue's entry of that name, or the user's own record.

    Raises
    ------
    ValueError
        For an unknown name, or a record without formulas.
    """
    if isinstance(loss, str):
        if loss not in catalogue:
            raise ValueError(f"loss: {loss!r} is not one of {', '.join(map(repr, catalogue))}")
        return catalogue[loss]
    if not all(implemented(function, loss) for function in (inverse_link, error, output_delta)):
        raise ValueError(
            f"loss: {type(loss).__name__} needs formulas, registered with register of "
            "fastbp.losses.inverse_link, fastbp.losses.error and fastbp.losses.output_delta"
        )
    return loss
