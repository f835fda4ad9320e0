"""The scores of plain arrays are scikit-learn's, to the last bit, and so is what it says."""

import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, r2_score

from fastbp.estimators.data import metrics
from fastbp.estimators.data.metrics import accuracy, r2

LABELS = [
    np.array([0, 1, 2, 1]),
    np.array([0, 1, 2, 1], np.uint8),
    np.array([True, False, True, True]),
    np.array(["a", "b", "cc", "b"]),
]


@pytest.fixture
def alone(monkeypatch):
    """Without scikit-learn's: whatever asks for it fails."""
    for name in ("accuracy_score", "r2_score"):
        monkeypatch.delattr(metrics, name)


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: labels.dtype.name)
def test_accuracy(labels, alone):
    for n in range(4):
        predicted = np.roll(labels, n)
        score = accuracy(labels, predicted, None)
        assert type(score) is float and score == accuracy_score(labels, predicted)


@pytest.mark.parametrize("given", [np.float64, np.float32, np.int64, np.int32, np.uint8])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_r2(given, dtype, alone):
    random = np.random.default_rng(0)
    for n in (2, 3, 7, 8, 9, 30, 129, 1000, 4097):
        truth = (100 * random.random(n)).astype(given)
        truth[:2] = 1, 2
        predicted = (truth + random.normal(size=n)).astype(dtype)
        score = r2(truth, predicted, None)
        assert type(score) is float and score == r2_score(truth, predicted)


@pytest.mark.parametrize(
    "truth, predicted",
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),  # perfect
        ([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]),  # without a variance
        ([2.0, 2.0, 2.0], [2.0, 2.0, 2.0]),
        ([1e200, -1e200, 0.0], [1.0, 2.0, 3.0]),
        ([[1.0], [2.0], [4.0]], [1.0, 2.0, 3.0]),
        ([[1.0, 2], [2.0, 3], [4.0, 5]], [[1.0, 2], [2.0, 4], [4.0, 4]]),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid:RuntimeWarning")
def test_what_is_not_plain_is_left_to_scikit_learn(truth, predicted):
    truth, predicted = np.array(truth), np.array(predicted)
    np.testing.assert_equal(r2(truth, predicted, None), r2_score(truth, predicted))
    np.testing.assert_equal(r2(truth.tolist(), predicted, None), r2_score(truth, predicted))
    weights = np.arange(1.0, 4)
    expected = r2_score(truth, predicted, sample_weight=weights)
    np.testing.assert_equal(r2(truth, predicted, weights), expected)


def test_errors_and_warnings_are_scikit_learns():
    three = np.arange(3)
    with pytest.warns(UndefinedMetricWarning, match="less than two samples"):
        assert np.isnan(r2(np.ones(1), np.ones(1), None))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        r2(np.ones(2), np.ones(3), None)
    with pytest.raises(ValueError, match="contains infinity"):
        r2(np.array([1.0, np.inf, 2]), np.ones(3), None)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        accuracy(three, np.arange(4), None)
    with pytest.raises(ValueError, match="mix of continuous and multiclass"):
        accuracy(np.array([0.5, 1.5, 2]), three, None)
    with pytest.raises((TypeError, ValueError), match="[Mm]ix of|str"):
        accuracy(np.array(["a", "b", "c"]), three, None)
    assert accuracy(three, three, np.array([1, 0, 2])) == 1
