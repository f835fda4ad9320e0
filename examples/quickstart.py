"""
Handwritten digits, learned online
==================================

One update of the weights after every single pattern.

Trains the same network with the same parameters twice, by fastbp and by scikit-learn's
MLPClassifier, on the 8×8 images that come with scikit-learn. Run ``python examples/quickstart.py``.
"""

import time
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastbp import BackpropClassifier

EPOCHS = 20


def timed_fit(model, X, y):
    """Return the seconds that the fit takes."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        # Twenty epochs are enough here, but not enough for the loss to stop falling.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    return time.perf_counter() - start


X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# What both classifiers are told.
parameters = {
    "hidden_layer_sizes": (100,),
    "solver": "sgd",
    "batch_size": 1,
    "learning_rate_init": 0.004,
    "momentum": 0.0,
    "alpha": 0.0,
    "learning_rate": "constant",
    "max_iter": EPOCHS,
    "random_state": 0,
}
print(f"{len(X_train)} patterns to learn, {len(X_test)} to test, {EPOCHS} epochs, batch size 1\n")

# The first fit of a kind compiles its kernels, once; later ones, in later runs too, find them.
print("fastbp: compiling ...", end=" ", flush=True)
first = BackpropClassifier(**{**parameters, "max_iter": 1}, standardize=False)
print(f"{timed_fit(first, X_train, y_train):.1f} s\n")

ours = make_pipeline(
    StandardScaler(), BackpropClassifier(**parameters, standardize=False, verbose=True)
)
our_time = timed_fit(ours, X_train, y_train)

print("\nscikit-learn, the same ...")
theirs = make_pipeline(StandardScaler(), MLPClassifier(**parameters))
their_time = timed_fit(theirs, X_train, y_train)

print("\nConfusion matrix of the test set (row: the digit, column: what fastbp takes it for)\n")
for digit, row in enumerate(confusion_matrix(y_test, ours.predict(X_test))):
    print(f"  {digit} |" + "".join(f"{count or '.':>4}" for count in row))

updates = EPOCHS * len(X_train)
print("\n                 test accuracy   time to fit   per update")
for name, model, seconds in (("fastbp", ours, our_time), ("scikit-learn", theirs, their_time)):
    accuracy = model.score(X_test, y_test)
    print(f"  {name:14} {accuracy:10.4f} {seconds:13.3f} s {1e6 * seconds / updates:9.2f} µs")
weights = zip(ours[-1].coefs_, theirs[-1].coefs_, strict=True)
difference = max(np.abs(a - b).max() for a, b in weights)
print(
    f"\n{their_time / our_time:.0f} times faster; largest difference of a weight: {difference:.0e}"
)

# Without a word about parameters, on pixels as they come.
plain = BackpropClassifier(random_state=0).fit(X_train, y_train)
print(f"\nfastbp at its defaults, on pixels as they come: {plain.score(X_test, y_test):.4f}")
