"""Sparse rows train and predict as the same rows dense, whatever updates pass their weights by."""

import tracemalloc
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse
from plain import BackpropClassifier, BackpropRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from trained import LOSSES, PENALTIES, RULES, random_network, random_patterns, trainer

import fastbp
from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.lazy import mostly_zero
from fastbp.kernels.lazy.adam import Moments
from fastbp.kernels.lazy.averaged import Mean
from fastbp.kernels.lazy.elastic import Soft
from fastbp.kernels.lazy.interface import Replay
from fastbp.kernels.lazy.linear import Carried, Scaled
from fastbp.kernels.lazy.untouched import is_at_rest, way_for
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.rows.sparse import SparseRows
from fastbp.penalties import L2, Elastic, NoPenalty, WeightDecay, penalised
from fastbp.rules import Adam, Averaged, GradientDescent, Nadam, at_step, init, step
from fastbp.training.prediction import predict_outputs

SIZES, N_PATTERNS = [14, 5, 4, 2], 9
CLOSE = {"rtol": 1e-9, "atol": 1e-11}
SINGLE = {"rtol": 3e-4, "atol": 3e-5}
MORE = {  # settings that are drawn from
    "nothing": {},
    "average": {"average_from": 5},
    "max_norm": {"max_norm": 0.8},
    "clip_norm": {"clip_norm": 0.2},
    "dropout": {"dropout": (0.3, 0.2)},
}


def epochs_of(
    kind,
    rule,
    sizes=SIZES,
    n=N_PATTERNS,
    density=0.15,
    dtype=np.float64,
    rates=(1, 0.6),
    **settings,
):
    """Return parameters, state and losses of epochs, at rates of a schedule."""
    X, d = random_patterns(n, sizes, "SquaredError", dtype)
    X[np.random.default_rng(5).random(X.shape) > density] = 0
    X[3] = 0
    if settings.pop("weighted", False):
        rng = np.random.default_rng(2)
        settings["sample_weight"] = rng.choice([0.5, 1, 1, 1, 2], n).astype(dtype)
    if "dropout" in settings:
        settings["random_state"] = np.random.RandomState(0)
    network = random_network(sizes, dtype)
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    training = trainer(network, kind(X), d, *formulas, rule=rule, **settings)
    losses = []
    for epoch, rate in enumerate(rates):
        training.optimizer.learning_rate = rate * rule.eta
        losses.append(training.epoch(np.random.default_rng(epoch).permutation(n)))
    return network.parameters, training.state, np.array(losses)


def check_same(rule, **settings):
    close = SINGLE if settings.get("dtype") == np.float32 else CLOSE
    one, other = (
        epochs_of(kind, rule, **settings) for kind in (np.asarray, scipy.sparse.csr_array)
    )
    before = random_network(settings.get("sizes", SIZES), one[0].dtype).parameters
    assert np.abs(one[0] - before).max() > 1e-3
    for dense, sparse in zip(one, other, strict=True):
        np.testing.assert_allclose(sparse, dense, **close)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("rule", RULES)
def test_weights_state_and_loss(rule, penalty, interpreted):
    """Every rule with every penalty, online and in batches; everything else is drawn."""
    rng = np.random.default_rng([list(RULES).index(rule), list(PENALTIES).index(penalty)])
    for batch_size in (1, 4):
        settings = {**PENALTIES[penalty][0], **MORE[rng.choice(list(MORE))]}
        settings["weighted"] = bool(rng.random() < 0.4)
        settings["sizes"] = [SIZES, [14, 3], [14, 34, 2]][rng.integers(3)]
        settings["dtype"] = np.float32 if rng.random() < 0.2 else np.float64
        if len(settings["sizes"]) == 2 or "dropout" in settings:
            settings.pop("dropout", None)
        check_same(RULES[rule], batch_size=batch_size, **settings)


