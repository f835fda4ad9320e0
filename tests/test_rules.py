"""Update rules against the literature's formulas, against torch, and one of a user's own."""

from typing import NamedTuple

import numpy as np
import pytest
from trained import LOSSES, by_the_book, formulas_of, random_network, random_patterns, trainer

from fastbp import textbook
from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.penalties import WeightDecay, shrunk
from fastbp.rules import (
    AdaGrad,
    Adam,
    Averaged,
    GradientDescent,
    Momentum,
    Nadam,
    Nesterov,
    RMSprop,
    Rprop,
    adjusted,
    at_step,
    delta_scale,
    init,
    step,
)

N_STEPS, N_WEIGHTS = 12, 9
W = np.random.default_rng(0).normal(size=N_WEIGHTS)
# Directions of descent of very different sizes, whose signs stay for some steps.
WAYS = np.random.default_rng(1).normal(0.3, 1, (N_STEPS, N_WEIGHTS)) * 10.0 ** np.arange(-4, 5)


def run(rule, w, ways):
    """Return the weights after each step."""
    state, result = init(rule, w), []
    for t, way in enumerate(ways, start=1):
        w, state = step(at_step(rule, t), w, (delta_scale(rule) * way).astype(w.dtype), state)
        result.append(w)
    return result


# --- The literature -------------------------------------------------------------------------------
#
# Written as sums over all steps k so far, where the rules go on from what they remember. Each takes
# the directions g_1, ..., g_t, newest last, and returns the change of the weights at step t.


def decaying(g, beta):
    """Σ_k β^(t − k) g_k."""
    return np.tensordot(beta ** np.arange(len(g))[::-1], g, axes=1)


def momentum(g):
    """v_t = μ v_(t−1) + η g_t."""
    return 0.1 * decaying(g, 0.9)


def nesterov(g):
    """Sutskever's w is θ + μ v, where the gradient is taken; θ_t = θ_(t−1) + v_t."""
    before = 0.1 * decaying(g[:-1], 0.9) if len(g) > 1 else 0.0
    return momentum(g) + 0.9 * momentum(g) - 0.9 * before


def moments(g):
    """Adam's two means, corrected as in algorithm 1 of Kingma and Ba."""
    t = len(g)
    return 0.2 * decaying(g, 0.8) / (1 - 0.8**t), 0.1 * decaying(g**2, 0.9) / (1 - 0.9**t)


def adam(g):
    """ε is that of section 2, where the corrections are made in η."""
    m, v = moments(g)
    return 0.1 * m / (np.sqrt(v) + 1e-3 / np.sqrt(1 - 0.9 ** len(g)))


def nadam(g):
    """Algorithm 2 of Dozat, with μ_t = β₁ throughout."""
    t, (_, v) = len(g), moments(g)
    m = 0.2 * decaying(g, 0.8) / (1 - 0.8 ** (t + 1))
    return 0.1 * (0.8 * m + 0.2 * g[-1] / (1 - 0.8**t)) / (np.sqrt(v) + 1e-3)


def adagrad(g):
    return 0.1 * g[-1] / (np.sqrt((g**2).sum(axis=0)) + 1e-3)


def rmsprop(g):
    return 0.1 * g[-1] / (np.sqrt(0.1 * decaying(g**2, 0.9)) + 1e-3)


def rprop(g):
    """Igel and Hüsken's iRprop⁻, weight by weight."""
    change = np.zeros(g.shape[1])
    for i, column in enumerate(g.T):
        size, last = 0.1, 0.0
        for way in column:
            if last * way > 0:
                size = min(1.2 * size, 0.15)
            elif last * way < 0:
                size, way = max(0.5 * size, 0.06), 0.0
            last = way
        change[i] = np.sign(last) * size
    return change


RULES = {
    "descent": (GradientDescent(0.1), lambda g: 0.1 * g[-1]),
    "momentum": (Momentum(0.1, 0.9), momentum),
    "nesterov": (Nesterov(0.1, 0.9), nesterov),
    "adam": (Adam(0.1, 0.8, 0.9, 1e-3), adam),
    "nadam": (Nadam(0.1, 0.8, 0.9, 1e-3), nadam),
    "adagrad": (AdaGrad(0.1, 1e-3), adagrad),
    "rmsprop": (RMSprop(0.1, 0.9, 1e-3), rmsprop),
    "rprop": (Rprop(0.1, smallest=0.06, largest=0.15), rprop),
}
AVERAGED = {f"{name}, averaged": Averaged(rule, 3) for name, (rule, _) in RULES.items()}
ALL = {name: rule for name, (rule, _) in RULES.items()} | AVERAGED


