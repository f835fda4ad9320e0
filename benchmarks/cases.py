"""The cases that all benchmarks run over: networks, activations, dtypes, and their data."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from fastbp.network.network import Network

# Layer sizes, and patterns of an epoch: so many that what an epoch costs once is spread thin.
NETWORKS = {
    (2, 2, 1): 10_000,
    (10, 32, 1): 4_000,
    (30, 64, 2): 2_000,
    (64, 100, 10): 1_000,
    (784, 100, 10): 500,
    (784, 500, 10): 250,
    (64, 100, 100, 10): 1_000,
}


@dataclass(frozen=True)
class Case:
    """One problem: training with squared error and identity outputs, online unless in batches.

    Parameters
    ----------
    sizes : tuple of int
        Numbers of inputs, of units in each hidden layer, of outputs.
    activation : {'tanh', 'relu'}
        Of the hidden units.
    dtype : {'float32', 'float64'}
        Of weights and data.
    patterns : int
        Rows of the data, one epoch.
    eta : float
        Learning rate. Small: 784 inputs must not overshoot.
    seed : int
        Of data and initial weights.
    batch_size : int
        Patterns of an update.
    solver : {'sgd', 'adam'}
        The update rule.
    momentum : float
        Of 'sgd', Nesterov's.
    epsilon : float
        Of 'adam'.
    """

    sizes: tuple[int, ...]
    activation: str = "tanh"
    dtype: str = "float32"
    patterns: int = 1_000
    eta: float = 1e-3
    seed: int = 0
    batch_size: int = 1
    solver: str = "sgd"
    momentum: float = 0.0
    epsilon: float = 1e-8

    @property
    def network_name(self) -> str:
        """The layer sizes, as in 64-100-10."""
        return "-".join(map(str, self.sizes))

    @property
    def name(self) -> str:
        """Name of the case in reports and in test ids."""
        return f"{self.network_name} {self.activation} {self.dtype}"

    @property
    def n_weights(self) -> int:
        """Weights of all layers, biases and padding not counted."""
        return sum(a * b for a, b in zip(self.sizes, self.sizes[1:], strict=False))

    @cached_property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """X of shape (patterns, n_inputs) and Y of shape (patterns, n_outputs)."""
        rng = np.random.RandomState(self.seed)
        X = rng.standard_normal((self.patterns, self.sizes[0]))
        teacher = rng.standard_normal((self.sizes[0], self.sizes[-1])) / np.sqrt(self.sizes[0])
        Y = np.tanh(X @ teacher) + 0.1 * rng.standard_normal((self.patterns, self.sizes[-1]))
        return X.astype(self.dtype), Y.astype(self.dtype)

    def network(self) -> Network:
        """Return a network with the initial weights, those of an estimator with this seed."""
        network = Network(self.sizes, self.dtype)
        network.initialize(np.random.RandomState(self.seed), [6] * (len(self.sizes) - 1))
        return network


CASES = [
    Case(sizes, activation, dtype, patterns)
    for activation, dtype in product(("tanh", "relu"), ("float32", "float64"))
    for sizes, patterns in NETWORKS.items()
]
