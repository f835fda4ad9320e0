"""What a fitted model keeps: copies, assigned weights, interrupted training, warm starts."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor

from fastbp.training.trainer import Trainer

RNG = np.random.RandomState(0)
X, LABELS = RNG.standard_normal((25, 5)), RNG.randint(0, 3, 25)
SMALL = {"hidden_layer_sizes": (4, 3), "activation": "tanh", "batch_size": 1, "max_iter": 3}
SMALL |= {"learning_rate_init": 0.02, "alpha": 0, "n_iter_no_change": 10, "random_state": 0}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]


def numbers(model):
    return np.concatenate([w.ravel() for w in model.coefs_ + model.intercepts_])


def by_joblib(model, folder, mmap_mode=None):
    file = folder / f"model-{len(list(folder.iterdir()))}"  # never one that is mapped
    joblib.dump(model, file)
    return joblib.load(file, mmap_mode=mmap_mode)


COPIES = {
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
    "joblib": by_joblib,
    "memory-mapped": lambda model, folder: by_joblib(model, folder, "r"),
    "deepcopy": lambda model, folder: copy.deepcopy(model),
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("momentum", [0, 0.9])
@pytest.mark.parametrize("batch_size", [1, 7])
def test_copy_goes_on_like_the_original(how, momentum, batch_size, tmp_path):
    parameters = SMALL | {"momentum": momentum, "batch_size": batch_size}
    model = BackpropClassifier(**parameters, learning_rate="invscaling").fit(X, LABELS)
    twin = COPIES[how](model, tmp_path)
    np.testing.assert_array_equal(model.predict_proba(X), twin.predict_proba(X))
    before = numbers(model)
    twin.partial_fit(X, LABELS)
    np.testing.assert_array_equal(numbers(model), before)  # nothing is shared
    after = numbers(twin)
    model.partial_fit(X, LABELS)
    np.testing.assert_array_equal(numbers(model), after)
    again = pickle.loads(pickle.dumps(twin))
    again.coefs_[0][:] = 0
    assert np.abs(twin.coefs_[0]).min() > 0
    if momentum:  # which is part of the state: without it, training would go on differently
        model._optimizer.state[:] = 0
        assert not np.array_equal(numbers(model.partial_fit(X, LABELS)), numbers(twin))
        twin.partial_fit(X, LABELS)
        assert not np.array_equal(numbers(model), numbers(twin))


def test_copy_of_an_assigned_model():
    """Arrays of the user's, not views of the network's vector."""
    model = BackpropRegressor(**SMALL).fit(X, X[:, 0])
    model.coefs_ = [np.ones_like(w) for w in model.coefs_]
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict(X), twin.predict(X))
    np.testing.assert_array_equal(twin.coefs_[1], 1)


ASSIGNMENTS = {
    "all": lambda model, k, w: setattr(
        model, "coefs_", [w if n == k else c for n, c in enumerate(model.coefs_)]
    ),
    "one": lambda model, k, w: model.coefs_.__setitem__(k, w),
    "in place": lambda model, k, w: model.coefs_[k].__setitem__(slice(None), w),
    "fortran": lambda model, k, w: model.coefs_.__setitem__(k, np.asfortranarray(w)),
    "readonly": lambda model, k, w: model.coefs_.__setitem__(k, np.broadcast_to(w, w.shape)),
}


@pytest.mark.parametrize("how", ASSIGNMENTS)
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_assigned_weights_take_effect(how, layer):
    model = BackpropRegressor(**SMALL).fit(X, X[:, 0])
    weights = RNG.standard_normal(model.coefs_[layer].shape)
    ASSIGNMENTS[how](model, layer, weights)
    out = X
    for n, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        np.testing.assert_array_equal(w, weights if n == layer else w)
        out = out @ w + b
        out = np.tanh(out) if n < 2 else out
    np.testing.assert_allclose(model.predict(X), out.ravel(), rtol=1e-12, atol=1e-14)
    model.intercepts_[2] = model.intercepts_[2] + 100
    np.testing.assert_allclose(model.predict(X), out.ravel() + 100, rtol=1e-12)
    model.partial_fit(X, X[:, 0])
    change = model.coefs_[layer] - weights
    assert 0 < np.abs(change).max() and abs(model.intercepts_[2] - 100) < 100
    np.testing.assert_array_equal(model.predict(X), copy.deepcopy(model).predict(X))


@pytest.mark.parametrize("momentum", [0, 0.9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_assigned_network_of_another_shape_can_be_trained(momentum, dtype):
    """What the rule remembers is of the old network; it must not be read for the new one."""
    model = BackpropRegressor(**SMALL | {"momentum": momentum}).fit(X, X[:, 0])
    sizes = [5, 70, 1]
    model.coefs_ = [np.full(s, 0.1, dtype) for s in zip(sizes, sizes[1:], strict=False)]
    model.intercepts_ = [np.zeros(n, dtype) for n in sizes[1:]]
    model.set_params(hidden_layer_sizes=(70,)).partial_fit(X, X[:, 0])
    assert model.coefs_[0].dtype == dtype and np.isfinite(numbers(model)).all()


def test_assigned_shapes_that_do_not_fit():
    model = BackpropRegressor(**SMALL).fit(X, X[:, 0])
    model.coefs_[1] = np.ones((9, 3))
    with pytest.raises(ValueError, match="coefs_ and intercepts_ must have the shapes"):
        model.predict(X)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_interrupted(early_stopping, monkeypatch):
    """Ctrl-C keeps the model as it is, which can be trained further."""
    epoch = Trainer.epoch
    calls = []

    def interrupted(trainer, order):
        calls.append(trainer.network.parameters.copy())
        if len(calls) == 3:
            raise KeyboardInterrupt
        return epoch(trainer, order)

    monkeypatch.setattr(Trainer, "epoch", interrupted)
    model = BackpropClassifier(**SMALL | {"max_iter": 9, "early_stopping": early_stopping})
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, LABELS)
    assert model.n_iter_ == 2 == len(model.loss_curve_)
    best = 1 + int(np.argmax(model.validation_scores_)) if early_stopping else 2
    np.testing.assert_array_equal(model._network().parameters, calls[best])
    assert model.predict(X).shape == (25,)
    model.set_params(early_stopping=False).partial_fit(X, LABELS)
    assert len(model.loss_curve_) == 3


def test_warm_start_goes_on():
    """Two fits of three epochs are one of six, if nothing is shuffled and nothing remembered."""
    parameters = SMALL | {"momentum": 0, "shuffle": False, "warm_start": True}
    model = BackpropClassifier(**parameters).fit(X, LABELS).fit(X, LABELS)
    long = BackpropClassifier(**parameters | {"max_iter": 6}).fit(X, LABELS)
    np.testing.assert_array_equal(numbers(model), numbers(long))
    assert model.loss_curve_ == long.loss_curve_ and model.n_iter_ == 3 and model.t_ == 150
    cold = BackpropClassifier(**parameters | {"warm_start": False}).fit(X, LABELS).fit(X, LABELS)
    assert len(cold.loss_curve_) == 3 and cold.t_ == 75


def test_partial_fit_is_an_epoch_of_fit():
    parameters = SMALL | {"momentum": 0.9, "shuffle": False}
    model = BackpropClassifier(**parameters)
    for _ in range(3):
        model.partial_fit(X, LABELS, classes=[0, 1, 2])
    np.testing.assert_array_equal(
        numbers(model), numbers(model.__class__(**parameters).fit(X, LABELS))
    )
    unseen = BackpropClassifier(**parameters).partial_fit(X, LABELS, classes=[0, 1, 2, 9])
    assert unseen.predict_proba(X).shape == (25, 4)


@pytest.mark.parametrize("epochs", [0, 2])
def test_interrupted_with_average(epochs, interpreted, monkeypatch):
    """The averages after the epochs that were completed; before the first, Ctrl-C is Ctrl-C."""
    X, y = np.eye(6), np.arange(6.0)
    parameters = {"average": True, "learning_rate_init": 0.05, "random_state": 0, "tol": 0}
    whole = BackpropRegressor((3,), max_iter=max(epochs, 1), **parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole.fit(X, y)
    epoch = Trainer.epoch

    def interrupted(trainer, order):
        if trainer.optimizer.epochs == epochs:
            raise KeyboardInterrupt
        return epoch(trainer, order)

    monkeypatch.setattr(Trainer, "epoch", interrupted)
    model = BackpropRegressor((3,), max_iter=9, **parameters)
    if not epochs:
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
        assert not hasattr(model, "coefs_")
    else:
        with pytest.warns(UserWarning, match="interrupted"):
            model.fit(X, y)
        assert np.abs(model.coefs_[0]).max() > 0.1
        np.testing.assert_array_equal(model.coefs_[0], whole.coefs_[0])
