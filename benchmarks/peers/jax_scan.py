"""JAX: a whole epoch compiled, `lax.scan` over the patterns."""

from functools import cache
from typing import ClassVar

import numpy as np

from .interface import Peer


@cache
def epoch_of(activation: str, unroll: int):
    """Return the compiled epoch (parameters, X, Y, eta) → parameters; parameters are donated."""
    import jax
    import jax.numpy as jnp

    f = {"tanh": jnp.tanh, "relu": jax.nn.relu}[activation]

    def error(parameters, x, d):
        *hidden, (w, b) = parameters
        for v, c in hidden:
            x = f(x @ v + c)
        return 0.5 * jnp.sum((d - (x @ w + b)) ** 2)

    def epoch(parameters, X, Y, eta):
        def learn(parameters, pattern):
            gradients = jax.grad(error)(parameters, *pattern)
            return jax.tree.map(lambda w, g: w - eta * g, parameters, gradients), None

        return jax.lax.scan(learn, parameters, (X, Y), unroll=unroll)[0]

    return jax.jit(epoch, donate_argnums=0)


class JaxScan(Peer):
    """`jax.jit` of an epoch; compilation is not timed. Settings: unrolling of the scan."""

    name: ClassVar[str] = "JAX"
    remark: ClassVar[str] = "`lax.scan` over the patterns under `jit`, parameters donated"
    requires: ClassVar[tuple[str, ...]] = ("jax", "jaxlib")
    settings: ClassVar[tuple[int, ...]] = (1, 4)
    trial: ClassVar[int] = 100  # as in the check of the weights: other numbers compile anew

    def __init__(self, case):
        super().__init__(case)
        import jax

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        network = case.network()
        self.parameters = [
            (jax.numpy.array(w), jax.numpy.array(b))
            for w, b in zip(network.weights, network.biases, strict=True)
        ]
        self.eta = jax.numpy.asarray(case.eta, case.dtype)
        self.arrays = {}
        self.use(1)

    def use(self, setting: int) -> None:
        """Set how many patterns are unrolled."""
        self.epoch = epoch_of(self.case.activation, setting)

    def run(self, rows: int, epochs: int) -> None:
        """Go on from where the last run ended; compiles on the first call with so many rows."""
        import jax

        if rows not in self.arrays:
            self.arrays[rows] = jax.device_put((self.X[:rows], self.Y[:rows]))
        for _ in range(epochs):
            self.parameters = self.epoch(self.parameters, *self.arrays[rows], self.eta)
        jax.block_until_ready(self.parameters)

    def weights(self):
        """Return copies: the arrays themselves will be donated."""
        layers = [(np.array(w), np.array(b)) for w, b in self.parameters]
        return [w for w, _ in layers], [b for _, b in layers]
