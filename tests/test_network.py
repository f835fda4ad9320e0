"""Sizes and offsets, views, padding, initialisation."""

from typing import NamedTuple

import numpy as np
import pytest
from plain import BackpropRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS, derivative, value
from fastbp.compiling import jit
from fastbp.network.layout import aligned
from fastbp.network.memory import OF_BATCHES, OF_PATTERNS, OF_THREADS, TOGETHER
from fastbp.network.network import Network
from fastbp.vectors.simd import ALIGNMENT

SIZES = [[3, 2], [70, 17], [3, 5, 1], [4, 16, 33, 3], [2, 9, 7, 5, 20]]


def padding_of(network):
    """Return where the parameter vector belongs to no weight and no bias."""
    is_padding = np.ones(network.parameters.size, bool)
    for view in sum(network.views(is_padding), []):
        assert view.all()  # no number belongs to two parameters
        view[:] = False
    return is_padding


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_layout(sizes, dtype):
    network = Network(sizes, dtype)
    layers = network.layers
    line = ALIGNMENT // np.dtype(dtype).itemsize
    assert network.parameters.dtype == dtype
    assert network.parameters.ctypes.data % ALIGNMENT == 0
    for offsets in (
        layers.weights_at,
        layers.stride,
        layers.biases_at,
        layers.units_at,
        layers.width,
    ):
        assert not np.any(offsets % line)
    assert network.parameters.size % line == 0
    assert [w.shape for w in network.weights] == list(zip(sizes, sizes[1:], strict=False))
    assert [b.shape for b in network.biases] == [(size,) for size in sizes[1:]]
    n_used = sum((i + 1) * j for i, j in zip(sizes, sizes[1:], strict=False))
    assert np.count_nonzero(~padding_of(network)) == n_used
    assert network.pattern_memory(staged=True).numbers.ctypes.data % ALIGNMENT == 0
    # Orientation and order in memory: first layer input-major, later layers unit-major.
    network.weights[0][1, 0] = 5
    assert network.parameters[layers.weights_at[0] + layers.stride[0]] == 5
    if len(sizes) > 2:
        network.weights[1][1, 0] = 6
        assert network.parameters[layers.weights_at[1] + 1] == 6
    network.biases[-1][0] = 7
    assert network.parameters[layers.biases_at[-1]] == 7


def test_coefs_are_views_of_the_parameters():
    X, d = random_patterns(5, [3, 4, 2], "SquaredError")
    model = BackpropRegressor([4], activation="tanh", learning_rate_init=0.1, random_state=0)
    with jit.interpreted():
        model.partial_fit(X, d)
        before = model.predict(X)
        model.intercepts_[1][0] += 3  # in place
        np.testing.assert_allclose(model.predict(X) - before, np.tile([3.0, 0], (5, 1)))
        model.intercepts_[1] = before[0] * 0  # a new array in the list
        model.coefs_ = [w * 0 for w in model.coefs_]  # a new list
        np.testing.assert_array_equal(model.predict(X), np.zeros((5, 2)))
        given = model.coefs_[0]
        assert model.partial_fit(X, d).coefs_[0] is not given and not given.any()
        assert np.shares_memory(model.coefs_[0], model._network().parameters)


def test_aligned():
    vector = np.arange(20.0)[1:]
    odd = vector if vector.ctypes.data % ALIGNMENT else np.arange(21.0)[2:]
    copy = aligned(odd)
    assert copy.ctypes.data % ALIGNMENT == 0
    np.testing.assert_array_equal(copy, odd)
    assert aligned(copy) is copy


RULES = [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}]


@pytest.mark.parametrize("more", [{}, {"batch_size": 3}, {"alpha": 0.1}])
@pytest.mark.parametrize("rule", RULES, ids=["plain", "momentum", "nesterov"])
@pytest.mark.parametrize("activation", ["logistic", "softplus"])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_padding_stays_zero(sizes, activation, rule, more):
    loss = "LogisticSquaredError" if sizes[-1] == 1 else "MultinomialLogLoss"
    network = random_network(sizes)
    X, d = random_patterns(5, sizes, loss)
    settings = {"eta": 0.01, **rule, **more}
    with jit.interpreted():
        training = trainer(network, X, d, ACTIVATIONS[activation], LOSSES[loss], **settings)
        training.epoch(np.arange(5))
        training.epoch(np.arange(5))
    check_padding(network, training)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_padding_stays_zero_compiled(sizes):
    network, loss = random_network(sizes), "LogisticSquaredError"
    X, d = random_patterns(5, sizes, loss)
    settings = {"eta": 0.5, "momentum": 0.9}
    training = trainer(network, X, d, ACTIVATIONS["logistic"], LOSSES[loss], **settings)
    for _ in range(50):
        training.epoch(np.arange(5))
    check_padding(network, training)


