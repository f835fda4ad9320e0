"""Networks in C predict and learn as in Python."""

import copy
import subprocess
import warnings
from typing import NamedTuple

import numpy as np
import pytest
from in_c import CC, CXX, STRICT, difference, needs_compiler, networks_of
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline

from fastbp import (
    BackpropClassifier,
    BackpropEnsembleRegressor,
    BackpropRegressor,
    activations,
    losses,
    penalties,
    rules,
)
from fastbp.activations import ACTIVATIONS, derivative, value
from fastbp.export import c_source, from_c_weights, to_c
from fastbp.export.c.plan import plan_of
from fastbp.export.c.weights import struct_of
from fastbp.penalties import penalised
from fastbp.rules import RULES, init, step

RNG = np.random.default_rng(5)
X = RNG.normal(5, 3, (40, 6))
Z = np.tanh((X - 5) @ RNG.normal(0, 0.4, (6, 3)))
Y = {
    "values": 700 + 50 * Z[:, 0],
    "many values": 3 + Z,
    "counts": np.round(9 + 8 * Z[:, 0]),
    "binary": np.where(Z[:, 0] > 0, "yes", "no"),
    "classes": Z.argmax(axis=1),
    "labels": (Z > 0).astype(int),
}
PREDICT, LEARN = {"float32": 1e-6, "float64": 1e-12}, {"float32": 1e-5, "float64": 1e-10}


def trained(kind, hidden=(5, 4), dtype="float64", **parameters):
    """Return an estimator that has learned the first rows."""
    is_number = kind in ("values", "many values", "counts")
    cls = BackpropRegressor if is_number else BackpropClassifier
    more = {} if is_number else {"classes": np.unique(Y[kind])}
    if kind == "labels":
        more = {"classes": np.arange(3)}
    model = cls(hidden, random_state=0, dtype=dtype, **parameters)
    if "max_iter" in parameters:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(X[:12], Y[kind][:12])
    return model.partial_fit(X[:12], Y[kind][:12], **more)


def check_answers(network, model, tolerance):
    if network.classes is None:
        assert difference(network.predict(X[28:]), model.predict(X[28:])) < tolerance
    else:
        assert np.array_equal(network.predict(X[28:]), model.predict(X[28:]))
        wanted = model.predict_proba(X[28:])
        assert difference(network.predict_proba(X[28:]), wanted) < tolerance


def learn_rows(network, model, y, rows):
    """Let both learn these rows, one after the other."""
    classes = getattr(model, "classes_", None)
    for n in rows:
        target = y[n]
        if network.one_label:
            target = int(np.flatnonzero(classes == target)[0])
        elif classes is not None:
            target = np.where(np.isnan(target), -1, target)
        assert network.learn(X[n], target) == 1
        model.partial_fit(X[n : n + 1], y[n : n + 1])


# --- What is predicted ----------------------------------------------------------------------------


CLASSIFICATION = ("log_loss", "squared_error")
CASES = [(kind, loss) for kind in ("binary", "classes", "labels") for loss in CLASSIFICATION]
CASES += [("values", "huber"), ("values", "absolute_error"), ("counts", "poisson")]
CASES += [("many values", losses.Quantile(0.9)), ("many values", "squared_error")]
DEPTHS = (
    {"hidden": ()},
    {"hidden": (3,), "activation": "tanh", "standardize": False, "learning_rate_init": 1e-4},
    {"hidden": (4, 3, 2), "activation": ["tanh", "relu", "elu"]},
    {"hidden": (9, 17), "activation": ["gelu", "gelu"]},
)


@needs_compiler
@pytest.mark.parametrize("dtype", PREDICT)
def test_predictions_are_those_of_python(dtype, interpreted, tmp_path):
    models = [trained("values", activation=name, dtype=dtype) for name in ACTIVATIONS]
    for n, (kind, loss) in enumerate(CASES):
        models.append(trained(kind, loss=loss, dtype=dtype, **DEPTHS[n % len(DEPTHS)]))
    for network, model in zip(networks_of(tmp_path, models), models, strict=True):
        check_answers(network, model, PREDICT[dtype])


@needs_compiler
def test_another_type_may_be_calculated_in(interpreted, tmp_path):
    model = trained("values", dtype="float32", activation="tanh")
    (network,) = networks_of(tmp_path, [model], dtype="float64")
    assert difference(network.predict(X), model.predict(X)) < PREDICT["float32"]