@pytest.mark.parametrize("more", MORE)
def test_with_all_else(more, interpreted):
    for rule, penalty, batch_size in (("plain", "l2", 1), ("adam", "decay", 4)):
        settings = PENALTIES[penalty][0] | MORE[more]
        check_same(RULES[rule], batch_size=batch_size, **settings)


LONG = {"sizes": [30, 3, 1], "n": 45, "density": 0.04}
CLOSED = {
    "adam": (Adam(0.01, 0.9, 0.999, 1e-8), {}),
    "adam, a large epsilon": (Adam(0.01, 0.9, 0.999, 1e-4), {}),
    "adam, one by one": (Adam(0.01, 0.9, 0.9, 1e-3), {}),
    "adam, nothing kept": (Adam(0.01, 0.0, 0.0, 1e-8), {}),
    "adam, no first moment": (Adam(0.01, 0.0, 0.999, 1e-8), {}),
    "adamw, absurd": (Adam(0.01, 0.9, 0.999, 1e-8), {"alpha": 120.0, "decoupled": True}),
    "adamw": (Adam(0.01, 0.9, 0.999, 1e-8), {"alpha": 0.1, "decoupled": True}),
    "nadam": (Nadam(0.01, 0.9, 0.999, 1e-8), {}),
    "l1, weak": (GradientDescent(0.02), {"alpha": 0.01, "l1_ratio": 0.9}),
    "l1, strong": (GradientDescent(0.02), {"alpha": 1.0, "l1_ratio": 0.5}),
    "l1, alone": (GradientDescent(0.02), {"alpha": 1.0, "l1_ratio": 1.0}),
    "l2, absurd": (GradientDescent(0.02), {"alpha": 70.0, "l1_ratio": 0.1}),
    "momentum": (RULES["momentum"], {"alpha": 0.1}),
    "averaged": (RULES["plain"], {"average_from": 30, "alpha": 0.1}),
    "averaged momentum": (RULES["nesterov"], {"average_from": 1, "alpha": 0.1}),
    "averaged adagrad": (RULES["adagrad"], {"average_from": 70}),
}


@pytest.mark.parametrize("case", CLOSED)
def test_long_absence(case, interpreted):
    rule, settings = CLOSED[case]
    check_same(rule, **LONG, **settings, weighted=case == "momentum")


def test_moments_that_are_forgotten(interpreted):
    """Of more steps than a moment lives, and in more blocks of sums than one."""
    settings = {"n": 450, "sizes": [8, 2, 1], "density": 0.004, "rates": (1,)}
    check_same(Adam(0.01, 0.9, 0.999, 1e-8), **settings)


@pytest.mark.parametrize(
    ("rule", "settings"),
    [("adam", {"batch_size": 1, "alpha": 0.1, "decoupled": True}), ("plain", {"batch_size": 4})],
)
def test_compiled(rule, settings):
    rule = CLOSED["adam"][0] if rule == "adam" else RULES[rule]
    settings = settings | {"sizes": [40, 37, 2], "n": 40, "density": 0.1}
    with jit.interpreted():
        expected = epochs_of(np.asarray, rule, **settings)
    for dense, sparse in zip(
        expected, epochs_of(scipy.sparse.csr_array, rule, **settings), strict=True
    ):
        np.testing.assert_allclose(sparse, dense, **CLOSE)


def test_ways():
    """What costs no more for many updates than for one, and what does."""
    plain, momentum = GradientDescent(0.1), RULES["momentum"]
    l2, decay, elastic, free = L2(0.1), WeightDecay(0.01), Elastic(0.1, 0.1), NoPenalty()
    expected = [
        (plain, l2, Scaled),
        (plain, decay, Scaled),
        (plain, elastic, Soft),
        (momentum, free, Carried),
        (momentum, l2, Carried),
        (momentum, elastic, Replay),
        (RULES["adagrad"], decay, Carried),
        (RULES["adagrad"], l2, Replay),
        (RULES["rmsprop"], free, Carried),
        (RULES["adam"], free, Moments),
        (RULES["nadam"], decay, Moments),
        (RULES["adam"], l2, Replay),
        (Averaged(plain, 3), l2, Mean),
        (Averaged(RULES["adam"], 3), free, Replay),
        (RULES["rprop"], free, Replay),
    ]
    for rule, penalty, kind in expected:
        assert type(way_for(rule, penalty, np.full(5, 0.1), 0)) is kind, (rule, penalty)
    assert is_at_rest(plain, free) and is_at_rest(RULES["adagrad"], free)
    assert not is_at_rest(plain, decay) and not is_at_rest(momentum, free)


