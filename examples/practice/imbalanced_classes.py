"""
Rare classes
============

Three rows in a hundred are of the class that matters. Whoever always says "no" is right 97 times,
and has found none of them. Three things help, and they are different: what a mistake costs while
training, the threshold when deciding, and a score that doesn't praise the constant.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.metrics import (
    PrecisionRecallDisplay,
    average_precision_score,
    balanced_accuracy_score,
    log_loss,
    precision_score,
    recall_score,
)
from sklearn.model_selection import TunedThresholdClassifierCV, train_test_split

from fastbp import BackpropClassifier

X, y = make_classification(
    8000,
    12,
    n_informative=6,
    n_clusters_per_class=3,
    weights=[0.97],
    flip_y=0.01,
    class_sep=1.2,
    random_state=3,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
print(f"{y_train.sum()} of {len(y_train)} rows to train with are of the rare class")

# %%
# Costs
# -----
#
# ``class_weight`` multiplies :math:`E_p`, and so δ, by what the pattern's class costs. "balanced"
# makes both classes count the same in all, about 28 for each rare row to one for the others. A
# pattern that costs more than four is trained with several times in a row, with a part of it each:
# one step of 15 times η would be off.
#
# The threshold is another matter. Probabilities from training with costs are those of another
# world, in which the rare class isn't rare; those from training without are of this one, and
# ``predict`` says "yes" where they exceed ½, which is seldom best. `TunedThresholdClassifierCV`
# looks for the threshold by cross-validation.

plain = BackpropClassifier(random_state=0)
models = {
    "always no": DummyClassifier(),
    "as it is": plain,
    "balanced": BackpropClassifier(class_weight="balanced", random_state=0),
    "costs of 5": BackpropClassifier(class_weight={0: 1, 1: 5}, random_state=0),
    "tuned threshold": TunedThresholdClassifierCV(plain, scoring="balanced_accuracy", cv=3),
}
scores = {
    "accuracy": lambda y, predicted, p: np.mean(y == predicted),
    "recall": lambda y, predicted, p: recall_score(y, predicted),
    "precision": lambda y, predicted, p: precision_score(y, predicted, zero_division=0),
    "balanced": lambda y, predicted, p: balanced_accuracy_score(y, predicted),
    "average": lambda y, predicted, p: average_precision_score(y, p),
    "log-loss": lambda y, predicted, p: log_loss(y, p),
}
print(" " * 16 + "".join(f"{name:>11}" for name in scores))
print(" " * 49 + f"{'accuracy':>11}{'precision':>11}")
probabilities = {}
for name, model in models.items():
    model.fit(X_train, y_train)
    predicted, p = model.predict(X_test), model.predict_proba(X_test)[:, 1]
    probabilities[name] = p
    cells = (f"{score(y_test, predicted, p):11.3f}" for score in scores.values())
    print(f"{name:16}" + "".join(cells))
print(f"\nthe threshold: {models['tuned threshold'].best_threshold_:.3f}")

# %%
# Accuracy praises whoever never looks almost as much as whoever does. Costs and the threshold both
# buy recall with precision. The log-loss says whose probabilities can be taken at their word. The
# average precision doesn't depend on any threshold: it is what the order of the rows is worth.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for (name, style), colour in zip({"as it is": "-", "balanced": "--"}.items(), "kC", strict=True):
    colour = {"k": "black", "C": "C0"}[colour]
    PrecisionRecallDisplay.from_predictions(
        y_test, probabilities[name], name=name, ax=left, curve_kwargs={"ls": style, "c": colour}
    )
    bins = np.quantile(probabilities[name], np.linspace(0, 1, 13))
    bins = np.unique(np.r_[bins[:-2], np.quantile(probabilities[name], [0.95, 0.98, 1])])
    which = np.clip(np.digitize(probabilities[name], bins) - 1, 0, len(bins) - 2)
    said, are = (
        [np.mean(of[which == n]) for n in range(len(bins) - 1)]
        for of in (probabilities[name], y_test)
    )
    right.plot(said, are, style, marker="o", markersize=4, color=colour, label=name)
left.legend(fontsize="small", loc="lower left")
right.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
right.set(xlabel="probability that is predicted", ylabel="share of the rare class")
_ = right.legend(fontsize="small")
