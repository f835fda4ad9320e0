"""`fit_partitions`: the mean of what partitions come to. In this process; see `elsewhere`, too."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from test_refusals import assert_unchanged

from fastbp import BackpropClassifier, BackpropRegressor

WITHOUT = "Dask is not installed: pip install 'fastbp[distributed]'"
dask = pytest.importorskip("dask", reason=WITHOUT)
da = pytest.importorskip("dask.array", reason=WITHOUT)
dd = pytest.importorskip("dask.dataframe", reason=WITHOUT)

from fastbp.distributed import fit_partitions  # noqa: E402
from fastbp.distributed.rounds import TOGETHER, mean_of  # noqa: E402
from fastbp.distributed.tasks import Prepared, Trained, added, trained  # noqa: E402

RNG = np.random.RandomState(0)
N = 90
X = RNG.standard_normal((N, 3)) * [1, 10, 0.1] + [0, 5, 0]
Y = X[:, 0] + 0.1 * X[:, 1]
LABELS = np.array(["a", "b", "c"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 10)]
WEIGHTS = RNG.choice([0.0, 1.0, 9.0], N)
CUTS = (20, 7, 33, 30)
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0, "dtype": "float64"}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted", "here"),
]


@pytest.fixture
def here():
    with dask.config.set(scheduler="synchronous"):
        yield


def cut(*arrays, rows=CUTS):
    """Return the arrays as Dask's, in runs of so many rows."""
    return [
        None if one is None else da.from_array(one, chunks=(tuple(rows), *one.shape[1:]))
        for one in arrays
    ]


