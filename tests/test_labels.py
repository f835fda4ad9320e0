"""Labels of any hashable kind: numbered where scikit-learn cannot sort them."""

import copy
import datetime
import decimal
import enum
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

from fastbp import BackpropClassifier


class Colour(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


class Refuses:
    """A label that cannot be compared, and may be looked for where "b" lies."""

    def __hash__(self):
        """Return that of "b"."""
        return hash("b")

    def __eq__(self, other):
        """Fail."""
        raise RuntimeError("not comparable")


OF_ANY_KIND = {
    "mixed": [1, "b", 2],
    "tuples": [("b", 1), ("a", 2), ("a", 1)],
    "tuples of numbers": [(0, 1), (1, 0), (1, 1)],
    "tuples of any length": [(), (1,), (1, (2, 3))],
    "members": [Colour.RED, Colour.GREEN, Colour.BLUE],
    "sets": [frozenset("b"), frozenset("a"), frozenset()],
    "dates": [datetime.date(2021, 1, 1), datetime.date(2020, 1, 1), datetime.date(2022, 1, 1)],
    "times": [np.datetime64(n, "ns") for n in (3, 1, 2)],
    "bytes": [b"b", b"a", b""],
    "fractions": [1.5, -0.5, float("inf")],
    "decimals": [decimal.Decimal("1.5"), decimal.Decimal("0.1"), 3],
    "large": [2**70, -(2**64), 1e300],
    "types": [int, str, len],
}
RNG = np.random.default_rng(0)
N_ROWS = 16
X = RNG.normal(size=(N_ROWS, 3))
NAMED = [dict(zip("abc", row.tolist(), strict=True)) for row in X]
KINDS = np.arange(N_ROWS) % 3
KINDS[:3] = 0, 0, 1
PARTS = [slice(0, 2), slice(2, 5), slice(5, N_ROWS)]


def network(**parameters):
    return BackpropClassifier((4,), random_state=0, **({"new_classes": "add"} | parameters))


def rows_of(labels, kinds=KINDS):
    return [labels[kind] for kind in kinds]


def learned(labels, kinds=KINDS, **parameters):
    model = network(**parameters)
    for x, label in zip(NAMED, rows_of(labels, kinds), strict=True):
        model.learn_one(x, label)
    return model


def assert_same_weights(one, other):
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(one, name), getattr(other, name), strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one._optimizer.state, other._optimizer.state)


def check(kind, **parameters):
    """Compare with what is learned of numbers, in the order in which the labels come."""
    labels = OF_ANY_KIND[kind]
    model, plain = learned(labels, **parameters), learned([0, 1, 2], **parameters)
    assert model.classes_.dtype == object and model.classes_.tolist() == labels
    assert_same_weights(model, plain)
    for x, row in zip(NAMED[:4], X, strict=False):
        number, shares = plain.predict_one(x), plain.predict_proba_one(x)
        answer, found = model.predict_one(x), model.predict_proba_one(x)
        assert answer == labels[number] and type(answer) is type(labels[number])
        assert list(found) == labels and list(found.values()) == list(shares.values())
        frame = pd.DataFrame([row], columns=list("abc"))
        assert model.predict(frame)[0] == answer
    return model, plain


@pytest.mark.parametrize("kind", OF_ANY_KIND)
def test_rows(interpreted, kind):
    check(kind)


def test_what_is_more_than_a_step_takes_the_long_way(interpreted):
    check("tuples", class_weight="balanced")
    one = learned(OF_ANY_KIND["tuples"], class_weight={("b", 1): 2.0, ("c", 3): 9.0})
    assert_same_weights(one, learned([0, 1, 2], class_weight={0: 2.0, 1: 1.0, 2: 1.0}))


