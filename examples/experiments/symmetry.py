"""
Mirror symmetry, and its weights of 1 : 2 : 4
=============================================

Six inputs are on or off, and the output says whether they are the same read from both ends. Two
hidden units suffice, and what they come to is the best known picture of Rumelhart, Hinton and
Williams (1986): weights at the same distance from the middle are equal and of opposite sign, so
that symmetric patterns cancel, and their sizes are as 1 : 2 : 4, so that no other pattern does:
each of the eight ways to differ has a sum of its own.

As there: a batch of all 64 patterns, ε = 0.1 times the sum of their gradients, a momentum of 0.9,
weights within ±0.3. Learned is what has every output within 0.4 of its target.

D. E. Rumelhart, G. E. Hinton & R. J. Williams (1986). Learning representations by back-propagating
errors. Nature 323, 533-536.
"""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from _experiment import (
    AS_IN_1986,
    SEEDS,
    Result,
    epochs_to_learn,
    print_results,
    print_table,
    with_weights_from,
    within,
)

from fastbp import BackpropRegressor

PATTERNS = np.array(list(product((0.0, 1.0), repeat=6)))
SYMMETRIC = (PATTERNS == PATTERNS[:, ::-1]).all(axis=1).astype(float)

taken, networks = [], []
for seed in SEEDS:
    # A batch has the mean of its gradients here: η is ε times 64.
    model = BackpropRegressor(
        2, **AS_IN_1986, batch_size=64, learning_rate_init=0.1 * 64, momentum=0.9
    )
    with_weights_from(model, (6, 2, 1), 0.3, seed)
    learned = within(SYMMETRIC, 0.4)
    taken.append(epochs_to_learn(model, PATTERNS, SYMMETRIC, learned, most=20_000, every=25))
    networks.append(model)
results = Result("6-2-1", taken, 1425, "Nature 1986, one run")
print_results([results])

# %%
# The ratios are those of the three pairs of weights of each hidden unit, the smallest pair being 1.
# How far the two weights of a pair are from cancelling is said in parts of the larger.


def pairs(weights):
    """Return the mean sizes of the three pairs, smallest first, and what does not cancel."""
    first, last = weights[:3], weights[:2:-1]
    left_over = np.abs(first + last) / np.maximum(np.abs(first), np.abs(last))
    return np.sort(np.abs(first - last) / 2), left_over.max()


solved = [network for network, epochs in zip(networks, taken, strict=True) if np.isfinite(epochs)]
units = [pairs(unit) for network in solved for unit in network.coefs_[0].T]
second = Result("second", [sizes[1] / sizes[0] for sizes, _ in units])
third = Result("third", [sizes[2] / sizes[0] for sizes, _ in units])
rest = Result("rest", [left_over for _, left_over in units])
rows = [
    ("second pair to the smallest", second.quartiles(), 2, "Nature 1986, figure 1"),
    ("largest pair to the smallest", third.quartiles(), 4, "Nature 1986, figure 1"),
    ("what does not cancel", rest.quartiles(), "not published", ""),
]
print_table(("weights into a hidden unit", "median (quartiles)", "published", "source"), rows)

# %%
# The weights of the first network that learned it, as in their figure: white is positive, black
# negative, the area is the size.

first = solved[0]
figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.set_facecolor("0.7")
largest = np.abs(first.coefs_[0]).max()
for j, row in enumerate(first.coefs_[0].T):
    for i, weight in enumerate(row):
        side = 0.9 * np.sqrt(abs(weight) / largest)
        corner = (i - side / 2, 1.5 * j - side / 2)
        ax.add_patch(plt.Rectangle(corner, side, side, color="w" if weight > 0 else "k"))
        ax.text(i, 1.5 * j + 0.65, f"{weight:.1f}", ha="center", va="center")
ax.axvline(2.5, color="0.4", linestyle="--")
ax.set(xlim=(-0.6, 5.6), ylim=(2.4, -0.6), aspect="equal", xlabel="input")
_ = ax.set_yticks([0, 1.5], ["hidden unit 1", "hidden unit 2"])
