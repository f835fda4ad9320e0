"""Generators of seeds are those that scikit-learn makes."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.utils import check_random_state

from fastbp import BackpropRegressor
from fastbp.estimators.generators import generator_of


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, np.int64(7), np.uint8(3)])
def test_a_seed(seed):
    ours, theirs = generator_of(seed), check_random_state(seed)
    np.testing.assert_equal(ours.get_state(), theirs.get_state())
    for one in (ours, copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        again = check_random_state(seed)
        assert (one.normal(size=3) == again.normal(size=3)).all()
        assert (one.permutation(99) == again.permutation(99)).all()


def test_what_is_no_seed():
    given = np.random.RandomState(0)
    assert generator_of(given) is given
    assert generator_of(None) is check_random_state(None)
    for wrong in (-1, 2**32):
        with pytest.raises(ValueError, match="Seed must be between"):
            generator_of(wrong)
    with pytest.raises(ValueError, match="cannot be used to seed"):
        generator_of("a")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_refused_fit_draws_nothing(interpreted):
    """From a generator that was given, in a first and in a further fit."""
    X, y = np.eye(4), np.arange(4.0)
    given = np.random.RandomState(0)
    model = BackpropRegressor((2,), max_iter=1, random_state=given)
    for _ in range(2):
        before = given.get_state()
        with pytest.raises(ValueError, match="max_norm|infinity|validation"):
            model.set_params(early_stopping=True, validation_fraction=0.01).fit(X, y)
        np.testing.assert_equal(given.get_state(), before)
        model.set_params(early_stopping=False).fit(X, y)