def test_compiled():
    labels, models = OF_ANY_KIND["mixed"], []
    for classes in (labels, [0, 1, 2]):
        model = network(new_classes="error")
        model.partial_fit(X[:5], rows_of(classes, KINDS[:5]), classes=classes)
        for row, kind in zip(X[5:], KINDS[5:], strict=True):
            model.learn_one(row, classes[kind])
        models.append(model)
    model, plain = models
    assert_same_weights(model, plain)
    for row in X[:10]:
        assert model.predict_one(row) == labels[plain.predict_one(row)]
        found = model.predict_proba_one(row)
        assert found == dict(zip(labels, plain.predict_proba_one(row).values(), strict=True))
    assert "_learning_route" in vars(model) and "_predicting_route" in vars(model)
    before = model.t_
    with pytest.raises(ValueError, match="must be one label"):
        model.learn_one(X[0], [1])
    for label in (float("nan"), Refuses()):
        with pytest.raises(ValueError, match="not equal to itself"):
            model.learn_one(X[0], label)
    assert model.t_ == before


@pytest.mark.parametrize(
    "kind, form",
    [(kind, "list") for kind in OF_ANY_KIND]
    + [(kind, form) for kind in ("mixed", "tuples", "times") for form in ("array", "series")],
)
def test_tables(interpreted, kind, form):
    """`partial_fit` takes them once `classes` had some, and teaches what it teaches of numbers."""
    labels = OF_ANY_KIND[kind]
    model, plain = network(momentum=0.9), network(momentum=0.9)
    for part in PARTS:
        y = rows_of(labels, KINDS[part])
        if form != "list":
            array = np.empty(len(y), object)
            array[:] = y
            y = array if form == "array" else pd.Series(array, range(7, 7 + len(y)), object)
        first = part is PARTS[0]
        model.partial_fit(X[part], y, classes=labels[:2] if first else None)
        plain.partial_fit(X[part], KINDS[part], classes=[0, 1] if first else None)
    assert model.classes_.tolist() == labels
    assert_same_weights(model, plain)
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    np.testing.assert_array_equal(model.decision_function(X), plain.decision_function(X))
    assert model.predict(X).tolist() == rows_of(labels, plain.predict(X))
    y, weights = rows_of(labels), RNG.uniform(0.1, 1, N_ROWS)
    assert model.score(X, y) == plain.score(X, KINDS)
    assert model.score(X, y, weights) == plain.score(X, KINDS, weights)
    assert model.score(X, ["never there"] * N_ROWS) == 0


@pytest.mark.parametrize("kind", ["tuples", "times"])
def test_tables_of_one_row_take_the_short_way(interpreted, kind):
    labels = OF_ANY_KIND[kind]
    model = network().partial_fit(X, rows_of(labels), classes=labels)
    plain = network().partial_fit(X, KINDS, classes=range(3))
    label = np.empty(1, object)
    for n in range(20):
        row, label[0] = X[n % 3 : n % 3 + 1], labels[n % 2]
        model.partial_fit(row, label if n % 3 else label.tolist())
        plain.partial_fit(row, [n % 2])
        assert model.predict(row).tolist() == [labels[plain.predict(row)[0]]]
    assert "_learning_route" in vars(model) and "_predicting_route" in vars(model)
    assert_same_weights(model, plain)


