"""Estimators as JSON: the same bits come back and go on; what is damaged is refused, by name."""

import copy
import functools
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from plain import BackpropRegressor as PlainRegressor
from sklearn.exceptions import NotFittedError

import fastbp
from fastbp.activations import LeakyRelu, derivative, value
from fastbp.export import from_json, to_json
from fastbp.export.json.layout import laid_out
from fastbp.losses import Huber
from fastbp.penalties import L2
from fastbp.rules import Adam

RNG = np.random.RandomState(0)
X = RNG.standard_normal((20, 3)) * [1, 10, 0.1] + [0, 1000, 3]
Y, LABELS = X[:, 0], np.array(["a", "b", "ü"])[np.arange(20) % 3]
BOTH = np.stack([X[:, 0] > 0, X[:, 1] > 1000], axis=1).astype(int)
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}
KEPT = Path(__file__).parent / "network-0.1.json"  # of version 0.1; never write it anew

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]


class Cube(NamedTuple):
    """An activation of one's own."""

    scale: float = 0.1


@value.register(Cube)
def _(activation, net):
    return activation.scale * net * net * net


@derivative.register(Cube)
def _(activation, net, out):
    return 3 * activation.scale * net * net


KINDS = {
    "regressor": (fastbp.BackpropRegressor(**SMALL), Y),
    "outputs": (fastbp.BackpropRegressor(**SMALL, dtype="float64", loss="huber"), X[:, :2]),
    "classifier": (fastbp.BackpropClassifier(**SMALL, momentum=0.9), LABELS),
    "labels": (fastbp.BackpropClassifier(**SMALL, solver="rmsprop"), BOTH),
    "truth": (fastbp.BackpropClassifier(**SMALL, class_weight={True: 2.0}), Y > 0),
    "objects": (fastbp.BackpropClassifier(**SMALL), LABELS.astype(object)),
    "plain": (fastbp.BackpropRegressor(**SMALL, standardize=False, learning_rate_init=1e-9), Y),
    "average": (fastbp.BackpropRegressor(**SMALL, average=True, solver="adam", dropout=[0.1]), Y),
    "records": (
        fastbp.BackpropRegressor(
            (3, 2),
            activation=[LeakyRelu(0.1), "tanh"],
            loss=Huber(1.5),
            alpha=L2(0.1),
            solver=Adam(0.01, 0.9, 0.99, 1e-8),
            max_iter=2,
            random_state=0,
        ),
        Y,
    ),
    "generator": (
        fastbp.BackpropClassifier((), max_iter=2, random_state=np.random.RandomState(3)),
        LABELS,
    ),
    "lbfgs": (fastbp.BackpropClassifier(**SMALL, solver="lbfgs"), LABELS),
    "validated": (fastbp.BackpropRegressor(**SMALL, early_stopping=True, scoring="r2"), Y),
}


def fitted(kind):
    model, y = copy.deepcopy(KINDS[kind])
    return model.fit(X, y), y


def equal(one, other):
    """Tell whether what a pickle would keep is the same, to the bit."""
    if isinstance(one, np.ndarray):
        bits = one.dtype.kind == "O" or one.tobytes() == other.tobytes()
        return one.dtype == other.dtype and one.shape == other.shape and bits
    if isinstance(one, np.random.RandomState):
        return equal(list(one.get_state()), list(other.get_state()))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        same = type(one) is type(other) and len(one) == len(other)
        return same and all(map(equal, one, other))
    if hasattr(one, "y_type_"):
        return type(one) is type(other) and equal(vars(one), vars(other))
    nan = one != one and other != other
    return nan or (one == other and (type(one) is type(other) or isinstance(one, float)))


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_comes_back_and_goes_on(kind):
    model, y = fitted(kind)
    twin = from_json(to_json(model))
    kept = copy.copy(model).__getstate__()
    for name, mine in kept.items():
        assert equal(mine, twin.__getstate__()[name]), name
    assert kept.keys() == twin.__getstate__().keys() and type(twin) is type(model)
    if model.solver == "lbfgs" or model.early_stopping:
        np.testing.assert_array_equal(twin.predict(X), model.predict(X))
        return
    for one in (model, twin):
        one.partial_fit(X, y)
        one.learn_one(X[3], y[3])
    for one in (model, twin):  # which is the generator itself in one of them, as after pickling
        one.random_state = None
    assert equal(copy.copy(model).__getstate__(), copy.copy(twin).__getstate__())
    assert to_json(model) == to_json(twin)


