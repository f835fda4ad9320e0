"""Saved models: what is in them, other versions, edited files, and copies that share nothing."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor

import fastbp
from fastbp.activations import LeakyRelu
from fastbp.estimators.persistence import FORMAT
from fastbp.losses import Huber
from fastbp.penalties import L2

RNG = np.random.RandomState(0)
X = RNG.standard_normal((24, 4))
Y, LABELS = X[:, 0], np.array(["a", "b", "c"])[RNG.randint(3, size=24)]
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0, "dtype": "float64"}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]

KINDS = {
    "regressor": (fastbp.BackpropRegressor(**SMALL), Y),
    "classifier": (fastbp.BackpropClassifier(**SMALL), LABELS),
    "average": (BackpropRegressor(**SMALL, average=True, solver="adam", dropout=0.1), Y),
    "records": (
        BackpropRegressor(
            (3, 2),
            activation=[LeakyRelu(0.1), "tanh"],
            loss=Huber(1.5),
            alpha=L2(0.1),
            max_iter=2,
            random_state=0,
            momentum=0.9,
        ),
        Y,
    ),
    "lbfgs": (BackpropClassifier(**SMALL, solver="lbfgs"), LABELS),
    "generator": (
        BackpropClassifier((3,), max_iter=2, random_state=np.random.RandomState(3)),
        LABELS,
    ),
    "unfitted": (fastbp.BackpropRegressor(), None),
}
PLAIN = ["plain.BackpropClassifier", "plain.BackpropRegressor"]  # of these tests


def fitted(kind):
    model, y = copy.deepcopy(KINDS[kind])
    return (model if y is None else model.fit(X, y)), y


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    return joblib.load(io.BytesIO(file.getvalue()))


def through_skops(model):
    skops = pytest.importorskip("skops.io")
    return skops.loads(skops.dumps(model), trusted=fastbp.trusted_types() + PLAIN)


WAYS = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "joblib": through_joblib,
    "skops": through_skops,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_and_shares_nothing(kind, way):
    model, y = fitted(kind)
    twin = WAYS[way](model)
    if y is None:
        assert twin.get_params() == model.get_params() and not hasattr(twin, "coefs_")
        return
    assert {k: type(v) for k, v in vars(twin).items()} == {
        k: type(v) for k, v in vars(model).items()
    }
    if model.solver == "lbfgs":
        np.testing.assert_array_equal(twin.predict(X), model.predict(X))
        return
    if way == "copy":  # which shares parameters, and so a generator given as random_state
        twin.random_state = copy.deepcopy(twin.random_state)
    before = copy.deepcopy(vars(model)), model.predict(X)
    twin.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before[1])
    assert model.loss_curve_ == before[0]["loss_curve_"] and len(twin.loss_curve_) == 3
    model.partial_fit(X, y)
    for mine, other in zip(model.coefs_, twin.coefs_, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert model.loss_curve_ == twin.loss_curve_


def test_skops_has_to_be_told_of_one_type():
    skops = pytest.importorskip("skops.io")
    for kind, own in (("regressor", ["fastbp.BackpropRegressor"]), ("records", None)):
        found = skops.get_untrusted_types(data=skops.dumps(fitted(kind)[0]))
        assert found == own or own is None
        assert set(found) <= set(fastbp.trusted_types() + PLAIN)


def test_no_types_of_ours_but_the_estimators():
    """What a later version keeps elsewhere would not be found."""
    for kind in ("regressor", "classifier", "average"):
        dumped = pickle.dumps(fitted(kind)[0], protocol=0)
        names = {line[1:] for line in dumped.split(b"\n") if line.startswith(b"cfastbp")}
        assert names <= {b"fastbp"}


def test_versions():
    state = fitted("regressor")[0].__getstate__()
    assert state["_format"] == FORMAT
    assert state["_versions"]["fastbp"] == fastbp.__version__
    assert {"numpy", "numba", "scikit-learn"} < set(state["_versions"])


def restored(state, cls=fastbp.BackpropRegressor):
    model = object.__new__(cls)
    model.__setstate__(state)
    return model


def test_a_later_version():
    state = fitted("regressor")[0].__getstate__()
    state["_format"], state["_versions"]["fastbp"] = FORMAT + 1, "7.0"
    with pytest.raises(ValueError, match=r"saved by fastbp 7.0, in format .*: update fastbp"):
        restored(state)
    later = fitted("regressor")[0].__getstate__() | {"vanishing": 0.1, "invented_": 3}
    assert restored(later).predict(X).shape == (24,)


def test_an_earlier_version():
    """From before there were formats, and before some parameters and attributes."""
    model = BackpropRegressor(**SMALL).fit(X, Y)
    state = model.__getstate__()
    expected = model.predict(X)
    for name in ("_format", "_versions", "_formulas", "_optimizer", "_moments", "_y_moments"):
        del state[name]
    for name in ("mean_", "scale_", "y_mean_", "y_scale_", "standardize", "dtype"):
        del state[name]
    del state["running_loss_"], state["average"]
    older = restored(state, BackpropRegressor)
    np.testing.assert_array_equal(older.predict(X), expected)
    assert older.standardize is False and older.average is False
    older.partial_fit(X, Y)
    assert repr(older) and pickle.loads(pickle.dumps(older)).predict(X).shape == (24,)


@pytest.mark.parametrize(
    "name",
    [
        "classifier BackpropClassifier",
        "regressor BackpropRegressor",
        "optimizer Optimizer",
        "schedules Schedule",
        "moments Moments",
        "kernels.online Model",
        "rules.descent GradientDescent",
        "rules.adam Adam",
        "activations Tanh",
        "losses SquaredError",
    ],
)
def test_names_of_before(name):
    """By which models of before 0.1.0 know what they are made of."""
    module, one = name.split()
    loaded = pickle.loads(f"cfastbp.{module}\n{one}\n.".encode())
    assert loaded.__name__ == {"Model": "Formulas"}.get(one, one)


EDITS = {
    "width": lambda s: s["coefs_"].__setitem__(0, np.ones((4, 300))),
    "inputs": lambda s: s["coefs_"].__setitem__(0, np.ones((400, 3))),
    "outputs": lambda s: (
        s["coefs_"].__setitem__(1, np.ones((3, 5))),
        s["intercepts_"].__setitem__(1, np.ones(5)),
    ),
    "layers": lambda s: s["coefs_"].pop(),
    "no layers": lambda s: s.update(coefs_=[], intercepts_=[]),
    "text": lambda s: s.update(coefs_="weights"),
    "none": lambda s: s.update(intercepts_=None),
    "complex": lambda s: s["coefs_"].__setitem__(0, np.ones((4, 3)) * 1j),
    "scales": lambda s: s.update(scale_=np.ones(3)),
    "one scale": lambda s: s.update(mean_=np.ones(1)),
    "target's scale": lambda s: s.update(y_scale_=np.ones(2)),
    "features": lambda s: s.update(n_features_in_=7),
    "outputs' number": lambda s: s.update(n_outputs_=2),
    "formulas": lambda s: s.update(_formulas=[{"record": "Relu", "fields": [1, 2]}, None]),
    "unknown formulas": lambda s: s["_formulas"][0].update(record="Sinus"),
    "memory": lambda s: s["_optimizer"].update(state=[[np.ones(3)]]),
    "optimizer": lambda s: s["_optimizer"].pop("base"),
    "moments": lambda s: s.update(_moments=[1.0]),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edited_files(edit):
    """Refused when loaded, or when used: nothing reads beyond what is there."""
    model = fastbp.BackpropRegressor(**SMALL, momentum=0.9).fit(X, Y)
    state = model.__getstate__()
    EDITS[edit](state)
    with pytest.raises(ValueError):
        restored(state).predict(X)


def test_memory_map_stays_until_training(tmp_path):
    model, _ = fitted("regressor")
    joblib.dump(model, tmp_path / "model")
    content = (tmp_path / "model").read_bytes()
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    np.testing.assert_array_equal(mapped.predict(X), model.predict(X))
    assert isinstance(mapped.coefs_[0], np.memmap) and not mapped.coefs_[0].flags.writeable
    mapped.partial_fit(X, Y)
    assert mapped.coefs_[0].flags.writeable and (tmp_path / "model").read_bytes() == content
