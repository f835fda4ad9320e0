r"""
When to stop
============

Training has no end of its own: the gradient gets small and is never zero. There are three reasons
to stop. The error is small enough, as in the experiments of 1986; it has stopped falling, which is
what `tol` and `n_iter_no_change` ask; or the error on patterns that are *not* trained with has
begun to rise. The third one needs such patterns, and the network needs enough weights to learn
noise by heart. This page gives it both.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from fastbp import BackpropRegressor
from fastbp.inspection import LossCurveDisplay


def noisy(n, rng):
    """Return n values of a curve, with noise."""
    x = rng.uniform(-3, 3, (n, 1))
    return x, np.sin(1.5 * x[:, 0]) + 0.3 * x[:, 0] + rng.normal(0, 0.5, n)


rng = np.random.default_rng(3)
X, d = noisy(60, rng)
X_val, d_val = noisy(40, rng)
X_test, d_test = noisy(5000, rng)
network = BackpropRegressor(
    (60, 60),
    activation="tanh",
    solver="adam",
    learning_rate="constant",
    learning_rate_init=0.003,
    batch_size=10,
    alpha=0,
    max_iter=2000,
    tol=0,
    n_iter_no_change=np.inf,
    random_state=0,
)

# %%
# The whole way
# -------------
#
# 3,841 weights, 60 patterns, 2000 epochs. The validation set is only watched: given without
# ``early_stopping=True``, its loss is recorded after each epoch.

warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs, on purpose
network.fit(X, d, X_val=X_val, y_val=d_val)
curve = np.array(network.validation_loss_curve_)
best = int(curve.argmin()) + 1
print(f"training loss, epochs 1 and {network.n_iter_}: ", end="")
print(f"{network.loss_curve_[0]:.4f}, {network.loss_curve_[-1]:.4f}")
print(f"validation loss, epochs 1, {best} (least) and {network.n_iter_}: ", end="")
print(f"{curve[0]:.4f}, {curve[best - 1]:.4f}, {curve[-1]:.4f}")

# %%
# Stopped
# -------
#
# ``early_stopping=True`` watches for `n_iter_no_change` epochs without a better score on the
# validation set, and returns to the weights of the best one. Patience costs epochs, and impatience
# may mistake a bump for the rise: validation scores of 40 patterns are noisy themselves.

stopped = {}
for patience in (5, 20, 100):
    stopped[patience] = BackpropRegressor(**network.get_params()).set_params(
        early_stopping=True, scoring="loss", n_iter_no_change=patience
    )
    stopped[patience].fit(X, d, X_val=X_val, y_val=d_val)

print("patience   epochs   R² on 5000 others")
for patience, model in [*stopped.items(), ("none", network)]:
    print(f"{patience!s:8}{model.n_iter_:9}{model.score(X_test, d_test):20.3f}")
possible = 1 - 0.25 / d_test.var()
print(f"the curve without its noise: {possible:.3f}")

# %%
# What the two networks have learned: the one follows the curve, as well as 60 patterns let it, and
# the other follows the patterns.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
LossCurveDisplay.from_estimator(network, panels=["loss"], ax=left)
line = np.linspace(-3, 3, 400)[:, np.newaxis]
right.plot(X, d, "k.", label="trained with")
right.plot(line, np.sin(1.5 * line) + 0.3 * line, color="0.7", linewidth=4, label="without noise")
right.plot(line, stopped[100].predict(line), "C0-", label="stopped early")
right.plot(line, network.predict(line), "C3--", linewidth=1, label="2000 epochs")
right.set(xlabel="x", ylabel="d, o")
_ = right.legend(fontsize="small", loc="upper left")