@pytest.mark.parametrize("shortcuts", [False, True])
def test_shortcuts_and_connections(shortcuts):
    masks = [np.ones((3, 2), bool), np.ones((5 if shortcuts else 2, 3), bool)]
    masks[0][1, 0] = masks[1][-1, 1] = False
    parameters = {"shortcuts": shortcuts, "connections": masks, "momentum": 0.9, "max_iter": 2}
    model = fastbp.BackpropClassifier((2,), **parameters, average=True).fit(X, LABELS)
    text = to_json(model)
    twin = from_json(text)
    for one in (model, twin):
        one.partial_fit(X, LABELS)
        one.learn_one(X[3], LABELS[3])
    assert equal(copy.copy(model).__getstate__(), copy.copy(twin).__getstate__())
    words = json.loads(text)
    del words["sha256"]
    for path, new, says in (
        (("parameters", "connections"), masks[0].tolist(), "must be a list"),
        (("parameters", "connections", 0), masks[1].tolist(), "must have the shape of coefs_"),
        (("parameters", "connections", 0, 0, 0), 1, "true or false"),
        (("fitted", "coefs_", 0, 1, 0), 0.5, "they must be 0"),
    ):
        assert says in read(edited(words, path, new))


@pytest.mark.parametrize("target", [Y, LABELS, BOTH], ids=["values", "classes", "labels"])
def test_ensembles(target):
    kind = "Regressor" if target is Y else "Classifier"
    parameters = SMALL | {"n_estimators": 2, "n_jobs": 1, "momentum": 0.5}
    model = getattr(fastbp, f"BackpropEnsemble{kind}")(**parameters).fit(X, target)
    twin = from_json(to_json(model))
    assert type(twin) is type(model) and twin.get_params() == model.get_params()
    for one in (model, twin):
        one.partial_fit(X, target)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    assert to_json(twin) == to_json(model)


def test_streams_that_grow():
    """Names and labels of any kind that JSON has; features and classes that come later."""
    model = fastbp.BackpropClassifier((2,), random_state=0, new_classes="add", new_features="add")
    model.learn_one({"a": 1.0, 7: 2.0}, "x")
    for label in [("y", 1), 3, True, 2.5, "inf", 2**80, "\ud800"]:
        model.learn_one({"a": 2.0, ("b", 1): 1.0}, label)
    twin = from_json(to_json(model))
    assert list(map(type, twin.classes_)) == list(map(type, model.classes_))
    for one in (model, twin):
        one.learn_one({"a": 0.0, "c": 3.0}, "new")
    assert equal(copy.copy(model).__getstate__(), copy.copy(twin).__getstate__())


def test_names_and_assigned_weights():
    frame = pd.DataFrame(X, columns=["größe", "", 'quo"te\n'])
    model = fastbp.BackpropRegressor(**SMALL).fit(frame, Y)
    model.coefs_ = [np.ones((3, 3), int), np.full((3, 1), 1e-300)]
    twin = from_json(to_json(model))
    np.testing.assert_array_equal(twin.predict(frame), model.predict(frame))
    assert twin.feature_names_in_.tolist() == frame.columns.tolist()
    assert twin.partial_fit(frame, Y).coefs_[0].dtype == np.float64
    model.mean_ = None
    with pytest.raises(ValueError, match="must have all of mean_, scale_, _moments, or none"):
        to_json(model)


def test_decimals_of_any_bits():
    for bits, dtype in ((np.uint32, np.float32), (np.uint64, np.float64)):
        whole = RNG.randint(0, 2 ** (8 * bits().itemsize), (100, 20), dtype=bits)
        numbers = np.where(np.isfinite(whole.view(dtype)), whole.view(dtype), 0)
        model = fastbp.BackpropRegressor((20,), standardize=False)
        model.max_iter, model.random_state, model.dtype = 1, 0, dtype.__name__
        model.fit(np.zeros((2, 100)), [0.0, 1.0])
        model.coefs_[0][:] = numbers
        twin = from_json(to_json(model))
        assert twin.coefs_[0].tobytes() == model.coefs_[0].tobytes() == numbers.tobytes()


