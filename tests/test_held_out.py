"""Which rows are held out: classes in proportion, as far as possible."""

import numpy as np
import pytest

from fastbp.estimators.data.held_out import even_split, held_out


def counts(classes, rows):
    return np.bincount(classes[rows], minlength=classes.max() + 1)


@pytest.mark.parametrize("seed", range(5))
def test_proportions(seed):
    classes = np.repeat(np.arange(4), [100, 50, 30, 20])
    train, held = even_split(classes, 0.1, np.random.RandomState(seed))
    assert sorted([*train, *held]) == list(range(200))
    assert counts(classes, held).tolist() == [10, 5, 3, 2]


def test_rare_classes():
    """One row stays to train with, two are shared; the sum is what was asked for."""
    classes = np.repeat(np.arange(5), [90, 5, 2, 2, 1])
    train, held = even_split(classes, 0.1, np.random.RandomState(0))
    assert len(held) == 10
    assert counts(classes, held).tolist() == [7, 1, 1, 1, 0]
    assert (counts(classes, train) > 0).all()


def test_more_classes_than_room():
    classes = np.arange(60) // 2
    train, held = even_split(classes, 0.1, np.random.RandomState(0))
    assert len(held) == 6 and (counts(classes, train) > 0).all()


def test_labels():
    """By the rarest label of each row."""
    rng = np.random.RandomState(0)
    labels = rng.uniform(size=(400, 3)) < [0.5, 0.2, 0.02]
    _, held = even_split(labels.astype(int), 0.25, rng)
    assert len(held) == 100
    parts = labels[held].sum(axis=0) / labels.sum(axis=0)
    assert np.abs(parts - 0.25).max() < 0.1 and labels[held, 2].any()


def test_numbers_of_rows():
    order = np.array([3, 5, 8, 9, 11, 12])
    classes = np.array(["x"] * 20)
    for evenly in (False, True):
        train, held = held_out(order, classes, 0.4, np.random.RandomState(0), evenly=evenly)
        assert sorted([*train, *held]) == order.tolist() and len(held) == 3
    with pytest.raises(ValueError, match="validation set is too small"):
        held_out(order, None, 0.1, np.random.RandomState(0), evenly=True)