def test_rows_teach_what_tables_teach(interpreted):
    """Mixed labels that come after sorted ones, to the bit."""
    labels = ["b", "a", 7, ("c", 1), "d"]
    kinds = np.minimum(np.arange(N_ROWS) // 3, 4)
    one, other = network(), network()
    for x, row, label in zip(NAMED, X, rows_of(labels, kinds), strict=True):
        one.learn_one(list(x.values()), label)
        other.partial_fit(row[None], [label], classes=[label])
        assert one.classes_.tolist() == other.classes_.tolist()
        assert_same_weights(one, other)
    assert one.classes_.tolist() == ["a", "b", 7, ("c", 1), "d"]  # sorted while they could be


def test_classes_that_were_sorted(interpreted):
    """Predictions for what is known stay, as with any other new class."""
    model = learned(["x", "y", "z"])
    assert model.classes_.dtype.kind == "U"
    before = model.predict_proba(pd.DataFrame(X, columns=list("abc")))
    model.learn_one(NAMED[0], ("x", 1))
    assert model.classes_.tolist() == ["x", "y", "z", ("x", 1)]
    after = model.predict_proba(pd.DataFrame(X, columns=list("abc")))[:, :3]
    np.testing.assert_allclose(after / after.sum(axis=1, keepdims=True), before, atol=0.1)
    assert set(model.predict_proba_one(NAMED[0])) == {"x", "y", "z", ("x", 1)}


def test_numbers_that_are_equal_are_one_label(interpreted):
    for labels in ([1, "b", 2], [1, 0, 2]):
        model = learned(labels)
        before = model.classes_.tolist()
        for label in (1, 1.0, True, np.int32(1), np.float32(1), np.array(1), decimal.Decimal(1)):
            model.learn_one(NAMED[0], label)
        assert model.classes_.tolist() == before
    assert model.classes_.dtype.kind == "i"


def test_one_class(interpreted):
    model = network()
    model.learn_one([1.0, 2.0], ("a", 1))
    assert model.predict_one([0.0, 1.0]) == ("a", 1)
    assert model.predict_proba_one([0.0, 1.0]) == {("a", 1): 1.0}
    assert model.predict(np.eye(2)).tolist() == [("a", 1)] * 2
    assert model.predict_proba(np.eye(2)).tolist() == [[1.0]] * 2


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("policy", ["add", "error"])
def test_no_labels(interpreted, begun, policy):
    model = network()
    if begun:
        model.partial_fit(X[:6], rows_of(["a", ("b", 1), 3], KINDS[:6]), classes=["a", 3])
    model.set_params(new_classes=policy)
    cases = {
        "one label, got": [[1], ["a"], {"a": 1}, {1}, np.arange(2), ("a", [])],
        "contains None": [None],
        "contains NaN": [float("nan"), np.float64("nan"), np.float32("nan")],
        "not equal to itself": [pd.NaT, pd.NA, np.datetime64("NaT"), decimal.Decimal("nan")],
    }
    before = dict(vars(model))
    for words, labels in cases.items():
        for label in labels:
            with pytest.raises(ValueError, match=words):
                model.learn_one(X[0].tolist(), label)
            if begun:
                with pytest.raises(ValueError, match=words):
                    model.partial_fit(X[:2], ["a", label])
    if policy == "error":
        words = "classes not in" if begun else "classes must be passed"
        for label in (("z", 1), 1.5, "z", Colour.RED):
            with pytest.raises(ValueError, match=words):
                model.learn_one(X[0].tolist(), label)
    if begun:
        for y in (np.eye(2), pd.DataFrame(np.eye(2)), "ab", {"a", 3}, np.array(3)):
            with pytest.raises(ValueError, match="y must be class labels"):
                model.partial_fit(X[:2], y)
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            model.partial_fit(X[:2], ["a"])
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())


def test_a_refused_row_brings_no_class(interpreted):
    model = learned(OF_ANY_KIND["tuples"])
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match="'b' is 'x'"):
        model.learn_one({"a": 1.0, "b": "x"}, "new")
    with pytest.raises(ValueError, match="sample_weight"):
        model.learn_one(NAMED[0], "new", -1.0)
    assert pickle.dumps(model) == before


def test_classes_are_those_of_the_first_call(interpreted):
    labels = OF_ANY_KIND["mixed"]
    model = network(new_classes="error").partial_fit(X, rows_of(labels), classes=labels)
    model.partial_fit(X, rows_of(labels), classes=labels[::-1])
    assert model.classes_.tolist() == labels
    for classes in (labels[:2], [1, 2], [("a", 1)]):
        with pytest.raises(ValueError, match="not the same as on last call"):
            model.partial_fit(X, rows_of(labels), classes=classes)
    with pytest.raises(ValueError, match="classes not in .*'x'"):
        model.partial_fit(X, ["x"] * N_ROWS)
    plain = network(new_classes="error").partial_fit(X, KINDS, classes=range(3))
    with pytest.raises(ValueError, match="not the same as on last call"):
        plain.partial_fit(X, KINDS, classes=["a", 1, ()])
    with pytest.raises(ValueError, match="contains None"):
        network().partial_fit(X, KINDS, classes=[0, None])


