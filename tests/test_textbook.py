"""The specification itself: worked examples, the papers' sums by hand, scikit-learn, slopes."""

import doctest
import math

import numpy as np
import pytest
from differences import DEPTHS, assert_gradient, differences, mean_error, smooth_case
from sklearn.neural_network import MLPClassifier, MLPRegressor
from test_imports import PACKAGE, imports, room_of
from trained import (
    LOSSES,
    PENALTIES,
    RULES,
    assert_same,
    elastic,
    elastic_slope,
    formulas_of,
    random_network,
    random_patterns,
)

from fastbp import textbook
from fastbp.activations import ACTIVATIONS, Logistic
from fastbp.losses import LogisticSquaredError
from fastbp.penalties import L2, Elastic, WeightDecay
from fastbp.rules import Accumulate, Averaged, GradientDescent, Momentum, init

ARTICLE = Logistic(), LogisticSquaredError()
BOTH = {**RULES, **{f"{name}, averaged": Averaged(rule, 2) for name, rule in RULES.items()}}


def test_examples():
    result = doctest.testmod(textbook)
    assert result.failed == 0 and result.attempted > 10


def test_it_uses_formulas_only_and_nothing_uses_it():
    """An edit of it changes no kernel, and no kernel can lean on it."""
    found = imports(PACKAGE)
    mine = {one.target[0] for one in found if room_of(one.file.parts) == "textbook"}
    assert mine == {"", "activations", "losses", "penalties", "rules"}  # "": typing and NumPy
    assert not [one for one in found if room_of(one.target) == "textbook"]


# --- Worked examples ------------------------------------------------------------------------------


def test_mazur():
    w = [np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])]
    b = [np.full(2, 0.35), np.full(2, 0.60)]
    rule = GradientDescent(0.5)
    state = textbook.start(w, b, rule)
    pattern = textbook.learn([0.05, 0.10], [0.01, 0.99], w, b, ARTICLE, rule, state, 1)
    close = {"rtol": 0, "atol": 5e-10}
    np.testing.assert_allclose(pattern.net[0][0], 0.3775, **close)
    assert_same(
        pattern.out, [[0.05, 0.1], [0.593269992, 0.596884378], [0.75136507, 0.772928465]], **close
    )
    np.testing.assert_allclose(pattern.delta[-1][0], -0.138498562, **close)
    assert pattern.error == pytest.approx(0.298371109, abs=5e-10)
    assert_same(
        [*(v.T for v in w), *b],
        [
            [[0.149780716, 0.199561432], [0.249751144, 0.299502287]],
            [[0.358916480, 0.408666186], [0.511301270, 0.561370121]],
            [0.34561432, 0.34502287],
            [0.53075072, 0.61904912],
        ],
        rtol=0,
        atol=5e-9,  # the biases have eight digits
    )


def test_xor():
    """An epoch; a bias is the weight of a unit whose output is −1 there."""
    w, b = [np.full((2, 2), 0.6), np.full((2, 1), 0.6)], [np.full(2, -0.6), np.full(1, -0.6)]
    rule = GradientDescent(0.1)
    state = textbook.start(w, b, rule)
    for t, x in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)], start=1):
        textbook.learn(x, [x[0] != x[1]], w, b, ARTICLE, rule, state, t)
    for j in range(2):
        hidden = [-b[0][j], *w[0][:, j]]
        np.testing.assert_allclose(hidden, [0.599691, 0.599987, 0.599985], atol=5e-7, rtol=0)
    output = [-b[1][0], *w[1][:, 0]]
    np.testing.assert_allclose(output, [0.599864, 0.599712, 0.599712], atol=5e-7, rtol=0)


def sweep_of_1986(x, t, w, theta, change, eta, alpha):
    """Present one pattern by the equations of A, number by number: w[l][j][i] is w_ji there.

    Return E_p. `change` has Δw_ji(n), and then Δw_ji(n + 1).
    """
    o = [list(x)]
    for layer in range(len(w)):
        o.append([])
        for j in range(len(w[layer])):
            net = sum(w[layer][j][i] * o[-2][i] for i in range(len(o[-2]))) + theta[layer][j]
            o[-1].append(1 / (1 + math.exp(-net)))  # (15)
    slope = [[y * (1 - y) for y in ys] for ys in o]
    delta = [[(t[k] - o[-1][k]) * slope[-1][k] for k in range(len(t))]]  # (13)
    for layer in reversed(range(1, len(w))):
        above = range(len(delta[0]))
        delta.insert(
            0,
            [
                slope[layer][j] * sum(delta[0][k] * w[layer][k][j] for k in above)  # (14)
                for j in range(len(o[layer]))
            ],
        )
    for layer in range(len(w)):
        for j in range(len(w[layer])):
            for i, y in enumerate([*o[layer], 1.0]):  # the bias is the weight of a unit at 1
                step = eta * delta[layer][j] * y + alpha * change[layer][j][i]  # (16)
                change[layer][j][i] = step
                if i < len(o[layer]):
                    w[layer][j][i] += step
                else:
                    theta[layer][j] += step
    return sum((t[k] - o[-1][k]) ** 2 for k in range(len(t))) / 2