class SignedRoot(NamedTuple):
    """An activation with an infinite slope at 0, which is where the padding is."""


value.register(SignedRoot)(lambda activation, net: np.copysign(np.sqrt(np.abs(net)), net))
derivative.register(SignedRoot)(lambda activation, net, out: 0.5 / np.abs(out))


def test_an_infinite_slope_at_padding_is_refused():
    model = BackpropRegressor([5], activation=SignedRoot())
    with pytest.raises(ValueError, match="SignedRoot must be finite at net = 0, out = 0, got inf"):
        model.fit(np.eye(3), [1, 2, 3])


@pytest.mark.parametrize(("width", "dtype"), [(50, np.float64), (5, np.float32)])
def test_momentum_of_another_network(width, dtype):
    X, d = random_patterns(5, [3, 4, 2], "SquaredError")
    model = BackpropRegressor([5], activation="tanh", momentum=0.9)
    with jit.interpreted():
        model.partial_fit(X, d)
        network = random_network([3, width, 2], dtype)
        model.set_params(hidden_layer_sizes=[width])
        model.coefs_, model.intercepts_ = network.weights, network.biases
        model.partial_fit(X, d)  # compiled, it would write beyond the old state
    assert model.coefs_[0].dtype == dtype
    assert not np.array_equal(model.coefs_[0], network.weights[0])


def check_padding(network, training):
    padding = padding_of(network)
    assert padding.any()
    np.testing.assert_array_equal(network.parameters[padding], 0)
    state = training.optimizer.state
    if state.size:
        np.testing.assert_array_equal(state[padding], 0)
        assert np.all(state[~padding] != 0)


@pytest.mark.parametrize(
    ("weights", "biases"),
    [
        ([], []),
        ([(3, 4), (5, 2)], [4, 2]),
        ([(3, 4), (4, 2)], [4, 3]),
        ([(3, 4), (4, 2)], [4]),
        ([(3,)], [3]),
    ],
)
def test_shapes_that_do_not_fit(weights, biases):
    weights, biases = [np.zeros(shape) for shape in weights], [np.zeros(size) for size in biases]
    with pytest.raises(ValueError, match=r"coefs_ and intercepts_ must have the shapes"):
        Network.of(weights, biases)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize(("activation", "together"), [("logistic", 2**16), ("relu", 20)])
def test_initial_weights_are_those_of_scikit_learn(activation, together, kind, dtype, monkeypatch):
    monkeypatch.setattr("fastbp.network.network.DRAWN_TOGETHER", together)
    X, y = np.zeros((6, 3), dtype), np.arange(6) % 3
    peer = kind(
        hidden_layer_sizes=[5, 9], activation=activation, solver="sgd", alpha=0, random_state=7
    )
    peer.set_params(learning_rate_init=1e-300)  # a step that changes nothing
    peer.partial_fit(X, y, **({"classes": [0, 1, 2]} if kind is MLPClassifier else {}))
    network = Network([3, 5, 9, peer.n_outputs_], dtype)
    network.initialize(np.random.RandomState(7), [2 if activation == "logistic" else 6] * 3)
    for own, theirs in zip(
        network.weights + network.biases, peer.coefs_ + peer.intercepts_, strict=True
    ):
        np.testing.assert_array_equal(own, theirs)


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parts_of_working_memory(dtype, staged):
    """Each begins a cache line, where the one before it ends, and is as large as its formula."""
    network, line = Network([5, 9, 3], np.dtype(dtype)), ALIGNMENT // np.dtype(dtype).itemsize
    few = network.pattern_memory(TOGETHER, staged=staged)
    many = network.batch_memory(6, staged=staged, descent=True)
    for memory, parts in ((few, OF_PATTERNS), (many, OF_BATCHES), (many.own, OF_THREADS)):
        ends = [*memory.starts[1:], memory.numbers.size]
        sizes = dict(zip(parts, ends - memory.starts, strict=True))
        assert (memory.starts % line == 0).all() and memory.numbers.ctypes.data % ALIGNMENT == 0
        if "staged" in parts:
            assert (sizes["staged"] > 0) == staged
        if "net" in parts:
            capacity = TOGETHER if memory is few else many.capacity
            assert sizes["net"] == sizes["eta_delta"] == capacity * memory.pattern_stride
            assert memory.pattern_stride >= network.n_units
        if "descent" in parts:
            assert sizes["descent"] >= network.parameters.size and many.capacity == 8
