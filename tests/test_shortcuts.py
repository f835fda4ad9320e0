"""Networks with shortcuts and without some connections: any acyclic network."""

import copy
import itertools
import pickle

import numpy as np
import pytest
import scipy.sparse

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.network.network import Network

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Got `batch_size` less:UserWarning"),
]
RNG = np.random.default_rng(3)
X, D = RNG.normal(size=(37, 3)), RNG.normal(size=(37, 2))
HIDDEN = (5, 9, 2)
BELOW = np.cumsum([3, *HIDDEN])  # units that each layer reads with shortcuts
SHAPES = list(zip(BELOW.tolist(), [*HIDDEN, 2], strict=True))
PLAIN = {
    "activation": "tanh",
    "alpha": 0.0,
    "learning_rate": "constant",
    "learning_rate_init": 0.01,
    "shuffle": False,
    "standardize": False,
    "dtype": "float64",
    "random_state": 1,
}


def some_of(shapes, seed=0):
    """Return which connections there are, some at random, and one at least for each unit."""
    rng = np.random.default_rng(seed)
    masks = [rng.random(shape) > 0.4 for shape in shapes]
    for mask in masks:
        mask[rng.integers(len(mask)), ~mask.any(axis=0)] = True
    return masks


def layered(sizes):
    """Return the connections that make a network with shortcuts one without."""
    masks = []
    for layer, fan_out in enumerate(sizes[1:]):
        n_read, below = sum(sizes[: layer + 1]), sizes[layer]
        masks.append(np.repeat(np.arange(n_read) >= n_read - below, fan_out).reshape(-1, fan_out))
    return masks


def descents(weights, biases, x, d):
    """Return −∂E_p/∂w and −∂E_p/∂b of each layer, by the chain rule over what each unit reads."""
    read, outs = [x], []
    for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
        net = np.concatenate(read) @ w + b
        out = net if layer == len(weights) - 1 else np.tanh(net)
        outs.append((np.concatenate(read), out))
        read.append(out)
    starts = np.cumsum([0, len(x), *(len(b) for b in biases)])
    credit = [np.zeros(len(out)) for out in read]
    result = []
    for layer in range(len(weights) - 1, -1, -1):
        below, out = outs[layer]
        last = layer == len(weights) - 1
        delta = d - out if last else (1 - out**2) * credit[layer + 1]
        result.insert(0, (np.outer(below, delta), delta))
        for n, (start, stop) in enumerate(itertools.pairwise(starts[: layer + 2])):
            credit[n] += (weights[layer] @ delta)[start:stop]
    return result, read[-1]


def check_against_the_chain_rule(batch_size, **parameters):
    model = BackpropRegressor(
        HIDDEN, solver="sgd", batch_size=batch_size, shortcuts=True, **PLAIN | parameters
    )
    model.partial_fit(X[:batch_size], D[:batch_size])
    weights = [w.copy() for w in model.coefs_]
    biases = [b.copy() for b in model.intercepts_]
    masks = parameters.get("connections") or [np.ones(w.shape, bool) for w in weights]
    assert [w.shape for w in weights] == SHAPES
    model.partial_fit(X, D)
    for n in range(0, len(X), batch_size):
        found = [
            descents(weights, biases, x, d)[0]
            for x, d in zip(X[n : n + batch_size], D[n : n + batch_size], strict=True)
        ]
        for layer, mask in enumerate(masks):
            weights[layer] += 0.01 * mask * np.mean([one[layer][0] for one in found], axis=0)
            biases[layer] += 0.01 * np.mean([one[layer][1] for one in found], axis=0)
    for own, naive in zip(model.coefs_ + model.intercepts_, weights + biases, strict=True):
        np.testing.assert_allclose(own, naive, rtol=0, atol=1e-14)
    outputs = [descents(weights, biases, x, d)[1] for x, d in zip(X, D, strict=True)]
    np.testing.assert_allclose(model.predict(X), outputs, rtol=0, atol=1e-13)
    np.testing.assert_allclose(model.predict(X[:1]), outputs[:1], rtol=0, atol=1e-13)
    for mask, w in zip(masks, model.coefs_, strict=True):
        assert not w[~mask].any()


@pytest.mark.parametrize("connections", [None, some_of(SHAPES)], ids=["all", "some"])
@pytest.mark.parametrize(
    "batch_size, more", [(1, {}), (7, {}), (37, {}), (20, {"clip_norm": 1e9})], ids=str
)
def test_descents_are_those_of_the_chain_rule(interpreted, batch_size, more, connections):
    check_against_the_chain_rule(batch_size, connections=connections, **more)


@pytest.mark.parametrize("batch_size", [1, 7])
def test_compiled_descents_are_those_of_the_chain_rule(batch_size):
    check_against_the_chain_rule(batch_size, connections=some_of(SHAPES))