@pytest.mark.parametrize("alpha", [0.0, 0.9])
@pytest.mark.parametrize("sizes", [[3, 2], [2, 2, 1], [3, 4, 3, 2]], ids=str)
def test_momentum_written_out(sizes, alpha):
    network = random_network(sizes)
    X, targets = random_patterns(6, sizes, "LogisticSquaredError")
    w, b = [v.copy() for v in network.weights], [v.copy() for v in network.biases]
    lists, theta = [v.T.tolist() for v in w], [v.tolist() for v in b]
    change = [[[0.0] * (len(v) + 1) for _ in range(v.shape[1])] for v in w]
    rule = Momentum(0.5, alpha)
    state = textbook.start(w, b, rule)
    for t, p in enumerate([0, 1, 2, 3, 4, 5, 0, 2, 4], start=1):
        pattern = textbook.learn(X[p], targets[p], w, b, ARTICLE, rule, state, t)
        expected = sweep_of_1986(X[p], targets[p], lists, theta, change, 0.5, alpha)
        assert pattern.error == pytest.approx(expected, rel=1e-12)
    assert_same([*(v.T for v in w), *b], [*lists, *theta], rtol=1e-12)
    for (v,), rows in zip(state[: len(w)], change, strict=True):
        np.testing.assert_allclose(v.T, [row[:-1] for row in rows], rtol=1e-11)


# --- scikit-learn's MLP ---------------------------------------------------------------------------

