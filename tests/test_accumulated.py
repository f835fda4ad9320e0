"""Gradients of a batch that are longer than a limit are scaled down to it."""

import numpy as np
import pytest
from trained import (
    BATCH_SIZES,
    ELASTIC,
    N_PATTERNS,
    assert_equal,
    descend,
    elastic,
    elastic_slope,
    train,
    with_penalties,
)

from fastbp import BackpropRegressor

PULLS = [  # the slope of a penalty, and the penalty
    (None, lambda w: 0.0),
    (lambda w: 0.2 * w, lambda w: 0.1 * (w**2).sum()),
    (elastic_slope, elastic),
]


@pytest.mark.parametrize("settings", [{}, {"alpha": 0.2}, ELASTIC], ids=["free", "l2", "elastic"])
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_clip_norm(batch_size, settings, interpreted):
    """The gradient that is scaled down is the whole one, biases and penalty included."""
    pull, penalty = PULLS[len(settings)]
    _, _, lengths = descend(batch_size, pull=pull)
    clip = float(np.median(lengths)) * (0.5 if batch_size == N_PATTERNS else 1)
    path, errors, lengths = descend(batch_size, pull=pull, clip=clip)
    assert max(lengths) > clip * 1.1
    network, error = train(batch_size, clip_norm=clip, **settings)
    assert_equal(network, path[-1])
    expected = with_penalties(errors, path, penalty)
    assert error == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"clip_norm": 0.1},
        {"clip_norm": 0.1, "solver": "adam", "average": True},
        {"solver": "rprop"},
    ],
    ids=str,
)
def test_single_precision_is_kept(settings, interpreted):
    """Numbers of the batch are in double: no weight and no state becomes so, interpreted either."""
    X, y = np.random.default_rng(0).normal(size=(2, 12, 3))
    model = BackpropRegressor((3,), batch_size=5, dtype="float32", random_state=0, **settings)
    model.partial_fit(X, y[:, 0])
    assert {w.dtype for w in model.coefs_} == {np.dtype(np.float32)}