def test_of_ones_own():
    model = fastbp.BackpropRegressor(**SMALL, activation=Cube(0.3)).fit(X, Y)
    text = to_json(model)
    with pytest.raises(ValueError, match=r"record Cube, .* from_json\(\.\.\., records=\[Cube\]\)"):
        from_json(text)
    twin = from_json(text, records=[Cube])
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    assert twin.activation == Cube(0.3) and equal(
        twin.partial_fit(X, Y).coefs_, model.partial_fit(X, Y).coefs_
    )
    with pytest.raises(ValueError, match="records must be classes of records, got 'Cube'"):
        from_json(text, records=["Cube"])
    twins = type("Tanh", (Cube,), {})
    model.alpha = twins(1.0)
    with pytest.raises(ValueError, match="two records named Tanh"):
        to_json(model)
    with pytest.raises(ValueError, match="Tanh is the name of a record of fastbp"):
        from_json(text, records=[twins])


def scorer(model, X, y):
    return 0.0


def test_what_has_no_place_in_a_file(tmp_path):
    class Day:
        pass

    def stream(label):
        model = fastbp.BackpropClassifier((2,), new_classes="add")
        model.learn_one([1.0, 2.0], label)
        model.learn_one([2.0, 1.0], "other")
        return model

    def changed(**attributes):
        model = fitted("classifier")[0]
        vars(model).update(attributes)
        return model

    cases = {
        "not fitted": fastbp.BackpropRegressor(),
        "PlainRegressor|BackpropRegressor is another class": PlainRegressor(max_iter=1).fit(X, Y),
        "scoring: .*function": fastbp.BackpropRegressor(**SMALL, scoring=scorer).fit(X, Y),
        r"classes_\[0\]: a file has strings, .*of type Day": stream(Day()),
        r"classes_\[0\]: .*inf": stream(np.inf),
        "random_state: only generators of the kind MT19937": changed(
            random_state=np.random.RandomState(np.random.PCG64(0))
        ),
        "coefs_ and intercepts_ must be finite": changed(
            coefs_=[np.full((3, 3), np.nan), np.ones((3, 3))]
        ),
        "classes_ is": changed(classes_=np.array(["a", "b", "c"])),
        "learning_rate_init": changed(learning_rate_init=-1.0),
    }
    for says, model in cases.items():
        with pytest.raises(ValueError, match=says) as refusal:
            to_json(model, tmp_path / "model.json")
        assert isinstance(refusal.value, NotFittedError) == (says == "not fitted")
    assert not list(tmp_path.iterdir())


def test_files(tmp_path, monkeypatch):
    model, _ = fitted("classifier")
    path = tmp_path / "model.json"
    text = to_json(model, path)
    assert path.read_text(encoding="utf-8") == text and to_json(model, str(path)) == text
    for source in (path, str(path), text):
        np.testing.assert_array_equal(from_json(source).predict(X), model.predict(X))
    assert max(map(len, text.splitlines())) < 8000 and len(text.splitlines()) < 140

    def full(*given):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        to_json(fitted("regressor")[0], path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]
    assert path.read_text(encoding="utf-8") == text
    with pytest.raises(FileNotFoundError):
        from_json(tmp_path / "other.json")
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="not a file that to_json has written"):
        from_json(path)


def test_a_file_of_version_0_1():
    """Whatever the package has become since: it predicts and goes on."""
    model = from_json(KEPT)
    told = json.loads((KEPT.parent / "network-0.1-told.json").read_text())
    np.testing.assert_allclose(model.predict_proba(told["X"]), told["proba"], rtol=1e-6)
    assert model.predict(told["X"]).tolist() == told["labels"]
    model.partial_fit(told["X"], told["labels"])
    np.testing.assert_allclose(model.coefs_[0], told["coefs_after"], rtol=1e-5, atol=1e-7)


