"""Label smoothing and class weights."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from plain import BackpropClassifier
from trained import LABELS, N_PATTERNS, SETTINGS, X, assert_same, by_the_book, formulas_of

import fastbp
from fastbp.kernels.targets import Classes, Smoothed, target_of
from fastbp.network.network import Network
from fastbp.penalties import L2
from fastbp.rules import GradientDescent

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def smoothed(d, smoothing, n_classes):
    return (1 - smoothing) * d + smoothing / n_classes


@pytest.mark.parametrize("n_classes", [2, 3, 19])
def test_smoothed_targets(n_classes):
    """Of the outputs that are there; a distribution again."""
    codes = np.arange(n_classes)
    count = 1 if n_classes == 2 else n_classes
    targets = Smoothed(Classes(codes, count), 0.1, n_classes)
    for p in codes:
        parts = [
            target_of(targets, p, k, count - k, np.zeros(4))[: count - k]
            for k in range(0, count, 4)
        ]
        plain = np.eye(n_classes)[p] if count > 1 else [p]
        np.testing.assert_allclose(
            np.concatenate(parts), smoothed(np.array(plain), 0.1, n_classes), rtol=1e-15
        )
        if count > 1:
            assert sum(part.sum() for part in parts) == pytest.approx(1, rel=1e-14)


KINDS = {  # name: (y, targets, classes, loss)
    "binary": (LABELS > 0, (LABELS > 0)[:, None] * 1.0, 2, "BinaryLogLoss"),
    "multiclass": (LABELS, np.eye(3)[LABELS], 3, "MultinomialLogLoss"),
    "multilabel": (np.eye(3, dtype=int)[LABELS], np.eye(3)[LABELS], 2, "BinaryLogLoss"),
}


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_label_smoothing(kind, batch_size, interpreted):
    y, d, n_classes, loss = KINDS[kind]
    settings = {"batch_size": batch_size, "shuffle": False, "max_iter": 1}
    model = BackpropClassifier(**SETTINGS | settings, label_smoothing=0.2).fit(X, y)
    network = Network([4, 9, 5, d.shape[1]], np.float64)
    network.initialize(np.random.RandomState(0), [6] * 3)
    expected = by_the_book(
        network,
        X,
        smoothed(d, 0.2, n_classes),
        formulas_of("tanh", loss),
        GradientDescent(0.1),
        batch_size=batch_size,
    )
    assert_same(model.coefs_ + model.intercepts_, expected.weights + expected.biases)
    assert model.loss_ == pytest.approx(expected.error, rel=1e-12)


def fit_classes(rows=slice(None), sample_weight=None, **settings):
    settings = {**SETTINGS, "shuffle": False, **settings}
    model = BackpropClassifier(**settings).fit(X[rows], LABELS[rows], sample_weight)
    return model, model.coefs_ + model.intercepts_


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_class_weight(batch_size, weighted, interpreted):
    """Costs of errors, not shares of a batch: they do not cancel, not even in a batch of one.

    There sample weights are costs as well, relative to their mean.
    """
    s = np.random.default_rng(0).uniform(0.5, 2, N_PATTERNS) if weighted else None
    online = weighted and batch_size == 1
    costs = {0: 2.0, 1: 0.5, 2: 1.0}
    settings = {"batch_size": batch_size, "alpha": 0.1, "max_iter": 1}
    model, own = fit_classes(class_weight=costs, sample_weight=s, **settings)
    network = Network([4, 9, 5, 3], np.float64)
    network.initialize(np.random.RandomState(0), [6] * 3)
    expected = by_the_book(
        network,
        X,
        np.eye(3)[LABELS],
        formulas_of("tanh", "MultinomialLogLoss"),
        GradientDescent(0.1),
        penalty=L2(0.1),
        batch_size=batch_size,
        sample_weight=None if online else s,
        costs=np.array([costs[label] for label in LABELS]) * (s / s.mean() if online else 1),
    )
    assert_same(own, expected.weights + expected.biases)


def test_balanced(interpreted):
    """n / (K n_k): each class counts the same."""
    balanced = {label: 7 / (3 * (label == LABELS).sum()) for label in range(3)}
    _, by_name = fit_classes(class_weight="balanced", batch_size=3)
    assert_same(by_name, fit_classes(class_weight=balanced, batch_size=3)[1])
    with pytest.raises(AssertionError):
        assert_same(by_name, fit_classes(batch_size=3)[1])


def test_class_weight_repeats_rows(interpreted):
    """In a full batch, but for its size, by which all is divided."""
    repeated = np.repeat(np.arange(N_PATTERNS), np.array([2, 1, 3])[LABELS])
    n = len(repeated)
    _, own = fit_classes(class_weight={0: 2, 2: 3}, batch_size=7)
    _, others = fit_classes(repeated, batch_size=n, learning_rate_init=0.1 * n / N_PATTERNS)
    assert_same(own, others)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_class_that_costs_nothing(batch_size, interpreted):
    """Its rows are not there: those of weight zero are not."""
    model, own = fit_classes(class_weight={1: 0}, batch_size=batch_size)
    other, expected = fit_classes(sample_weight=(LABELS != 1) * 1.0, batch_size=batch_size)
    assert_same(own, expected)
    assert model.t_ == other.t_ == 2 * 5
    assert model.loss_curve_ == other.loss_curve_


@pytest.mark.parametrize(
    ("weights", "y", "words"),
    [
        ({0: -1}, LABELS, "class_weight: weights must not be negative"),
        ({0: np.nan}, LABELS, "class_weight: weights must not be negative"),
        ({0: 0, 1: 0, 2: 0}, LABELS, "class_weight: the weight of some class"),
        ({7: 2}, LABELS, "(?i)class"),
        ("balanced", np.eye(3, dtype=int)[LABELS], "class_weight.*use sample_weight"),
    ],
    ids=str,
)
def test_class_weight_refused(weights, y, words, interpreted):
    model = BackpropClassifier(**SETTINGS, class_weight=weights)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=words):
        model.fit(X, y)
    assert vars(model) == before


def test_class_weight_of_a_class_that_a_part_lacks(interpreted):
    """`partial_fit` sees parts of the data: weights are for classes that it knows."""
    settings = {**SETTINGS, "batch_size": 2}
    here, there = np.flatnonzero(LABELS), np.flatnonzero(LABELS == 0)
    models = [BackpropClassifier(**settings, class_weight=c) for c in ({0: 5}, {0: 5, 1: 1, 2: 1})]
    for model in models:
        for rows in (here, there):
            model.partial_fit(X[rows], LABELS[rows], classes=[0, 1, 2])
    assert_same(models[0].coefs_, models[1].coefs_)


# --- Labels as they come --------------------------------------------------------------------------

Z = np.random.RandomState(0).standard_normal((60, 4))
KIND_OF_Y = {
    "binary": (Z[:, 0] > 0.8) * 1,
    "multiclass": (Z[:, 0] > 0) + (Z[:, 1] > 1) * 1,
    "multilabel": (Z[:, :3] > [0, 0.5, 1]) * 1,
}


@pytest.mark.parametrize("kind", KIND_OF_Y)
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_decision_function(kind, loss, interpreted):
    """The net inputs of the outputs: what they are the logistic or the softmax of."""
    model = fastbp.BackpropClassifier(
        (5,), random_state=0, loss=loss, max_iter=3, dtype="float64"
    ).fit(Z, KIND_OF_Y[kind])
    net, proba = model.decision_function(Z), model.predict_proba(Z)
    if kind == "binary":
        assert net.shape == (60,)
        np.testing.assert_allclose(1 / (1 + np.exp(-net)), proba[:, 1], rtol=1e-9)
        np.testing.assert_array_equal(model.predict(Z), model.classes_[(net > 0) * 1])
    elif kind == "multilabel":
        np.testing.assert_allclose(1 / (1 + np.exp(-net)), proba, rtol=1e-9)
    else:
        np.testing.assert_array_equal(model.predict(Z), model.classes_[net.argmax(axis=1)])
        if loss == "log_loss":
            e = np.exp(net)
            np.testing.assert_allclose(e / e.sum(axis=1, keepdims=True), proba, rtol=1e-9)


def test_probabilities_sum_to_one_in_their_dtype(interpreted):
    """Though the network computes in float32: else log_loss warns."""
    model = fastbp.BackpropClassifier((5,), random_state=0, max_iter=3).fit(
        Z, KIND_OF_Y["multiclass"]
    )
    proba = model.predict_proba(Z)
    assert proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-14)


@pytest.mark.parametrize("label", [0, "yes", True])
def test_one_single_class(label, interpreted):
    model = fastbp.BackpropClassifier((3,), random_state=0, max_iter="auto")
    model.fit(Z[:5], [label] * 5)
    assert model.predict_proba(Z).tolist() == [[1.0]] * 60
    assert model.classes_.tolist() == [label] and (model.predict(Z) == label).all()


@pytest.mark.parametrize("values", [(-1, 1), (1, 2), (0, 5)])
def test_indicators_of_other_numbers(values, interpreted):
    y = np.where(KIND_OF_Y["multilabel"], values[1], values[0])
    model = fastbp.BackpropClassifier((3,), max_iter=2)
    words = rf"label indicator matrix has 0 and 1, got \[{values[0]}, {values[1]}\]"
    for call in (model.fit, lambda X, y: model.partial_fit(X, y, classes=[0, 1, 2])):
        with pytest.raises(ValueError, match=words):
            call(Z, y)


def test_indicators_of_other_types(interpreted):
    y = KIND_OF_Y["multilabel"]
    expected = fastbp.BackpropClassifier((3,), max_iter=2, random_state=0).fit(Z, y).predict(Z)
    for other in (y.astype(bool), y.astype(float), scipy.sparse.csr_array(y)):
        model = fastbp.BackpropClassifier((3,), max_iter=2, random_state=0).fit(Z, other)
        np.testing.assert_array_equal(model.predict(Z), expected)
    model.partial_fit(Z[:3], scipy.sparse.csr_array(y[:3]))
    with pytest.raises(ValueError, match=r"y has 2 labels, classes are \[0, 1, 2\]"):
        model.partial_fit(Z, y[:, :2])


@pytest.mark.parametrize(
    "scoring",
    ["roc_auc_ovr", "neg_log_loss", "f1_macro", "balanced_accuracy", "neg_brier_score", "accuracy"],
)
def test_scorers_with_rare_classes(scoring, interpreted):
    """Each class is in the part that is held out."""
    y = np.array(["common"] * 50 + ["rare"] * 7 + ["rarest"] * 3)
    model = fastbp.BackpropClassifier(
        (3,), early_stopping=True, scoring=scoring, max_iter=3, random_state=0
    ).fit(Z, y)
    assert np.isfinite(model.best_validation_score_)


def test_scorers_that_can_not(interpreted):
    """Refused before training, and the old model is kept."""
    y = np.where(KIND_OF_Y["binary"], "yes", "no")
    model = fastbp.BackpropClassifier((3,), max_iter=3, random_state=0).fit(Z, y)
    out = model.predict_proba(Z)
    model.set_params(early_stopping=True, scoring="f1")
    with pytest.raises(ValueError, match="scoring='f1' can't score.*pos_label"):
        model.fit(Z, y)
    np.testing.assert_array_equal(model.predict_proba(Z), out)
    one = KIND_OF_Y["binary"] == 0
    model.set_params(scoring="roc_auc")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="scoring='roc_auc' can't score"):
            model.fit(Z, y, X_val=Z[one], y_val=y[one])
