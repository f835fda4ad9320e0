"""Tables that are not copied whole: memory maps, arrays in files, what must be converted."""

import functools
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from plain import BackpropClassifier, BackpropRegressor
from test_refusals import assert_unchanged

import fastbp
from fastbp.estimators.data.far_table import JOBLIB, FarTable, far_table
from fastbp.kernels.rows import far
from fastbp.kernels.rows.far import FarRows
from fastbp.training.moments import Moments, standardized

RNG = np.random.RandomState(0)
N = 270  # a window and a bit
X = RNG.standard_normal((N, 3)) * [1, 10, 0.1] + [0, 5, 0]
Y = X[:, 0] + 0.1 * X[:, 1]
LABELS = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
SMAPS = Path("/proc/self/smaps")  # of Linux: how much of each map is in memory
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0, "dtype": "float64"}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class InFile:
    """What arrays of Zarr and HDF5 are to fastbp: a shape, a dtype, and rows by slices."""

    def __init__(self, array, chunks=None):
        self.array, self.shape, self.dtype, self.chunks = array, array.shape, array.dtype, chunks
        self.read = []

    def __getitem__(self, rows):  # noqa: D105
        assert isinstance(rows, slice)
        self.read.append(rows)
        return self.array[rows]


def mapped(array, tmp_path):
    file = tmp_path / f"{len(list(tmp_path.iterdir()))}.npy"
    np.save(file, array)
    return np.load(file, mmap_mode="r")


