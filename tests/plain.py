"""The estimators as plain as scikit-learn's MLP: nothing is standardised, nothing is automatic.

Tests of formulas and kernels compare with what the textbook says of the numbers as they are given.
"""

import types

import fastbp

PLAIN = {
    "hidden_layer_sizes": (100,),
    "alpha": 0.0,
    "learning_rate": "constant",
    "learning_rate_init": 0.004,
    "max_iter": 50,
    "standardize": False,
}


def with_defaults(cls, **defaults):
    """Return a subclass whose parameters have other defaults."""
    own = cls.__init__
    init = types.FunctionType(
        own.__code__, own.__globals__, "__init__", (defaults["hidden_layer_sizes"],)
    )
    init.__kwdefaults__ = {
        name: defaults.get(name, value) for name, value in own.__kwdefaults__.items()
    }
    return type(cls.__name__, (cls,), {"__init__": init, "__module__": __name__})


BackpropClassifier = with_defaults(fastbp.BackpropClassifier, **PLAIN)
BackpropRegressor = with_defaults(fastbp.BackpropRegressor, **PLAIN | {"activation": "tanh"})
