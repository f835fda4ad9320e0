r"""
Online and batch
================

The error of all patterns is the sum of theirs, :math:`E = \sum_p E_p`, and so is its gradient.
Batch learning adds up :math:`\delta_{pk} o_{pj}` over all patterns, and then changes the weights by
η times that. Online learning changes them after each pattern by η times that pattern's part, and
computes the next pattern's δ with the new weights already. For a small η both go the same way. This
page shows how they differ when η is not small.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbp import BackpropRegressor
from fastbp.inspection import trace

rng = np.random.default_rng(0)
N = 40
X = rng.normal(0.6, 1.0, (N, 1))
d = 0.8 * X[:, 0] - 0.5 + rng.normal(0, 0.3, N)
START = -1.2, 1.3  # w, θ


def network(batch_size, eta, shuffle=False):
    """Return a linear unit o = w x + θ, whose weights are two: a plane to draw its path in."""
    unit = BackpropRegressor(
        (),
        batch_size=batch_size,
        learning_rate="constant",
        learning_rate_init=eta,
        alpha=0,
        nesterovs_momentum=False,
        shuffle=shuffle,
        random_state=0,
        standardize=False,
        dtype="float64",
    )
    unit.coefs_, unit.intercepts_ = [np.array([[START[0]]])], [np.array([START[1]])]
    return unit


# %%
# The same sum
# ------------
#
# With weights that stay, the gradients of single patterns add up to that of the batch: `trace` has
# the former, and a step of one batch of all patterns the latter. A batch's step is made with the
# *mean* of its gradients, as in most libraries since; η per pattern is then
# ``learning_rate_init / batch_size``.

ETA = 0.05
single = network(1, ETA)
added = sum(trace(single, x, t).layers[0].gradient[0, 0] for x, t in zip(X, d, strict=True))
batch = network(N, ETA * N).partial_fit(X, d)
print(f"Σ_p -∂E_p/∂w from single patterns: {added:.12f}")
print(f"(w after a batch - w before) / η:  {(batch.coefs_[0][0, 0] - START[0]) / ETA:.12f}")

# %%
# Two paths
# ---------
#
# From the same weights, ten epochs each. Along its steepest axis the batch's step multiplies the
# distance to the bottom by :math:`1 - \eta \lambda`, where λ is the largest eigenvalue of
# :math:`\sum_p x_p x_p^T`: beyond η = 2/λ it leaps out of the valley. Online learning may take an η
# that is larger, since it looks again after each pattern. It has made 40 steps where batch learning
# makes one, and goes down at once; it doesn't come to rest there, since each pattern pulls towards
# its own line :math:`w x_p + \theta = d_p`, and the patterns disagree.

rows = np.c_[X, np.ones(N)]
limit = 2 / np.linalg.eigvalsh(rows.T @ rows).max()
print(f"2/λ = {limit:.4f}")

EPOCHS = 10


def path(unit, one_by_one):
    """Return the weights after each step, and the error E after each epoch."""
    points, errors = [START], [error(*START)]
    for epoch in range(EPOCHS):
        order = np.random.default_rng(epoch).permutation(N)
        for rows in np.split(order, N) if one_by_one else [order]:
            unit.partial_fit(X[rows], d[rows])
            points.append((unit.coefs_[0][0, 0], unit.intercepts_[0][0]))
        errors.append(error(*points[-1]))
    return np.array(points), errors


def error(w, theta):
    """Return E of the unit with these weights, which may be grids."""
    return 0.5 * sum((t - w * x - theta) ** 2 for x, t in zip(X[:, 0], d, strict=True))


PATHS = {
    f"online, η = {ETA}": path(network(1, ETA), one_by_one=True),
    f"batch, η = {0.9 * limit:.4f}": path(network(N, 0.9 * limit * N), one_by_one=False),
    f"batch, η = {0.1 * limit:.4f}": path(network(N, 0.1 * limit * N), one_by_one=False),
}
best = np.linalg.lstsq(np.c_[X, np.ones(N)], d, rcond=None)[0]
print(f"least E: {error(*best):.4f}, at w = {best[0]:.3f}, θ = {best[1]:.3f}\n")
print("epoch " + "".join(f"{name:>20}" for name in PATHS))
for epoch in (0, 1, 2, 5, 10):
    print(f"{epoch:5} " + "".join(f"{errors[epoch]:20.4f}" for _, errors in PATHS.values()))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
w, theta = np.meshgrid(np.linspace(-2.0, 2.2, 90), np.linspace(-2.2, 2.0, 90))
left.contour(w, theta, error(w, theta), np.geomspace(2, 300, 12), colors="0.8", linewidths=0.8)
styles = ("C0.-", "C3s:", "C2o--")
for (name, (points, errors)), style in zip(PATHS.items(), styles, strict=True):
    left.plot(*points.T, style, linewidth=1, markersize=3, label=name)
    right.semilogy(errors, style, markersize=4, label=name)
left.plot(*best, "k*", markersize=12, label="least E")
left.set(xlabel="$w$", ylabel="$\\theta$", xlim=(-2.0, 2.2), ylim=(-2.2, 2.0))
left.legend(fontsize="x-small", loc="upper right")
right.axhline(error(*best), color="k", linewidth=0.8)
right.set(xlabel="epoch", ylabel="$E$", yticks=(2, 5, 10, 20, 50))
right.yaxis.set_major_formatter("{x:g}")
right.yaxis.set_minor_formatter("")