def assert_same(model, other):
    for mine, others in zip(
        model.coefs_ + model.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_array_equal(mine, others)
    assert model.loss_curve_ == other.loss_curve_
    assert (model.n_iter_, model.t_) == (other.n_iter_, other.t_)


CASES = {
    "online": {},
    "batches": {"batch_size": 20, "solver": "adam", "alpha": 0.01},
    "momentum": {"batch_size": "auto", "momentum": 0.9},
    "units as they are": {"standardize": False, "learning_rate_init": 1e-3, "clip_norm": 1.0},
    "averaged": {"average": True, "learning_rate": "invscaling"},
    "stopped": {"learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 1, "max_iter": 9},
    "max_norm": {"max_norm": 1.0, "l1_ratio": 0.5},
    "shortcuts": {"hidden_layer_sizes": (4, 2), "shortcuts": True, "solver": "adam"},
}


BOTH = [("online", True), *((case, bool(number % 2)) for number, case in enumerate(CASES))]


@pytest.mark.parametrize(("case", "classifies"), BOTH)
def test_one_partition_has_the_bits_of_fit(case, classifies):
    """Statistics, schedules, penalties, weights, stopping: all but the order of shuffled rows."""
    cls, y = (BackpropClassifier, LABELS) if classifies else (BackpropRegressor, Y)
    more = {"class_weight": "balanced", "label_smoothing": 0.1} if classifies else {}
    model = cls(**{**SMALL, "shuffle": False, **CASES[case], **more})
    weights = WEIGHTS if case in ("online", "batches") else None
    whole = clone(model).fit(X, y, weights)
    fitted = clone(model)
    assert fit_partitions(fitted, *cut(X, y, weights, rows=[N])) is fitted
    assert_same(fitted, whole)
    assert fitted.get_params() == model.get_params()
    np.testing.assert_array_equal(fitted.predict(X), whole.predict(X))
    again = pickle.loads(pickle.dumps(fitted)).partial_fit(X[:9], y[:9])
    assert_same(again, whole.partial_fit(X[:9], y[:9]))


def test_weights_are_the_mean_by_rows():
    """Of what each partition comes to alone, from the same weights."""
    begins = BackpropRegressor(**SMALL, shuffle=False, standardize=False, alpha=0)
    begins.set_params(learning_rate_init=1e-3, warm_start=True, max_iter=1)
    begins.coefs_ = [RNG.standard_normal(shape) for shape in ((3, 4), (4, 1))]
    begins.intercepts_ = [RNG.standard_normal(width) for width in (4, 1)]
    ends = np.cumsum(CUTS)
    alone = [
        copy.deepcopy(begins).fit(X[end - length : end], Y[end - length : end])
        for end, length in zip(ends, CUTS, strict=True)
    ]
    fitted = fit_partitions(copy.deepcopy(begins), *cut(X, Y))
    for layer in range(2):
        mean = np.average([one.coefs_[layer] for one in alone], 0, CUTS)
        np.testing.assert_allclose(fitted.coefs_[layer], mean, rtol=1e-12)
    np.testing.assert_allclose(fitted.loss_, np.average([one.loss_ for one in alone], 0, CUTS))
    assert fitted.t_ == N
    assert not np.array_equal(fitted.coefs_[0], alone[0].coefs_[0])


@pytest.mark.parametrize("n_parts", [1, TOGETHER, TOGETHER + 1, TOGETHER**2 + 1])
def test_the_tree_of_sums(n_parts):
    parts = [dask.delayed(Trained(*RNG.standard_normal((2, 5)), 3, n)) for n in range(n_parts)]
    fractions = RNG.dirichlet(np.ones(n_parts)).tolist()
    total = dask.compute(mean_of(parts, fractions))[0]
    parts = dask.compute(*parts)
    plain = added(fractions, list(parts))
    np.testing.assert_allclose(total.parameters, plain.parameters, atol=1e-15)
    np.testing.assert_allclose(total.loss, np.dot(fractions, range(n_parts)), rtol=1e-13)
    assert total.updates == pytest.approx(3)


def test_what_is_known_is_known_of_all():
    order = np.argsort(LABELS, kind="stable")  # a partition has one class or two
    model = BackpropClassifier(**SMALL)
    fitted = fit_partitions(clone(model), *cut(X[order], LABELS[order]))
    whole = clone(model).fit(X, LABELS)
    assert fitted.classes_.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(fitted.mean_, whole.mean_, rtol=1e-12)
    np.testing.assert_allclose(fitted.scale_, whole.scale_, rtol=1e-12)
    weighted = fit_partitions(BackpropRegressor(**SMALL), *cut(X, Y, WEIGHTS))
    whole = BackpropRegressor(**SMALL).fit(X, Y, WEIGHTS)
    for name in ("mean_", "scale_", "y_mean_", "y_scale_"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(whole, name), rtol=1e-12)


def test_connections_that_are_not_there_stay_zero():
    draw = np.random.RandomState(1).random_sample
    masks = [draw(shape) > 0.3 for shape in ((3, 4), (7, 2), (9, 1))]
    for mask in masks:
        mask[0] = True
    settings = SMALL | {"hidden_layer_sizes": (4, 2), "solver": "adam"}
    model = BackpropRegressor(shortcuts=True, connections=masks, **settings)
    fit_partitions(model, *cut(X, Y))
    for mask, w in zip(masks, model.coefs_, strict=True):
        assert not w[~mask].any() and w[mask].all()


@pytest.mark.parametrize("options", [{}, {"solver": "adam", "batch_size": 5}])
def test_rounds_in_an_epoch(options):
    """Of one partition they are nothing but a pause; rows are shuffled by the epoch."""
    model = BackpropRegressor(**SMALL, **options, alpha=0)
    once, often = (
        fit_partitions(clone(model), *cut(X, Y, rows=[N]), rounds_per_epoch=n) for n in (1, 6)
    )
    for mine, others in zip(once.coefs_, often.coefs_, strict=True):  # four patterns at a time
        np.testing.assert_allclose(mine, others, rtol=1e-12, atol=1e-14)
    assert often.n_iter_ == 2 and often.t_ == 2 * N
    once, often = (fit_partitions(clone(model), *cut(X, Y), rounds_per_epoch=n) for n in (1, 6))
    assert not np.array_equal(once.coefs_[0], often.coefs_[0])
    assert fit_partitions(clone(model), *cut(X, Y), rounds=6, rounds_per_epoch=2).n_iter_ == 3
    more = fit_partitions(clone(model), *cut(X[:9], Y[:9], rows=[4, 5]), rounds_per_epoch=20)
    assert more.t_ == 18


def test_order_of_the_tasks_does_not_matter():
    model = BackpropRegressor(**SMALL, dropout=0.2)
    fitted = fit_partitions(clone(model), *cut(X, Y))
    with dask.config.set(scheduler="threads", num_workers=4):
        assert_same(fit_partitions(clone(model), *cut(X, Y)), fitted)
    other = fit_partitions(clone(model).set_params(random_state=1), *cut(X, Y))
    assert not np.array_equal(other.coefs_[0], fitted.coefs_[0])


def test_it_goes_on():
    model = BackpropRegressor(**SMALL, warm_start=True, momentum=0.9)
    fit_partitions(model, *cut(X, Y))
    updates, n_iter = model._optimizer.updates, model.n_iter_
    assert updates == round(2 * np.average(CUTS, 0, CUTS)) and n_iter == 2
    before = copy.deepcopy(model)
    fit_partitions(model, *cut(X, Y), rounds=1)
    assert model.t_ == 3 * N and not np.array_equal(model.coefs_[0], before.coefs_[0])
    assert model.learn_one(X[0], Y[0]) is None or model.t_ == 3 * N + 1
    assert np.isfinite(model.predict(X)).all()


def test_data_frames_of_unknown_length():
    frame = pd.DataFrame(X, columns=list("abc")).assign(y=LABELS, weight=WEIGHTS + 1)
    divided = dd.from_pandas(frame, npartitions=3)
    model = BackpropClassifier(**SMALL)
    args = divided[["a", "b", "c"]], divided["y"], divided["weight"]
    fitted = fit_partitions(clone(model), *args)
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    of_X, of_weights = args[0].to_dask_array(), args[2].to_dask_array()
    assert np.isnan(of_X.chunks[0]).all()
    assert_same(fit_partitions(clone(model), of_X, args[1], of_weights), fitted)
    column = fit_partitions(clone(model), args[0], divided[["y"]], args[2])
    assert_same(column, fitted)


def test_callbacks_and_words(capsys):
    model = BackpropRegressor(**SMALL, verbose=True)
    fit_partitions(model, *cut(X, Y))
    assert capsys.readouterr().out.count("loss =") == 2


BAD = {
    "not Dask's": (lambda: (X, Y), {}, "X must be an array or a data frame of Dask, got ndarray"),
    "y": (lambda: (*cut(X), Y), {}, "y must be an array or a data frame of Dask"),
    "columns": (lambda: (da.from_array(X, chunks=(30, 2)), *cut(Y)), {}, r"X.rechunk\(\{1: -1\}\)"),
    "other partitions": (
        lambda: (*cut(X), *cut(Y, rows=[45, 45])),
        {},
        r"X has 4 partitions, of 20, 7, 33, 30 rows; y has 2 .*y.rechunk\(\{0: X.chunks\[0\]\}\)",
    ),
    "other lengths": (lambda: (*cut(X), *cut(Y, rows=[20, 8, 32, 30])), {}, "partitioned alike"),
    "other weights": (lambda: (*cut(X, Y), *cut(Y, rows=[90])), {}, "sample_weight has 1 part"),
    "lengths found late": (
        lambda: (unknown([X[:5], X[5:]]), unknown([Y[:6], Y[6:]])),
        {},
        r"partition 0: X has 5 rows, y has the shape \(6,\)",
    ),
    "unequal columns": (
        lambda: (unknown([X[:5], X[5:, :2]]), *cut(Y, rows=[5, 85])),
        {},
        "partition 1: columns: 2; of partition 0: 3",
    ),
    "empty": (lambda: cut(X, Y, rows=[20, 0, 70]), {}, "partition 1 has no rows: leave it out"),
    "no weight": (
        lambda: cut(X, Y, np.repeat([1.0, 0.0], [27, 63])),
        {},
        "partition 2 has no rows of positive weight",
    ),
    "negative": (lambda: cut(X, Y, Y), {}, "partition 0: sample_weight must not be negative"),
    "NaN": (lambda: cut(with_nan(X), Y), {}, "partition 2: Input X contains NaN: row 3, column 1"),
    "NaN in y": (lambda: cut(X, with_nan(X)[:, 1]), {}, "partition 2: Input y contains NaN: row 3"),
    "sparse": (
        lambda: (cut(X)[0].map_blocks(scipy.sparse.csr_array), *cut(Y)),
        {},
        "partition 0: X is sparse",
    ),
    "rounds": (lambda: cut(X, Y), {"rounds": 0}, "rounds must be an integer ≥ 1, got 0"),
    "rounds in an epoch": (
        lambda: cut(X, Y),
        {"rounds": 3, "rounds_per_epoch": 2},
        "rounds must be a multiple of rounds_per_epoch, 2, got 3",
    ),
    "client": (lambda: cut(X, Y), {"client": "tcp://here"}, "client must be a distributed.Client"),
}


def with_nan(values):
    values = values.copy()
    values[30, 1] = np.nan
    return values


def unknown(parts):
    """Return an array in parts whose lengths Dask does not know."""
    blocks = [
        da.from_delayed(dask.delayed(part), (np.nan, *parts[0].shape[1:]), part.dtype)
        for part in parts
    ]
    return da.concatenate(blocks, allow_unknown_chunksizes=True)


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    arrays, options, words = BAD[case]
    model = BackpropRegressor(**SMALL).fit(X, Y)
    before = copy.deepcopy(model)
    with pytest.raises((TypeError, ValueError), match=words):
        fit_partitions(model, *arrays(), **options)
    assert_unchanged(model, before)
    model = BackpropRegressor(**SMALL)
    start = dict(vars(model))
    with pytest.raises((TypeError, ValueError), match=words):
        fit_partitions(model, *arrays(), **options)
    assert vars(model) == start


def test_bad_estimators():
    for options in ({"solver": "lbfgs"}, {"solver": "rprop"}, {"early_stopping": True}):
        with pytest.raises(ValueError, match=next(iter(options))):
            fit_partitions(BackpropRegressor(**SMALL, **options), *cut(X, Y))
    with pytest.raises(ValueError, match="alpha"):
        fit_partitions(BackpropRegressor(**SMALL, alpha=-1), *cut(X, Y))
    with pytest.raises(TypeError, match="last step"):
        fit_partitions(make_pipeline(BackpropRegressor()), *cut(X, Y))
    with pytest.raises(ValueError, match="continuous"):
        fit_partitions(BackpropClassifier(**SMALL), *cut(X, Y))
    pairs = unknown([np.array([(1, 2), "b", None] * 30, dtype=object)])
    with pytest.raises(ValueError, match="partition 0: y "):
        fit_partitions(BackpropClassifier(**SMALL), *cut(X, rows=[90]), pairs)
    mixed = unknown([LABELS[:40].astype(object), np.arange(50)])
    with pytest.raises(ValueError, match="partition 1: labels: numbers; of partition 0: strings"):
        fit_partitions(BackpropClassifier(**SMALL), *cut(X, rows=[40, 50]), mixed)


def test_a_partition_that_is_not_what_it_was():
    part = Prepared(None, np.arange(3))
    with pytest.raises(ValueError, match="partition 2 had 4 patterns, and now has 3"):
        trained(part, None, 2, 4, None)


def test_failure_in_the_middle():
    """A partition that can't be read any more, weights that leave all bounds."""
    model = BackpropRegressor(**SMALL | {"random_state": np.random.RandomState(0)})
    model.fit(X, Y)
    before, state = copy.deepcopy(model), model.random_state.get_state()
    readings = []

    def fails(block):
        readings.append(1)
        if len(readings) > 6:
            raise OSError("the disk is gone")
        return block

    with pytest.raises(OSError, match="the disk is gone"):
        fit_partitions(model, cut(X)[0].map_blocks(fails, meta=X[:0]), *cut(Y))
    model.set_params(learning_rate_init=1e30)
    before.set_params(learning_rate_init=1e30)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="learning_rate_init"):
        fit_partitions(model, *cut(X, Y))
    after = model.random_state.get_state()
    assert all(np.array_equal(a, b) for a, b in zip(state, after, strict=True))
    model.random_state = before.random_state
    assert_unchanged(model, before)
