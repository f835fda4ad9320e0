"""Rows that bring loops of their own over the first layer train as if they had none."""

import numpy as np
import pytest
from one_hot import OneHotRows
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.training.prediction import predict_outputs

SIZES = [5, 9, 4, 2]
CODES = np.array([0, 3, 3, 1, 4, 3, 0, 0, 2, 3, 1])
SETTINGS = {
    "delayed": {"batch_size": 1},
    "online": {"batch_size": 1, "max_norm": 0.8},
    "batches": {"batch_size": 4},
    "accumulated": {"batch_size": 5, "clip_norm": 0.1},
}


@pytest.mark.parametrize(
    ("kind", "compiled"), [*((kind, False) for kind in SETTINGS), ("delayed", True)]
)
def test_one_hot(kind, compiled):
    _, d = random_patterns(len(CODES), SIZES, "SquaredError")
    rows, networks = OneHotRows(CODES, SIZES[0]), []
    with jit.interpreted():
        for own in (False, True):
            network = random_network(SIZES)
            X = np.eye(SIZES[0])[CODES]
            formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
            training = trainer(network, X, d, *formulas, eta=0.1, **SETTINGS[kind])
            if own:
                training.patterns = training.patterns._replace(rows=rows)
            if own and compiled:
                training.kernel = training.row.kernel.uncached
            training.epoch(np.arange(len(CODES)))
            training.epoch(np.arange(len(CODES))[::-1])
            networks.append(network)
        dense, one_hot = networks
        np.testing.assert_allclose(one_hot.parameters, dense.parameters, rtol=1e-12, atol=1e-14)
        args = training.formulas, rows, np.arange(len(CODES))
        out = predict_outputs(one_hot, *args)
        dense_out = predict_outputs(dense, args[0], training.patterns.rows, args[2])
        np.testing.assert_allclose(out, dense_out, rtol=1e-12)