def test_rows_that_were_sparse_are_not_centred(interpreted, tmp_path):
    scipy_sparse = pytest.importorskip("scipy.sparse")
    rows = scipy_sparse.csr_matrix(np.where(X > 6, X, 0))
    model = BackpropRegressor((4,), random_state=0, dtype="float64")
    model.partial_fit(rows, Y["values"])
    if CC is None:
        pytest.skip("no C compiler")
    (constant,) = networks_of(tmp_path, [model])
    check_answers(constant, model, PREDICT["float64"])
    (network,) = networks_of(tmp_path, [model], learn=True)
    learn_rows(network, model, Y["values"], range(20))
    check_answers(network, model, LEARN["float64"])


# --- What is learned ------------------------------------------------------------------------------

MASKS = [RNG.random(shape) < 0.7 for shape in ((6, 5), (11, 4), (15, 1))]
for _mask in MASKS:
    _mask[0] = True
KINDS = ("values", "binary", "classes", "labels", "many values", "classes", "binary")
LEARNED = [
    *(
        (kind, {"solver": name, "learning_rate_init": 0.003})
        for kind, name in zip(KINDS, RULES, strict=True)
    ),
    ("values", {"momentum": 0.9, "alpha": 0.01, "l1_ratio": 0.5, "max_norm": 0.7}),
    (
        "binary",
        {"momentum": 0.9, "nesterovs_momentum": False, "alpha": 0.01, "class_weight": {"yes": 2.5}},
    ),
    ("classes", {"learning_rate": "invscaling", "solver": "adamw", "alpha": 0.1}),
    ("classes", {"class_weight": {1: 2.5}, "label_smoothing": 0.2}),
    (
        "labels",
        {"label_smoothing": 0.1, "learning_rate": "invscaling", "warmup_epochs": 9, "average": 16},
    ),
    ("counts", {"loss": "poisson", "average": True, "max_norm": 0.6, "warmup_epochs": 9}),
    ("values", {"shortcuts": True, "connections": MASKS, "solver": "adam", "alpha": 0.01}),
    ("many values", {"shortcuts": True, "max_norm": 0.6, "activation": "gelu"}),
    ("classes", {"max_iter": 2, "alpha": "auto"}),
    ("values", {"max_iter": 2, "learning_rate": "one_cycle", "average": True}),
    ("many values", {"standardize": False, "activation": "softplus", "solver": "rmsprop"}),
]


@needs_compiler
@pytest.mark.parametrize("dtype", LEARN)
def test_learning_goes_on_as_in_python(dtype, interpreted, tmp_path):
    some = LEARNED if dtype == "float64" else LEARNED[::3]
    models = [trained(kind, dtype=dtype, **parameters) for kind, parameters in some]
    targets = [Y[kind] for kind, _ in some]
    networks = networks_of(tmp_path, models, learn=True)
    for network, model, y in zip(networks, models, targets, strict=True):
        exported = copy.copy(model)
        learn_rows(network, model, y, range(20, 28))
        check_answers(network, model, LEARN[dtype])
        back = from_c_weights(exported, struct_of_network(network, exported))
        check_same(back, model, LEARN[dtype])
        back.partial_fit(X[:3], y[:3])  # and goes on alike
        model.partial_fit(X[:3], y[:3])
        check_same(back, model, LEARN[dtype])


def weights_of(model):
    return model.coefs_ + model.intercepts_


def check_same(one, other, tolerance):
    for own, others in zip(weights_of(one), weights_of(other), strict=True):
        assert difference(own, others) < tolerance
    assert (one.t_, one._optimizer.updates) == (other.t_, other._optimizer.updates)
    assert one._optimizer.epochs == other._optimizer.epochs
    assert one._optimizer.learning_rate == pytest.approx(other._optimizer.learning_rate, rel=1e-12)


def struct_of_network(network, model, dtype=None):
    size = struct_of(plan_of(model, dtype, learn=True), "<").itemsize
    return network.struct(size + -size % 8)


@needs_compiler
@pytest.mark.parametrize(
    ("kind", "dtype", "parameters"),
    [("classes", "float32", {}), ("values", "float64", {"solver": "adam", "alpha": 0.01})],
)
def test_a_thousand_rows(kind, dtype, parameters, interpreted, tmp_path):
    model = trained(kind, (3,), dtype=dtype, **parameters)
    (network,) = networks_of(tmp_path, [model], learn=True)
    learn_rows(network, model, Y[kind], np.arange(1000) % 40)
    check_answers(network, model, LEARN[dtype])
    exported = trained(kind, (3,), dtype=dtype, **parameters)
    back = from_c_weights(exported, struct_of_network(network, exported))
    check_same(back, model, LEARN[dtype])


