"""
Two spirals, 2-5-5-5-1 with shortcuts
=====================================

Two spirals wind around each other three times, 97 points each; which one does a point lie on? The
problem is Wieland's. Lang and Witbrock (1988) learned it with three hidden layers of five units and
connections from every layer to all later ones, 138 weights in all, so that δ also gets down to the
first layer by short ways. Fahlman and Lebiere (1990) quote the epochs that it took them, and add
their own architecture, which grows.

Gradient descent with momentum, as theirs; the rest is chosen here: whole batches, 0.002 times the
sum of their gradients, a momentum of 0.95, tanh in hidden units, weights within ±0.5 at first.
Learned is what has every output within 0.4 of its target after 20,000 epochs at most.

K. J. Lang & M. J. Witbrock (1988). Learning to tell two spirals apart. In Proceedings of the 1988
Connectionist Models Summer School. Morgan Kaufmann.

S. E. Fahlman & C. Lebiere (1990). The cascade-correlation learning architecture. In Advances in
Neural Information Processing Systems 2. Morgan Kaufmann.
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

steps = np.arange(97)
angle, radius = steps * np.pi / 16, 6.5 * (104 - steps) / 104
spiral = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
X, TARGETS = np.vstack([spiral, -spiral]), np.repeat([1.0, 0.0], 97)

# A batch has the mean of its gradients here: η is 0.002 times 194.
settings = {
    **AS_IN_1986,
    "activation": "tanh",
    "shortcuts": True,
    "batch_size": len(X),
    "learning_rate_init": 0.002 * len(X),
    "momentum": 0.95,
}
taken, networks = [], []
for seed in SEEDS:
    model = BackpropRegressor((5, 5, 5), **settings)
    with_weights_from(model, (2, 5, 5, 5, 1), 0.5, seed)
    learned = within(TARGETS, 0.4)
    taken.append(epochs_to_learn(model, X, TARGETS, learned, most=20_000, every=100))
    networks.append(model)

# %%
# What is published is of a few runs; Quickprop and cascade-correlation are other algorithms.

ours = Result("gradient descent", taken)
quoted = "Lang and Witbrock 1988, as quoted by Fahlman and Lebiere 1990"
rows = [
    ("gradient descent", ours.learned(), ours.quartiles(), "20,000", quoted),
    ("Quickprop", "not run", "", "8,000", quoted),
    ("cascade-correlation", "not run", "", "1,700", "Fahlman and Lebiere 1990"),
]
print_table(("", "learned", "epochs, median (quartiles)", "published", "source"), rows)

# %%
# What the first network to learn it says of the plane; between the points it was never told.

network = networks[int(np.argmin(taken))]
side = np.linspace(-6.8, 6.8, 200)
plane = np.column_stack([axis.ravel() for axis in np.meshgrid(side, side)])
out = network.predict(plane).reshape(len(side), len(side))
figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
image = ax.imshow(out, origin="lower", extent=(-6.8, 6.8, -6.8, 6.8), cmap="gray", vmin=0, vmax=1)
for target, face in ((1.0, "w"), (0.0, "k")):
    ax.scatter(*X[target == TARGETS].T, s=18, c=face, edgecolors="C3", linewidths=0.8)
_ = figure.colorbar(image, label="output")
