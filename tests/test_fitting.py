"""Fitted attributes that were assigned or edited: what does not fit is refused in time."""

import numpy as np
import pytest
import scipy.sparse as sp
from plain import BackpropClassifier, BackpropRegressor
from trained import random_network, random_patterns, trainer

import fastbp
from fastbp.activations import ACTIVATIONS
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.targets import Classes, Values
from fastbp.losses import SquaredError
from fastbp.training.lbfgs import Objective
from fastbp.training.patterns import Patterns, check_patterns
from fastbp.training.prediction import predict_outputs

RNG = np.random.RandomState(0)
X = RNG.standard_normal((24, 4))
Y, LABELS = X[:, 0], np.array(["a", "b", "c"])[RNG.randint(3, size=24)]
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning"),
    pytest.mark.usefixtures("interpreted"),
]


def set_all(model, sizes):
    pairs = list(zip(sizes, sizes[1:], strict=False))
    model.coefs_ = [np.ones(pair) for pair in pairs]
    model.intercepts_ = [np.ones(fan_out) for _, fan_out in pairs]


def reshape(model):
    """In place, where no padding is in the way."""
    weights = np.lib.stride_tricks.as_strided(model.coefs_[0])
    model.coefs_[0].shape = (weights.size // 2, 2)


CHANGES = {
    "wider first layer": lambda m: m.coefs_.__setitem__(0, np.ones((4, 80))),
    "more inputs": lambda m: m.coefs_.__setitem__(0, np.ones((400, 8))),
    "fewer inputs": lambda m: m.coefs_.__setitem__(0, np.ones((3, 8))),
    "later layer": lambda m: m.coefs_.__setitem__(1, np.ones((7, m.coefs_[1].shape[1]))),
    "biases": lambda m: m.intercepts_.__setitem__(0, np.ones(3)),
    "a layer gone": lambda m: m.coefs_.pop(),
    "biases gone": lambda m: m.intercepts_.pop(),
    "all of other inputs": lambda m: set_all(m, [5, 8, m._n_outputs()]),
    "all of other outputs": lambda m: set_all(m, [4, 8, 9]),
    "deleted": lambda m: delattr(m, "intercepts_"),
    "one array": lambda m: setattr(m, "coefs_", np.ones((4, 8))),
    "nothing": lambda m: setattr(m, "coefs_", None),
    "strings": lambda m: setattr(m, "coefs_", [w.astype(str) for w in m.coefs_]),
    "complex": lambda m: setattr(m, "coefs_", [w * 1j for w in m.coefs_]),
    "number of features": lambda m: setattr(m, "n_features_in_", 5),
    "reshaped": reshape,
}
UNITS = {
    "mean": lambda m: setattr(m, "mean_", m.mean_[:1]),
    "scale": lambda m: setattr(m, "scale_", np.ones(9)),
    "number": lambda m: setattr(m, "scale_", 2.0),
}
OF_CLASSES = {
    "a class more": lambda m: setattr(m, "classes_", np.array(["a", "b", "c", "d"])),
    "a class less": lambda m: setattr(m, "classes_", np.array(["a", "b"])),
}


@pytest.mark.parametrize("rows", [np.asarray, np.asfortranarray, sp.csr_array])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("cls", [BackpropRegressor, BackpropClassifier])
def test_assigned(cls, change, rows):
    model = cls(**SMALL, dtype="float64").fit(X, Y if cls is BackpropRegressor else LABELS)
    CHANGES[change](model)
    given = rows(X if change != "number of features" else RNG.standard_normal((9, 5)))
    with pytest.raises(ValueError, match="coefs_|layers"):
        model.predict(given)
    for name in ("predict_proba", "decision_function"):
        if hasattr(model, name):
            with pytest.raises(ValueError, match="coefs_"):
                getattr(model, name)(given)


@pytest.mark.parametrize("change", UNITS)
def test_assigned_units(change):
    model = fastbp.BackpropRegressor(**SMALL).fit(X, Y)
    UNITS[change](model)
    with pytest.raises(ValueError, match=r"(mean|scale)_ must have the shape \(4,\)"):
        model.predict(X)


@pytest.mark.parametrize("change", OF_CLASSES)
def test_assigned_classes(change):
    model = BackpropClassifier(**SMALL).fit(X, LABELS)
    OF_CLASSES[change](model)
    with pytest.raises(ValueError, match="classes_ has . classes, trained were 3"):
        model.predict(X)


def test_activations_of_other_layers():
    model = BackpropRegressor((8, 8), activation=["tanh", "relu"], max_iter=2).fit(X, Y)
    set_all(model, [4, 8, 8, 8, 1])
    with pytest.raises(ValueError, match="3 hidden layers; .* one activation for each of 2"):
        model.predict(X)


# --- Where kernels get their arrays ---------------------------------------------------------------


def test_kernels_get_nothing_that_does_not_fit():
    network, (X, d) = random_network([4, 3, 2]), random_patterns(9, [4, 3, 2], "SquaredError")
    rows, wide = rows_of(X), rows_of(np.ones((9, 5)))
    formulas = ACTIVATIONS["tanh"], SquaredError()
    for patterns in (
        wide,
        rows_of(sp.csr_array(np.ones((9, 5)))),
        rows_of(np.ones((9, 3)).T[:4].T),
    ):
        with pytest.raises(ValueError, match="the network has 4 inputs, the rows have"):
            predict_outputs(network, formulas, patterns, range(9))
    wrong = [
        Patterns(wide, Values(d), None),
        Patterns(rows, Values(d[:8]), None),
        Patterns(rows, Values(d[:, :1]), None),
        Patterns(rows, Classes(np.zeros(9, int), 3), None),
        Patterns(rows, Values(d), np.ones(8)),
        Patterns(rows, Values(d), None, np.ones(10)),
    ]
    for data in wrong:
        with pytest.raises(ValueError, match="the network has"):
            check_patterns(network, data)
        with pytest.raises(ValueError, match="the network has"):
            Objective(network, formulas, data, None, np.arange(9))
    with pytest.raises(ValueError, match="the network has 2 outputs, there are 9 rows"):
        trainer(network, X, d[:5], *formulas)
