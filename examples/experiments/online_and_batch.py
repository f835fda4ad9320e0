"""
Online against batch, on the same data
======================================

The gradient of all patterns together is the sum of those of single ones. Whoever changes the
weights after each pattern makes as many steps in an epoch as there are patterns, each as long as
the one step that follows the mean of all gradients at the same η, and in about the same direction.
Rumelhart, Hinton and Williams (1986) describe both ways, and give no figures that compare them.

Here a 64-16-10 network learns the 1,797 handwritten digits that come with scikit-learn, until the
mean of E_p = ½ Σ (d − o)² over all of them is below 0.05. Online, in batches of 32 and in whole
ones, each with the η that is fastest in trials from three other seeds.

D. E. Rumelhart, G. E. Hinton & R. J. Williams (1986). Learning internal representations by error
propagation. In Parallel Distributed Processing, volume 1, chapter 8. MIT Press.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from _experiment import AS_IN_1986, SEEDS, Result, print_table, shown
from sklearn.datasets import load_digits

from fastbp import BackpropRegressor

X, digits = load_digits(return_X_y=True)
X, TARGETS = X / 16, np.eye(10)[digits]
GOAL, TRIALS = 0.05, (100, 101, 102)


def train(batch_size, eta, seed, most):
    """Return the errors after each epoch until the goal is reached, and the seconds of training."""
    settings = {**AS_IN_1986, "shuffle": True, "batch_size": batch_size}
    orders = np.random.RandomState(seed)  # goes on from call to call
    model = BackpropRegressor(16, **settings, learning_rate_init=eta, random_state=orders)
    errors, seconds = [np.inf], 0.0
    while errors[-1] >= GOAL and len(errors) <= most:
        start = time.perf_counter()
        model.partial_fit(X, TARGETS)
        seconds += time.perf_counter() - start
        errors.append(0.5 * np.mean(np.sum((model.predict(X) - TARGETS) ** 2, axis=1)))
    return errors[1:], seconds


def epochs(errors):
    """Return how many it took."""
    return len(errors) if errors[-1] < GOAL else np.inf


# %%
# The learning rates of the trials, and the epochs of the slowest of three. The one with the fewest
# is taken.

KINDS = {  # batch size, learning rates, the most epochs
    "online": (1, (0.25, 0.5, 1, 2), 100),
    "batches of 32": (32, (2, 4, 8, 16), 300),
    "whole batches": (len(X), (4, 8, 16), 600),
}
best = {}
for name, (batch_size, etas, most) in KINDS.items():
    slowest = {
        eta: max(epochs(train(batch_size, eta, seed, most)[0]) for seed in TRIALS) for eta in etas
    }
    best[name] = min(slowest, key=slowest.get)
    print(f"{name:14}", "  ".join(f"η = {eta}: {shown(taken)}" for eta, taken in slowest.items()))

# %%
# From twenty seeds:

rows, curves = [], {}
for name, (batch_size, _, most) in KINDS.items():
    runs = [train(batch_size, best[name], seed, most) for seed in SEEDS]
    curves[name] = [errors for errors, _ in runs]
    taken = Result(name, [epochs(errors) for errors in curves[name]])
    spent = Result(name, [1e3 * seconds for _, seconds in runs])
    row = (name, best[name], taken.learned(), taken.quartiles(), spent.quartiles(), "not published")
    rows.append(row)
head = ("", "η", "learned", "epochs, median (quartiles)", "ms, median (quartiles)", "published")
print_table(head, rows)

# %%
# The time is that of training alone, without what measures the error. Batches are products of
# matrices, which take less time for each pattern; that is less than what they need more of them.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for (name, errors), style in zip(curves.items(), ("-", "--", ":"), strict=True):
    for seed, curve in enumerate(errors):
        label = None if seed else name
        ax.plot(range(1, len(curve) + 1), curve, style, color="k", alpha=0.4, label=label)
ax.axhline(GOAL, color="0.7", linewidth=1)
ax.set(xscale="log", yscale="log", xlabel="epoch", ylabel="mean of E_p")
_ = ax.legend()
