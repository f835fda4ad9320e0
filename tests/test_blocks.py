"""`fit_blocks`: blocks of patterns train as all of them together do."""

import copy
import itertools
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_refusals import assert_unchanged

from fastbp import BackpropClassifier, BackpropRegressor, fit_blocks

RNG = np.random.RandomState(0)
N = 270  # a window and a bit
X = RNG.standard_normal((N, 3)) * [1, 10, 0.1] + [0, 5, 0]
Y = X[:, 0] + 0.1 * X[:, 1]
LABELS = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
WEIGHTS = RNG.choice([0.0, 1.0, 9.0], N)
FRAME = pd.DataFrame(X, columns=list("abc"))
CUTS = (0, 7, 7, 120, 256, 260, N)  # one of them is empty
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0, "dtype": "float64"}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted", "narrow"),
]


def cut(*arrays, cuts=CUTS):
    return [tuple(one[a:b] for one in arrays) for a, b in itertools.pairwise(cuts)]


def assert_same(model, other, atol=1e-12):
    for mine, others in zip(model.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(mine, others, rtol=0, atol=atol)
    np.testing.assert_allclose(model.loss_curve_, other.loss_curve_, rtol=1e-11)
    assert model.n_iter_ == other.n_iter_ and model.t_ == other.t_


CASES = {
    "online": (BackpropRegressor, Y, {}),
    "batches": (BackpropRegressor, Y, {"batch_size": 30, "solver": "adam"}),
    "full batches": (BackpropRegressor, Y, {"solver": "rprop"}),
    "lbfgs": (BackpropRegressor, Y, {"solver": "lbfgs"}),
    "not standardised": (
        BackpropRegressor,
        Y,
        {"standardize": False, "learning_rate_init": 1e-3, "dropout": 0.2},
    ),
    "classes": (BackpropClassifier, LABELS, {"class_weight": "balanced", "label_smoothing": 0.1}),
    "labels": (BackpropClassifier, (X[:, :2] > 0).astype(int), {}),
    "two targets": (BackpropRegressor, X[:, :2], {"solver": "adamw", "batch_size": "auto"}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_as_fit(case):
    cls, y, options = CASES[case]
    model = cls(**{**SMALL, "shuffle": False, **options})
    whole, blocks = clone(model).fit(X, y), cut(X, y)
    for source in (blocks, lambda: iter([(X, y)])):
        fitted = clone(model)
        assert fit_blocks(fitted, source) is fitted
        assert_same(fitted, whole)
        assert fitted.get_params() == model.get_params()
    predict = "predict_proba" if cls is BackpropClassifier else "predict"
    out, expected = (getattr(one, predict)(X) for one in (fitted, whole))
    np.testing.assert_allclose(out, expected, rtol=1e-9)


@pytest.mark.parametrize("batch_size", [1, 20])
def test_weights(batch_size):
    model = BackpropRegressor(**SMALL, shuffle=False, batch_size=batch_size)
    whole = clone(model).fit(X, Y, WEIGHTS)
    assert_same(fit_blocks(clone(model), cut(X, Y, WEIGHTS)), whole)
    none = [(X[a:b], Y[a:b], None) for a, b in itertools.pairwise(CUTS)]
    assert_same(fit_blocks(clone(model), none), clone(model).fit(X, Y))


def test_one_window_is_shuffled_as_fit_does():
    """And read once: what is held stays."""
    readings = []

    def blocks():
        readings.append(1)
        return cut(X, Y, cuts=(0, 100, 250))

    fitted = fit_blocks(BackpropRegressor(**SMALL), blocks, 3)
    assert_same(fitted, BackpropRegressor(**SMALL | {"max_iter": 3}).fit(X[:250], Y[:250]))
    assert len(readings) == 2


def test_shuffled_within_a_window():
    """Blocks are read once before, and once in each epoch, from first to last."""
    readings = []

    def blocks():
        readings.append([])
        for number, block in enumerate(cut(X, Y)):
            readings[-1].append(number)
            yield block

    fitted = fit_blocks(BackpropRegressor(**SMALL), blocks, 3)
    unshuffled = fit_blocks(BackpropRegressor(**SMALL, shuffle=False), blocks, 3)
    assert np.abs(fitted.coefs_[0] - unshuffled.coefs_[0]).max() > 1e-6
    assert [one for one in readings if len(one) == len(CUTS) - 1] == 8 * [list(range(6))]


def test_frames():
    model = BackpropRegressor(**SMALL, shuffle=False)
    whole = clone(model).fit(FRAME, Y)
    fitted = fit_blocks(clone(model), cut(FRAME, pd.Series(Y)))
    assert_same(fitted, whole)
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(fitted.predict(FRAME), whole.predict(FRAME), rtol=1e-9)


def test_text_in_chunks(tmp_path):
    FRAME.assign(y=LABELS).to_csv(tmp_path / "t.csv", index=False)

    def chunks():
        for chunk in pd.read_csv(tmp_path / "t.csv", chunksize=70):
            yield chunk.drop(columns="y"), chunk["y"]

    model = BackpropClassifier(**SMALL, shuffle=False)
    assert_same(fit_blocks(clone(model), chunks), clone(model).fit(FRAME, LABELS))


def test_row_groups(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.Table.from_pandas(FRAME.assign(y=Y))
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=70)

    def groups():
        file = parquet.ParquetFile(tmp_path / "t.parquet")
        for number in range(file.num_row_groups):
            group = file.read_row_group(number).to_pandas()
            yield group.drop(columns="y"), group["y"]

    model = BackpropRegressor(**SMALL, shuffle=False)
    assert_same(fit_blocks(clone(model), groups), clone(model).fit(FRAME, Y))


def test_memory_maps_and_lists(tmp_path):
    np.save(tmp_path / "X.npy", X.astype(np.float16))
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    model = BackpropRegressor(**SMALL, shuffle=False)
    whole = clone(model).fit(X.astype(np.float16), Y)
    assert_same(fit_blocks(clone(model), cut(mapped, Y)), whole)
    lists = [(X[n : n + 90].tolist(), Y[n : n + 90].tolist()) for n in range(0, N, 90)]
    assert_same(fit_blocks(clone(model), lists), clone(model).fit(X, Y))


def test_stops_as_fit_does():
    validation = {"X_val": X[:40], "y_val": Y[:40], "sample_weight_val": WEIGHTS[:40]}
    for options in (
        {"early_stopping": True, "n_iter_no_change": 2, "tol": 0.2},
        {"learning_rate": "adaptive", "n_iter_no_change": 1, "tol": 0.1},
    ):
        model = BackpropRegressor(**SMALL | {"max_iter": 8}, shuffle=False, **options)
        whole = clone(model).fit(X, Y, **validation)
        fitted = fit_blocks(clone(model), cut(X, Y), **validation)
        assert_same(fitted, whole)
        np.testing.assert_allclose(fitted.validation_scores_, whole.validation_scores_, rtol=1e-9)
        assert whole.n_iter_ < 8 or not options.get("early_stopping")


def test_warm_start():
    model = BackpropRegressor(**SMALL, shuffle=False, warm_start=True)
    whole = copy.deepcopy(model)
    for _ in range(2):
        fit_blocks(model, cut(X, Y))
        whole.fit(X, Y)
    assert_same(model, whole)


def test_verbose(capsys):
    fit_blocks(BackpropRegressor(**SMALL, verbose=True), cut(X, Y), epochs=3)
    assert capsys.readouterr().out.count("Iteration") == 3


def test_callbacks():
    pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")
    from test_callbacks import Recorder

    recorder = Recorder(stop_after=2)
    model = BackpropRegressor(**SMALL).set_callbacks(recorder)
    fit_blocks(model, cut(X, Y, WEIGHTS), 5)
    assert model.n_iter_ == 2
    assert [what for what, *_ in recorder.told].count("begin") == 3


def with_nan(array, row):
    array = array.astype(float)
    array[row] = np.nan
    return array


WRONG = {
    "nan": (cut(with_nan(X, (200, 1)), Y), "block 3: Input X contains NaN: row 80, column 1"),
    "named": (
        cut(pd.DataFrame(with_nan(X, (200, 1)), columns=list("abc")), Y),
        "block 3: Input X contains NaN: row 80, column 'b'",
    ),
    "nan in y": (cut(X, with_nan(Y, 200)), "block 3: Input y contains NaN: row 80"),
    "nan in weights": (cut(X, Y, with_nan(Y, 200)), "block 3: Input sample_weight contains NaN"),
    "negative weights": (cut(X, Y, -WEIGHTS), "Negative values in data passed to `sample_weight`"),
    "columns": ([(X, Y), (X[:, :2], Y)], "block 1: columns: 2; of block 0: 3"),
    "names": (
        [(FRAME, Y), (FRAME[["a", "c", "b"]], Y)],
        r"block 1: columns: \['a', 'c', 'b'\]; of block 0: \['a', 'b', 'c'\]",
    ),
    "no names": ([(FRAME, Y), (X, Y)], r"block 1: columns: 3; of block 0: \['a', 'b', 'c'\]"),
    "targets": ([(X, Y), (X, X)], r"block 1: targets per row: \(3,\); of block 0: \(\)"),
    "weights": ([(X, Y), (X, Y, WEIGHTS)], "block 1: sample_weight: yes; of block 0: no"),
    "rows": ([(X, Y), (X, Y[1:])], r"block 1: X has 270 rows, y has the shape \(269,\)"),
    "no pair": ([X], r"block 0: it is \(X, y\) or \(X, y, sample_weight\), got ndarray"),
    "no table": ([(X[0], Y[:3])], "block 0: X must have rows and columns"),
    "no columns": ([(X[:, :0], Y)], "block 0: X must have rows and columns"),
    "text": ([(X.astype(str), Y)], "block 0: X holds strings"),
    "masked": ([(np.ma.masked_where(X > 1, X), Y)], "block 0: X is a masked array"),
    "masked y": ([(X, np.ma.masked_where(Y > 1, Y))], "block 0: y is a masked array"),
    "sparse": ([(scipy.sparse.csr_matrix(X), Y)], "block 0: X is sparse"),
    "none": ([], "there is no row"),
    "no rows": ([(X[:0], Y[:0])], "there is no row"),
    "labels": (cut(X, LABELS), "y holds strings"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_refused(wrong):
    blocks, words = WRONG[wrong]
    model = BackpropRegressor(**SMALL).fit(X[:9], Y[:9])
    before = copy.deepcopy(model)
    with pytest.raises(ValueError, match=words):
        fit_blocks(model, blocks)
    assert_unchanged(model, before)


def test_labels_of_two_kinds():
    with pytest.raises(ValueError, match="y has labels of different types"):
        fit_blocks(BackpropClassifier(**SMALL), [(X, LABELS), (X, (Y > 0).astype(int))])


def changing(later):
    """Return what gives the same blocks twice, and then others."""
    readings = itertools.count()
    return lambda: cut(X, Y) if next(readings) < 3 else later


LATER = {
    "nan": (cut(with_nan(X, (200, 1)), Y), "block 3: Input X contains NaN: row 80, column 1"),
    "other targets": (cut(X, Y + 1), "block 0 is not what it was"),
    "another order": (cut(X, Y)[::-1], "block 0 is not what it was"),
    "fewer": (cut(X, Y)[:-1], "there were 6 of them when they were first read, now there are 5"),
    "more": ([*cut(X, Y), (X, Y)], "there are more than 6 of them now"),
    "other columns": (cut(X[:, :2], Y), "block 0: columns: 2; of block 0: 3"),
}


@pytest.mark.parametrize("what", LATER)
@pytest.mark.parametrize("trained", [False, True])
def test_blocks_that_change(what, trained):
    """In the third epoch: then nothing was done."""
    later, words = LATER[what]
    model = BackpropRegressor(**SMALL)
    if trained:
        model.fit(X[:9], Y[:9])
    before = copy.deepcopy(model)
    with pytest.raises(ValueError, match=words):
        fit_blocks(model, changing(later), epochs=5)
    assert_unchanged(model, before)


def test_who_is_refused():
    with pytest.raises(TypeError, match="got Pipeline: of a Pipeline give the last step"):
        fit_blocks(make_pipeline(StandardScaler(), BackpropRegressor()), cut(X, Y))
    for once in ((block for block in cut(X, Y)), iter(cut(X, Y))):
        with pytest.raises(TypeError, match="gone through only once.*the function that makes them"):
            fit_blocks(BackpropRegressor(), once)
    unread = (1 / 0 for _ in range(3))
    for options, words in (
        ({"early_stopping": True}, "give X_val and y_val, blocks are not held out"),
        ({"tol": -1}, "tol"),
    ):
        with pytest.raises(ValueError, match=words):
            fit_blocks(BackpropRegressor(**options), lambda: unread)
    for epochs in (0, 2.5, True, "many"):
        with pytest.raises(ValueError, match="epochs must be an integer"):
            fit_blocks(BackpropRegressor(), lambda: unread, epochs)
    model = BackpropRegressor(max_iter=7)
    with pytest.raises(ZeroDivisionError):
        fit_blocks(model, lambda: unread, epochs=3)
    assert vars(model) == vars(BackpropRegressor(max_iter=7))


def test_an_interrupt_keeps_the_last_epoch():
    """As in `fit`: the weights are those of two epochs."""

    def blocks(readings=itertools.count()):  # noqa: B008
        if next(readings) == 3:
            raise KeyboardInterrupt
        return cut(X, Y)

    model = BackpropRegressor(**SMALL, shuffle=False, learning_rate="constant", alpha=0)
    with pytest.warns(UserWarning, match="interrupted"):
        fit_blocks(model, blocks, epochs=5)
    assert_same(model, clone(model).fit(X, Y))
    assert model.n_iter_ == 2


def test_neither_is_imported():
    """Whoever has no pandas and no pyarrow can train on blocks of arrays."""
    import fastbp.streams

    names = set(vars(fastbp.streams)) | set(vars(sys.modules["fastbp.estimators.data.blocks"]))
    assert not names & {"pandas", "pd", "pyarrow", "pa"}
