"""Threads that share a fit: the same bits for any number, limits, faults, interrupts."""

import numpy as np
import pytest
from trained import PENALTIES, ROWS, formulas_of, random_network, random_patterns, trainer

from fastbp.network.crew import Pieces
from fastbp.training import lbfgs
from fastbp.training import trainer as trainers
from fastbp.training.threads import Team

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
COUNTS = (1, 2, 3, 8)


@pytest.fixture
def take(monkeypatch):
    """Return what sets the number of threads of all fits, and into how many pieces they cut."""

    def set_to(n_threads, pieces=Pieces(3, 4)):
        class Fixed(Team):
            def __init__(self, memory, limit):
                super().__init__(memory, limit)
                self.limit = 99

            def _size(self, n_patterns):
                return n_threads

        for module in (trainers, lbfgs):
            monkeypatch.setattr(module, "Team", Fixed)
            monkeypatch.setattr(module, "pieces_for", lambda *args: pieces)

    return set_to


def trained(n_threads, take, sizes=(7, 37, 18, 3), batch_size=21, dtype=np.float64, **settings):
    """Return the bytes of all numbers that two epochs leave, and the errors."""
    take(n_threads, settings.pop("pieces", Pieces(3, 4)))
    loss, rows = settings.pop("loss", "SquaredError"), ROWS[settings.pop("rows", "dense")]
    network = random_network(sizes, dtype)
    X, d = random_patterns(50, sizes, loss, dtype)
    formulas = formulas_of(settings.pop("activation", "tanh"), loss)
    if "dropout" in settings:
        settings["random_state"] = np.random.RandomState(0)
    training = trainer(network, rows(X), d, *formulas, batch_size=batch_size, **settings)
    errors = [training.epoch(np.arange(49)) for _ in range(2)]
    return network.parameters.tobytes(), training.state.tobytes(), errors


SETTINGS = {
    "plain": {},
    "few outputs": {"sizes": (7, 37, 1)},
    "few outputs, deep": {"sizes": (7, 20, 20, 2)},
    "no hidden layer": {"sizes": (40, 35)},
    "narrower than pieces": {"sizes": (3, 2, 2, 1), "pieces": Pieces(8, 10)},
    "batch smaller than pieces": {"batch_size": 2, "pieces": Pieces(8, 10)},
    "momentum, penalty": {"momentum": 0.9, "nesterov": True, **PENALTIES["elastic"][0]},
    "decoupled": {"momentum": 0.9, **PENALTIES["decay"][0]},
    "lengths": {"max_norm": 0.5, "momentum": 0.9},
    "dropout": {"dropout": [0.3, 0.2]},
    "by column": {"rows": "by column"},
    "weights": {"sample_weight": np.random.default_rng(0).uniform(0.5, 2, 50)},
    "summed": {"batch_size": 300},
    "clipped": {"clip_norm": 0.01, "momentum": 0.9},
    "float32": {"dtype": np.float32, "loss": "MultinomialLogLoss"},
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_bits_interpreted(settings, take, interpreted):
    expected = trained(1, take, **SETTINGS[settings])
    for n_threads in (2, 3):
        assert trained(n_threads, take, **SETTINGS[settings]) == expected


@pytest.mark.parametrize("settings", ["plain", "few outputs", "lengths", "summed", "float32"])
def test_bits_compiled(settings, take):
    expected = trained(1, take, **SETTINGS[settings])
    for n_threads in COUNTS[1:]:
        for _ in range(5):
            assert trained(n_threads, take, **SETTINGS[settings]) == expected
