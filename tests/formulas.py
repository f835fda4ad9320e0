"""Backpropagation in plain NumPy, pattern by pattern: the executable specification.

The article's words: net_t = Σ_i w_ti out_i + b_t, out_t = f(net_t), δ_t = −∂E_p/∂net_t. All
formulas are written from the literature, in float64, and use nothing of the package.
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


def forward(x, weights, biases, activations, loss):
    """Return net and out of all layers; out[0] is the pattern, out[-1] the answer."""
    functions = [ACTIVATIONS[name][0] for name in activations] + [LOSSES[loss][0]]
    nets, outs = [], [x]
    for w, b, f in zip(weights, biases, functions, strict=True):
        nets.append(outs[-1] @ w + b)
        outs.append(f(nets[-1]))
    return nets, outs


def error(x, target, weights, biases, activations, loss):
    """Return E_p."""
    _, outs = forward(x, weights, biases, activations, loss)
    return LOSSES[loss][1](target, outs[-1]).sum()


def descent(x, target, weights, biases, activations, loss):
    """Return −∂E_p/∂w_ti = δ_t out_i of all weights, then −∂E_p/∂b_t = δ_t of all biases."""
    nets, outs = forward(x, weights, biases, activations, loss)
    deltas = [LOSSES[loss][2](target, outs[-1])]
    for layer in reversed(range(len(activations))):
        slope = ACTIVATIONS[activations[layer]][1](nets[layer])
        deltas.insert(0, slope * (weights[layer + 1] @ deltas[0]))
    return [np.outer(out, delta) for out, delta in zip(outs[:-1], deltas, strict=True)] + deltas


def mean_descent(X, targets, *network):
    """Return the mean of `descent` over the patterns."""
    each = [descent(x, target, *network) for x, target in zip(X, targets, strict=True)]
    return [sum(parts) / len(X) for parts in zip(*each, strict=True)]


def train(
    X,
    targets,
    weights,
    biases,
    activations,
    loss,
    *,
    eta,
    alpha=0.0,
    momentum=0.0,
    nesterov=False,
    batch_size=1,
    sample_weight=None,
    costs=None,
):
    """Train one epoch in the given order; return weights, biases, and the error of each batch.

    A batch descends (Σ_p c_p s_p E_p + ½ α Σ w²) / Σ_p s_p, c_p the costs; with v ← μ v + η g,
    momentum makes the step v, Nesterov's μ v + η g. The weights given stay as they are.
    """
    n, s = len(weights), np.ones(len(X)) if sample_weight is None else sample_weight
    e = s if costs is None else s * costs
    parameters = [np.array(p, float) for p in [*weights, *biases]]
    velocities = [np.zeros_like(p) for p in parameters]
    pulls = [alpha] * n + [0.0] * n  # biases are not penalised
    errors = []
    for start in range(0, len(X), batch_size):
        batch = range(start, min(start + batch_size, len(X)))
        network = (parameters[:n], parameters[n:], activations, loss)
        penalty = alpha / 2 * sum((w**2).sum() for w in parameters[:n])
        sum_p = sum(e[p] * error(X[p], targets[p], *network) for p in batch)
        errors.append((sum_p + penalty) / s[batch].sum())
        gradients = [-pull * w for pull, w in zip(pulls, parameters, strict=True)]
        for p in batch:
            for g, g_p in zip(gradients, descent(X[p], targets[p], *network), strict=True):
                g += e[p] * g_p
        for w, g, v in zip(parameters, gradients, velocities, strict=True):
            g *= eta / s[batch].sum()
            v[:] = momentum * v + g
            w += momentum * v + g if nesterov else v
    return parameters[:n], parameters[n:], errors