def test_the_file_in_the_docs():
    page = (KEPT.parents[1] / "docs" / "export.md").read_text(encoding="utf-8")
    model = from_json(page.partition("```json\n")[2].partition("```")[0])
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert model.predict(corners).tolist() == ["equal", "unequal", "unequal", "equal"]
    before = model.predict_proba(corners)[0, 0]
    model.partial_fit(corners[:1], ["equal"])
    assert before < model.predict_proba(corners)[0, 0] < 1


# --- Damaged files --------------------------------------------------------------------------------


@functools.cache
def text_of(kind):
    return to_json(fitted(kind)[0])


def document(kind, *, whole=False):
    """Return what a file says, to be edited: without the checksum, and what takes most room."""
    result = json.loads(text_of(kind))
    del result["sha256"]
    if not whole:
        del result["fitted"]["_random_state"]
    return result


def places(words, path=()):
    """Yield the paths of all that is in a file; of long lists the first, second and last only."""
    yield path
    if isinstance(words, dict):
        for key, one in words.items():
            yield from places(one, (*path, key))
    elif isinstance(words, list):
        for n in sorted({0, 1, len(words) - 1} & set(range(len(words)))):
            yield from places(words[n], (*path, n))


def at(words, path):
    for step in path:
        words = words[step]
    return words


def edited(words, path, new):
    words = copy.deepcopy(words)
    at(words, path[:-1])[path[-1]] = new
    return words


def read(words):
    """Return what can be predicted by a file, or the sentence that refuses it."""
    try:
        model = from_json(json.dumps(words))
        with np.errstate(all="ignore"):  # of weights that somebody has edited
            return model.predict(np.zeros((1, model.n_features_in_)))
    except ValueError as refusal:
        assert len(str(refusal).split()) > 2
        return str(refusal)


def test_cut_short():
    words = document("classifier")
    text = laid_out(words)
    assert isinstance(read(words), np.ndarray)
    for length in range(len(text)):
        with pytest.raises(ValueError, match="cut short or damaged|source must be JSON"):
            from_json(text[:length])


def test_a_bit_here_and_there():
    """The checksum tells, whatever it is."""
    text = text_of("classifier")
    digits = [n for n, one in enumerate(text) if one.isdigit()]
    for n in RNG.permutation(digits)[:100]:
        other = text[:n] + str((int(text[n]) + 1) % 10) + text[n + 1 :]
        with pytest.raises(ValueError):
            from_json(other)


@pytest.mark.parametrize("kind", ["classifier", "records", "average"])
def test_anything_in_the_place_of_anything(kind):
    """Without the checksum, as somebody may edit it: refused with a sentence, or usable."""
    words, odd = document(kind), [-1, 0, 0.5, 2**70, 10**400, "x", "nan", None, True, [], {}, [1]]
    for path in list(places(words))[1:]:
        read(edited(words, path, odd[RNG.randint(len(odd))]))
    assert isinstance(read(words), np.ndarray)


def test_numbers_that_are_none():
    """Where a number decides what is predicted: infinities, and what is too large."""
    words = document("outputs")["fitted"]
    for path in places(words):
        if type(at(words, path)) is float and path[0] in ("coefs_", "mean_", "y_scale_"):
            whole = json.dumps(edited(document("outputs"), ("fitted", *path), "HERE"))
            for new in ("1e999", "NaN", "Infinity", '"inf"'):
                with pytest.raises(ValueError):
                    from_json(whole.replace('"HERE"', new))
    with pytest.raises(ValueError, match="numbers that float32 does not have"):
        from_json(json.dumps(edited(document("regressor"), ("fitted", "coefs_", 0, 0, 0), 1e300)))


FREE = ("loss_curve_", "validation_scores_", "validation_loss_curve_", "parameters")


@pytest.mark.parametrize("kind", ["classifier", "outputs", "records"])
def test_other_sizes(kind):
    words = document(kind)
    for path in places(words):
        given = at(words, path)
        if isinstance(given, list) and given and not set(FREE) & set(path):
            for new in (given[:-1], [*given, given[-1]], [given], []):
                assert isinstance(read(edited(words, path, new)), str), path