@pytest.mark.parametrize("name", RULES)
def test_literature(name):
    rule, change = RULES[name]
    expected = W + np.cumsum([change(WAYS[:t]) for t in range(1, N_STEPS + 1)], axis=0)
    np.testing.assert_allclose(run(rule, W, WAYS), expected, rtol=1e-12, atol=1e-12)


def test_rprop_meets_its_limits():
    """Else the test above would say nothing of them."""
    sizes = np.abs([rprop(WAYS[:t]) for t in range(1, N_STEPS + 1)])
    assert {0.0, 0.06, 0.1, 0.15} < set(sizes.ravel())


@pytest.mark.parametrize("start", [1, 2, 5, N_STEPS, N_STEPS + 3])
@pytest.mark.parametrize("name", ["descent", "nesterov", "adam"])
def test_averaged(name, start):
    rule = RULES[name][0]
    path = run(rule, W, WAYS)
    state, w = init(Averaged(rule, start), W), W
    for t, way in enumerate(WAYS, start=1):
        w, state = step(at_step(Averaged(rule, start), t), w, delta_scale(rule) * way, state)
        np.testing.assert_array_equal(w, path[t - 1])  # the steps are the rule's own
        mean = np.mean(path[min(start, t) - 1 : t], axis=0) if t >= start else w
        np.testing.assert_allclose(state[0], mean, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ALL)
def test_padding_stays_zero(name, dtype):
    """No gradient, on a weight of zero, with nothing remembered."""
    ways = np.zeros((4, N_WEIGHTS), dtype)
    ways[1:, :2] = 1.0
    for w in run(ALL[name], np.zeros(N_WEIGHTS, dtype), ways):
        np.testing.assert_array_equal(w[2:], 0)
    assert (w[:2] != 0).all()


@pytest.mark.parametrize("name", ALL)
def test_dtype_is_kept(name):
    single, double = (run(ALL[name], W.astype(dtype), WAYS) for dtype in (np.float32, np.float64))
    for narrow, wide in zip(single, double, strict=True):
        assert narrow.dtype == np.float32
        np.testing.assert_allclose(narrow, wide, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_state(name):
    """Numbers like the weights, as many after a step as before, and each of them matters."""
    rule, way = ALL[name], delta_scale(ALL[name]) * WAYS[0]
    before = init(rule, W)
    state = before
    for t in (1, 2):
        _, state = step(at_step(rule, t), W, way, state)
    assert len(state) == len(before)
    assert all(one.shape == W.shape and one.dtype == W.dtype for one in (*before, *state))
    after, _ = step(at_step(rule, 3), W, way, state)
    for m, one in enumerate(before):
        other, rest = step(at_step(rule, 3), W, way, (*state[:m], one, *state[m + 1 :]))
        assert (other != after).any() or (m == 0 and name.endswith("averaged"))
        assert len(rest) == len(before)


def test_adjusted():
    """Of the averages alone: they are means of the weights that there are."""
    change = np.linspace(-1, 1, N_WEIGHTS)
    for rule in ALL.values():
        state = init(rule, W)
        after = adjusted(rule, change, state)
        averaged = isinstance(rule, Averaged)
        np.testing.assert_array_equal(after[averaged:], state[averaged:])
        if averaged:
            np.testing.assert_array_equal(after[0], W + rule.fraction * change)


@pytest.mark.parametrize(
    ("rule", "name", "settings"),
    [
        (GradientDescent(0.1), "SGD", {}),
        (Momentum(0.1, 0.9), "SGD", {"momentum": 0.9}),
        (Nesterov(0.1, 0.9), "SGD", {"momentum": 0.9, "nesterov": True}),
        (Adam(0.1, 0.8, 0.9, 1e-30), "Adam", {"betas": (0.8, 0.9), "eps": 1e-30}),
        (Adam(0.1, 0.8, 0.9, 1e-30), "AdamW", {"betas": (0.8, 0.9), "eps": 1e-30}),
        (AdaGrad(0.1, 1e-3), "Adagrad", {"eps": 1e-3}),
        (RMSprop(0.1, 0.9, 1e-3), "RMSprop", {"alpha": 0.9, "eps": 1e-3}),
        (Rprop(0.1), "Rprop", {}),
    ],
    ids=str,
)
def test_torch(rule, name, settings):
    """Adam's ε is another one there; Nadam has a schedule of its momentum there."""
    torch = pytest.importorskip("torch")
    penalty = WeightDecay(0.1 * 0.3)
    if name == "AdamW":
        settings = {**settings, "weight_decay": 0.3}
    theirs = torch.tensor(W, requires_grad=True)
    optimizer = getattr(torch.optim, name)([theirs], lr=0.1, **settings)
    state, w = init(rule, W), W
    for t, way in enumerate(WAYS, start=1):
        theirs.grad = torch.tensor(-way)
        optimizer.step()
        before = shrunk(penalty, w) if name == "AdamW" else w
        w, state = step(at_step(rule, t), before, delta_scale(rule) * way, state)
        np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-12, atol=1e-12)