class Restless(NamedTuple):
    """Steps that depend on time, on the state and on the size of the weight, with any descent."""

    eta: float = 0.1


@init.register(Restless)
def _(rule, w):
    return (np.full_like(w, 0), w)


@at_step.register(Restless)
def _(rule, t):
    return Restless(rule.eta / t)


@step.register(Restless)
def _(rule, w, descent, state):
    kept = np.where(np.abs(w) > 0.3, 0.9 * w, w)
    return kept + rule.eta * (descent + 0.1 * state[0]), (state[0] * w + descent, kept)


class Steep(NamedTuple):
    """Σ w⁴ / 4, whose pull is not linear."""

    alpha: float = 0.1


@penalised.register(Steep)
def _(penalty, descent, w, pull):
    return descent - pull * penalty.alpha * w * w * w


@fastbp.penalties.penalty_terms.register(Steep)
def _(penalty, w):
    return w * w * w * w


@fastbp.penalties.penalty_value.register(Steep)
def _(penalty, penalty_sum):
    return 0.25 * penalty.alpha * penalty_sum + 1


def test_formulas_of_ones_own(interpreted):
    """Nothing is known of them but what they do."""
    for batch_size in (1, 4):
        check_same(Restless(), batch_size=batch_size)
        check_same(Restless(), batch_size=batch_size, alpha=Steep(0.2))
        check_same(RULES["plain"], batch_size=batch_size, alpha=Steep(0.2), weighted=True)


class Drifting(GradientDescent):
    """Inherits what is said of plain descent, and steps otherwise."""


@step.register(Drifting)
def _(rule, w, descent, state):
    return w * 0.99 + descent, state


class Capped(L2):
    """Inherits what is said of L2, and pulls otherwise."""


@penalised.register(Capped)
def _(penalty, descent, w, pull):
    return descent - pull * penalty.alpha * np.clip(w, -0.1, 0.1)


def test_formulas_that_inherit_others(interpreted):
    assert not is_at_rest(Drifting(0.1), NoPenalty())
    check_same(Drifting(0.1), batch_size=1)
    check_same(Drifting(0.1), batch_size=4, alpha=Capped(0.5))
    assert type(way_for(GradientDescent(0.1), Capped(0.5), np.ones(2), 0)) is Replay


def test_what_is_not_there_is_not_touched(interpreted):
    """Weights of inputs without entries may be anything, and are what they were."""
    X, d = random_patterns(9, SIZES, "SquaredError")
    X[:, ::2] = 0
    network = random_network(SIZES)
    network.weights[0][::2] = np.nan
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    for batch_size in (1, 4):
        sparse = scipy.sparse.csr_array(X)
        training = trainer(network, sparse, d, *formulas, batch_size=batch_size)
        assert np.isfinite(training.epoch(np.arange(9)))
        out = predict_outputs(network, training.formulas, training.patterns.rows, range(9))
        assert np.isfinite(out).all()
    assert np.isnan(network.weights[0][::2]).all() and np.isfinite(network.weights[0][1::2]).all()