@pytest.mark.parametrize("kind", ["classifier", "outputs", "average"])
def test_entries_that_are_missing_or_new(kind):
    words, expected = document(kind), read(document(kind))
    for path in places(words):
        if isinstance(at(words, path), dict) and path:
            more = copy.deepcopy(words)
            at(more, path)["vanishing"] = 1
            assert "vanishing" in read(more) or "sliced" in read(more)
        if path and isinstance(path[-1], str):
            less = copy.deepcopy(words)
            del at(less, path[:-1])[path[-1]]
            found = read(less)
            assert isinstance(found, str) or (found == expected).all() or path[0] == "parameters"


@pytest.mark.parametrize(
    ("path", "new", "says"),
    [
        (("version",), 2, "version 2 of the format; fastbp .* reads versions up to 1: update"),
        (("version",), 0, "version must be 1 or later"),
        (("format",), "other", "not what to_json writes"),
        (("estimator",), "os.system", "estimator must be one of BackpropClassifier"),
        (("fitted", "dtype"), "float16", "float32 or float64"),
        (("fitted", "_formulas", "loss", "record"), "os", "a record os, which fastbp does not"),
        (("fitted", "_formulas", "loss"), {"record": "Relu", "fields": {}}, "a loss"),
        (("fitted", "_optimizer", "rule", "record"), "Averaged", "Averaged lacks"),
        (("fitted", "_optimizer", "rule"), {"record": "Relu", "fields": {}}, "an update rule"),
        (("fitted", "_optimizer", "rule", "record"), "Nesterov", None),
        (("fitted", "_optimizer", "rule", "record"), "Momentum", None),
        (("fitted", "scale_", 0), 0.0, "scale_ must be positive"),
        (("fitted", "_random_state", "position"), 625, "position of at most 624"),
        (("fitted", "_random_state", "key", 0), 2**32, "numbers of 32 bits"),
        (("fitted", "classes_", "labels", 0), "c", "sorted labels"),
        (("fitted", "classes_", "labels", 0), "b", "different from each other"),
        (("fitted", "classes_", "labels", 0), 1, "labels of str"),
        (("fitted", "classes_", "dtype"), "int64", "labels of int64"),
        (("fitted", "_label_binarizer", "kind"), "binary", "one of .*, by classes_"),
        (("fitted", "out_activation_"), "exp", "out_activation_ must be 'softmax'"),
        (("parameters", "solver"), "magic", "solver"),
        (("parameters", "random_state"), {"key": []}, "lacks position"),
    ],
)
def test_says_what_is_wrong(path, new, says):
    found = read(edited(document("classifier", whole=True), path, new))
    if says is None:
        assert isinstance(found, np.ndarray)
    else:
        with pytest.raises(ValueError, match=says):
            raise ValueError(found)


def test_texts_that_are_no_files():
    text = text_of("regressor")
    for other in ("", "  ", "[" * 100_000 + "\n", '{"a": ' * 100_000, "{}", "{\n", None, 3, b"{}"):
        with pytest.raises(ValueError):
            from_json(other)
    with pytest.raises(ValueError, match="two entries of one name"):
        from_json(text.replace('"version": 1,', '"version": 1, "version": 1,'))
    with pytest.raises(ValueError, match="sha256 says: .* edited; in that case leave sha256 out"):
        from_json(text.replace('"max_iter": 2', '"max_iter": 3'))


def test_ensembles_of_networks_that_differ():
    model = fastbp.BackpropEnsembleClassifier(**SMALL, n_estimators=2, n_jobs=1).fit(X, LABELS)
    words = json.loads(to_json(model))
    del words["sha256"]
    for networks in ([], [words["networks"][0], document("truth")], [document("regressor")]):
        given = [{key: one[key] for key in ("parameters", "fitted")} for one in networks]
        assert isinstance(read(words | {"networks": given}), str)
    assert isinstance(read(words | {"estimator": "BackpropEnsembleRegressor"}), str)
    assert isinstance(read(words), np.ndarray)
