r"""
The δ of a hidden unit: credit assignment
=========================================

Nobody says what a hidden unit's output should have been. What is known is how much each unit k that
it feeds wants its own net input changed, :math:`\delta_k`, and through which weight the hidden unit
j acts on it. The chain rule puts the two together,

.. math:: \delta_j = f'(net_j) \sum_k \delta_k w_{kj},

and from there on a hidden unit learns as an output unit does: :math:`\Delta w_{ji} = \eta \delta_j
o_i`. Each term :math:`\delta_k w_{kj}` is the credit that the unit gets from k: for making k's
error smaller it is asked for more output, for making it larger for less.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbp import BackpropRegressor
from fastbp.inspection import NetworkDisplay, trace
from fastbp.losses import LogisticSquaredError

# %%
# The numbers of a 2-2-2 network
# ------------------------------
#
# The network of M. Mazur's "A step by step backpropagation example" (2015), which many have
# followed on paper: two inputs, two hidden units, two outputs, all logistic; η is ½.

model = BackpropRegressor(
    (2,),
    activation="logistic",
    loss=LogisticSquaredError(),
    learning_rate="constant",
    learning_rate_init=0.5,
    alpha=0,
    standardize=False,
    dtype="float64",
)
model.coefs_ = [np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])]
model.intercepts_ = [np.full(2, 0.35), np.full(2, 0.60)]
x, d = [0.05, 0.10], [0.01, 0.99]

seen = trace(model, x, d)
hidden, output = seen.layers
print(f"E_p = {seen.error:.9f}")
print(f"outputs {output.out.round(9)}, δ_k {output.delta.round(9)}")

# %%
# The first output is too large and the second too small, so that the first δ is negative and the
# second positive. A hidden unit feeds both, and gets credit from both:

print("j     δ_1 w_1j     δ_2 w_2j          sum      f'(net_j)          δ_j")
for j in range(2):
    terms = hidden.credit[j]
    numbers = *terms, terms.sum(), hidden.derivative[j], hidden.delta[j]
    print("{}{:13.8f}{:13.8f}{:13.8f}{:15.8f}{:13.8f}".format(j + 1, *numbers))
    assert np.isclose(hidden.derivative[j] * terms.sum(), hidden.delta[j], rtol=1e-12, atol=0)

# %%
# The weights in these sums are those from before the update. The outputs' own weights are changed
# by then in many a program that is written in a hurry, and the result is a gradient of nothing.
# What the pattern changes, weight by weight, and that `partial_fit` does just this:

before = [w.copy() for w in model.coefs_]
model.partial_fit([x], [d])
print("weight   before      Δw           after")
for layer, old, new, name in zip(seen.layers, before, model.coefs_, "ji kj".split(), strict=True):
    for i, j in np.ndindex(old.shape):
        weight = f"w_{name[0]}{name[1]} {j + 1}{i + 1}"
        print(f"{weight}  {old[i, j]:.2f}  {layer.update[i, j]:12.9f}  {new[i, j]:.9f}")
        assert np.isclose(old[i, j] + layer.update[i, j], new[i, j], rtol=1e-12, atol=0)

# %%
# The picture of δ flowing back
# -----------------------------
#
# On the left, what goes up: the outputs. On the right, what comes down: each connection above the
# hidden units has the colour of the credit :math:`\delta_k w_{kj}` that goes down it, and each unit
# that of its δ. The same network serves both ways; only the direction and the weights' transpose
# differ.

model.coefs_, model.intercepts_ = before, [np.full(2, 0.35), np.full(2, 0.60)]
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
NetworkDisplay.from_estimator(model, x, d, ax=left)
left.set_title("forward: outputs and weights")
NetworkDisplay.from_estimator(model, x, d, edges="delta", units="delta", ax=right)
_ = right.set_title("backward: δ and credit")
