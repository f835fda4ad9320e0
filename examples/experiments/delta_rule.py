"""
What a single unit learns by the delta rule
===========================================

A single unit draws one plane through its inputs: it can learn AND and OR, and not XOR (Minsky and
Papert, 1969). Of the 16 functions of two bits it can do 14, of the 256 of three bits 104, and of
the 65,536 of four bits 1,882. These are the numbers of threshold functions, which Muroga (1971)
lists (and the On-Line Encyclopedia of Integer Sequences, as A000609). Does the delta rule find
them all?

A network without hidden layers that has an output for each function is as many single units, which
learn side by side, each by Δw_i = η (d − o) f′(net) o_i. Inputs are −1 and 1, units are logistic,
η is 1, weights are within ±0.5 at first. Learned are functions of which every output is on its side
of 0.5.

M. Minsky & S. Papert (1969). Perceptrons. MIT Press.

S. Muroga (1971). Threshold logic and its applications. Wiley.
"""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from _experiment import AS_IN_1986, SEEDS, Result, print_table, with_weights_from

from fastbp import BackpropRegressor

EPOCHS = 25
PUBLISHED = {2: 14, 3: 104, 4: 1882}


def learned_functions(n_bits, seed):
    """Return the number of functions that have been learned after each epoch."""
    X = np.array(list(product((-1.0, 1.0), repeat=n_bits)))
    n_rows = len(X)
    numbers = np.arange(2**n_rows)  # the bits of a function's number are its values
    targets = (numbers >> np.arange(n_rows)[:, np.newaxis] & 1).astype(float)
    model = BackpropRegressor((), **AS_IN_1986, learning_rate_init=1.0)
    with_weights_from(model, (n_bits, len(numbers)), 0.5, seed)
    counts = []
    for _ in range(EPOCHS):
        model.partial_fit(X, targets)
        is_right = (model.predict(X) > 0.5) == (targets == 1)
        counts.append(int(is_right.all(axis=0).sum()))
    return counts


curves = {n_bits: [learned_functions(n_bits, seed) for seed in SEEDS] for n_bits in PUBLISHED}

# %%
# Which are learned does not depend on the seed: for a single unit, there is nothing to get stuck
# in.

rows = []
for n_bits, published in PUBLISHED.items():
    found = Result("", [curve[-1] for curve in curves[n_bits]])
    rows.append((n_bits, f"{2**2**n_bits:,}", found.quartiles(), f"{published:,}", "Muroga 1971"))
head = (
    "bits",
    "functions",
    f"learned in {EPOCHS} epochs, median (quartiles)",
    "published",
    "source",
)
print_table(head, rows)

# %%
# On the way there, in parts of what can be learned: the median of the seeds.

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
for (n_bits, published), style in zip(PUBLISHED.items(), (":", "--", "-"), strict=True):
    part = np.median(curves[n_bits], axis=0) / published
    ax.plot(range(1, EPOCHS + 1), part, style, color="k", label=f"{n_bits} bits")
ax.set(xscale="log", xlabel="epoch", ylabel="learned, of all that a unit can")
_ = ax.legend()