def test_memory(interpreted):
    """No copy of rows, let alone of a batch, is dense: not for training nor to predict."""
    n, n_inputs = 40, 5_000
    X = scipy.sparse.random(n, n_inputs, 0.002, format="csr", random_state=0)
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    for settings in ({"batch_size": 1}, {"batch_size": 20}):
        network = random_network([n_inputs, 2, 1])
        tracemalloc.start()
        training = trainer(network, X, np.ones((n, 1)), *formulas, alpha=0.1, **settings)
        training.epoch(np.arange(n))
        predict_outputs(network, training.formulas, training.patterns.rows, range(n))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        panels = 2 * training.working.numbers.nbytes  # of tiles, whatever the inputs
        assert peak < 4 * 8 * n_inputs + panels + 200_000
        assert training.working.numbers.nbytes < 8 * n_inputs + 2**18


def test_room_for_a_batch(interpreted):
    """Entries beyond the room there is are refused, not written."""
    X, d = random_patterns(6, SIZES, "SquaredError")
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    training = trainer(random_network(SIZES), scipy.sparse.csr_array(X), d, *formulas, batch_size=3)
    training.untouched.make_room = lambda order, batch_size: training.untouched.rows
    training.untouched.rows = rows_of(scipy.sparse.csr_array(X))._replace(
        places=np.full(SIZES[0] + 4 * 20, -1)
    )
    with pytest.raises(IndexError, match="room"):
        training.epoch(np.arange(6))


# --- The estimators -------------------------------------------------------------------------------


def shuffled(X):
    """Return the entries in no order, each in two halves, and zeros that are given."""
    rng = np.random.default_rng(0)
    A = scipy.sparse.coo_array(X)
    row, column = np.tile(A.row, 2), np.tile(A.col, 2)
    data = np.tile(A.data / 2, 2)
    row, column = np.append(row, [0, 1]), np.append(column, [2, 0])
    data = np.append(data, [0, 0])
    order = rng.permutation(len(row))
    order = order[np.argsort(row[order], kind="stable")]
    indptr = np.searchsorted(row[order], np.arange(len(X) + 1))
    return scipy.sparse.csr_matrix((data[order], column[order], indptr), X.shape)


def wide_indices(X):
    A = scipy.sparse.csr_array(X)
    A.indices, A.indptr = A.indices.astype(np.int64), A.indptr.astype(np.int64)
    return A


FORMATS = {
    **{name: getattr(scipy.sparse, f"{name}_array") for name in ("csr", "csc", "coo", "bsr")},
    **{name: getattr(scipy.sparse, f"{name}_matrix") for name in ("lil", "dok", "dia")},
    "shuffled": shuffled,
    "int64": wide_indices,
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_formats(kind, interpreted):
    X, _ = random_patterns(12, SIZES, "SquaredError")
    X[np.abs(X) < 1] = 0
    X[4] = 0
    y = np.arange(12) % 3
    model = BackpropClassifier((4,), alpha=0.01, max_iter=2, random_state=0, dtype="float64")
    dense = model.set_params(batch_size=[1, 4][len(kind) % 2]).fit(X, y)
    expected = [*dense.coefs_, dense.loss_curve_, dense.predict_proba(X)]
    given = FORMATS[kind](X)
    sparse = model.fit(given, y)
    for one, other in zip(
        [*sparse.coefs_, sparse.loss_curve_, sparse.predict_proba(given)], expected, strict=True
    ):
        np.testing.assert_allclose(one, other, **CLOSE)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"alpha": "auto", "standardize": True, "early_stopping": True, "dtype": "float64"},
        {"solver": "adam", "batch_size": 5},
        {"solver": "lbfgs", "alpha": 0.1},
        {"solver": "rprop"},
        {"average": 3, "learning_rate": "cosine", "momentum": 0.9},
        {"clip_norm": 0.1},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fits(settings, interpreted):
    X, y = random_patterns(24, SIZES, "SquaredError")
    X[np.abs(X) < 1] = 0
    model = BackpropRegressor((4,), max_iter=3, random_state=0, **settings)
    if settings.get("standardize"):  # dense columns would be centred
        scales = model.fit(scipy.sparse.csr_array(X), y).scale_
        assert (model.mean_ == 0).all()
        model.set_params(standardize=False)
        X, y = np.clip(X / scales, -5, 5), (y - y.mean(axis=0)) / y.std(axis=0)
    dense = model.fit(X, y)
    expected = [*dense.coefs_, dense.loss_curve_, dense.predict(X)]
    given = scipy.sparse.csr_array(X)
    sparse = model.fit(given, y)
    for one, other in zip(
        [*sparse.coefs_, sparse.loss_curve_, sparse.predict(given)], expected, strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)
    assert len(sparse.loss_curve_) > 1 or settings.get("solver") == "lbfgs"


