r"""
The delta rule on a single unit
===============================

A single unit reads the outputs :math:`o_i` of its inputs, adds them up with weights to its net
input, and gives a function of that,

.. math:: net = \sum_i w_i o_i + \theta, \qquad o = f(net).

For a pattern p with the desired output d its error is :math:`E_p = ½ (d - o)^2`. This page goes
downhill on :math:`E_p`, one pattern after the other, and shows what a single unit can learn by
that, AND, and what it can't, XOR.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbp import BackpropRegressor
from fastbp.inspection import trace
from fastbp.losses import LogisticSquaredError

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = {"AND": np.array([0.0, 0.0, 0.0, 1.0]), "XOR": np.array([0.0, 1.0, 1.0, 0.0])}
ETA = 0.5


def single_unit():
    """Return a network that is one logistic unit, with weights to begin with."""
    unit = BackpropRegressor(
        (),  # no hidden layers
        loss=LogisticSquaredError(),  # E_p = ½ Σ (d − o)², o = 1 / (1 + exp(−net))
        learning_rate="constant",
        learning_rate_init=ETA,
        alpha=0,
        shuffle=False,
        standardize=False,
        dtype="float64",
    )
    unit.coefs_, unit.intercepts_ = [np.array([[-0.5], [1.0]])], [np.array([0.2])]
    return unit


# %%
# One pattern
# -----------
#
# How :math:`E_p` changes with a weight is a product of three slopes, by the chain rule:
#
# .. math::
#
#    -\frac{\partial E_p}{\partial w_i}
#    = -\frac{\partial E_p}{\partial o} \, \frac{d\,o}{d\,net} \,
#    \frac{\partial net}{\partial w_i}
#    = \underbrace{(d - o) \, f'(net)}_{\delta} \; o_i.
#
# The first two are the unit's own and are called δ; the last is what comes in along the connection.
# The *delta rule* is a step in this direction, :math:`\Delta w_i = \eta \delta o_i`, and
# :math:`\Delta\theta = \eta \delta`, since a bias is a weight from a unit that always gives 1.
#
# By hand, for the last pattern of AND, beside what `fastbp.inspection.trace` says of it:

unit = single_unit()
x, d = X[3], TARGETS["AND"][3]
w, theta = unit.coefs_[0][:, 0], unit.intercepts_[0][0]

net = w @ x + theta
o = 1 / (1 + np.exp(-net))
slope = o * (1 - o)  # f′(net) of a logistic unit
delta = slope * (d - o)

seen = trace(unit, x, d)
layer = seen.layers[0]
print(f"{'':8}{'by hand':>12}{'trace':>12}")
for name, mine, traced in [
    ("net", net, layer.net[0]),
    ("o", o, layer.out[0]),
    ("E_p", 0.5 * (d - o) ** 2, seen.error),
    ("f'(net)", slope, layer.derivative[0]),
    ("δ", delta, layer.delta[0]),
    ("Δw_1", ETA * delta * x[0], layer.update[0, 0]),
    ("Δw_2", ETA * delta * x[1], layer.update[1, 0]),
    ("Δθ", ETA * delta, layer.bias_update[0]),
]:
    print(f"{name:8}{mine:12.8f}{traced:12.8f}")

# %%
# `partial_fit` of that one pattern takes this step. The error of the pattern gets smaller; those of
# the other three may get larger.


def errors(unit, targets):
    """Return E_p of each pattern."""
    return 0.5 * (targets - unit.predict(X)) ** 2


before = [trace(unit, *pattern).error for pattern in zip(X, TARGETS["AND"], strict=True)]
unit.partial_fit(X[3:], TARGETS["AND"][3:])
print("change of E_p:", (errors(unit, TARGETS["AND"]) - before).round(4))

# %%
# Pattern after pattern
# ---------------------
#
# A pass through all patterns is an epoch. The unit's output is ½ on the line :math:`w_1 o_1 + w_2
# o_2 + \theta = 0`; on one of its sides the unit says 1, on the other 0. Training turns and moves
# this line. For AND it comes to lie between the corner (1, 1) and the rest; from then on weights
# grow, which makes the step across the line steeper and the error smaller. For XOR there is no such
# line: the ones and the zeros lie on the two diagonals. What is best for the squared error is to
# say ½ everywhere, four times ½ · ½² = ½ in all, and around that the weights go in a small circle,
# epoch after epoch.

EPOCHS, SHOWN = 1000, (1, 10, 100, 1000)
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.3), layout="constrained")
ends = np.array([-0.4, 1.4])
for ax, (name, targets) in zip(axes[:2], TARGETS.items(), strict=True):
    unit, total = single_unit(), []
    for epoch in range(1, EPOCHS + 1):
        unit.partial_fit(X, targets)
        total.append(errors(unit, targets).sum())
        if epoch in SHOWN:
            (w_1, w_2), theta = unit.coefs_[0][:, 0], unit.intercepts_[0][0]
            grey = str(0.75 - 0.25 * SHOWN.index(epoch))
            ax.axline(
                -theta * np.array([w_1, w_2]) / (w_1**2 + w_2**2),
                slope=-w_1 / w_2,
                color=grey,
                linewidth=1 + 0.5 * SHOWN.index(epoch),
                label=f"epoch {epoch}",
            )
    for value, mark in ((0, "o"), (1, "s")):
        ax.plot(*X[targets == value].T, mark, color="C0" if value else "C1", markersize=9)
    ax.set(title=name, xlim=ends, ylim=ends, xlabel="$o_1$", ylabel="$o_2$", aspect="equal")
    ax.set(xticks=(0, 1), yticks=(0, 1))
    axes[2].semilogx(range(1, EPOCHS + 1), total, "-" if name == "AND" else "--", label=name)
    print(f"{name}: outputs {unit.predict(X).round(2)}, sum of E_p {total[-1]:.4f}")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=4)
axes[2].set(title="the error", xlabel="epoch", ylabel="$\\sum_p E_p$", ylim=0)
_ = axes[2].legend()
