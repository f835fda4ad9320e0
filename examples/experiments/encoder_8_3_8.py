"""
The code that the 8-3-8 encoder finds
=====================================

Eight patterns, in each of which one input is on, are to come out again through three hidden units.
Three units that are on or off have just eight states, so the network has to invent a binary code.
Rumelhart, Hinton and Williams (1986) report that it does, and that it makes use of intermediate
values as well: in the code that they print (their table 5), four of the eight patterns have one
unit at .5.

Trained online with η = 0.5 and a momentum of 0.9, from weights within ±0.5, until every output is
within 0.1 of its target.

D. E. Rumelhart, G. E. Hinton & R. J. Williams (1986). Learning internal representations by error
propagation. In Parallel Distributed Processing, volume 1, chapter 8. MIT Press.
"""

import matplotlib.pyplot as plt
import numpy as np
from _experiment import (
    AS_IN_1986,
    SEEDS,
    Result,
    epochs_to_learn,
    print_table,
    with_weights_from,
    within,
)

from fastbp import BackpropRegressor
from fastbp.functions import logistic

PATTERNS = np.eye(8)
LOW, HIGH = 0.2, 0.8  # between them a value is an intermediate one

taken, codes = [], []
for seed in SEEDS:
    model = BackpropRegressor(3, **AS_IN_1986, learning_rate_init=0.5, momentum=0.9)
    with_weights_from(model, (8, 3, 8), 0.5, seed)
    learned = within(PATTERNS, 0.1)
    taken.append(epochs_to_learn(model, PATTERNS, PATTERNS, learned, most=2000, every=5))
    # An input of one alone: a hidden unit's net input is its weight and its bias.
    codes.append(logistic(model.coefs_[0] + model.intercepts_[0]))

# %%
# How long it takes, and how many patterns have an intermediate value in their code:

intermediate = [int(((LOW < code) & (code < HIGH)).any(axis=1).sum()) for code in codes]
corners = [len({tuple(row) for row in code > 0.5}) for code in codes]
epochs, between = Result("epochs", taken), Result("intermediate", intermediate)
print_table(
    ("", "20 seeds, median (quartiles)", "published", "source"),
    [
        ("epochs", epochs.quartiles(), "not published", ""),
        ("learned from", epochs.learned(), "not published", ""),
        ("patterns with an intermediate value", between.quartiles(), 4, "PDP, table 5"),
    ],
)
print(f"\nAll eight states of on and off are in use from {corners.count(8)} of 20 seeds.")

# %%
# The codes of four seeds. White is 0, black is 1; a row is a pattern, a column a hidden unit.

figure, axes = plt.subplots(1, 4, figsize=(7, 4), layout="constrained", sharey=True)
for seed, ax in enumerate(axes):
    ax.imshow(codes[seed], cmap="gray_r", vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(8, 3):
        dark = codes[seed][i, j] > 0.5
        ax.text(
            j, i, f"{codes[seed][i, j]:.1f}", ha="center", va="center", color="w" if dark else "k"
        )
    ax.set(title=f"seed {seed}", xticks=range(3), yticks=range(8), xlabel="hidden unit")
    ax.set_yticklabels(["".join("1" if on else "0" for on in row) for row in PATTERNS])
_ = axes[0].set_ylabel("pattern")