@pytest.mark.parametrize("seed", range(8))
def test_random_acyclic_networks(interpreted, seed):
    rng = np.random.default_rng(seed)
    sizes = [3, *rng.integers(1, 12, rng.integers(1, 5)), 2]
    below = np.cumsum(sizes)
    masks = some_of(list(zip(below, sizes[1:], strict=False)), seed)
    model = BackpropRegressor(
        sizes[1:-1], shortcuts=True, connections=masks, solver="sgd", batch_size=1, **PLAIN
    )
    model.partial_fit(X[:1], D[:1])
    weights, biases = ([a.copy() for a in part] for part in (model.coefs_, model.intercepts_))
    found, _ = descents(weights, biases, X[1], D[1])
    model.partial_fit(X[1:2], D[1:2])
    for layer, (weight, bias) in enumerate(found):
        np.testing.assert_allclose(
            model.coefs_[layer] - weights[layer], 0.01 * weight * masks[layer], rtol=0, atol=1e-15
        )
        np.testing.assert_allclose(
            model.intercepts_[layer] - biases[layer], 0.01 * bias, rtol=0, atol=1e-15
        )


# --- A network with shortcuts, but those of a layered one only ------------------------------------

SETTINGS = [
    {"solver": "sgd"},
    {"solver": "sgd", "momentum": 0.9, "alpha": 0.1},
    {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False, "batch_size": 5},
    {"solver": "sgd", "batch_size": 5, "alpha": 0.1, "l1_ratio": 0.5},
    {"solver": "sgd", "dropout": 0.3, "batch_size": 5},
    {"solver": "sgd", "dropout": [0.0, 0.5, 0.2]},
    {"solver": "sgd", "max_norm": 0.5},
    {"solver": "adam", "max_norm": 0.5, "batch_size": 5},
    {"solver": "adam", "average": True, "batch_size": 5},
    {"solver": "sgd", "average": 3, "alpha": 0.1},
    {"solver": "adam", "batch_size": 5, "clip_norm": 0.1},
    {"solver": "adamw", "alpha": 0.1, "batch_size": 5},
    {"solver": "nadam"},
    {"solver": "adagrad", "batch_size": 5},
    {"solver": "rmsprop"},
    {"solver": "rprop"},
    {"solver": "lbfgs", "alpha": 0.01},
    {"solver": "sgd", "activation": ["relu", "logistic", "softplus"], "batch_size": 5},
]


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_masked_shortcuts_are_a_layered_network(interpreted, setting, sparse):
    sizes = [3, *HIDDEN, 2]
    rows = X.copy()
    rows[np.abs(rows) < 0.5] = 0
    rows = scipy.sparse.csr_array(rows) if sparse else rows
    parameters = PLAIN | {"batch_size": 1, "warm_start": True, "max_iter": 2} | setting
    plain = BackpropRegressor(HIDDEN, **parameters)
    masks = layered(sizes)
    other = BackpropRegressor(HIDDEN, shortcuts=True, connections=masks, **parameters)
    network = Network(sizes, np.float64)
    network.initialize(np.random.RandomState(0), [6.0] * 4)
    plain.coefs_, plain.intercepts_ = network.copy().weights, network.copy().biases
    other.coefs_ = [np.zeros(mask.shape) for mask in masks]
    for w, mine in zip(network.weights, other.coefs_, strict=True):
        mine[-len(w) :] = w
    other.intercepts_ = network.copy().biases
    for model in (plain, other):
        model.fit(rows, D).fit(rows, D)
    for w, mine, mask in zip(plain.coefs_, other.coefs_, masks, strict=True):
        np.testing.assert_allclose(mine[-len(w) :], w, rtol=1e-9, atol=1e-11)
        assert not mine[~mask].any()
    np.testing.assert_allclose(other.predict(rows), plain.predict(rows), rtol=1e-9, atol=1e-10)
    assert other.loss_ == pytest.approx(plain.loss_, rel=1e-9)


# --- The estimators -------------------------------------------------------------------------------


def test_xor_with_one_hidden_unit():
    """Rumelhart, Hinton and Williams (1986), figure 2 with the inputs read by the output, too."""
    rows = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    model = BackpropClassifier(
        (1,),
        shortcuts=True,
        activation="logistic",
        solver="lbfgs",
        alpha=0,
        n_init=8,
        random_state=0,
    )
    assert model.fit(rows, [0, 1, 1, 0]).score(rows, [0, 1, 1, 0]) == 1
    assert [w.shape for w in model.coefs_] == [(2, 1), (3, 1)]


def model_of(**parameters):
    return BackpropRegressor((4, 3), shortcuts=True, max_iter=3, random_state=0, **parameters)


