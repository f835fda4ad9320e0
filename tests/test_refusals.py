"""What is refused, in words that name the parameter, and leaving the estimator as it was."""

import copy

import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor

from fastbp import losses

RNG = np.random.RandomState(0)
X, LABELS = RNG.standard_normal((25, 5)), RNG.randint(0, 3, 25)
SMALL = {"hidden_layer_sizes": (4,), "activation": "tanh", "batch_size": 1, "max_iter": 3}
SMALL |= {"n_iter_no_change": 10, "random_state": 0, "momentum": 0.9, "alpha": 0}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]

PARAMETERS = [
    ({"hidden_layer_sizes": 0}, "hidden_layer_sizes"),
    ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes"),
    ({"hidden_layer_sizes": (3, -1)}, "hidden_layer_sizes"),
    ({"hidden_layer_sizes": 2.5}, "hidden_layer_sizes"),
    ({"hidden_layer_sizes": (2.0,)}, "hidden_layer_sizes"),
    ({"hidden_layer_sizes": ["4"]}, "hidden_layer_sizes"),
    ({"activation": "sine"}, "activation"),
    ({"activation": ["sine"]}, "activation.*'sine'"),
    ({"activation": ["tanh", "tanh"]}, "activation.*2 entries for 1 hidden"),
    ({"activation": []}, "activation.*0 entries"),
    ({"activation": (1, 2)}, "activation"),
    ({"activation": [3]}, "activation"),
    ({"loss": "hinge"}, "loss"),
    ({"loss": (1, 2)}, "loss"),
    ({"solver": "newton"}, "solver"),
    ({"alpha": -1e-4}, "alpha"),
    ({"alpha": "automatic"}, "alpha"),
    ({"learning_rate_init": "fast"}, "learning_rate_init"),
    ({"max_iter": "many"}, "max_iter"),
    ({"standardize": "yes"}, "standardize"),
    ({"standardize": None}, "standardize"),
    ({"dtype": "float16"}, "dtype"),
    ({"dtype": np.float32}, "dtype"),
    ({"alpha": np.nan}, "alpha"),
    ({"batch_size": 0}, "batch_size"),
    ({"batch_size": 1.5}, "batch_size"),
    ({"batch_size": "full"}, "batch_size"),
    ({"learning_rate": "sine"}, "learning_rate"),
    ({"learning_rate_init": 0}, "learning_rate_init"),
    ({"power_t": -1}, "power_t"),
    ({"max_iter": 0}, "max_iter"),
    ({"tol": -1}, "tol"),
    ({"momentum": 1.1}, "momentum"),
    ({"validation_fraction": 1.0}, "validation_fraction"),
    ({"n_iter_no_change": 0}, "n_iter_no_change"),
    ({"random_state": "zero"}, "random_state"),
    ({"shuffle": "no"}, "shuffle"),
]


def assert_unchanged(model, before):
    """Compare with a copy made before, arrays by their content."""
    assert vars(model).keys() - {"_bound_network"} == vars(before).keys() - {"_bound_network"}
    for name, value in vars(before).items():
        mine = vars(model)[name]
        if name in ("coefs_", "intercepts_"):
            assert all(np.array_equal(a, b) for a, b in zip(mine, value, strict=True)), name
        elif name == "_optimizer":
            for field, content in vars(value).items():
                np.testing.assert_array_equal(getattr(mine, field), content, err_msg=field)
        elif name in ("_moments", "_y_moments") and value is not None:
            assert all(np.array_equal(a, b) for a, b in zip(mine, value, strict=True)), name
        elif name not in ("_bound_network", "_label_binarizer", "_random_state"):
            np.testing.assert_array_equal(mine, value, err_msg=name)


@pytest.mark.parametrize("cls", [BackpropClassifier, BackpropRegressor])
@pytest.mark.parametrize(("bad", "words"), PARAMETERS, ids=str)
def test_parameters(cls, bad, words):
    model = cls(**SMALL | bad)
    start = dict(vars(model))
    classes = {"classes": [0, 1, 2]} if cls is BackpropClassifier else {}
    for call, keywords in ((model.fit, {}), (model.partial_fit, classes)):
        with pytest.raises(ValueError, match=words):
            call(X, LABELS, **keywords)
        assert vars(model) == start


