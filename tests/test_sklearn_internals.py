"""What is relied on of each private name of scikit-learn's, in the smallest form."""

import os
import subprocess
import sys
from numbers import Real

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator

from fastbp.estimators import _sklearn

CONTRACTS = {}


def contract(function):
    CONTRACTS[function.__name__.removeprefix("of_")] = function
    return function


def validated(constraint, parameter):
    """Tell whether scikit-learn takes a parameter, and what it says if not."""

    class Estimator(BaseEstimator):
        _parameter_constraints = {"parameter": [constraint, None]}

        def __init__(self, parameter=None):
            self.parameter = parameter

    try:
        Estimator(parameter)._validate_params()
    except ValueError as error:
        return str(error)
    return True


@contract
def of_AdamOptimizer():  # gradients point up: what is added is -lr m̂ / (√v̂ + ε)
    w, gradient = np.zeros(2), np.array([1.0, -2.0])
    optimizer = _sklearn.AdamOptimizer([w], 0.1, 0.9, 0.99, 1e-8)
    assert optimizer.t == 0 and len(optimizer.ms) == len(optimizer.vs) == 1
    optimizer.update_params([w], [gradient])
    assert optimizer.t == 1
    np.testing.assert_allclose(optimizer.ms[0], 0.1 * gradient)
    np.testing.assert_allclose(optimizer.vs[0], 0.01 * gradient**2)
    np.testing.assert_allclose(w, -0.1 * np.sign(gradient), rtol=1e-6)


@contract
def of_SGDOptimizer():
    w, gradient = np.zeros(2), np.array([1.0, -2.0])
    optimizer = _sklearn.SGDOptimizer([w], 0.1, "invscaling", 0.5, False, 0.25)
    assert optimizer.learning_rate == 0.1
    for _ in range(2):
        optimizer.update_params([w], [gradient])
    np.testing.assert_allclose(optimizer.velocities[0], -0.1 * 1.5 * gradient)
    np.testing.assert_allclose(w, -0.1 * 2.5 * gradient)
    optimizer.iteration_ends(15)
    assert optimizer.learning_rate == pytest.approx(0.1 / 16**0.25)


@contract
def of_Interval():
    interval = _sklearn.Interval(Real, 0, 1, closed="left")
    assert validated(interval, 0.0) is validated(interval, None) is True
    assert "must be a float in the range [0.0, 1.0) or None. Got 1.0" in validated(interval, 1.0)


@contract
def of_Options():
    options = _sklearn.Options(Real, {np.inf})
    assert validated(options, np.inf) is True and "Got 1.0 instead" in validated(options, 1.0)


@contract
def of_StrOptions():
    options = _sklearn.StrOptions({"a"})
    assert validated(options, "a") is True and "a str among {'a'} or" in validated(options, "b")


class Fitted(BaseEstimator):
    _parameter_constraints = {"parameter": [int]}

    def __init__(self, parameter=1):
        self.parameter = parameter

    @_sklearn._fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Note what was passed."""
        self.passed = X, y
        return self


@contract
def of__fit_context():
    assert Fitted().fit(1, y=2).passed == (1, 2)
    with pytest.raises(ValueError, match="The 'parameter' parameter of Fitted must be"):
        Fitted("text").fit(1)
    # By these, warnings find their way past it, see `fastbp.warned`.
    assert Fitted.fit.__code__.co_name == "wrapper"
    assert Fitted.fit.__globals__["__name__"] == "sklearn.base"


@contract
def of__safe_indexing():
    rows = np.arange(6).reshape(3, 2)
    for X in (rows, csr_array(rows), pd.DataFrame(rows), rows.tolist()):
        part = _sklearn._safe_indexing(X, np.array([2, 0]))
        assert type(part) is type(X)
        part = part.toarray() if hasattr(part, "toarray") else part
        np.testing.assert_array_equal(part, rows[[2, 0]])


@contract
def of__check_partial_fit_first_call():
    estimator, first = BaseEstimator(), _sklearn._check_partial_fit_first_call
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        first(estimator, None)
    assert first(estimator, ["b", "a"]) is True and list(estimator.classes_) == ["a", "b"]
    assert first(estimator, None) is first(estimator, ["a", "b"]) is False
    with pytest.raises(ValueError, match="is not the same as on last call"):
        first(estimator, ["a", "c"])


@contract
def of_n_threads():
    assert _sklearn.n_threads() == int(os.environ["OMP_NUM_THREADS"]) == 1  # see conftest.py


@pytest.mark.parametrize("name", _sklearn.__all__)
def test_contract(name):
    assert hasattr(_sklearn, name)
    CONTRACTS[name]()


def test_there_are_no_other_contracts():
    assert CONTRACTS.keys() == set(_sklearn.__all__)


def test_a_name_that_is_missing_is_said():
    code = "import sklearn.utils; del sklearn.utils._safe_indexing; import fastbp"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = {"env": environment, "capture_output": True, "text": True, "check": False}
    done = subprocess.run([sys.executable, "-c", code], **run)
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith("ImportError: fastbp ") and "_safe_indexing" in said
    assert "this is scikit-learn " in said and said.endswith("or a newer fastbp")
