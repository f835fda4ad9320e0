"""No hidden layer is the delta rule: ridge, logistic and Poisson regression."""

import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.preprocessing import scale

X, LABELS = (values[::5] for values in load_iris(return_X_y=True))
X = scale(X)
NAMES = np.array(["setosa", "versicolor", "virginica"])[LABELS]
VALUES = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]])

unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# The mean of the batch's errors + alpha / (2 n) times the sum of squares.
LINEAR = {"hidden_layer_sizes": (), "activation": "relu", "batch_size": len(X), "momentum": 0.9}
LINEAR |= {"max_iter": 8000, "tol": 0, "n_iter_no_change": np.inf, "random_state": 0}


@unconverged
@pytest.mark.parametrize("alpha", [0.3, 3])
def test_delta_rule_is_ridge(alpha):
    model = BackpropRegressor(**LINEAR, alpha=alpha, learning_rate_init=0.1).fit(X, VALUES)
    np.testing.assert_allclose(model.predict(X), Ridge(alpha).fit(X, VALUES).predict(X), atol=1e-8)


@unconverged
@pytest.mark.parametrize("y", [NAMES, NAMES == "virginica"], ids=["three", "two"])
def test_delta_rule_is_logistic_regression(y):
    model = BackpropClassifier(**LINEAR, alpha=0.5, learning_rate_init=0.1).fit(X, y)
    other = LogisticRegression(C=2, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), atol=1e-6)


@unconverged
def test_delta_rule_is_poisson_regression():
    y = np.random.RandomState(0).poisson(np.exp(X[:, 0] / 2))
    model = BackpropRegressor(**LINEAR, loss="poisson", alpha=0.6, learning_rate_init=0.03)
    other = PoissonRegressor(alpha=0.6 / len(X), tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(model.fit(X, y).predict(X), other.predict(X), rtol=1e-6)


@unconverged
def test_online_delta_rule():
    """Widrow and Hoff's rule, row by row, finds a linear function exactly."""
    parameters = {"batch_size": 1, "momentum": 0, "alpha": 0, "activation": "tanh"}
    parameters |= {"max_iter": 2000, "learning_rate_init": 0.05}
    weights, bias = np.array([[1.0, -2], [0, 0.5], [3, 1], [-1, 1]]), np.array([0.3, -4])
    model = BackpropRegressor(**LINEAR | parameters).fit(X, X @ weights + bias)
    np.testing.assert_allclose(model.coefs_[0], weights, atol=1e-9)
    np.testing.assert_allclose(model.intercepts_[0], bias, atol=1e-9)