# --- A rule from outside the package --------------------------------------------------------------


class Lion(NamedTuple):
    """m ← β₂ m + (1 − β₂) g, w ← w + η sgn(β₁ m + (1 − β₁) g) (Chen et al., 2023)."""

    eta: float
    beta_1: float = 0.9
    beta_2: float = 0.99


@init.register(Lion)
def _(rule, w):
    return (np.zeros_like(w),)


@step.register(Lion)
def _(rule, w, descent, state):
    way = rule.beta_1 * state[0] + (1 - rule.beta_1) * descent
    m = rule.beta_2 * state[0] + (1 - rule.beta_2) * descent
    return w + rule.eta * np.sign(way), (m,)


def lion_by_hand(X, d, network, eta, batch_size):
    parameters = [np.array(p) for p in [*network.weights, *network.biases]]
    n, memory = len(network.weights), [np.zeros_like(p) for p in parameters]
    for start in range(0, len(X), batch_size):
        batch = slice(start, start + batch_size)
        now = (parameters[:n], parameters[n:], formulas_of("tanh", "SquaredError"))
        _, of_w, of_b = textbook.batch_descent(X[batch], d[batch], *now)
        for w, g, m in zip(parameters, of_w + of_b, memory, strict=True):
            w += eta * np.sign(0.9 * m + 0.1 * g)
            m += 0.01 * (g - m)
    return parameters


@pytest.mark.parametrize(("batch_size", "compiled"), [(1, False), (3, False), (3, True)])
def test_a_rule_of_the_user(batch_size, compiled):
    sizes = [4, 9, 2]
    network = random_network(sizes)
    X, d = random_patterns(7, sizes, "SquaredError")
    expected = lion_by_hand(X, d, network, 0.01, batch_size)
    book = by_the_book(
        network, X, d, formulas_of("tanh", "SquaredError"), Lion(0.01), batch_size=batch_size
    )
    for own, other in zip(book.weights + book.biases, expected, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-12)
    settings = {"rule": Lion(0.01), "batch_size": batch_size}
    if compiled:
        training = trainer(network, X, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings)
        assert training.kernel.stats.cache_path is None  # machine code of it is not kept
    else:
        with jit.interpreted():
            training = trainer(
                network, X, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings
            )
    training.epoch(np.arange(len(X)))
    for own, other in zip(network.weights + network.biases, expected, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-10, atol=1e-10)
    assert np.count_nonzero(network.parameters) == sum(p.size for p in expected)


class Wild(NamedTuple):
    """It asks for one number, and reads a second."""

    eta: float


class Forgetful(NamedTuple):
    """It asks for one number, and gives back two."""

    eta: float


init.register(Wild)(lambda rule, w: (np.zeros_like(w),))
step.register(Wild)(lambda rule, w, descent, state: (w + descent + state[1], state))
init.register(Forgetful)(lambda rule, w: (np.zeros_like(w),))
step.register(Forgetful)(lambda rule, w, descent, state: (w + descent, (descent, descent)))


@pytest.mark.parametrize(
    ("rule", "said", "compiled_says"),
    [
        (Wild(0.1), IndexError, "Wild's formula `step` can't be compiled"),
        (Forgetful(0.1), TypeError, "`step` .* gives back a state of 2, `init` gives 1"),
    ],
    ids=["Wild", "Forgetful"],
)
def test_no_rule_reaches_beyond_its_state(rule, said, compiled_says):
    """Even where nobody has tried it before: it does not compile, and fails interpreted."""
    X, d = random_patterns(7, [4, 2], "SquaredError")
    network = random_network([4, 2])
    args = network, X, d, ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    with jit.interpreted(), pytest.raises(said):
        trainer(*args, rule=rule).epoch(np.arange(7))
    network.parameters[:] = 0
    with pytest.raises(ValueError, match=compiled_says):
        trainer(*args, rule=rule).epoch(np.arange(7))
    assert not network.parameters.any()
