"""
Eight networks, averaged
========================

From eight seeds, beside one of them and gradient boosting.

All on columns as they come, one fold of each table that comes with scikit-learn. Run
``python examples/ensemble.py``.
"""

import time

from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split

from fastbp import (
    BackpropClassifier,
    BackpropEnsembleClassifier,
    BackpropEnsembleRegressor,
    BackpropRegressor,
)

TABLES = {
    "wine": load_wine(return_X_y=True),
    "breast cancer": load_breast_cancer(return_X_y=True),
    "digits": load_digits(return_X_y=True),
    "diabetes": load_diabetes(return_X_y=True, scaled=False),
}
CLASSIFIERS = BackpropClassifier, BackpropEnsembleClassifier, HistGradientBoostingClassifier
REGRESSORS = BackpropRegressor, BackpropEnsembleRegressor, HistGradientBoostingRegressor

print("table           one network   eight networks   gradient boosting   (score, seconds of fit)")
for name, (X, y) in TABLES.items():
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    models = [kind(random_state=0) for kind in (REGRESSORS if name == "diabetes" else CLASSIFIERS)]
    for model in models:
        model.fit(X_train, y_train)  # compiled before the clock starts
    cells = []
    for model in models:
        start = time.perf_counter()
        model.fit(X_train, y_train)
        seconds = time.perf_counter() - start
        cells.append(f"{model.score(X_test, y_test):.3f} {seconds:6.2f} s")
    print(f"{name:13}" + "".join(f"{cell:>17}" for cell in cells))

# How far the networks are apart says where they were not led to the same answer by the data.
mean, std = models[1].predict(X_test, return_std=True)
print(f"diabetes: the networks' predictions differ by {std.min():.1f} to {std.max():.1f}")