MASKS = some_of([(3, 4), (7, 3), (10, 1)])


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"connections": MASKS},
        {"solver": "lbfgs", "connections": MASKS},
        {"early_stopping": True, "connections": MASKS},
        {"n_init": 2, "connections": MASKS, "average": True},
    ],
    ids=str,
)
def test_goes_on_after_pickling(interpreted, parameters):
    y = D[:, 0]
    model = model_of(**parameters).fit(X, y)
    other = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    if parameters.get("solver") != "lbfgs" and "early_stopping" not in parameters:
        for one in (model, other):
            one.partial_fit(X, y)
        np.testing.assert_array_equal(other.predict(X), model.predict(X))
    for mask, w in zip(parameters.get("connections") or (), other.coefs_, strict=False):
        assert not w[~mask].any() and w[mask].all()


def test_learn_one_shows_the_weights(interpreted):
    model = model_of(connections=MASKS, standardize=False).partial_fit(X[:5], D[:5, 0])
    same = copy.deepcopy(model)
    for x, d in zip(X[5:9], D[5:9, 0], strict=True):
        model.learn_one(x, d)
        same.partial_fit(x[None], [d])
        for own, others in zip(model.coefs_, same.coefs_, strict=True):
            np.testing.assert_array_equal(own, others)
    assert model.predict_one(X[0]) == pytest.approx(float(model.predict(X[:1])[0]), rel=1e-6)


def test_weights_are_changed_by_assigning_them(interpreted):
    model = model_of().fit(X, D[:, 0])
    with pytest.raises(ValueError, match="read-only"):
        model.coefs_[1][0, 0] = 1.0
    before = model.predict(X)
    model.coefs_ = [w * 0 for w in model.coefs_]
    assert np.ptp(model.predict(X)) == 0 < np.ptp(before)


def test_columns_and_classes_can_come_later(interpreted):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    labels = np.array(["x", "y", "z"])[np.arange(37) % 3]
    model = BackpropClassifier(
        (4, 3), shortcuts=True, new_features="add", new_classes="add", random_state=0
    )
    model.partial_fit(frame[["a"]], labels, classes=["x", "y", "z"])
    wider = model.partial_fit(frame, labels)
    assert [w.shape for w in wider.coefs_] == [(3, 4), (7, 3), (10, 3)]
    wider.partial_fit(frame, np.where(labels == "x", "u", labels))
    assert wider.classes_.tolist() == ["u", "x", "y", "z"]
    assert [w.shape for w in wider.coefs_] == [(3, 4), (7, 3), (10, 4)]


def test_constant_columns_are_left_out(interpreted):
    rows = X.copy()
    rows[:, 1] = 7
    for n_init in (1, 2):
        model = model_of(n_init=n_init).fit(rows, D[:, 0])
        assert not any(w[1].any() for w in model.coefs_)


# --- Refused --------------------------------------------------------------------------------------


def without(layer, unit):
    masks = [mask.copy() for mask in MASKS]
    masks[layer][:, unit] = False
    return masks


@pytest.mark.parametrize(
    "connections, message",
    [
        (MASKS[:2], "an array for each of the 3 layers of weights, got 2"),
        (
            [*MASKS[:2], MASKS[2].T],
            r"connections\[2\] must have the shape of coefs_\[2\]",
        ),
        ([MASKS[0].astype(float), *MASKS[1:]], r"connections\[0\] must be an array of booleans"),
        (without(1, 2), r"connections\[1\]: nothing feeds unit 2"),
    ],
)
def test_connections_that_make_no_network_are_refused(connections, message):
    with pytest.raises(ValueError, match=message):
        model_of(connections=connections).fit(X, D[:, 0])


def test_changed_connections_are_refused(interpreted):
    for given, name, value in (
        ({}, "shortcuts", False),
        ({}, "connections", MASKS),
        ({"connections": MASKS}, "connections", None),
        ({"connections": MASKS}, "connections", some_of([(3, 4), (7, 3), (10, 1)], 5)),
    ):
        model = model_of(**given).partial_fit(X, D[:, 0])
        with pytest.raises(ValueError, match=f"{name} has changed"):
            model.set_params(**{name: value}).partial_fit(X, D[:, 0])


def test_given_weights_fit_the_connections(interpreted):
    model = model_of(connections=MASKS, warm_start=True).fit(X, D[:, 0])
    model.coefs_ = [w + 1 for w in model.coefs_]
    with pytest.raises(ValueError, match=r"coefs_\[0\] has weights where connections\[0\]"):
        model.fit(X, D[:, 0])


def test_what_does_not_go_with_them(interpreted):
    pd = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="shortcuts"):
        model_of().fit(X, D[:, 0]).to_sklearn()
    plain = BackpropRegressor((4,), connections=some_of([(3, 4), (4, 1)]), random_state=0)
    plain.partial_fit(X, D[:, 0])
    np.testing.assert_allclose(plain.to_sklearn().predict(X), plain.predict(X), rtol=1e-5)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = model_of(connections=some_of([(2, 4), (6, 3), (9, 1)]), new_features="add")
    model.partial_fit(frame[["a", "b"]], D[:, 0])
    with pytest.raises(ValueError, match="connections says nothing of new columns"):
        model.partial_fit(frame, D[:, 0])
