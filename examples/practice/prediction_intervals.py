r"""
Prediction intervals by the quantile loss
=========================================

The squared error leads to the mean of d given x. The *quantile loss* of level q,

.. math:: E_p = \max\bigl(q \, (d - o), \; (q - 1) (d - o)\bigr),

leads to the q-quantile: an output below its target costs q per unit, one above it 1 − q, and the
two balance where a share q of the targets lies below. Its δ, of a linear output, is q below the
target and q − 1 above it, however far away; outliers do no harm. Two such networks, for 5 % and 95
%, enclose nine tenths of what is to come.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import train_test_split

from fastbp import BackpropRegressor
from fastbp.losses import Quantile

# %%
# The noise below grows with x, and is skewed: no single number says how wide it is.
#
# As this δ doesn't get smaller near the target, plain descent rattles around the quantile: at the
# defaults the lower bound below costs a quarter more. Adam in small batches averages the rattling
# away.

rng = np.random.default_rng(0)
X = rng.uniform(0, 10, (4000, 1))
middle = 3 * np.sin(X[:, 0]) + X[:, 0]
d = middle + (0.3 + 0.3 * X[:, 0]) * (rng.gamma(2, 1, len(X)) - 1)
X_train, X_test, d_train, d_test = train_test_split(X, d, test_size=0.5, random_state=0)

LEVELS = (0.05, 0.5, 0.95)
settings = {
    "activation": "tanh",
    "solver": "adam",
    "learning_rate_init": 0.003,
    "batch_size": 20,
    "alpha": 0,
    "max_iter": 200,
    "random_state": 0,
}
warnings.simplefilter("ignore", ConvergenceWarning)  # 200 epochs, on purpose
networks = {
    q: BackpropRegressor(loss=Quantile(q), **settings).fit(X_train, d_train) for q in LEVELS
}
trees = {
    q: GradientBoostingRegressor(loss="quantile", alpha=q, random_state=0).fit(X_train, d_train)
    for q in LEVELS
}

# %%
# Does it hold?
# -------------
#
# A quantile is right if the share of targets below it is its level, on rows that were not trained
# with, and not only on the whole but wherever one looks: here for x up to 5 and from there on. The
# pinball loss, which is :math:`E_p` above, is the score by which quantiles are compared.

print("level                   below, x < 5   below, x > 5   pinball loss")
low = X_test[:, 0] < 5
for name, models in (("network", networks), ("gradient boosting", trees)):
    for q, model in models.items():
        predicted = model.predict(X_test)
        below = d_test < predicted
        loss = mean_pinball_loss(d_test, predicted, alpha=q)
        print(f"{q:<6}{name:18}{below[low].mean():12.3f}{below[~low].mean():15.3f}{loss:15.4f}")

bounds = [networks[q].predict(X_test) for q in (0.05, 0.95)]
inside = (bounds[0] <= d_test) & (d_test <= bounds[1])
print(f"\nbetween 5 % and 95 % of the networks: {inside.mean():.1%} of {len(d_test)}")
print(f"rows whose bounds cross: {np.sum(bounds[0] > bounds[1])}")

# %%
# Networks that know nothing of each other may cross where there is little data; where that happens,
# sort them. Where the promise has to hold exactly, widen the interval by what `split conformal
# prediction <https://arxiv.org/abs/1905.03222>`_ finds on rows held out (Romano, Patterson and
# Candès, 2019).

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
line = np.linspace(0, 10, 300)[:, np.newaxis]
ax.plot(X_test, d_test, ".", color="0.6", markersize=2)
quantiles = {q: model.predict(line) for q, model in networks.items()}
ax.fill_between(line[:, 0], quantiles[0.05], quantiles[0.95], alpha=0.25, label="5 % to 95 %")
ax.plot(line, quantiles[0.5], "k-", label="median")
ax.plot(line, 3 * np.sin(line) + line + 0.3 * (1 + line), "C1--", label="mean, without noise")
ax.set(xlabel="x", ylabel="d")
_ = ax.legend()
