"""fastbp, as its users call it."""

from typing import ClassVar

import fastbp
from fastbp import BackpropRegressor

from .interface import Peer


class Fastbp(Peer):
    """`BackpropRegressor.fit`: a run is one fit, validation and all."""

    name: ClassVar[str] = "fastbp"

    @classmethod
    def version(cls) -> str:
        """Return fastbp's version."""
        return f"fastbp {fastbp.__version__}" if hasattr(fastbp, "__version__") else "fastbp"

    def run(self, rows: int, epochs: int) -> None:
        """Fit anew, from the initial weights."""
        self.model = BackpropRegressor(
            hidden_layer_sizes=self.case.sizes[1:-1],
            activation=self.case.activation,
            solver=self.case.solver,
            momentum=self.case.momentum,
            epsilon=self.case.epsilon,
            alpha=0,
            learning_rate="constant",
            learning_rate_init=self.case.eta,
            standardize=False,
            batch_size=self.case.batch_size,
            max_iter=epochs,
            shuffle=False,
            tol=0,
            n_iter_no_change=float("inf"),
            random_state=self.case.seed,
        )
        Y = self.Y.ravel() if self.Y.shape[1] == 1 else self.Y
        self.model.fit(self.X[:rows], Y[:rows])

    def weights(self):
        """Return `coefs_` and `intercepts_`."""
        return self.model.coefs_, self.model.intercepts_
