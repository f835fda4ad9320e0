"""Tables, targets and weights that are not what they seem: a right result, or an error by name."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from plain import BackpropClassifier, BackpropRegressor
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_array
from test_refusals import assert_unchanged

import fastbp
from fastbp.estimators.data import user_input

RNG = np.random.RandomState(0)
X = RNG.standard_normal((12, 4))
Y, LABELS = X[:, 0], np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
FRAME = pd.DataFrame(X, columns=list("abcd"))
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}
DATES = np.full((12, 4), np.datetime64("2020-01-01"))

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("interpreted"),
]

TABLES = {
    "masked": (np.ma.masked_where(X > 1.5, X), "X is a masked array, and row"),
    "dates": (DATES, "X holds dates"),
    "times": (DATES - DATES[0, 0], "X holds dates or times"),
    "strings": (X.astype(str), "X holds strings"),
    "lists of strings": (X.astype(str).tolist(), "X holds strings"),
    "objects": (np.where(X > 1, "1.5", X.astype(object)), "X holds strings"),
    "column of dates": (FRAME.assign(c=pd.Timestamp("2020")), "X: column 'c' holds dates"),
    "column with a zone": (
        FRAME.assign(c=pd.Timestamp("2020", tz="UTC")),
        "column 'c' holds dates",
    ),
    "times as objects": (np.full((12, 4), DATES[0, 0] - DATES[0, 0], object), "X holds dates"),
    "column of strings": (FRAME.assign(b="red"), "X: column 'b' holds strings .'red'"),
    "categories": (FRAME.assign(b=pd.Categorical(["red"] * 12)), "X: column 'b' holds strings"),
    "complex": (X + 1j, "Complex data not supported"),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("standardize", [False, True])
def test_tables(kind, standardize):
    table, words = TABLES[kind]
    model = BackpropRegressor(**SMALL, standardize=standardize)
    with pytest.raises(ValueError, match=words):
        model.fit(table, Y)
    assert not hasattr(model, "coefs_")
    model.fit(X, Y)
    for call in (model.predict, lambda table: model.partial_fit(table, Y)):
        with pytest.raises(ValueError, match=words):
            call(table)
    with pytest.raises(ValueError, match="X_val.*" + words):
        model.fit(X, Y, X_val=table, y_val=Y)


def test_tables_that_are_right():
    model = BackpropRegressor(**SMALL).fit(X, Y)
    expected = model.predict(X)
    for table in (np.ma.array(X), X.tolist(), X.astype(object), FRAME.values):
        np.testing.assert_array_equal(model.predict(table), expected)


TARGETS = [
    (BackpropRegressor, LABELS, "y holds strings .*'yes'"),
    (BackpropRegressor, LABELS.tolist(), "y holds strings"),
    (BackpropRegressor, Y.astype(str), "y holds strings"),
    (BackpropRegressor, DATES[:, 0], "y holds dates"),
    (BackpropRegressor, np.ma.masked_where(Y > 1, Y), "y is a masked array, and row"),
    (BackpropClassifier, np.ma.masked_where(Y > 1, Y > 0), "y is a masked array, and row"),
    (BackpropClassifier, np.array(["a", 1] * 6, dtype=object), "y has labels of different types"),
    (BackpropClassifier, np.array(["a", None] * 6, dtype=object), "y contains None"),
]


@pytest.mark.parametrize(("cls", "y", "words"), TARGETS)
def test_targets(cls, y, words):
    model = cls(**SMALL)
    with pytest.raises(ValueError, match=words):
        model.fit(X, y)
    if cls is BackpropRegressor:
        with pytest.raises(ValueError, match=words):
            model.set_params(loss="poisson").fit(X, y)


def test_a_column_of_targets():
    """The warning points here."""
    for model, y in ((BackpropRegressor(**SMALL), Y), (BackpropClassifier(**SMALL), LABELS)):
        with pytest.warns(DataConversionWarning, match="column-vector") as caught:
            model.fit(X, y[:, None])
        assert caught[0].filename == __file__


WEIGHTS = {
    "huge": (np.full(12, 1e308), "sample_weight: the sum is not finite"),
    "huge in float32": (
        np.full(12, 1e39),
        "sample_weight: that of row 0, 1e.39, is inf in float32",
    ),
    "tiny in float32": (np.r_[np.ones(11), 1e-50], "that of row 11, 1e-50, is 0 in float32"),
    "masked": (np.ma.masked_where(Y > 1, Y**2), "sample_weight is a masked array"),
    "strings": (["1"] * 12, "sample_weight holds strings"),
    "infinite": (np.full(12, np.inf), "sample_weight contains infinity"),
    "zero": (np.zeros(12), "at least one weight must be positive, all are zero"),
}


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_weights(kind, batch_size):
    weights, words = WEIGHTS[kind]
    model = fastbp.BackpropRegressor(**SMALL, batch_size=batch_size).fit(X, Y)
    before = {name: np.copy(model.coefs_[0]) for name in ["coefs_"]}
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=words):
            call(X, Y, weights)
    np.testing.assert_array_equal(model.coefs_[0], before["coefs_"])


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("scale", [1e-250, 1e250])
def test_only_proportions_of_weights_matter(scale, batch_size):
    parameters = SMALL | {"batch_size": batch_size, "dtype": "float64"}
    weights = 2.0 ** RNG.randint(-2, 3, 12)
    model = fastbp.BackpropRegressor(**parameters).fit(X, Y, weights)
    scaled = fastbp.BackpropRegressor(**parameters).fit(X, Y, weights * scale)
    np.testing.assert_allclose(model.coefs_[0], scaled.coefs_[0], rtol=1e-9)


def test_class_weights_beyond_the_dtype():
    model = fastbp.BackpropClassifier(**SMALL, class_weight={"no": 1e300, "yes": 1.0})
    with pytest.raises(ValueError, match="class_weight: weights are beyond float32"):
        model.fit(X, LABELS)
    model = BackpropClassifier(**SMALL, dtype="float32", batch_size=4)
    model.set_params(class_weight={"no": 1e30, "yes": 1.0})
    with pytest.raises(ValueError, match="its product with class_weight is not finite"):
        model.fit(X, LABELS, np.full(12, 1e30))


def test_targets_beyond_the_dtype():
    model = BackpropRegressor(**SMALL, dtype="float32")
    with pytest.raises(ValueError, match="y: that of row 1 is too large for float32"):
        model.fit(X, np.r_[1.0, np.full(11, 1e39)])
    model = fastbp.BackpropRegressor(**SMALL).fit(X.astype(np.float32), 1e39 * Y)
    assert np.abs(model.predict(X.astype(np.float32))).max() > 1e38


def test_wild_values_are_cut_without_a_warning():
    model = fastbp.BackpropRegressor(**SMALL).fit(X, Y)
    wild = np.where(np.arange(4) == 2, 1e308 * np.sign(X), X)
    assert np.isfinite(model.predict(wild)).all()
    model.partial_fit(wild, Y)
    assert np.isfinite(model.coefs_[0]).all()


# --- Sparse matrices that are none ----------------------------------------------------------------


def damaged(change, kind="csr"):
    A = getattr(sp, f"{kind}_array")(X)
    change(A)
    return A


DAMAGES = {
    "column": lambda A: A.indices.__setitem__(7, 12),
    "far column": lambda A: A.indices.__setitem__(7, 2**30),
    "negative column": lambda A: A.indices.__setitem__(7, -1),
    "falling": lambda A: A.indptr.__setitem__(2, 3),
    "beyond": lambda A: A.indptr.__setitem__(12, 49),
    "far beyond": lambda A: A.indptr.__setitem__(slice(6, None), 2**30),
    "begin": lambda A: A.indptr.__setitem__(0, 1),
    "negative begin": lambda A: A.indptr.__setitem__(0, -5),
    "less data": lambda A: setattr(A, "data", A.data[:30]),
    "fewer indices": lambda A: setattr(A, "indices", A.indices[:30]),
    "short indptr": lambda A: setattr(A, "indptr", A.indptr[:9]),
    "floats": lambda A: setattr(A, "indices", A.indices.astype(float)),
}
WHERE = r"X(_val.*X)?: (row|column) \d|indptr|index arrays"


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("standardize", [False, True])
def test_damaged_sparse_matrices(damage, standardize):
    model = BackpropRegressor(**SMALL, standardize=standardize)
    with pytest.raises(ValueError, match=WHERE):
        model.fit(damaged(DAMAGES[damage]), Y)
    model.fit(sp.csr_array(X), Y)
    for call in (
        model.predict,
        lambda A: model.partial_fit(A, Y),
        lambda A: model.fit(X, Y, X_val=A, y_val=Y),
    ):
        with pytest.raises(ValueError, match=WHERE):
            call(damaged(DAMAGES[damage]))


@pytest.mark.parametrize("damage", ["column", "negative column", "begin", "floats"])
def test_damaged_columns(damage):
    with pytest.raises(ValueError, match="X: column . has an entry in row|indptr|index arrays"):
        BackpropRegressor(**SMALL).fit(damaged(DAMAGES[damage], "csc"), Y)


@pytest.mark.parametrize("number", [-1, 2, 2**30])
def test_damaged_blocks(number):
    A = sp.bsr_array(X, blocksize=(2, 2))
    A.indices[3] = number
    with pytest.raises(ValueError, match=f"X: row . has an entry in column {number}"):
        BackpropRegressor(**SMALL).fit(A, Y)


@pytest.mark.parametrize("attribute", ["row", "col"])
@pytest.mark.parametrize("number", [-1, 12, 2**30])
def test_damaged_coordinates(attribute, number):
    A = sp.coo_array(X)
    setattr(A, attribute, np.copy(getattr(A, attribute)))
    getattr(A, attribute)[5] = number
    with pytest.raises(ValueError, match=f"X: the (row|column) number {number} of entry 5"):
        BackpropRegressor(**SMALL).fit(A, Y)


def test_damaged_labels():
    labels = sp.csr_array((X > 0).astype(int))
    labels.indices[3] = 9
    with pytest.raises(ValueError, match="y: row . has an entry in column 9"):
        BackpropClassifier(**SMALL).fit(X, labels)


def test_a_refused_matrix_changes_nothing():
    model = BackpropRegressor(**SMALL).fit(X, Y)
    before = model.__class__(**SMALL).fit(X, Y)
    with pytest.raises(ValueError, match="row 1 has an entry in column 12"):
        model.partial_fit(damaged(DAMAGES["column"]), Y)
    assert_unchanged(model, before)


# --- Arrays that need no validation ---------------------------------------------------------------


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("cls", [BackpropRegressor, BackpropClassifier])
def test_plain_arrays_and_others_give_the_same(cls, standardize):
    """Which way an array takes does not show, in numbers or in words."""
    y = Y if cls is BackpropRegressor else LABELS
    model = cls(**SMALL, standardize=standardize, dtype="float64").fit(X, y)
    twin = cls(**SMALL, standardize=standardize, dtype="float64").fit(X, y)
    model.partial_fit(X, y)
    twin.partial_fit(X.tolist(), y.tolist())
    np.testing.assert_array_equal(model.coefs_[0], twin.coefs_[0])
    np.testing.assert_array_equal(model.predict(X), twin.predict(X.tolist()))
    for wrong in (X[:, :3], X[:0], X[0], np.where(X > 1, np.nan, X), np.where(X > 1, np.inf, X)):
        words = []
        for given in (wrong, wrong.astype(object)):
            for call in (model.predict, lambda X: model.partial_fit(X, y[: len(X)])):  # noqa: B023
                with pytest.raises(ValueError) as refusal:
                    call(given)
                words.append(str(refusal.value))
        assert words[:2] == words[2:] or wrong.ndim == 1
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.partial_fit(X, y[:5])
    if standardize:  # numbers, whose sum is none
        assert model.predict(np.full_like(X, 1e308)).shape == (12,)


@pytest.mark.parametrize("given", [np.int64, np.uint8, bool, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("wanted", [(np.float64, np.float32), (np.float32,), (np.float64,)])
def test_small_arrays_of_numbers_are_what_validation_makes_of_them(given, wanted):
    table = (10 * X).astype(given)
    for array in (table, np.asfortranarray(table), table[::2, ::2]):
        plain, expected = user_input.plain(array, None, wanted), check_array(array, dtype=wanted)
        assert plain.dtype == expected.dtype and plain.strides == expected.strides
        np.testing.assert_array_equal(plain, expected)
    assert user_input.plain(table, 3, wanted) is None
    assert user_input.plain(np.resize(table, (2**16, 2)), 2, (np.float16,)) is None


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # scikit-learn's
@pytest.mark.parametrize("standardize", [False, True])
def test_what_a_conversion_makes_infinite_is_refused(standardize):
    model = BackpropRegressor(**SMALL, dtype="float32", standardize=standardize)
    for far in (1e300, np.inf, np.nan):
        table = X.copy()
        table[3, 1] = far
        if standardize and far == 1e300:
            continue  # it is cut
        with pytest.raises(ValueError, match="Input X contains"):
            model.fit(table, Y)
        assert not hasattr(model, "coefs_")
        with pytest.raises(ValueError, match="Input X contains"):
            clone(model).fit(X, Y).predict(table)
