"""
Parity of two to eight bits
===========================

The output is 1 where an odd number of inputs is on: patterns that differ in one input only always
have different targets. Two bits are XOR. N hidden units suffice for N bits, and Rumelhart, Hinton
and Williams (1986) show the solution that a network found for four. Tesauro and Janssens (1988)
took two to eight bits and 2N hidden units, to measure how the time to learn grows: roughly as 4^N
presentations of a pattern, with the best η, momentum and initial weights for each N.

Trained online until every output is within 0.4 of its target.

D. E. Rumelhart, G. E. Hinton & R. J. Williams (1986). Learning internal representations by error
propagation. In Parallel Distributed Processing, volume 1, chapter 8. MIT Press.

G. Tesauro & B. Janssens (1988). Scaling relationships in back-propagation learning. Complex
Systems 2, 39-44.
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


def epochs(n_bits, n_hidden, off, bound, most, every, **parameters):
    """Return the epochs that it takes from each seed, from weights within ± bound."""
    bits = np.array(list(product((0, 1), repeat=n_bits)))
    odd = (bits.sum(axis=1) % 2).astype(float)
    X = np.where(bits == 1, 1.0, off)
    taken = []
    for seed in SEEDS:
        model = BackpropRegressor(n_hidden, **AS_IN_1986, **parameters)
        with_weights_from(model, (n_bits, n_hidden, 1), bound, seed)
        taken.append(epochs_to_learn(model, X, odd, within(odd, 0.4), most, every))
    return taken


# %%
# Four bits with four hidden units, inputs 0 and 1 and η = 0.5, as in the PDP book. What it does not
# say is chosen here: a momentum of 0.9, its usual one, and initial weights within ±1.

taken = epochs(4, 4, 0.0, 1.0, 20_000, 25, learning_rate_init=0.5, momentum=0.9)
print_results([Result("4-4-1", taken, 2825, "PDP, one run")])

# %%
# N bits with 2N hidden units: inputs −1 and 1, weights within ±2, η = 0.1 and a momentum of 0.9 for
# all N alike.

BITS = range(2, 9)
results = []
for n in BITS:
    every = max(1, 64 // 2**n)
    taken = epochs(n, 2 * n, -1.0, 2.0, 2000, every, learning_rate_init=0.1, momentum=0.9)
    results.append(Result(f"{n}-{2 * n}-1", [one * 2**n for one in taken]))
rows = [(one.name, one.learned(), one.quartiles()) for one in results]
print_table(("", "learned", "presentations, median (quartiles)"), rows)

# %%
# What is published of that is how it grows. (They chose the best setting for each N; this one is
# the same for all.) The dashed line has their slope, and begins where ours does.

medians = [np.median(one.values) for one in results]
growth = np.exp(np.polyfit(BITS, np.log(medians), 1)[0])
row = ("from N bits to N + 1, times", f"{growth:.2f}", "roughly 4", "Tesauro and Janssens 1988")
print_table(("presentations", "growth of the medians", "published", "source"), [row])

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
quarters = [np.quantile(one.values, [0.25, 0.75], method="inverted_cdf") for one in results]
low, high = np.transpose(quarters)
ax.fill_between(BITS, low, high, color="0.85", label="quartiles of 20 seeds")
ax.plot(BITS, medians, "ko-", label="median")
ax.plot(BITS, [medians[0] * 4.0 ** (n - 2) for n in BITS], "k--", label="slope of 4^N")
ax.set(yscale="log", xlabel="bits", ylabel="presentations")
_ = ax.legend()
