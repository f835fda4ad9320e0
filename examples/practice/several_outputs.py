r"""
Several outputs, several labels
===============================

An output more is one more unit in the last layer: the hidden units serve all of them, and their δ
adds up the credit from all, :math:`\delta_j = f'(net_j) \sum_k \delta_k w_{kj}`. For numbers that
is a regression with several targets, for yes and no a classifier with several labels for each row.
Both are asked for by the shape of y.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score, r2_score
from sklearn.model_selection import train_test_split

from fastbp import BackpropClassifier, BackpropRegressor

# %%
# Where the hand is
# -----------------
#
# An arm of two links, 1.0 and 0.7 long, in a plane: two angles, and the place of its hand in two
# coordinates, measured to 0.02. ``y`` has two columns. In some rows one of the two could not be
# measured, and is NaN: with ``missing_targets="ignore"`` that output gets no δ in that row, and the
# other is learned.

rng = np.random.default_rng(0)


def hand(angles):
    """Return where the hand is."""
    shoulder, elbow = angles[..., 0], angles[..., 0] + angles[..., 1]
    x = np.cos(shoulder) + 0.7 * np.cos(elbow)
    return np.stack([x, np.sin(shoulder) + 0.7 * np.sin(elbow)], axis=-1)


angles = rng.uniform([0.0, 0.2], [np.pi / 2, 2.4], (1500, 2))
places = hand(angles) + rng.normal(0, 0.02, (1500, 2))
measured = places.copy()
measured[rng.uniform(size=places.shape) < 0.2] = np.nan
arm = BackpropRegressor(activation="tanh", missing_targets="ignore", random_state=0)
arm.fit(angles[:1000], measured[:1000])

print(f"{np.isnan(measured[:1000]).mean():.0%} of the measurements are missing")
predicted = arm.predict(angles[1000:])
errors = predicted - hand(angles[1000:])
for k, name in enumerate("xy"):
    r2 = r2_score(places[1000:, k], predicted[:, k])
    away = np.sqrt(np.mean(errors[:, k] ** 2))
    print(f"{name}: R² {r2:.4f}, root of mean square from the true place {away:.4f}")

# %%
# Several labels
# --------------
#
# Where each row may have several labels, or none, y is a matrix of zeros and ones. Outputs are
# logistic then, each with its own cross-entropy, and `predict_proba` has a column for each label.
# One network for all five against one for each label alone, of the same kind:

X, labels = make_multilabel_classification(
    3000, 20, n_classes=5, n_labels=2, allow_unlabeled=True, random_state=1
)
X_train, X_test, y_train, y_test = train_test_split(X, labels, random_state=0)
together = BackpropClassifier(random_state=0).fit(X_train, y_train)
alone = [BackpropClassifier(random_state=0).fit(X_train, y) for y in y_train.T]
predictions = {
    "one network": together.predict(X_test),
    "five networks": np.stack([model.predict(X_test) for model in alone], axis=1),
}
print("F1 of label   " + "".join(f"{k:>8}" for k in range(5)) + "     all right")
for name, predicted in predictions.items():
    scores = f1_score(y_test, predicted, average=None)
    exact = np.mean(np.all(predicted == y_test, axis=1))
    print(f"{name:14}" + "".join(f"{score:8.3f}" for score in scores) + f"{exact:14.1%}")
print("probabilities of the first row:", together.predict_proba(X_test[:1]).round(2)[0])

# %%
# The plane of angles, bent into that of the hand's places: as it is, and as the network has it.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
first, second = np.linspace(0, np.pi / 2, 12), np.linspace(0.2, 2.4, 12)
mesh = np.stack(np.meshgrid(first, second), axis=-1)
learned = arm.predict(mesh.reshape(-1, 2)).reshape(mesh.shape)
for n, (curves, colour, style) in enumerate([(hand(mesh), "0.6", "-"), (learned, "C0", "--")]):
    lines = [*curves, *curves.transpose(1, 0, 2)]
    for m, line in enumerate(lines):
        label = None if m else ("true", "learned")[n]
        right.plot(*line.T, style, color=colour, linewidth=2.5 - 1.5 * n, label=label)
for line in [*mesh, *mesh.transpose(1, 0, 2)]:
    left.plot(*line.T, color="0.6", linewidth=0.8)
complete = ~np.isnan(measured[:1000]).any(axis=1)
left.plot(*angles[:1000][complete].T, "k.", markersize=2, label="both measured")
left.plot(*angles[:1000][~complete].T, "C1x", markersize=3, label="x or y missing")
left.set(xlabel="shoulder", ylabel="elbow", title="angles", ylim=(0.1, 2.9))
right.set(xlabel="x", ylabel="y", title="the hand", aspect="equal")
left.legend(loc="upper right", fontsize="small")
_ = right.legend(loc="lower left", fontsize="small")