def assert_same(model, other, atol=1e-12):
    for mine, others in zip(model.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(mine, others, rtol=0, atol=atol)
    np.testing.assert_allclose(model.loss_curve_, other.loss_curve_, rtol=1e-12)


KINDS = {
    "online": {},
    "momentum, dropout": {"momentum": 0.9, "dropout": 0.3},
    "batches that don't divide the window": {"batch_size": 30, "solver": "adam"},
    "batches larger than the window": {"batch_size": 260, "solver": "adam"},
    "clipped": {"batch_size": 100, "clip_norm": 1.0},
    "rprop": {"solver": "rprop"},
    "lbfgs": {"solver": "lbfgs"},
    "not standardised": {"standardize": False, "learning_rate_init": 1e-3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_windows_change_nothing(kind, tmp_path, narrow, interpreted):
    """In the same order the same patterns, wherever they come from."""
    table = mapped(X, tmp_path)
    options = {**SMALL, "shuffle": False, **KINDS[kind]}
    far_away, near = (fastbp.BackpropRegressor(**options).fit(one, Y) for one in (table, X))
    assert isinstance(far_table(table), FarTable) and far_table(X) is None
    assert_same(far_away, near, 0 if kind == "not standardised" else 1e-12)
    np.testing.assert_allclose(far_away.predict(table), near.predict(X), rtol=1e-9)


def test_compiled(tmp_path, narrow):
    options = {**SMALL, "dtype": "float32", "shuffle": False, "standardize": False}
    numbers, y = np.tile(X, (2, 1)).astype(np.float32), np.tile(Y, 2)
    table = mapped(numbers, tmp_path)
    models = [
        fastbp.BackpropRegressor(learning_rate_init=1e-3, **options).fit(one, y)
        for one in (table, numbers)
    ]
    assert_same(*models, 0)
    np.testing.assert_array_equal(models[0].predict(table), models[1].predict(numbers))


def test_one_window_is_in_memory(tmp_path, monkeypatch, interpreted):
    """The same bits, shuffled: a small map is copied, and a larger one is held as a whole."""
    near = fastbp.BackpropRegressor(**SMALL).fit(X[:200], Y[:200])
    table = mapped(X[:200], tmp_path)
    assert_same(fastbp.BackpropRegressor(**SMALL).fit(table, Y[:200]), near, 0)
    monkeypatch.setattr(far, "WINDOW", 3 * 199)  # 256 rows are held nevertheless
    assert far_table(table) is not None
    assert_same(fastbp.BackpropRegressor(**SMALL).fit(table, Y[:200]), near, 0)


DTYPES = ["float16", "float32", "int8", "uint8", "int64", "bool", ">f8", "<f8", "longdouble"]
LAYOUTS = {
    "by row": lambda numbers, folder: mapped(numbers, folder),
    "by column": lambda numbers, folder: mapped(np.asfortranarray(numbers), folder),
    "sliced": lambda numbers, folder: mapped(np.repeat(numbers, 2, axis=0), folder)[::2],
    "viewed": lambda numbers, folder: np.asarray(mapped(numbers, folder)),
    "in memory": lambda numbers, folder: numbers,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype, layout, tmp_path, narrow):
    """Any of them is converted and standardised as a copy of the whole would be."""
    numbers = np.clip(X * 3, 0, 100).astype(dtype)
    table = far_table(LAYOUTS[layout](numbers, tmp_path))
    if layout == "in memory" and dtype in ("float32", "<f8"):
        assert table is None  # which is trained in place, or standardised as a whole
        return
    whole = numbers.astype(np.float32 if dtype == "float32" else np.float64)
    assert table.dtype == whole.dtype
    moments = table.moments()
    for name in ("mean", "variance"):
        expected = getattr(Moments.of(whole), name)
        np.testing.assert_allclose(getattr(moments, name), expected, rtol=1e-12)
    part = np.r_[RNG.permutation(N)[:200], [3, 3, N - 1]]
    np.testing.assert_array_equal(table[part], whole[part])
    for units in (None, (moments.mean, moments.scale)):
        put = functools.partial(table.put, units=units)
        held = FarRows(N, 3, np.dtype(np.float32), put, run=table.run).hold(part)
        expected = whole.astype(np.float32)
        if units is not None:
            expected = standardized(whole, *units, np.float32)
        np.testing.assert_array_equal(held.values[held.places[part]], expected[part])


@pytest.mark.parametrize("rows", [200, N])
def test_arrays_in_files(rows, narrow, interpreted):
    """Only slices are asked for, of whole chunks, and none that is much longer than a run."""
    table = InFile(X[:rows].astype(np.float32), chunks=(25, 3))
    options = {**SMALL, "shuffle": False}
    near = fastbp.BackpropRegressor(**options).fit(table.array, Y[:rows])
    model = fastbp.BackpropRegressor(**options).fit(table, Y[:rows])
    assert_same(model, near)
    np.testing.assert_allclose(model.predict(table), near.predict(table.array), rtol=1e-12)
    model.partial_fit(table, Y[:rows])
    fastbp.BackpropRegressor(**options).fit(X, Y, X_val=table, y_val=Y[:rows])
    if rows == N:
        far_rows = [one for one in table.read if one.start is not None]
        assert len(far_rows) > 20 and max(one.stop - one.start for one in far_rows) == 50
        assert {one.start % 25 for one in far_rows if one.stop - one.start == 50} == {0}


def order_of(rows, order, batch_size=1, seed=0):
    rows.shuffle(order, np.random.RandomState(seed), batch_size)
    return order


def test_two_levels(narrow):
    """Each window has whole runs from anywhere, and its patterns are mixed."""
    rows = FarRows(5000, 3, np.dtype("f4"), None, run=40)
    order = order_of(rows, np.random.RandomState(1).permutation(5000))
    np.testing.assert_array_equal(np.sort(order), np.arange(5000))
    windows = [order[n : n + 256] for n in range(0, 5000, 256)]
    for window in windows[:-1]:
        runs, counts = np.unique(window // 40, return_counts=True)
        assert len(runs) <= 256 // 40 + 2 and (counts == 40).sum() >= 5
        assert np.abs(np.diff(window)).mean() > 200  # from one run to another and back
    assert np.abs(np.diff([window.mean() for window in windows])).mean() > 300
    again = order_of(rows, order.copy(), seed=1)
    assert (again != order).mean() > 0.9
    np.testing.assert_array_equal(order_of(rows, again), order)  # whatever was before


def test_from_first_to_last(narrow):
    rows = FarRows(5000, 3, np.dtype("f4"), None, run=40, anywhere=False)
    order = order_of(rows, np.arange(5000), batch_size=10)
    for n in range(0, 5000, 250):  # the batches of ten that fit into 256
        assert set(order[n : n + 250]) == set(range(n, n + 250))
    assert (order != np.arange(5000)).mean() > 0.9


def test_rows_that_are_left_out(tmp_path, narrow, interpreted):
    """Held out, of weight zero, of a class that costs nothing; and several times."""
    table, weights = mapped(X, tmp_path), np.where(RNG.uniform(size=N) < 0.5, 0.0, 1.0)
    options = {**SMALL, "shuffle": False, "early_stopping": True}
    for cls, y, more in (
        (fastbp.BackpropRegressor, Y, {}),
        (fastbp.BackpropClassifier, LABELS, {"class_weight": {"no": 0.5, "yes": 9.0}}),
        (fastbp.BackpropClassifier, LABELS, {"scoring": "roc_auc"}),
    ):
        models = [cls(**options, **more).fit(one, y, weights) for one in (table, X)]
        np.testing.assert_allclose(*(one.validation_scores_ for one in models), rtol=1e-9)
        assert_same(*models, 1e-11)
    models = [
        fastbp.BackpropClassifier(**SMALL, shuffle=False, class_weight={"no": 0.0}).fit(one, LABELS)
        for one in (table, X)
    ]
    assert_same(*models, 1e-11)


def test_warm_start(tmp_path, narrow, interpreted):
    options = {**SMALL, "shuffle": False, "warm_start": True}
    models = [fastbp.BackpropRegressor(**options).fit(X, Y) for _ in range(2)]
    for model, one in zip(models, (mapped(X * 2, tmp_path), X * 2), strict=True):
        model.fit(one, Y)
    assert_same(*models)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_refused_by_row(standardize, wrong, tmp_path, narrow, interpreted):
    numbers = X.astype(np.float16)
    options = {**SMALL, "learning_rate_init": 1e-4, "standardize": standardize}
    model = fastbp.BackpropRegressor(**options).fit(numbers, Y)
    before = model.__class__.__new__(type(model))
    before.__setstate__(model.__getstate__())
    numbers[267, 2] = wrong
    table = mapped(numbers, tmp_path)
    words = "Input X contains (NaN|infinity).*: row 267, column 2"
    for call in (lambda: model.fit(table, Y), lambda: model.predict(table)):
        with pytest.raises(ValueError, match=words):
            call()
    assert_unchanged(model, before)
    warm = fastbp.BackpropRegressor(**options, warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=words):
        warm.fit(table, Y)


def test_refused(tmp_path, narrow, interpreted):
    table = mapped(X, tmp_path)
    model = fastbp.BackpropRegressor(**SMALL)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[270, 269\]"):
        model.fit(table, Y[:-1])
    with pytest.raises(ValueError, match="y holds strings"):
        model.fit(table, LABELS)
    with pytest.raises(ValueError, match="X: column 1 has values too large"):
        model.fit(mapped(X * [1, 1e200, 1], tmp_path), Y)
    assert not hasattr(model, "coefs_")
    model.fit(table, Y)
    with pytest.raises(ValueError, match="X has 2 features"):
        model.predict(mapped(np.ones((N, 2), bool), tmp_path)[:, :2])
    plain = fastbp.BackpropRegressor(**SMALL | {"dtype": "float32"}, standardize=False)
    with pytest.raises(ValueError, match="infinity, or a value too large: row 5, column 1"):
        plain.fit(mapped(np.where(np.arange(N)[:, None] == 5, [1, 1e60, 1], X), tmp_path), Y)


def test_a_shape_that_is_wrong(narrow, interpreted):
    """No kernel reads beyond what is there."""
    for wrong in (X[:, :2], X[:-20]):
        table = InFile(X)
        table.array = wrong
        with pytest.raises(ValueError, match="X says that its shape is"):
            fastbp.BackpropRegressor(**SMALL).fit(table, Y)


def test_what_joblib_maps_is_in_memory(tmp_path, narrow):
    """The same draws with any `n_jobs`."""
    folder = tmp_path / f"{JOBLIB}_1"
    folder.mkdir()
    table = mapped(X, folder)
    assert far_table(table) is far_table(np.asarray(table)[3:]) is None
    assert far_table(mapped(X, tmp_path)) is not None


class Changing(InFile):
    """What is read after a while is something else."""

    def __getitem__(self, rows):  # noqa: D105
        block = super().__getitem__(rows).copy()
        if len(self.read) > 20:
            block[0, 0] = np.nan
        return block


def test_a_file_that_changes_while_it_is_read(narrow, interpreted):
    model = fastbp.BackpropRegressor(**SMALL | {"max_iter": 9})
    with pytest.raises(ValueError, match="Input X contains NaN: row"):
        model.fit(Changing(X), Y)
    assert not hasattr(model, "coefs_")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # interpreted kernels say what overflows
def test_the_widest_column(tmp_path, narrow, interpreted):
    """Where training diverged, that of the rows at hand is named."""
    model = BackpropRegressor((2,), max_iter=1, learning_rate_init=1e30, activation="identity")
    with pytest.raises(ValueError, match=r"Column 1 of X ranges from .*: set standardize=True"):
        model.fit(mapped(X * [1, 1e4, 1], tmp_path), Y)


@pytest.mark.parametrize(
    ("standardize", "dtype"), [(True, "f8"), (True, "u1"), (False, "f8"), (False, "f2")]
)
def test_peak_memory(standardize, dtype, tmp_path, monkeypatch):
    """A window, a run and some forty bytes per row: not a copy."""
    monkeypatch.setattr(far, "WINDOW", 2**18)
    n_rows, n_columns = 40_000, 100
    table = mapped(np.resize(np.arange(n_columns) % 7, (n_rows, n_columns)).astype(dtype), tmp_path)
    y = np.linspace(0, 1, n_rows)
    model = fastbp.BackpropRegressor((4,), max_iter=1, standardize=standardize)
    model.set_params(learning_rate_init=1e-4, dtype="float32", shuffle=True)
    model.fit(table[:3000], y[:3000]).predict(table[:3000])  # compiled
    tracemalloc.start()
    model.fit(table, y)
    peak_of_fit = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    model.predict(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    allowed = 2**18 * 4 + 3 * far.RUN * 8 + 64 * n_rows
    assert max(peak_of_fit, peak) < allowed < n_rows * n_columns * 4 / 3  # 16 MB in float32
    if SMAPS.exists():  # nor are its pages the process's
        sizes = SMAPS.read_text().partition(str(tmp_path))[2]
        assert int(re.search(r"Rss: +(\d+) kB", sizes)[1]) * 1024 < table.nbytes / 2


def test_what_was_written_to_a_private_map_stays(tmp_path, narrow, interpreted):
    np.save(tmp_path / "X.npy", X)
    table = np.load(tmp_path / "X.npy", mmap_mode="c")
    table[:, 0] = 7
    model = fastbp.BackpropRegressor(**SMALL).fit(table, Y)
    assert model.mean_[0] == 7 and (table[:, 0] == 7).all()


def test_labels(tmp_path, narrow, interpreted):
    labels, options = (X[:, :2] > 0).astype(int), SMALL | {"max_iter": 1}
    tables = mapped(X, tmp_path), X
    models = [
        BackpropClassifier(**options, shuffle=False, learning_rate_init=1e-3).fit(one, labels)
        for one in tables
    ]
    assert_same(*models, 0)
