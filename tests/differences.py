"""Central differences, and cases in which they say something."""

import numpy as np
from trained import formulas_of, random_network, random_patterns

from fastbp import textbook

DEPTHS = [[3, 2], [3, 5, 2], [3, 5, 4, 3], [4, 5, 3, 4, 2]]
STEP = 1e-5


def smooth_case(sizes, activation, loss, n_patterns=1):
    """Return a network and patterns away from all kinks, no layer of which has a gradient of zero.

    Which they are textbook.py tells, so that the kernels under test have no say in it.
    """
    formulas = formulas_of(activation, loss)
    for seed in range(1000):
        network = random_network(sizes, seed=seed)
        X, d = random_patterns(n_patterns, sizes, loss, seed=seed + 1)
        net, out = textbook.forward(X[0], network.weights, network.biases, formulas)
        delta = textbook.backward(net, out, d[0], network.weights, formulas)
        of_w, of_b = textbook.descent(out, delta)
        residual = np.abs(d[0] - out[-1])
        distances = [*net[:-1], residual, residual - 0.7]  # 0.7: the threshold of Huber's loss
        if min(np.abs(distance).min() for distance in distances) > 100 * STEP and all(
            np.linalg.norm(g) > 1e-3 for g in of_w + of_b
        ):
            return network, X, d
    raise AssertionError("no smooth case")


def mean_error(X, d, parameters, formulas, e=None):
    """Return the mean of e_p E_p: all that central differences need of textbook.py."""
    n, errors = len(parameters) // 2, []
    for x, target in zip(X, d, strict=True):
        _, out = textbook.forward(x, parameters[:n], parameters[n:], formulas)
        errors.append(textbook.error_of(out, target, formulas))
    return np.mean(errors if e is None else e * errors)


def differences(objective, parameters):
    """Return ∂E/∂w of all parameters, objective() being E."""
    gradients = [np.empty(p.shape) for p in parameters]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        for i in np.ndindex(parameter.shape):
            here = parameter[i]
            parameter[i] = here + STEP
            above = objective()
            parameter[i] = here - STEP
            gradient[i] = (above - objective()) / (2 * STEP)
            parameter[i] = here
    return gradients


def assert_gradient(numerical, gradients):
    """Compare gradients of every layer's weights and biases with numerical ones."""
    for one, gradient in zip(numerical, gradients, strict=True):
        size = np.linalg.norm(one) + np.linalg.norm(gradient)
        assert np.linalg.norm(one) > 1e-4  # or this would prove nothing
        assert np.linalg.norm(one - gradient) / size <= 1e-6