def test_streams_of_rows(interpreted):
    X, y = random_patterns(20, [14, 1], "SquaredError")
    X[np.abs(X) < 1] = 0
    networks = []
    for kind in (np.asarray, scipy.sparse.csr_array):
        model = BackpropRegressor((4,), alpha=0.1, momentum=0.9, random_state=0)
        for n in range(0, 20, 5):
            model.partial_fit(kind(X[n : n + 5]), y[n : n + 5].ravel())
        networks.append([*model.coefs_, model.loss_curve_, model.predict(kind(X))])
    for one, other in zip(*networks, strict=True):
        np.testing.assert_allclose(one, other, **CLOSE)


DOCUMENTS = ["the cat sat", "a dog ran", "the cat ran", "dogs and cats", "a cat", "the dogs"] * 3
DICTS = [{word: 1.0 for word in document.split()} for document in DOCUMENTS]


@pytest.mark.parametrize(
    ("vectorizer", "rows"),
    [
        (HashingVectorizer(n_features=2**7), DOCUMENTS),
        (TfidfVectorizer(), DOCUMENTS),
        (TfidfVectorizer(dtype=np.float32), DOCUMENTS),
        (FeatureHasher(n_features=2**7), DICTS),
        (DictVectorizer(), DICTS),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_text(vectorizer, rows, interpreted):
    X = vectorizer.fit_transform(rows)
    y = np.array(["cat" in document for document in DOCUMENTS])
    model = fastbp.BackpropClassifier((4,), max_iter=20, random_state=0, learning_rate_init=0.1)
    assert model.fit(X, y).score(X, y) == 1
    model.partial_fit(X, y)
    assert model.predict(X).shape == (18,)


# --- Dense rows that are mostly zero --------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{}, {"alpha": 0.01}, {"momentum": 0.9}, {"solver": "adam"}], ids=str
)
def test_dense_rows_that_are_mostly_zero_train_alike(settings, interpreted, monkeypatch):
    X = np.zeros((12, 600))
    X[np.arange(12), 50 * np.arange(12)] = 1
    y = np.arange(12.0)
    models = []
    for few in (mostly_zero.FEW, 0.0):
        monkeypatch.setattr(mostly_zero, "FEW", few)
        model = BackpropRegressor((3,), standardize=False, max_iter=3, random_state=0, tol=0)
        model.set_params(learning_rate_init=0.01, **{"alpha": 0.0, **settings})
        with pytest.warns(ConvergenceWarning):
            models.append(model.fit(X, y))
    for one, other in zip(models[0].coefs_, models[1].coefs_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(models[0].loss_curve_, models[1].loss_curve_, rtol=1e-9)


def test_which_dense_rows_are_taken_by_their_entries():
    zeros = np.zeros((4, 600))
    assert mostly_zero.are_mostly_zero(rows_of(zeros))
    assert isinstance(mostly_zero.entries_of(rows_of(zeros)), SparseRows)
    assert not mostly_zero.are_mostly_zero(rows_of(zeros + 1))
    assert not mostly_zero.are_mostly_zero(rows_of(zeros[:, :100].copy()))
    assert not mostly_zero.are_mostly_zero(rows_of(zeros[:1]))
    rng = np.random.default_rng(0)
    few = np.where(rng.uniform(size=(40, 600)) < 0.03, 1.0, 0.0)
    taken = mostly_zero.entries_of(rows_of(few))
    assert len(taken.data) == few.sum() and taken.n_inputs == 600
