"""Formulas of activations and losses, written from the literature with SciPy's functions.

They use nothing of the package: its own are tested against them, and kernels, which have them from
the package, against `fastbp.textbook`.
"""

import numpy as np
from scipy.special import expit, huber, kl_div, ndtr, softmax, xlog1py, xlogy

SELU_GAIN, SELU_SCALE = 1.0507009873554805, 1.6732632423543772


def elu(net, scale=1.0):
    return np.where(net > 0, net, scale * np.expm1(np.minimum(net, 0)))


def elu_slope(net, scale=1.0):
    return np.where(net > 0, 1.0, scale * np.exp(np.minimum(net, 0)))


def softplus(net):
    return np.logaddexp(0, net)


ACTIVATIONS = {  # name: (f, f′), both functions of net
    "identity": (lambda net: net, np.ones_like),
    "logistic": (expit, lambda net: expit(net) * expit(-net)),
    "tanh": (np.tanh, lambda net: 1 / np.cosh(net) ** 2),
    "relu": (lambda net: net * (net > 0), lambda net: 1.0 * (net > 0)),
    "leaky_relu": (
        lambda net: net * np.where(net > 0, 1, 0.01),
        lambda net: np.where(net > 0, 1, 0.01),
    ),
    "elu": (elu, elu_slope),
    "selu": (
        lambda net: SELU_GAIN * elu(net, SELU_SCALE),
        lambda net: SELU_GAIN * elu_slope(net, SELU_SCALE),
    ),
    "softplus": (softplus, expit),
    "softsign": (lambda net: net / (1 + np.abs(net)), lambda net: (1 + np.abs(net)) ** -2.0),
    "silu": (lambda net: net * expit(net), lambda net: expit(net) * (1 + net * expit(-net))),
    "gelu": (
        lambda net: net * ndtr(net),
        lambda net: ndtr(net) + net * np.exp(-(net**2) / 2) / np.sqrt(2 * np.pi),
    ),
    "mish": (
        lambda net: net * np.tanh(softplus(net)),
        lambda net: np.tanh(softplus(net)) + net * expit(net) / np.cosh(softplus(net)) ** 2,
    ),
    "lecun_tanh": (
        lambda net: 1.7159 * np.tanh(net * 2 / 3),
        lambda net: 1.7159 * 2 / 3 / np.cosh(net * 2 / 3) ** 2,
    ),
}


def same(net):
    return net


def canonical(target, out):
    return target - out


def quantile_error(target, out, q=0.3):
    return np.where(target > out, q * (target - out), (1 - q) * (out - target))


LOSSES = {  # record: (output activation, E_p of each output, δ)
    "SquaredError": (same, lambda d, o: (d - o) ** 2 / 2, canonical),
    "LogisticSquaredError": (
        expit,
        lambda d, o: (d - o) ** 2 / 2,
        lambda d, o: (d - o) * o * (1 - o),
    ),
    "BinaryLogLoss": (expit, lambda d, o: -xlogy(d, o) - xlog1py(1 - d, -o), canonical),
    "MultinomialLogLoss": (softmax, lambda d, o: -xlogy(d, o), canonical),
    "Poisson": (np.exp, kl_div, canonical),  # d ln(d/o) − d + o
    "AbsoluteError": (same, lambda d, o: np.abs(d - o), lambda d, o: np.sign(d - o)),
    "Huber": (same, lambda d, o: huber(0.7, d - o), lambda d, o: np.clip(d - o, -0.7, 0.7)),
    "Quantile": (same, quantile_error, lambda d, o: np.where(d > o, 0.3, -0.7)),
}
