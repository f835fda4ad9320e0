"""scikit-learn's multi-layer perceptron at batch size 1."""

from typing import ClassVar

from sklearn.neural_network import MLPRegressor

from .interface import Peer, limit_blas


class ScikitLearn(Peer):
    """`MLPRegressor.fit` with plain SGD. Settings: BLAS threads."""

    name: ClassVar[str] = "scikit-learn"
    remark: ClassVar[str] = "`MLPRegressor`, `batch_size=1`"
    requires: ClassVar[tuple[str, ...]] = ("sklearn",)
    settings: ClassVar[tuple[int, ...]] = (1, 2)

    def use(self, setting: int) -> None:
        """Set the number of BLAS threads."""
        limit_blas(setting)

    def run(self, rows: int, epochs: int) -> None:
        """Fit anew, from the initial weights."""
        self.model = MLPRegressor(
            hidden_layer_sizes=self.case.sizes[1:-1],
            activation=self.case.activation,
            solver=self.case.solver,
            alpha=0,
            momentum=self.case.momentum,
            epsilon=self.case.epsilon,
            learning_rate_init=self.case.eta,
            batch_size=self.case.batch_size,
            max_iter=epochs,
            shuffle=False,
            tol=0,
            n_iter_no_change=epochs + 1,
            random_state=self.case.seed,
        )
        Y = self.Y.ravel() if self.Y.shape[1] == 1 else self.Y
        self.model.fit(self.X[:rows], Y[:rows])

    def weights(self):
        """Return `coefs_` and `intercepts_`."""
        return self.model.coefs_, self.model.intercepts_
