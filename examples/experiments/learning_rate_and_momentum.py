"""
The effect of the learning rate, and of momentum
================================================

With momentum α an update is Δw(t) = η δ o + α Δw(t − 1): where gradients stay the same for a while,
the steps add up to η / (1 − α) of one. Rumelhart, Hinton and Williams (1986) say that momentum
allows larger steps without oscillation, that the same solutions are found with α = 0 and a smaller
η, only more slowly, and that they mostly took α = 0.9. They give no figures for it.

Here the 8-3-8 encoder is learned online, with every pair of six learning rates and four momenta,
from weights within ±0.5, until each output is within 0.1 of its target.

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

PATTERNS = np.eye(8)
RATES = (0.2, 0.5, 1, 2, 5, 10)
MOMENTA = (0.0, 0.5, 0.8, 0.9)


def epochs(eta, momentum):
    """Return the epochs that it takes from each seed."""
    taken = []
    for seed in SEEDS:
        model = BackpropRegressor(3, **AS_IN_1986, learning_rate_init=eta, momentum=momentum)
        with_weights_from(model, (8, 3, 8), 0.5, seed)
        learned = within(PATTERNS, 0.1)
        taken.append(epochs_to_learn(model, PATTERNS, PATTERNS, learned, most=2000, every=20))
    return taken


results = {(eta, mu): Result("", epochs(eta, mu)) for mu in MOMENTA for eta in RATES}

# %%
# Epochs, the median of twenty seeds and the quartiles; "never" is more than 2000. Figures
# of others to put beside them: not published.

rows = [(eta, *(results[eta, mu].quartiles() for mu in MOMENTA)) for eta in RATES]
print_table(("η", *(f"α = {mu}" for mu in MOMENTA)), rows)

# %%
# Over η / (1 − α) the left sides of the curves fall together: there momentum is a larger rate, and
# nothing else. On the right each comes to an end where its steps are too large.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for mu, style in zip(MOMENTA, ("o-", "s--", "^-.", "D:"), strict=True):
    medians = [np.quantile(results[eta, mu].values, 0.5, method="inverted_cdf") for eta in RATES]
    x, y = np.array(RATES) / (1 - mu), np.array(medians)
    ax.plot(x[np.isfinite(y)], y[np.isfinite(y)], style, color="k", label=f"α = {mu}")
ax.set(xscale="log", yscale="log", xlabel="η / (1 − α)", ylabel="epochs")
_ = ax.legend()
