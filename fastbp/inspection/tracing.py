"""`trace`: every number that one pattern makes in a network."""

from typing import Any

from .online_step import learn
from .passes import errors, output_derivative, read_by
from .records import LayerTrace, Trace


def trace(estimator: Any, x: Any, y: Any) -> Trace:
    """Follow one pattern through a network: forward, backward, and what it would change.

    The estimator stays as it is.
    """
    learned = learn(estimator, x, y)
    (weights, biases), (net, out) = learned.parameters, learned.passed
    returned, loss, last = learned.returned, learned.formulas.loss, len(weights) - 1
    slopes = [*returned.derivative, output_derivative(loss, net[-1], out[-1])]
    updates = [[None] * len(weights)] * 2 if learned.updates is None else learned.updates
    layers = tuple(
        LayerTrace(
            name="output" if n == last else f"hidden {n + 1}",
            reads=read_by(weights[n], out[: n + 1]),
            weights=weights[n],
            bias=biases[n],
            net=net[n],
            out=out[n + 1],
            derivative=slopes[n],
            delta=returned.delta[n],
            credit=None if n == last else returned.credit[n],
            gradient=learned.gradients.weights[n],
            bias_gradient=learned.gradients.biases[n],
            update=updates[0][n],
            bias_update=updates[1][n],
        )
        for n in range(len(weights))
    )
    return Trace(
        input=out[0],
        target=learned.target,
        error=float(errors(loss, learned.target, out[-1])),
        output=out[-1],
        layers=layers,
        weight=learned.weight,
        rule=learned.rule,
    )