KINDS = {
    "SquaredError": (MLPRegressor, lambda d: d[:, 0]),  # of several outputs theirs is the mean
    "BinaryLogLoss": (MLPClassifier, lambda d: d[:, 0].astype(int)),
    "MultinomialLogLoss": (MLPClassifier, lambda d: d.argmax(axis=1)),
}
SOLVERS = {
    "plain": {"momentum": 0},
    "momentum": {"momentum": 0.9, "nesterovs_momentum": False},
    "nesterov": {"momentum": 0.9},
    "adam": {"solver": "adam", "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3},
}


@pytest.mark.parametrize("batch_size", [1, 5])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("loss", KINDS)
def test_epoch_of_sklearn(loss, solver, batch_size):
    sizes = [4, 7, 5, 3 if loss == "MultinomialLogLoss" else 1]
    cls, y_of = KINDS[loss]
    X, d = random_patterns(13, sizes, loss)
    d[: sizes[-1]] = np.eye(sizes[-1])  # all classes are there
    rule = RULES[solver]
    settings = {"solver": "sgd", "activation": "tanh", "alpha": 0.1, "batch_size": batch_size}
    settings |= {"hidden_layer_sizes": sizes[1:-1], "random_state": 0, "shuffle": False}
    settings |= SOLVERS[solver]
    classes = {"classes": range(max(2, sizes[-1]))} if cls is MLPClassifier else {}
    first, theirs = (
        cls(**settings, learning_rate_init=eta).partial_fit(X, y_of(d), **classes)
        for eta in (1e-300, rule.eta)
    )
    w, b = [v.copy() for v in first.coefs_], [v.copy() for v in first.intercepts_]
    formulas, state, total = formulas_of("tanh", loss), textbook.start(w, b, rule), 0.0
    for t, n in enumerate(range(0, 13, batch_size), start=1):
        part = X[n : n + batch_size], d[n : n + batch_size]
        error = textbook.learn_batch(*part, w, b, formulas, rule, state, t, penalty=L2(0.1))
        total += len(part[0]) * error
    assert theirs.loss_ == pytest.approx(total / 13, rel=1e-10)
    assert_same(w + b, theirs.coefs_ + theirs.intercepts_, rtol=1e-10, atol=1e-12)
    assert_same(textbook.forward(X[0], w, b, formulas)[1][-1:], outputs_of(theirs, X[:1]))


def outputs_of(model, X):
    if isinstance(model, MLPRegressor):
        return model.predict(X)[None]
    proba = model.predict_proba(X)
    return proba[:, 1:] if proba.shape[1] == 2 else proba


# --- Slopes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", DEPTHS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_descent_is_minus_the_slope_of_the_error(activation, loss, sizes):
    """By central differences of what `forward` makes."""
    network, X, d = smooth_case(sizes, activation, loss)
    formulas, parameters = formulas_of(activation, loss), network.weights + network.biases
    numerical = differences(lambda: mean_error(X, d, parameters, formulas), parameters)
    error, of_w, of_b = textbook.batch_descent(X, d, network.weights, network.biases, formulas)
    assert error == mean_error(X, d, parameters, formulas)
    assert_gradient(numerical, [-g for g in of_w + of_b])


@pytest.mark.parametrize(
    ("penalty", "value", "slope"),
    [
        (L2(0.2), lambda w: 0.1 * (w**2).sum(), lambda w: 0.2 * w),
        (Elastic(0.14, 0.06), elastic, elastic_slope),
        (WeightDecay(0.2), lambda w: 0.0, lambda w: 0.0 * w),
    ],
    ids=["L2", "Elastic", "WeightDecay"],
)
def test_penalty_and_weights_of_a_batch(penalty, value, slope):
    """(Σ e E + penalty) / Σ s, biases being free; decay is not in the objective."""
    sizes, formulas = [3, 5, 4, 3], formulas_of("tanh", "MultinomialLogLoss")
    network, (X, d) = random_network(sizes), random_patterns(4, sizes, "MultinomialLogLoss")
    e, s = np.random.default_rng(0).uniform(0.5, 2, (2, 4))
    w, b = network.weights, network.biases

    def objective():
        return (4 * mean_error(X, d, w + b, formulas, e) + sum(map(value, w))) / s.sum()

    error, of_w, of_b = textbook.batch_descent(X, d, w, b, formulas, penalty=penalty, e=e, s=s)
    assert error == pytest.approx(objective(), rel=1e-13)
    assert_gradient(differences(objective, w + b), [-g for g in of_w + of_b])
    free = textbook.batch_descent(X, d, w, b, formulas, e=e, s=s)
    pulled = [g - slope(v) / s.sum() for g, v in zip(free[1], w, strict=True)]
    assert_same(of_w + of_b, pulled + free[2], rtol=1e-12, atol=1e-15)


# --- Updates --------------------------------------------------------------------------------------


def copies(network):
    return [v.copy() for v in network.weights], [v.copy() for v in network.biases]


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("rule", BOTH)
def test_learn_is_a_batch_of_one(rule, penalty):
    """To the last bit, states included."""
    sizes, formulas, rule = [3, 5, 4, 2], formulas_of("tanh", "SquaredError"), BOTH[rule]
    penalty = PENALTIES[penalty][1](0.05)
    network, (X, d) = random_network(sizes), random_patterns(5, sizes, "SquaredError")
    results = []
    for learns in (textbook.learn, textbook.learn_batch):
        w, b = copies(network)
        state = textbook.start(w, b, rule)
        for t, (x, target) in enumerate(zip(X, d, strict=True), start=1):
            pattern = (x, target) if learns is textbook.learn else (x[None], target[None])
            learns(*pattern, w, b, formulas, rule, state, t, penalty=penalty)
        results.append([*w, *b, *(one for kept in state for one in kept)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.float64


def test_decay_shrinks_weights_before_the_step_and_biases_never():
    network, (X, d) = random_network([3, 4, 2]), random_patterns(1, [3, 4, 2], "SquaredError")
    formulas, rule = formulas_of("tanh", "SquaredError"), GradientDescent(0.1)
    (w, b), (free_w, free_b) = copies(network), copies(network)
    textbook.learn(X[0], d[0], w, b, formulas, rule, textbook.start(w, b, rule), 1,
                   penalty=WeightDecay(0.2))  # fmt: skip
    textbook.learn(X[0], d[0], free_w, free_b, formulas, rule, textbook.start(w, b, rule), 1)
    shrunk = [free - 0.2 * v for free, v in zip(free_w, network.weights, strict=True)]
    assert_same(w + b, shrunk + free_b, rtol=1e-13)


def test_average_and_sum():
    """Rules that keep weights, or leave them where they are."""
    network, (X, d) = random_network([3, 4, 2]), random_patterns(6, [3, 4, 2], "SquaredError")
    formulas, path = formulas_of("tanh", "SquaredError"), []
    rule, (w, b) = Averaged(Momentum(0.1, 0.5), 3), copies(network)
    state = textbook.start(w, b, rule)
    for t in range(1, 7):
        textbook.learn(X[t - 1], d[t - 1], w, b, formulas, rule, state, t)
        path.append([v.copy() for v in w + b])
    mean = [np.mean(values, axis=0) for values in zip(*path[2:], strict=True)]
    assert_same([kept[0] for kept in state], mean, rtol=1e-13)
    w, b = copies(network)
    rule = Accumulate()
    state = textbook.start(w, b, rule)
    for t in range(1, 7):
        textbook.learn(X[t - 1], d[t - 1], w, b, formulas, rule, state, t)
    _, of_w, of_b = textbook.batch_descent(X, d, w, b, formulas)
    assert_same([kept[0] / 6 for kept in state], of_w + of_b, rtol=1e-12, atol=1e-15)
    assert_same(w + b, network.weights + network.biases, rtol=0)


def test_a_sample_weight_is_so_many_patterns():
    network, (X, d) = random_network([3, 4, 2]), random_patterns(3, [3, 4, 2], "SquaredError")
    again, s = np.array([0, 0, 1, 2, 2, 2]), np.array([2, 1, 3])
    now = network.weights, network.biases, formulas_of("tanh", "SquaredError")
    error, *parts = textbook.batch_descent(X, d, *now, penalty=L2(0.3), e=s, s=s)
    other, *others = textbook.batch_descent(X[again], d[again], *now, penalty=L2(0.3))
    assert error == pytest.approx(other, rel=1e-14)
    assert_same(sum(parts, []), sum(others, []), rtol=1e-13)


# --- dtypes, records, the table -------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_float32_in_float32_out(activation, loss):
    """Whatever dtype patterns and weights of patterns have; the numbers are those of float64."""
    sizes, n = [3, 5, 4, 3], list(ACTIVATIONS).index(activation) + list(LOSSES).index(loss)
    formulas, rule = formulas_of(activation, loss), list(BOTH.values())[n % len(BOTH)]
    penalty, results = list(PENALTIES.values())[n % len(PENALTIES)][1](rule_eta(rule)), []
    X, d = random_patterns(4, sizes, loss, np.float32)
    e = np.random.default_rng(0).uniform(0.5, 2, 4)
    for dtype in (np.float32, np.float64):
        w, b = copies(random_network(sizes, np.float32))
        w, b = [v.astype(dtype) for v in w], [v.astype(dtype) for v in b]
        state = textbook.start(w, b, rule)
        pattern = textbook.learn(X[0], d[0], w, b, formulas, rule, state, 1, penalty=penalty)
        more = {"penalty": penalty, "e": e, "s": e}
        error = textbook.learn_batch(X, d, w, b, formulas, rule, state, 2, **more)
        arrays = [*pattern.net, *pattern.out, *pattern.delta, *w, *b]
        arrays += [one for kept in state for one in kept]
        assert all(array.dtype == dtype for array in arrays)
        assert type(error) is type(pattern.error) is float
        results.append([*arrays, pattern.error, error])
    assert_same(*results, rtol=1e-4, atol=1e-4)


def rule_eta(rule):
    return rule.rule.eta if isinstance(rule, Averaged) else rule.eta


def test_softmax_of_net_inputs_far_from_zero():
    network, formulas = random_network([3, 5, 3]), formulas_of("tanh", "MultinomialLogLoss")
    w, b = copies(network)
    near = textbook.forward(np.ones(3), w, b, formulas)[1][-1]
    for bias in (-1000, 1000):
        far = textbook.forward(np.ones(3), w, [b[0], b[1] + bias], formulas)[1][-1]
        np.testing.assert_allclose(far, near, rtol=1e-12)
    assert near.sum() == pytest.approx(1, rel=1e-15)


def test_start_copies():
    """An average begins with the weights, and must not follow them."""
    w, b = copies(random_network([3, 2]))
    rule = Averaged(Momentum(0.1, 0.9), 1)
    assert init(rule, w[0])[0] is w[0]
    state = textbook.start(w, b, rule)
    assert [len(kept) for kept in state] == [2, 2]
    assert not any(np.shares_memory(state[n][0], v) for n, v in enumerate([*w, *b]))


def test_table():
    """A row for each unit, but no page of them."""
    network = random_network([9, 3, 20])
    net, out = textbook.forward(
        np.ones(9), network.weights, network.biases, formulas_of("tanh", "SquaredError")
    )
    lines = repr(textbook.Pattern(net, out, [np.zeros(3), np.ones(20)], 0.5)).split("\n")
    assert lines[0] == "E_p = 0.5" and lines[1].split() == ["unit", "net", "out", "delta"]
    assert len(lines) == 2 + (8 + 1) + 3 + (8 + 1) and lines[10].strip() == "... 1 more"
    assert lines[11].split() == ["layer", "0", "0", f"{net[0][0]:.9g}", f"{out[1][0]:.9g}", "0"]
    assert lines[-1].strip() == "... 12 more" and max(map(len, lines)) < 80
