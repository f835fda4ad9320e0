"""Eight networks from eight seeds, averaged by scikit-learn's Bagging, beside gradient boosting.

All on columns as they come, one fold of each table that comes with scikit-learn. Run
``python examples/ensemble.py``.
"""

import time

from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.model_selection import train_test_split

from fastbp import BackpropClassifier, BackpropRegressor

TABLES = {
    "wine": load_wine(return_X_y=True),
    "breast cancer": load_breast_cancer(return_X_y=True),
    "digits": load_digits(return_X_y=True),
    "diabetes": load_diabetes(return_X_y=True, scaled=False),
}
# The same rows for all: what differs are initial weights and orders.
EIGHT = {"n_estimators": 8, "bootstrap": False, "random_state": 0}

print("table           one network   eight networks   gradient boosting   (score, seconds of fit)")
for name, (X, y) in TABLES.items():
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    if name == "diabetes":
        network, bagging = BackpropRegressor(random_state=0), BaggingRegressor
        boosting = HistGradientBoostingRegressor(random_state=0)
    else:
        network, bagging = BackpropClassifier(random_state=0), BaggingClassifier
        boosting = HistGradientBoostingClassifier(random_state=0)
    network.fit(X_train, y_train)  # compiled before the clock starts
    cells = []
    for model in (network, bagging(network, **EIGHT), boosting):
        start = time.perf_counter()
        model.fit(X_train, y_train)
        seconds = time.perf_counter() - start
        cells.append(f"{model.score(X_test, y_test):.3f} {seconds:6.2f} s")
    print(f"{name:13}" + "".join(f"{cell:>17}" for cell in cells))