def test_labels_in_an_indicator_matrix_stay(interpreted):
    model = network().partial_fit(X, np.eye(3, dtype=int)[KINDS], classes=range(3))
    model.learn_one(X[0].tolist(), (0, 1, 0))
    with pytest.raises(ValueError, match="is for one class per row"):
        model.partial_fit(X, np.eye(3, dtype=int)[KINDS], classes=[("a", 1)])


@pytest.mark.parametrize("kind", ["members", "dates", "sets", "decimals", "types"])
def test_tables_alone_do_not_say_so(interpreted, kind):
    """What scikit-learn refuses is refused, in words that say who takes it."""
    y = rows_of(OF_ANY_KIND[kind])
    array = np.empty(N_ROWS, object)
    array[:] = y
    for labels in (y, array):
        for call in (network().fit, network().partial_fit):
            with pytest.raises(ValueError, match="Unknown label type: y has .* learn_one"):
                call(X, labels)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fit_begins_anew(interpreted):
    model = learned(OF_ANY_KIND["mixed"], max_iter=1)
    model.fit(X, KINDS)
    assert model.classes_.tolist() == [0, 1, 2] and model.predict(X).dtype.kind == "i"
    assert set(model.predict(X)) <= {0, 1, 2}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_start_goes_on(interpreted):
    labels = OF_ANY_KIND["tuples"]
    model, plain = (network(max_iter=1, warm_start=True) for _ in range(2))
    model.partial_fit(X, rows_of(labels), classes=labels).fit(X, rows_of(labels))
    plain.partial_fit(X, KINDS, classes=range(3)).fit(X, KINDS)
    assert_same_weights(model, plain)
    with pytest.raises(ValueError, match="same classes as in the previous"):
        model.fit(X, rows_of(labels, KINDS // 2))


@pytest.mark.parametrize("scoring", [None, "loss", "own"])
def test_validation_sets(interpreted, scoring):
    seen, labels = [], OF_ANY_KIND["tuples"]

    def right(model, inputs, truth):
        seen.append((truth[0], model.predict(inputs)[0]))
        return model.score(inputs, truth)

    models = []
    for classes in (labels, [0, 1, 2]):
        y = rows_of(classes)
        score = right if scoring == "own" else scoring
        model = network(scoring=score)
        model.partial_fit(X[:10], y[:10], classes=classes, X_val=X[10:], y_val=y[10:])
        models.append(model)
        with pytest.raises(ValueError, match="y_val.*classes not in|unknown classes"):
            model.partial_fit(X[:10], y[:10], X_val=X[10:], y_val=["x"] * (N_ROWS - 10))
    assert models[0].validation_scores_ == models[1].validation_scores_
    if scoring is None:
        expected = accuracy_score(KINDS[10:], models[1].predict(X[10:]))
        assert models[0].validation_scores_ == [expected]
    if scoring == "own":
        assert set(seen[0]) <= set(labels) and set(seen[-1]) <= {0, 1, 2}


def test_copies(interpreted):
    model = learned(OF_ANY_KIND["members"])
    for twin in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):
        one = pickle.loads(pickle.dumps(model))
        assert twin.predict_proba_one(NAMED[0]) == model.predict_proba_one(NAMED[0])
        for each in (one, twin):
            each.learn_one(NAMED[1], Colour.GREEN)
            each.learn_one(NAMED[2], "another")
        assert twin.classes_.tolist() == [*Colour, "another"]
        assert_same_weights(one, twin)
    assert model.classes_.tolist() == list(Colour)
    with pytest.raises(ValueError, match="MLPClassifier sorts its labels"):
        model.to_sklearn()
