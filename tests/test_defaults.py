"""What somebody gets who says nothing but `fit`, on columns as they are."""

import numpy as np
from sklearn.datasets import load_diabetes, load_wine

from fastbp import BackpropClassifier, BackpropRegressor


def test_raw_tables_at_the_defaults():
    X, y = load_wine(return_X_y=True)
    assert BackpropClassifier(random_state=0).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.95
    X, y = load_diabetes(return_X_y=True, scaled=False)
    assert BackpropRegressor(random_state=0).fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.35


def test_small_problems_at_the_defaults():
    """No noise, few rows: XOR, a parabola, small targets."""
    square, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), [0, 1, 1, 0]
    for seed in range(20):
        assert BackpropClassifier(random_state=seed).fit(square, y).score(square, y) == 1
    x = np.linspace(-5, 5, 100)[:, None]
    assert BackpropRegressor(random_state=0).fit(x, x.ravel() ** 2).score(x, x.ravel() ** 2) > 0.99
    x = np.linspace(0, 1, 100)[:, None]
    y = 1e-3 * (x.ravel() - 0.5) ** 2
    assert BackpropRegressor(random_state=0).fit(x, y).score(x, y) > 0.99