@needs_compiler
def test_rows_may_have_been_learned_one_by_one_and_lack_columns(interpreted, tmp_path):
    names = list("abcdef")
    model = BackpropRegressor((4,), random_state=0, dtype="float64", new_features="add")
    for n in range(20):
        model.learn_one(dict(zip(names[: 4 + n // 5], X[n], strict=False)), Y["values"][n])
    (network,) = networks_of(tmp_path, [model], learn=True)
    assert "x has in this order 'a', 'b', 'c', 'd', 'e', 'f'." in to_c(model, learn=True)
    exported = copy.copy(model)
    for n in range(20, 40):
        model.learn_one(dict(zip(names, X[n], strict=True)), Y["values"][n])
        assert network.learn(X[n], Y["values"][n]) == 1
    back = from_c_weights(exported, struct_of_network(network, exported))
    check_same(back, model, LEARN["float64"])
    for own, others in zip(back._moments, model._moments, strict=True):
        assert difference(own, others) < LEARN["float64"]


@needs_compiler
def test_targets_may_be_missing(interpreted, tmp_path):
    models, holes = [], RNG.random((40, 3)) < 0.3
    for kind in ("many values", "labels"):
        models.append(trained(kind, missing_targets="ignore"))
    networks = networks_of(tmp_path, models, learn=True)
    for network, model, kind in zip(networks, models, ("many values", "labels"), strict=True):
        learn_rows(network, model, np.where(holes, np.nan, Y[kind]), range(20, 40))
        check_answers(network, model, LEARN["float64"])


@needs_compiler
def test_a_refused_row_changes_nothing(interpreted, tmp_path):
    kinds = ("values", "counts", "classes", "labels", "binary")
    wrong = {"values": [np.nan, np.inf], "counts": [-1.0], "classes": [-1, 3], "binary": [2, -1]}
    wrong["labels"] = [[0, 1, 2], [-1, 0, 0]]
    more = {"counts": {"loss": "poisson"}, "binary": {"class_weight": {"yes": 0}}}
    models = [trained(kind, solver="adam", **more.get(kind, {})) for kind in kinds]
    for kind, network, model in zip(
        kinds, networks_of(tmp_path, models, learn=True), models, strict=True
    ):
        before = struct_of_network(network, model)
        for target in wrong[kind] + ([1] if kind == "binary" else []):
            assert network.learn(X[0], target) == 0
        right = {"classes": 1, "binary": 0, "labels": [0, 1, 1]}.get(kind, 1.0)
        for bad in (np.nan, np.inf):
            row = X[0].copy()
            row[3] = bad
            assert network.learn(row, right) == 0
        assert struct_of_network(network, model) == before
        assert network.learn(X[0], right) == 1
        assert struct_of_network(network, model) != before


# --- The file -------------------------------------------------------------------------------------

NASTY = ["*/ int x;", "/*", "??/", 'a"b\\', "line\nbreak", "é→ß", "", "NAME_real", "$functions"]
LABELS = [*NASTY, 1.5, -1, True, ("a", 2), "int", "a b", "a_b", "a-b", b"x", 10**30]


def test_any_labels_can_be_classes(interpreted, tmp_path):
    model = BackpropClassifier((2,), random_state=0, new_classes="add")
    for label in LABELS:
        model.learn_one([1.0, 2.0], label)
    text = to_c(model, tmp_path / "net.c", name="my_net", learn=True)
    assert text.isascii() and (tmp_path / "net.c").read_text() == text
    assert [one for one in tmp_path.iterdir()] == [tmp_path / "net.c"]
    assert f"MY_NET_CLASSES = {len(LABELS)}," in text and "MY_NET_CLASS_line_break" in text
    if CC is None:
        pytest.skip("no C compiler")
    main = "\n".join(
        [
            "#define MY_NET_HEADER",
            '#include "net.c"',
            "int main(void) {",
            "    static my_net_network copy;",
            "    my_net_real x[MY_NET_INPUTS] = {1, 2}, p[MY_NET_CLASSES];",
            "    copy = my_net_trained;",
            "    my_net_predict_proba(&copy, x, p);",
            "    return !my_net_learn(&copy, x, MY_NET_CLASS_a_b) || my_net_predict(&copy, x) < 0;",
            "}",
        ]
    )
    (tmp_path / "main.c").write_text(main)
    for compiler, *options in ((CC, "-std=c99"), (CXX, "-x", "c++", "-std=c++17")):
        if compiler is None:
            continue
        subprocess.run(
            [compiler, *options, *STRICT, "net.c", "main.c", "-o", "main", "-lm"],
            cwd=tmp_path,
            check=True,
        )
        subprocess.run([str(tmp_path / "main")], check=True)


def test_the_bits_of_weights_are_in_the_file(interpreted):
    model = trained("values", (2,), dtype="float32")
    text = to_c(model)
    for w in np.ravel(model.coefs_[0]):
        assert f" {float(w).hex()[:8]}" in text
    assert "extern const net_network net_trained;" in text and "net_learn" not in text


def test_formulas_of_ones_own(interpreted, tmp_path):
    class Cube(NamedTuple):
        scale: float = 0.1

    @value.register(Cube)
    def _(activation, net):
        return net + activation.scale * net * net * net

    @derivative.register(Cube)
    def _(activation, net, out):
        return 1 + 3 * activation.scale * net * net

    class Sign(NamedTuple):
        eta: float = 0.01

    @init.register(Sign)
    def _(rule, w):
        return (np.full_like(w, 0),)

    @step.register(Sign)
    def _(rule, w, descent, state):
        return w + rule.eta * np.sign(descent), (state[0] + 1,)

    class Pull(NamedTuple):
        alpha: float = 0.1

    @penalised.register(Pull)
    def _(penalty, descent, w, pull):
        return descent - pull * penalty.alpha * w / np.sqrt(1 + w * w)

    @penalties.penalty_terms.register(Pull)
    def _(penalty, w):
        return np.sqrt(1 + w * w) - 1

    @penalties.penalty_value.register(Pull)
    def _(penalty, penalty_sum):
        return penalty.alpha * penalty_sum

    parameters = {"activation": Cube(), "solver": Sign(), "alpha": Pull()}
    model = trained("values", (3,), dtype="float32", **parameters)
    with pytest.raises(ValueError, match="activation: Cube has no C text: give it with"):
        to_c(model)
    c_source.register(Cube)(lambda record: {"value": "net + scale * net * net * net"})
    to_c(model)
    with pytest.raises(ValueError, match="activation: Cube has no C text for derivative"):
        to_c(model, learn=True)
    c_source.register(Cube)(
        lambda record: {
            "value": "net + scale * net * net * net",
            "derivative": "1 + thrice * net * net",
            "thrice": 3 * record.scale,
        }
    )
    with pytest.raises(ValueError, match="solver: Sign has no C text"):
        to_c(model, learn=True)
    moved = "w += eta * (real)((descent > 0) - (descent < 0)); state[0] += 1;"
    c_source.register(Sign)(lambda record: {"step": moved})
    with pytest.raises(ValueError, match="alpha: Pull has no C text"):
        to_c(model, learn=True)
    pulled = "descent - pull * alpha * w / sqrt(1.0 + w * w)"
    c_source.register(Pull)(lambda record: {"penalised": pulled})
    if CC is not None:
        (network,) = networks_of(tmp_path, [model], learn=True)
        learn_rows(network, model, Y["values"], range(20, 40))
        check_answers(network, model, LEARN["float32"])

    class Steeper(Cube):  # the C text of the class above is not its own
        pass

    value.register(Steeper)(lambda activation, net: 2 * net)
    derivative.register(Steeper)(lambda activation, net, out: 2 + 0 * net)
    with pytest.raises(ValueError, match="activation: Steeper has no C text"):
        to_c(trained("values", (3,), activation=Steeper()))


def test_all_records_of_the_package_have_a_text():
    for module, formulas in (
        (activations, (value,)),
        (losses, (losses.error,)),
        (rules, (step,)),
        (penalties, (penalised, penalties.shrunk)),
    ):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
                own = [one for one in formulas if one.dispatch(kind) is not one.dispatch(object)]
                if own and kind is not rules.Accumulate:
                    assert c_source.dispatch(kind) is not c_source.dispatch(object), kind


# --- Refusals -------------------------------------------------------------------------------------


def test_what_cannot_be_exported_is_refused_by_name(interpreted, tmp_path):
    with pytest.raises(NotFittedError):
        to_c(BackpropRegressor())
    with pytest.raises(TypeError, match="BackpropEnsembleRegressor: of an ensemble"):
        to_c(BackpropEnsembleRegressor())
    with pytest.raises(TypeError, match="got Pipeline"):
        to_c(make_pipeline(BackpropRegressor()))
    model = trained("values")
    for name in ("", "1a", "a-b", "int", "_a", "a__b", "né", "class"):
        with pytest.raises(ValueError, match="name must be an identifier of C"):
            to_c(model, tmp_path / "net.c", name=name)
    with pytest.raises(TypeError, match="name must be a string"):
        to_c(model, name=3)
    for dtype in ("float16", "int8", "nonsense", object()):
        with pytest.raises(ValueError, match="dtype must be 'float32', 'float64' or None"):
            to_c(model, dtype=dtype)
    with pytest.raises(FileNotFoundError):
        to_c(model, tmp_path / "nowhere" / "net.c")
    one = BackpropClassifier((2,), random_state=0).partial_fit(X, ["a"] * 40, classes=["a"])
    with pytest.raises(ValueError, match="classes_ has one class alone, 'a'"):
        to_c(one)
    model.coefs_[0][0, 0] = 1e300
    with pytest.raises(ValueError, match="coefs_ or intercepts_: .*not finite in float32"):
        to_c(model, tmp_path / "net.c", dtype="float32")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"clip_norm": 1.0}, "clip_norm: there is no C"),
        ({"dropout": 0.1}, "dropout: its random masks"),
        ({"learning_rate": "adaptive"}, "learning_rate='adaptive' waits"),
        ({"class_weight": {"yes": 4.5}}, "class_weight: in C a class counts from 0 to 4 times"),
    ],
)
def test_what_cannot_be_learned_is_refused_by_name(parameters, message, interpreted):
    model = trained("binary", **parameters)
    to_c(model)
    with pytest.raises(ValueError, match=message):
        to_c(model, learn=True)


