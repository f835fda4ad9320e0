"""ONNX models of estimators, ensembles and pipelines: onnxruntime predicts what they predict."""

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from plain import BackpropRegressor as PlainRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import fastbp
from fastbp.activations import ACTIVATIONS, LeakyRelu, derivative, value
from fastbp.export import register_onnx_converters, to_onnx
from fastbp.losses import error, inverse_link, normalised, output_delta

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what these libraries warn of is not ours
    skl2onnx = pytest.importorskip("skl2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]

ROOT = Path(__file__).parents[1]
RNG = np.random.RandomState(0)
X = RNG.standard_normal((12, 4)) * [1, 10, 0.1, 3] + [0, 3000, 3, -5]
NEW = np.concatenate([X, X + [0, 5, 0.05, 1], X * 40])  # the last ones far out
Y = 3 * X[:, 0] + 100
LETTERS = np.array(["a", "b", "ü"])[np.arange(12) % 3]
TABLE = pd.DataFrame({"size": X[:, 0], "colour": LETTERS, "weight": X[:, 1]})
SMALL = {"hidden_layer_sizes": (5, 3), "max_iter": 1, "random_state": 0}


def answers(onnx_model, X):
    """Return what onnxruntime makes of X, an array or a data frame."""
    session = onnxruntime.InferenceSession(
        onnx_model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [one.name for one in session.get_inputs()]
    given = {names[0]: X} if len(names) == 1 else {n: X[[n]].to_numpy() for n in names}
    return session.run(None, given)


def check(model, *tables, **options):
    """Compare onnxruntime's answers with the model's, for each of the tables."""
    for table in tables:
        found = answers(to_onnx(model, table, **options), table)
        name = "predict_proba" if hasattr(model, "predict_proba") else "predict"
        numbers = getattr(model, name)(table)
        if name == "predict_proba":
            labels = model.predict(table)
            assert found[0].tolist() == labels.tolist()
            assert isinstance(found[0].ravel().tolist()[0], type(labels.ravel().tolist()[0]))
        out = found[-1].reshape(numbers.shape)
        assert out.dtype == numbers.dtype
        network = getattr(model, "_final_estimator", model)
        network = getattr(network, "estimators_", [network])[0]
        single = np.float32 in (out.dtype, network.coefs_[0].dtype)
        atol = (1e-5 if single else 1e-9) * max(1, np.abs(numbers).max())
        np.testing.assert_allclose(out, numbers, rtol=0, atol=atol)


def both(X=NEW):
    return X, X.astype(np.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation, dtype):
    model = fastbp.BackpropRegressor(**SMALL, activation=activation, dtype=dtype)
    check(model.fit(X, np.stack([Y, -Y / 7], axis=1)), *both())


class Arc(NamedTuple):
    """Of functions that ONNX or runtimes have only in part."""

    slope: float = 0.5


@value.register(Arc)
def _(activation, net):
    bent = np.arctan(activation.slope * net) + np.hypot(net, 1) * (np.abs(net) <= 2)
    far = np.logical_or(net > 9, ~(net > -9)) & np.isfinite(net)
    return np.where(far, np.clip(np.sinh(net), -1, 1), bent + np.tan(0.1 * np.square(net) % 1))


@derivative.register(Arc)
def _(activation, net, out):
    return np.full_like(net, 1)


class Angle(NamedTuple):
    """What ONNX has no operator for."""


@value.register(Angle)
def _(activation, net):
    return np.arctan2(net, 2.0)


@derivative.register(Angle)
def _(activation, net, out):
    return 2 / (4 + net * net)


class Flat(NamedTuple):
    """The same number for all."""


@value.register(Flat)
def _(activation, net):
    return np.full_like(net, 0.25)


@derivative.register(Flat)
def _(activation, net, out):
    return np.zeros_like(net)


class Share(NamedTuple):
    """A softmax of squares, so to say: divided by the sum, and not of exponentials."""


@inverse_link.register(Share)
def _(loss, net):
    return 1 / (1 + net * net)


@normalised.register(Share)
def _(loss):
    return True


@error.register(Share)
def _(loss, target, out):
    return 0.5 * (target - out) * (target - out)


@output_delta.register(Share)
def _(loss, target, out):
    return target - out


def with_record(monkeypatch, **parameters):
    """Return a fitted regressor; records are not tried out, some of them would not pass."""
    name = "fastbp.estimators.parameters.formulas.check_foreign"
    monkeypatch.setattr(name, lambda record: None)
    return fastbp.BackpropRegressor(**SMALL, **parameters).fit(X, np.stack([Y, Y + X[:, 1]], 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("record", [Arc(), Flat(), [LeakyRelu(0.2), Arc(2.0)]])
def test_activation_of_ones_own_is_read(record, dtype, monkeypatch):
    check(with_record(monkeypatch, activation=record, dtype=dtype), *both())


def test_loss_of_ones_own_is_read(monkeypatch):
    check(with_record(monkeypatch, loss=Share(), learning_rate_init=1e-6), *both())


def test_formula_that_cannot_be_read(monkeypatch, tmp_path):
    model = with_record(monkeypatch, activation=Angle())
    with pytest.raises(ValueError, match=r"value of Angle cannot .*np\.arctan2 has no translation"):
        to_onnx(model, X, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss": "poisson"},
        {"loss": "huber", "dtype": "float64"},
        {"loss": "poisson", "standardize": False, "dtype": "float32"},
        {"standardize": False, "dtype": "float64", "learning_rate_init": 1e-9},
        {"hidden_layer_sizes": ()},
        {"average": True, "solver": "adam", "dtype": "float64"},
    ],
)
def test_regressors(parameters):
    table = X / 100 if "standardize" in parameters else X
    model = fastbp.BackpropRegressor(**SMALL | parameters).fit(table, Y)
    check(model, *(both(table)))
    assert answers(to_onnx(model, table), table)[0].shape == (12, 1)


TARGETS = {
    "strings": LETTERS,
    "integers": np.arange(12) % 3 * 10 - 5,
    "bytes": (np.arange(12) % 3).astype(np.uint8),
    "truth": np.arange(12) % 3 == 1,
    "floats": np.arange(12) % 2 * 3.0,
    "objects": LETTERS.astype(object),
    "one class": np.full(12, "all"),
    "labels": np.array([np.arange(12) % 2, np.arange(12) % 3 == 0, np.ones(12)]).T.astype(int),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_classifiers(kind):
    model = fastbp.BackpropClassifier(**SMALL, dtype="float64").fit(X, TARGETS[kind])
    check(model, *both())


@pytest.mark.parametrize("kind", ["strings", "truth", "labels"])
def test_probabilities_of_squared_errors(kind):
    check(fastbp.BackpropClassifier(**SMALL, loss="squared_error").fit(X, TARGETS[kind]), *both())


@pytest.mark.parametrize("labels", [["b", "a", "c"], [0.5, 2.25, 1.0], [7, 2**62, -1]])
def test_labels_as_they_came(labels):
    """Numbered by the estimator, where they can't be sorted."""
    model = fastbp.BackpropClassifier((3,), new_classes="add", random_state=0)
    y = [labels[n % 3] for n in range(12)]
    model.partial_fit(X, y, classes=labels)
    check(model, *both())


@pytest.mark.parametrize("labels", [["b", 1], [(1, 2), (3, 4)], [2**70, 1], ["\ud800", "b"]])
def test_labels_that_onnx_does_not_have(labels, tmp_path):
    model = fastbp.BackpropClassifier((3,), new_classes="add", random_state=0)
    for n, row in enumerate(X):
        model.learn_one(row, labels[n % 2])
    with pytest.raises(ValueError, match="classes_: labels in ONNX are all strings"):
        to_onnx(model, X, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_ensembles():
    parameters = SMALL | {"n_estimators": 3, "n_jobs": 1, "dtype": "float64"}
    check(fastbp.BackpropEnsembleRegressor(**parameters).fit(X, np.stack([Y, -Y], 1)), *both())
    for kind in ("strings", "truth", "labels"):
        check(fastbp.BackpropEnsembleClassifier(**parameters).fit(X, TARGETS[kind]), *both())


def some_connections(sizes, shortcuts):
    """Return masks that leave about half of all connections, and each unit one at least."""
    fan_ins = np.cumsum(sizes)[:-1] if shortcuts else sizes[:-1]
    masks = [RNG.random_sample(shape) < 0.5 for shape in zip(fan_ins, sizes[1:], strict=True)]
    for mask in masks:
        mask[0] = True
    return masks


@pytest.mark.parametrize("shortcuts", [False, True])
def test_shortcuts_and_connections(shortcuts):
    parameters = SMALL | {"shortcuts": shortcuts, "dtype": "float64", "activation": ["tanh", "elu"]}
    check(fastbp.BackpropClassifier(**parameters).fit(X, LETTERS), *both())
    masks = some_connections([4, 5, 3, 3], shortcuts)
    check(fastbp.BackpropClassifier(**parameters, connections=masks).fit(X, LETTERS), *both())


def test_sparse_rows_are_dense_ones():
    from scipy.sparse import csr_array

    table = np.where(RNG.random_sample(X.shape) < 0.5, X, 0)
    check(fastbp.BackpropRegressor(**SMALL).fit(csr_array(table), Y), *both(table))


def test_a_mean_that_dwarfs_the_scale():
    """In float32 all the way, and no less exact for it."""
    table = (1e4 + RNG.standard_normal((12, 4))).astype(np.float32)
    model = fastbp.BackpropRegressor(**SMALL, dtype="float32").fit(table, Y)
    check(model, table)
    operators = {node.op_type for node in to_onnx(model, table).graph.node}
    assert "Cast" not in operators and "Relu" not in operators
    tiny = np.float32(1e-42) * np.arange(48).reshape(12, 4)  # whose scale float32 can't divide by
    check(fastbp.BackpropRegressor(**SMALL, dtype="float32").fit(tiny, Y), tiny.astype(np.float32))


def test_targets_beyond_float32():
    model = fastbp.BackpropRegressor(**SMALL, dtype="float32").fit(X, Y * 1e60)
    check(model, *both())


@pytest.mark.parametrize("target_opset", [13, 17, 18])
def test_older_operators(target_opset):
    model = fastbp.BackpropClassifier(**SMALL).fit(X, LETTERS)
    check(model, *both(), target_opset=target_opset)
    with pytest.raises(ValueError, match="target_opset must be 13 or later, got 9"):
        to_onnx(model, X, target_opset=9)


def pipeline(last):
    """Return a pipeline for `TABLE`, with numbers, text and nothing in some places."""
    columns = [
        ("numbers", StandardScaler(), ["size", "weight"]),
        ("text", OneHotEncoder(handle_unknown="ignore"), ["colour"]),
    ]
    return make_pipeline(ColumnTransformer(columns, sparse_threshold=0), last)


def test_pipeline_with_a_column_transformer(tmp_path):
    check(pipeline(fastbp.BackpropClassifier(**SMALL)).fit(TABLE, TARGETS["integers"]), TABLE)
    check(pipeline(fastbp.BackpropRegressor(**SMALL)).fit(TABLE, Y), TABLE)
    ensemble = fastbp.BackpropEnsembleClassifier(**SMALL, n_estimators=2, n_jobs=1)
    model = pipeline(ensemble).fit(TABLE, LETTERS)
    check(model, TABLE)
    single = TABLE.astype({"size": "float32", "weight": "float32"})
    labels, proba = answers(to_onnx(model, single, tmp_path / "model.onnx"), single)
    np.testing.assert_allclose(proba, model.predict_proba(single), atol=1e-5)
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


def test_within_others_of_scikit_learn():
    networks = [("a", fastbp.BackpropClassifier(**SMALL)), ("b", LogisticRegression())]
    voting = VotingClassifier(networks, voting="soft", flatten_transform=False)
    single = (X / 3000).astype(np.float32)
    labels, proba = answers(to_onnx(voting.fit(single, LETTERS), single), single)
    np.testing.assert_allclose(proba, voting.predict_proba(single), atol=1e-5)
    assert labels.tolist() == voting.predict(single).tolist()
    for y in (TARGETS["integers"], TARGETS["floats"].astype(int)):  # by the decision function
        calibrated = CalibratedClassifierCV(fastbp.BackpropClassifier(**SMALL), cv=2)
        proba = answers(to_onnx(calibrated.fit(single, y), single), single)[1]
        np.testing.assert_allclose(proba, calibrated.predict_proba(single), atol=1e-5)


def test_by_the_functions_of_skl2onnx():
    model = make_pipeline(StandardScaler(), fastbp.BackpropClassifier(**SMALL)).fit(X, LETTERS)
    register_onnx_converters()
    single = X.astype(np.float32)  # ZipMap, which it puts at the end, takes no other
    labels, dictionaries = answers(skl2onnx.to_onnx(model, single[:1]), single)
    assert labels.tolist() == model.predict(single).tolist()
    table = np.array([[one[label] for label in "abü"] for one in dictionaries])
    np.testing.assert_allclose(table, model.predict_proba(single), atol=1e-5)


def test_data_frame_for_one_estimator():
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = fastbp.BackpropRegressor(**SMALL).fit(frame, Y)
    (out,) = answers(to_onnx(model, frame), X)
    np.testing.assert_allclose(out.ravel(), model.predict(frame), rtol=1e-5)
    whole = np.arange(48).reshape(12, 4)
    model = fastbp.BackpropRegressor(**SMALL).fit(whole, Y)
    check(model, whole)


@pytest.mark.parametrize(
    ("estimator", "table", "refusal", "says"),
    [
        (fastbp.BackpropRegressor(), X, NotFittedError, "not fitted"),
        (fastbp.BackpropEnsembleClassifier(), X, NotFittedError, "not fitted"),
        (pipeline(fastbp.BackpropRegressor()), TABLE, NotFittedError, "not fitted"),
        (None, X[:, :3], ValueError, "X has 3 features"),
        (None, TABLE, ValueError, "X"),
    ],
)
def test_refused(estimator, table, refusal, says, tmp_path):
    estimator = estimator or PlainRegressor((2,), max_iter=1).fit(X, Y)
    with pytest.raises(refusal, match=says):
        to_onnx(estimator, table, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_network_that_gets_text_or_other_columns():
    text = [("X", skl2onnx.common.data_types.StringTensorType([None, 4]))]
    narrow = [("X", skl2onnx.common.data_types.FloatTensorType([None, 3]))]
    model = fastbp.BackpropRegressor(**SMALL).fit(X, Y)
    register_onnx_converters()
    with pytest.raises(ValueError, match="input 'X' is of StringTensorType, it reads numbers"):
        skl2onnx.convert_sklearn(model, initial_types=text)
    with pytest.raises(ValueError, match="X has 3 features, but BackpropRegressor is expecting 4"):
        skl2onnx.convert_sklearn(model, initial_types=narrow)


def test_example_and_imports(tmp_path):
    """In a process of its own; nobody has to wait for skl2onnx who does not export."""
    path, script = tmp_path / "digits.onnx", ROOT / "examples" / "onnx_export.py"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    code = (
        "import runpy, sys, fastbp, fastbp.export\n"
        "assert not {'onnx', 'skl2onnx', 'onnxruntime'} & set(sys.modules)\n"
        f"sys.argv[1:] = [{str(path)!r}]\n"
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    assert b"largest difference" in run.stdout and path.stat().st_size > 10_000
