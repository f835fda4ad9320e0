"""Activations: out = f(net), and f′ for the delta rule.

An activation is a record and two open functions on it. `value` is f; `derivative` is f′, which may
use the net input, the output, or both: where f′ is a polynomial in the output (1 − out² for tanh)
that is the cheapest. One table, `ACTIVATIONS`, names them all.

To add one, see `fastbp.compiling.dispatch`, which says what formulas may use as well; records of a
user's own go to ``activation=`` as they are.
"""

import math
from typing import NamedTuple

import numpy as np

from .compiling.dispatch import open_function
from .compiling.jit import inlined
from .functions import erf, exp, expm1, log1p, logistic, tanh


@open_function
def value(activation, net):
    """out = f(net), element by element.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbp.activations import Relu, value
    >>> value(Relu(), np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    raise NotImplementedError(
        f"{type(activation).__name__} has no value: define it with @value.register"
    )


@open_function
def derivative(activation, net, out):
    """f′(net), element by element, given out = f(net) as well.

    Examples
    --------
    >>> from fastbp.activations import Tanh, derivative, value
    >>> float(derivative(Tanh(), 0.0, value(Tanh(), 0.0)))
    1.0
    """
    raise NotImplementedError(
        f"{type(activation).__name__} has no derivative: define it with @derivative.register"
    )


class Identity(NamedTuple):
    """f(net) = net."""


@value.register(Identity)
def _(activation, net):
    return net


@derivative.register(Identity)
def _(activation, net, out):
    return np.full_like(out, 1)


class Logistic(NamedTuple):
    """f(net) = 1 / (1 + e^−net), with f′ = out (1 − out)."""

    # The bound of the initial weights is sqrt(init_factor / (fan_in + fan_out)); 6 if not given.
    # (No annotation: a constant of the class, not a field.)
    init_factor = 2.0


@value.register(Logistic)
def _(activation, net):
    return logistic(net)


@derivative.register(Logistic)
def _(activation, net, out):
    return out * (1 - out)


class Tanh(NamedTuple):
    """f(net) = tanh(net), with f′ = 1 − out²."""


@value.register(Tanh)
def _(activation, net):
    return tanh(net)


@derivative.register(Tanh)
def _(activation, net, out):
    return 1 - out * out


class LecunTanh(NamedTuple):
    """f(net) = 1.7159 tanh(2/3 net): f(±1) = ±1 (LeCun et al., "Efficient BackProp", 1998)."""

    amplitude: float = 1.7159
    slope: float = 2 / 3


@value.register(LecunTanh)
def _(activation, net):
    return activation.amplitude * tanh(activation.slope * net)


@derivative.register(LecunTanh)
def _(activation, net, out):
    tanh_of_it = out / activation.amplitude
    return activation.amplitude * activation.slope * (1 - tanh_of_it * tanh_of_it)


class Relu(NamedTuple):
    """f(net) = max(0, net), with f′(0) = 0."""


@value.register(Relu)
def _(activation, net):
    return np.maximum(net, 0)


@derivative.register(Relu)
def _(activation, net, out):
    return np.where(out > 0, np.full_like(out, 1), 0)


class LeakyRelu(NamedTuple):
    """f(net) = net for net > 0, else slope · net."""

    slope: float = 0.01


@value.register(LeakyRelu)
def _(activation, net):
    return np.where(net > 0, net, activation.slope * net)


@derivative.register(LeakyRelu)
def _(activation, net, out):
    return np.where(net > 0, np.full_like(net, 1), activation.slope)


class Elu(NamedTuple):
    """f(net) = net for net > 0, else scale (e^net − 1) (Clevert et al., 2015)."""

    scale: float = 1.0


@value.register(Elu)
def _(activation, net):
    return np.where(net > 0, net, activation.scale * expm1(net))


@derivative.register(Elu)
def _(activation, net, out):
    return np.where(net > 0, 1, out + activation.scale)


class Selu(NamedTuple):
    """f(net) = gain · elu(net, scale): keeps mean 0, variance 1 (Klambauer et al., 2017)."""

    gain: float = 1.0507009873554805
    scale: float = 1.6732632423543772


@value.register(Selu)
def _(activation, net):
    return activation.gain * np.where(net > 0, net, activation.scale * expm1(net))


@derivative.register(Selu)
def _(activation, net, out):
    return np.where(net > 0, activation.gain, out + activation.gain * activation.scale)


class Softplus(NamedTuple):
    """f(net) = ln(1 + e^net), with f′ = logistic(net)."""


@value.register(Softplus)
def _(activation, net):
    return np.maximum(net, 0) + log1p(exp(-np.abs(net)))


@derivative.register(Softplus)
def _(activation, net, out):
    return logistic(net)


class Softsign(NamedTuple):
    """f(net) = net / (1 + |net|), with f′ = (1 − |out|)²."""


@value.register(Softsign)
def _(activation, net):
    return net / (1 + np.abs(net))


@derivative.register(Softsign)
def _(activation, net, out):
    rest = 1 - np.abs(out)
    return rest * rest


class Silu(NamedTuple):
    """f(net) = net · logistic(net), also called swish (Elfwing et al., 2017)."""


@value.register(Silu)
def _(activation, net):
    return net * logistic(net)


@derivative.register(Silu)
def _(activation, net, out):
    gate = logistic(net)
    return gate + out * (1 - gate)


class Gelu(NamedTuple):
    """f(net) = net Φ(net), Φ the standard normal distribution (Hendrycks and Gimpel, 2016)."""


@value.register(Gelu)
def _(activation, net):
    return net * (0.5 + 0.5 * erf(net * math.sqrt(0.5)))


@derivative.register(Gelu)
def _(activation, net, out):
    density = exp(-0.5 * net * net) * (1 / math.sqrt(2 * math.pi))
    return 0.5 + 0.5 * erf(net * math.sqrt(0.5)) + net * density


@inlined
def _tanh_softplus(net):
    """tanh(ln(1 + e^net)) = u / (u + 2) with u = e^net (e^net + 2)."""
    # tanh of a softplus in one exponential; beyond 20 it is 1 in both dtypes, long before e^net
    # overflows.
    growth = exp(np.minimum(net, 20))
    u = growth * (growth + 2)
    return u / (u + 2)


class Mish(NamedTuple):
    """f(net) = net tanh(softplus(net)) (Misra, 2019)."""


@value.register(Mish)
def _(activation, net):
    return net * _tanh_softplus(net)


@derivative.register(Mish)
def _(activation, net, out):
    gate = _tanh_softplus(net)
    return gate + net * logistic(net) * (1 - gate * gate)


ACTIVATIONS: dict[str, NamedTuple] = {
    "identity": Identity(),
    "logistic": Logistic(),
    "tanh": Tanh(),
    "relu": Relu(),
    "leaky_relu": LeakyRelu(),
    "elu": Elu(),
    "selu": Selu(),
    "softplus": Softplus(),
    "softsign": Softsign(),
    "silu": Silu(),
    "gelu": Gelu(),
    "mish": Mish(),
    "lecun_tanh": LecunTanh(),
}
"""The activations that have a name."""


class PerLayer(NamedTuple):
    """An activation for the first hidden layer, and the rest: one more, or again a PerLayer.

    Which one a layer has is looked up once per layer and pattern, not once per unit.
    """

    first: NamedTuple
    rest: NamedTuple


def activation_of(record: NamedTuple, layer: int) -> NamedTuple:
    """Return the activation of hidden layer number `layer` (from 0)."""
    while isinstance(record, PerLayer):
        record, layer = (record.first, 0) if layer == 0 else (record.rest, layer - 1)
    return record