def test_lbfgs_does_not_learn(interpreted):
    model = BackpropRegressor((), solver="lbfgs", random_state=0).fit(X, Y["values"])
    to_c(model)
    with pytest.raises(ValueError, match="solver='lbfgs' does not learn row by row"):
        to_c(model, learn=True)


def test_damaged_structs_are_refused(interpreted):
    model = trained("values", (2,), solver="adam")
    before = [array.copy() for array in model.coefs_]
    kind = struct_of(plan_of(model, None, learn=True), "<")
    whole = kind_bytes(model, kind)
    back = from_c_weights(model, whole)
    assert np.array_equal(back.predict(X), model.predict(X))
    big = np.frombuffer(whole, kind)[0:1].astype(kind.newbyteorder(">")).tobytes()
    assert np.array_equal(from_c_weights(model, big).predict(X), model.predict(X))
    for size in [*range(0, len(whole), 29), len(whole) - 1]:
        with pytest.raises(ValueError, match="source has|source: "):
            from_c_weights(model, whole[:size])
    older = trained("values", (2,), solver="adam").partial_fit(X[:1], Y["values"][:1])
    for other in (trained("values", (3,), solver="adam"), trained("values", (2,)), older):
        with pytest.raises(ValueError, match="source has"):
            from_c_weights(other, whole)
    for name in kind.names:
        for bad in (np.nan, np.inf, -1.5, 1e9 * 2**32):
            struct = np.frombuffer(whole, kind).copy()
            struct[name].flat[-1] = bad
            if name in ("w", "state", "mean", "y_mean", "y_shift") and bad == -1.5:
                continue
            if name != "seal" and bad > 1e9 and np.isfinite(bad):
                continue
            with pytest.raises(ValueError, match="source"):
                from_c_weights(model, struct.tobytes())
    struct = np.frombuffer(whole, kind).copy()
    struct["seal"] += 2**32
    with pytest.raises(ValueError, match="source is of a later version: its format is 2"):
        from_c_weights(model, struct.tobytes())
    with pytest.raises(TypeError):
        from_c_weights(model, None)
    assert all(map(np.array_equal, before, model.coefs_))


def kind_bytes(model, kind):
    """Return the struct as C has it at first."""
    struct = np.zeros(1, kind)
    for member in plan_of(model, None, learn=True).members:
        struct[member.name] = member.values
    return struct.tobytes()


def test_a_file_is_read_and_another_type_too(interpreted, tmp_path):
    model = trained("values", (2,), solver="adam")
    plan = plan_of(model, "float32", learn=True)
    struct = np.zeros(1, struct_of(plan, "<"))
    for member in plan.members:
        struct[member.name] = member.values
    struct["learned"] = 3
    (tmp_path / "weights.bin").write_bytes(struct.tobytes())
    back = from_c_weights(model, tmp_path / "weights.bin")
    assert back.coefs_[0].dtype == np.float64 and back.t_ == model.t_ + 3
    assert difference(back.predict(X), model.predict(X)) < 1e-6
