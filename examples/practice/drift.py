"""
A stream with drift, in River
=============================

In a stream each row comes once: first the model says what it expects, then it is told what was, and
learns that. Online backpropagation is made for this. It has no memory but its weights, so that what
was once learned and has changed since is unlearned by the same steps. `fastbp.river` has the
networks in River's protocol, for its pipelines, metrics and ensembles; ``pip install
'fastbp[river]'`` brings it.
"""

import time

import matplotlib.pyplot as plt
from river import linear_model, metrics, preprocessing, tree, utils
from river.datasets import synth

from fastbp.river import BackpropRegressor

# %%
# Friedman's function of ten inputs, five of which matter: after 6,000 rows they change places and
# the function becomes another, and so once more after 12,000.

N, CHANGES, WINDOW = 18_000, (6_000, 12_000), 500


def stream():
    """Return the stream's rows, x and y."""
    rows = synth.FriedmanDrift(drift_type="gsg", position=CHANGES, transition_window=500, seed=1)
    return rows.take(N)


def progress(model, frozen_after=N):
    """Return the mean absolute error of the last rows, every hundred rows, and rows a second.

    The model predicts each row before it learns it; it learns no more after so many.
    """
    recent, found = utils.Rolling(metrics.MAE, window_size=WINDOW), []
    rows = list(stream())
    start = time.perf_counter()
    for n, (x, y) in enumerate(rows):
        recent.update(y, model.predict_one(x))
        if n < frozen_after:
            model.learn_one(x, y)
        if n % 100 == 99:
            found.append(recent.get())
    return found, N / (time.perf_counter() - start)


models = {
    "network": BackpropRegressor((32,), seed=0),
    "network, frozen": BackpropRegressor((32,), seed=0),
    "Hoeffding adaptive tree": tree.HoeffdingAdaptiveTreeRegressor(seed=0),
    "linear regression": preprocessing.StandardScaler() | linear_model.LinearRegression(),
}
first = BackpropRegressor((32,), seed=0)
for x, y in stream():  # compiled before the clock starts
    first.predict_one(x)
    first.learn_one(x, y)
curves = {}
print(f"{'mean absolute error':26}  before     just after      end   rows a second")
for name, model in models.items():
    curve, rate = progress(model, CHANGES[0] if name.endswith("frozen") else N)
    curves[name] = curve
    places = (CHANGES[0] // 100 - 1, CHANGES[0] // 100 + 9, N // 100 - 1)
    print(f"{name:26}" + "".join(f"{curve[at]:9.2f}    " for at in places) + f"{rate:12,.0f}")

# %%
# A network that stops learning is at the mercy of the world; one that goes on needs one or
# two thousand rows to be where it was. The columns' means and scales follow the stream as well.

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
rows = range(100, N + 1, 100)
styles = ("k-", "k:", "C0--", "C1-.")
for (name, curve), style in zip(curves.items(), styles, strict=True):
    ax.plot(rows, curve, style, linewidth=1.2, label=name)
for change in CHANGES:
    ax.axvline(change, color="0.8", linewidth=4, zorder=0)
ax.set(xlabel="rows", ylabel=f"mean absolute error of the last {WINDOW}", ylim=(0, 7))
_ = ax.legend(fontsize="small", loc="upper right", ncols=2)
