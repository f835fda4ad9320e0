r"""
The learning rate
=================

The gradient says which way is down, and nothing of how far. That is η's part,
:math:`\Delta w_{kj} = \eta \delta_k o_j`: too small a one wastes epochs, too large a one goes over
the valley to a higher place on its other side. Where :math:`E` is a parabola it can be worked out
how large is too large. Where it is not, it is tried.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from fastbp import BackpropClassifier, BackpropRegressor

# %%
# Along a parabola
# ----------------
#
# For a linear unit the mean of :math:`E_p` is a paraboloid, whose curvatures are the eigenvalues λ
# of the mean of :math:`x x^T`. Batch learning multiplies the distance to the bottom, along each
# axis, by
# :math:`1 - \eta \lambda` in every step. It shrinks for :math:`\eta < 2 / \lambda`, and fastest at
# :math:`1 / \lambda`; beyond :math:`2 / \lambda` it grows. The largest λ sets the limit, and the
# smallest one the time: inputs whose λ are much alike are learned sooner, a reason to standardise
# columns.

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 2)) * [1.0, 0.4]
d = X @ [1.0, -2.0]
extended = np.c_[X, np.ones(len(X))]  # the bias is a weight from a 1
largest = np.linalg.eigvalsh(extended.T @ extended / len(X)).max()
print(f"largest λ: {largest:.3f}, so η must be below {2 / largest:.3f}")


def batch_errors(eta, n_steps=60, momentum=0.0):
    """Return the mean of E_p before each of so many steps of batch learning."""
    unit = BackpropRegressor(
        (),
        batch_size=len(X),
        learning_rate="constant",
        learning_rate_init=eta,
        momentum=momentum,
        nesterovs_momentum=False,
        alpha=0,
        standardize=False,
        dtype="float64",
    )
    unit.coefs_, unit.intercepts_ = [np.array([[3.0], [1.0]])], [np.array([1.0])]
    for _ in range(n_steps):
        unit.partial_fit(X, d)
    return unit.loss_curve_


SHARES = (0.2, 1.0, 1.9, 2.02)
parabola = {share: batch_errors(share / largest) for share in SHARES}
print("η λ     mean E_p before step 1, 10, 30 and 60")
for share, errors in parabola.items():
    print(f"{share:<8}" + "".join(f"{errors[n - 1]:12.3e}" for n in (1, 10, 30, 60)))

# %%
# Momentum, :math:`\Delta w(t) = \eta \delta o + \alpha \Delta w(t - 1)`, adds up steps that agree
# and lets those that alternate cancel. With :math:`\alpha = 0.9` and the first of these η:

with_momentum = batch_errors(SHARES[0] / largest, momentum=0.9)
print(f"α = 0.9, η λ = {SHARES[0]}: {with_momentum[59]:.3e} before step 60")

# %%
# What goes beyond the limit far enough ends in numbers that are none. `fit` says so, and leaves no
# model behind:

try:
    BackpropRegressor(
        (8,), learning_rate="constant", learning_rate_init=30.0, random_state=0, max_iter=50
    ).fit(X, d)
except ValueError as error:
    print(error)

# %%
# In a network
# ------------
#
# The error of a network with hidden units has valleys of many kinds, and online learning steps by
# single patterns. How much η matters then is shown by handwritten digits, in 10 epochs of 64-32-10
# from three seeds. A constant η that is large learns quickly, and rattles in the end; one that is
# small does neither. A schedule does both in turn: ``learning_rate="cosine"``, the default, begins
# with `learning_rate_init` and comes down to nothing along half a cosine.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)
warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs, on purpose
ETAS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
misses = {}
for schedule in ("constant", "cosine"):
    for eta in ETAS:
        missed = []
        for seed in range(3):
            model = BackpropClassifier(
                32,
                activation="tanh",
                learning_rate=schedule,
                learning_rate_init=eta,
                max_iter=10,
                tol=0,
                n_iter_no_change=np.inf,
                random_state=seed,
            ).fit(X_train, y_train)
            missed.append(1 - model.score(X_test, y_test))
        misses[schedule, eta] = np.mean(missed)

print("η         " + "".join(f"{eta:>9}" for eta in ETAS) + "   (test digits that are missed)")
for schedule in ("constant", "cosine"):
    print(f"{schedule:10}" + "".join(f"{misses[schedule, eta]:9.1%}" for eta in ETAS))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
for (share, errors), style in zip(parabola.items(), ("-", "--", ":", "-."), strict=True):
    left.semilogy(errors, style, label=f"η λ = {share}")
left.semilogy(with_momentum, "k-", linewidth=0.8, label=f"η λ = {SHARES[0]}, α = 0.9")
left.set(xlabel="step", ylabel="mean of $E_p$", title="a linear unit, batch learning")
left.legend(fontsize="small")
for schedule, style in (("constant", "o--"), ("cosine", "s-")):
    right.loglog(ETAS, [misses[schedule, eta] for eta in ETAS], style, label=schedule)
right.set(xlabel="η (at first)", ylabel="missed", title="digits, online, 10 epochs")
right.set_yticks((0.02, 0.05, 0.1, 0.2, 0.3), ("2 %", "5 %", "10 %", "20 %", "30 %"))
right.yaxis.set_minor_formatter(lambda share, _: "")
_ = right.legend(fontsize="small")