NAN = np.where(np.arange(5) == 2, np.nan, X)
CLASSIFICATION = {  # name: (call, X, y, keywords, words)
    "nan in X": ("fit", NAN, LABELS, {}, "Input X contains NaN"),
    "infinite X": (
        "partial_fit",
        np.where(NAN == NAN, X, np.inf),
        LABELS,
        {},
        "Input X contains infinity",
    ),
    "X of one dimension": ("fit", X[0], LABELS, {}, "2D array"),
    "too few rows": ("fit", X[:5], LABELS, {}, "inconsistent numbers of samples"),
    "no rows": ("partial_fit", X[:0], LABELS[:0], {}, "0 sample"),
    "nan in y": ("fit", X, np.where(LABELS, np.nan, 1), {}, "y contains NaN"),
    "continuous y": ("fit", X, X[:, 0], {}, "[Uu]nknown label type"),
    "multi-output": (
        "fit",
        X,
        np.column_stack([LABELS] * 2),
        {},
        "(?i)multioutput|unknown label type",
    ),
    "features": ("partial_fit", X[:, :3], LABELS, {}, "X has 3 features"),
    "features, warm": ("fit", X[:, :3], LABELS, {}, "X has 3 features"),
    "unseen class": ("partial_fit", X, LABELS + 1, {}, "not in `self.classes_`"),
    "other classes": ("partial_fit", X, LABELS, {"classes": [0, 1]}, "classes"),
    "fewer classes, warm": ("fit", X, LABELS * 0, {}, "warm_start"),
    "indicators": ("partial_fit", X, np.eye(3, dtype=int)[LABELS], {}, "y must be class labels"),
    "negative weight": ("fit", X, LABELS, {"sample_weight": X[:, 0]}, "Negative.*sample_weight"),
    "no weight": ("fit", X, LABELS, {"sample_weight": 0 * X[:, 0]}, "(?i)sample.weight"),
    "nan weight": ("fit", X, LABELS, {"sample_weight": NAN[:, 2]}, "sample_weight contains NaN"),
    "too few weights": ("fit", X, LABELS, {"sample_weight": X[:9, 0] ** 2}, "sample_weight"),
}


@pytest.mark.parametrize("case", CLASSIFICATION)
def test_data(case):
    call, features, y, keywords, words = CLASSIFICATION[case]
    model = BackpropClassifier(**SMALL, warm_start=call == "fit").fit(X, LABELS)
    before, proba = copy.deepcopy(model), model.predict_proba(X)
    with pytest.raises(ValueError, match=words):
        getattr(model, call)(features, y, **keywords)
    assert_unchanged(model, before)
    np.testing.assert_array_equal(model.predict_proba(X), proba)
    np.testing.assert_array_equal(  # and training goes on as if nothing had been
        model.partial_fit(X, LABELS).predict_proba(X),
        before.partial_fit(X, LABELS).predict_proba(X),
    )


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_other_hidden_layer_sizes(call):
    model = BackpropRegressor(**SMALL, warm_start=True).fit(X, X[:, 0])
    before = copy.deepcopy(model.set_params(hidden_layer_sizes=(7,)))
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        getattr(model, call)(X, X[:, 0])
    assert_unchanged(model, before)


def test_other_number_of_outputs():
    model = BackpropRegressor(**SMALL).fit(X, X[:, :2])
    before = copy.deepcopy(model)
    with pytest.raises(ValueError, match="layers"):
        model.partial_fit(X, X[:, 0])
    assert_unchanged(model, before)


@pytest.mark.parametrize("loss", ["poisson", losses.Poisson()], ids=["name", "record"])
def test_negative_counts(loss):
    model = BackpropRegressor(**SMALL, loss=loss)
    with pytest.raises(ValueError, match="(?i)poisson.*non-negative"):
        model.fit(X, X[:, 0])
    assert not hasattr(model, "coefs_")


def test_first_partial_fit_needs_classes():
    model = BackpropClassifier(**SMALL)
    start = dict(vars(model))
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        model.partial_fit(X, LABELS)
    with pytest.raises(ValueError, match="not in `self.classes_`"):
        model.partial_fit(X, LABELS, classes=[0, 1])
    assert vars(model) == start


def test_partial_fit_with_early_stopping():
    model = BackpropRegressor(**SMALL, early_stopping=True).fit(X, X[:, 0])
    before = copy.deepcopy(model)
    with pytest.raises(ValueError, match="early_stopping"):
        model.partial_fit(X, X[:, 0])
    assert_unchanged(model, before)


def test_refused_fit_leaves_the_generator_alone():
    shared = np.random.RandomState(0)
    model = BackpropClassifier(**SMALL | {"random_state": shared}, early_stopping=True)
    state = shared.get_state()[1].copy()
    with pytest.raises(ValueError, match="validation set is too small"):
        model.fit(X[:4], [0, 1, 2, 0])
    np.testing.assert_array_equal(shared.get_state()[1], state)


def test_diverged():
    """Weights that are not finite end in an error that says what to do."""
    model = BackpropRegressor(**SMALL | {"activation": "identity", "learning_rate_init": 50.0})
    with pytest.raises(ValueError, match="need to be preprocessed"), np.errstate(all="ignore"):
        model.set_params(max_iter=60).fit(X * 100, X[:, 0])
