r"""
Deeper nets
===========

Nothing in :math:`\delta_j = f'(net_j) \sum_k \delta_k w_{kj}` asks whether k is an output unit. So
the rule may be used again, from the δ of one hidden layer to those of the layer below it, down to
the inputs: the backward pass costs as much as the forward pass, whatever the depth. This page
follows δ down through eight hidden layers, and then asks what depth is good for.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from fastbp import BackpropClassifier
from fastbp.inspection import trace

# %%
# δ on its way down
# -----------------
#
# Each layer multiplies by its weights and by :math:`f'`. Of a logistic unit :math:`f'` is at most
# ¼, so that with weights of usual size little is left after a few layers; of tanh it is at most 1,
# and of a rectified linear unit (relu) it is 0 or 1. The networks below have the initial weights
# that scikit-learn draws (Glorot and Bengio's), 20 inputs, eight layers of 30 units, and one
# output; δ is the root of its mean square over a layer's units and 100 patterns.

rng = np.random.default_rng(0)
X, y = rng.normal(size=(100, 20)), rng.integers(0, 2, 100)
sizes = {}
for activation in ("relu", "tanh", "logistic"):
    model = BackpropClassifier((30,) * 8, activation=activation, standardize=False, random_state=0)
    model.set_params(learning_rate_init=1e-9).partial_fit(X[:1], y[:1], classes=[0, 1])
    traces = [trace(model, x, label) for x, label in zip(X, y, strict=True)]
    squares = [[np.mean(layer.delta**2) for layer in one.layers] for one in traces]
    sizes[activation] = np.sqrt(np.mean(squares, axis=0))

print("layer     " + "".join(f"{name:>12}" for name in sizes))
for layer in reversed(range(9)):
    name = "output" if layer == 8 else f"hidden {layer + 1}"
    print(f"{name:10}" + "".join(f"{of_layers[layer]:12.2e}" for of_layers in sizes.values()))

# %%
# What depth brings
# -----------------
#
# Two spirals of 200 points each, which wind around each other. A layer that reads them bends the
# plane; the next one bends what is bent already. Networks with about as many weights in one, two,
# or three hidden layers, trained from five seeds, and tested on points that they haven't seen:


def spirals(n, turns=1.5, noise=0.12):
    """Return n points of two spirals, and which of the two each belongs to."""
    rng = np.random.default_rng(1)
    t, which = np.sqrt(rng.uniform(0.05, 1, n)), rng.integers(0, 2, n)
    angle = 2 * np.pi * turns * t + np.pi * which
    points = 4 * t[:, np.newaxis] * np.c_[np.cos(angle), np.sin(angle)]
    return points + rng.normal(0, noise, points.shape), which


X, y = spirals(800)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=400, random_state=0)
figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
plane = np.stack(np.meshgrid(np.linspace(-4.7, 4.7, 120), np.linspace(-4.7, 4.7, 120)), axis=-1)
print("hidden layers     weights   accuracy of five seeds, sorted")
for ax, hidden in zip(axes[1:], [(96,), (18, 18), (12, 12, 12)], strict=True):
    models = [
        BackpropClassifier(hidden, activation="tanh", alpha=0, max_iter=400, random_state=seed)
        for seed in range(5)
    ]
    scores = [model.fit(X_train, y_train).score(X_test, y_test) for model in models]
    n_weights = sum(w.size for w in models[0].coefs_ + models[0].intercepts_)
    print(f"{hidden!s:16}{n_weights:9}   " + " ".join(f"{score:.3f}" for score in sorted(scores)))
    middle = models[int(np.argsort(scores)[2])]
    shown = middle.predict_proba(plane.reshape(-1, 2))[:, 1].reshape(120, 120)
    ax.imshow(shown, extent=(-4.7, 4.7) * 2, origin="lower", cmap="cividis", vmin=0, vmax=1)
    for label, mark in ((0, "ow"), (1, "sk")):
        ax.plot(*X_test[y_test == label].T, mark, markersize=2, markeredgewidth=0)
    ax.set(title=f"{hidden}: {np.median(scores):.1%}", xticks=[], yticks=[])
for (name, of_layers), style in zip(sizes.items(), ("-o", "--s", ":^"), strict=True):
    axes[0].semilogy(range(1, 10), of_layers, style, markersize=4, label=name)
axes[0].set(xlabel="layer (9: output)", ylabel="δ, root of mean square", title="δ by layer")
_ = axes[0].legend(fontsize="small")
