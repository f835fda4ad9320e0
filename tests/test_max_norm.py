"""The weights into a unit are never longer than a limit."""

import numpy as np
import pytest
from trained import (
    BATCH_SIZES,
    LOSSES,
    N_PATTERNS,
    ORDER,
    SIZES,
    C,
    D,
    X,
    assert_equal,
    descend,
    elastic,
    elastic_slope,
    project,
    random_network,
    train,
    trainer,
    with_penalties,
)

from fastbp.activations import ACTIVATIONS


@pytest.mark.parametrize("alpha", [0, 0.02])
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_max_norm(batch_size, alpha, interpreted):
    pull = (lambda w: elastic_slope(w) * alpha / 0.2) if alpha else None
    path, errors, _ = descend(batch_size, pull=pull, after=project)
    norms = np.concatenate([np.linalg.norm(w, axis=0) for w in path[-1][:3]])
    assert norms.min() < C - 0.1 and np.isclose(norms.max(), C)  # some are free, some are not
    network, error = train(batch_size, max_norm=C, alpha=alpha, l1_ratio=0.3)
    assert_equal(network, path[-1])
    expected = with_penalties(errors, path, lambda w: elastic(w) * alpha / 0.2)
    assert error == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("clip_norm", [None, 0.1])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_max_norm_after_every_update(batch_size, clip_norm, interpreted):
    network = random_network(SIZES)
    settings = {"eta": 0.5, "batch_size": batch_size, "max_norm": C, "clip_norm": clip_norm}
    training = trainer(network, X, D, ACTIVATIONS["tanh"], LOSSES["SquaredError"], **settings)
    for n in range(0, N_PATTERNS, batch_size):
        training.epoch(ORDER[n : n + batch_size])
        for w in network.weights:
            assert np.linalg.norm(w, axis=0).max() <= C * (1 + 1e-14)
