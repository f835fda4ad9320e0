"""Backpropagation as one writes it in NumPy: a loop over the patterns."""

from typing import ClassVar

import numpy as np

from .interface import Peer, limit_blas

# Activation, and its derivative written with the output.
ACTIVATIONS = {
    "tanh": (np.tanh, lambda out: 1 - out * out),
    "relu": (lambda net: np.maximum(net, 0), lambda out: out > 0),
}


class NumpyLoop(Peer):
    """The textbook's steps, one NumPy call each. Settings: BLAS threads."""

    name: ClassVar[str] = "NumPy"
    remark: ClassVar[str] = "a loop over the patterns"
    requires: ClassVar[tuple[str, ...]] = ("numpy",)
    settings: ClassVar[tuple[int, ...]] = (1, 2)

    def __init__(self, case):
        super().__init__(case)
        network = case.network()
        self.w = [np.ascontiguousarray(w) for w in network.weights]
        self.b = [b.copy() for b in network.biases]

    def use(self, setting: int) -> None:
        """Set the number of BLAS threads."""
        limit_blas(setting)

    def run(self, rows: int, epochs: int) -> None:
        """Go on from where the last run ended."""
        for _ in range(epochs):
            for x, d in zip(self.X[:rows], self.Y[:rows], strict=True):
                self.learn(x, d)

    def learn(self, x: np.ndarray, d: np.ndarray) -> None:
        """w ← w + η δ out for one pattern."""
        w, b, last = self.w, self.b, len(self.w) - 1
        f, slope = ACTIVATIONS[self.case.activation]
        out = [x]
        for layer in range(last):
            out.append(f(out[layer] @ w[layer] + b[layer]))
        delta = self.case.eta * (d - (out[last] @ w[last] + b[last]))
        for layer in range(last, -1, -1):
            down = w[layer] @ delta if layer else None
            w[layer] += out[layer][:, None] * delta
            b[layer] += delta
            if layer:
                delta = slope(out[layer]) * down

    def weights(self):
        """Return the arrays."""
        return self.w, self.b
