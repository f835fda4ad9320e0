"""(h) What an epoch of ``fit`` costs beyond its patterns, shuffling included, unobserved."""

import warnings

import numpy as np
import pytest
from cases import Case
from rounds import timed

from fastbp import BackpropRegressor

ROWS, EPOCHS, MANY = 100, 2_000, 10_000
CASES = [Case((2, 2, 1), dtype="float64", patterns=MANY), Case((10, 32, 1), patterns=MANY)]


class Fit:
    """Fits of one case's network, shuffling or not."""

    def __init__(self, case: Case, *, shuffle: bool) -> None:
        self.X, self.y = case.data[0], case.data[1].ravel()
        self.options = {
            "hidden_layer_sizes": case.sizes[1:-1],
            "activation": case.activation,
            "alpha": 0,
            "learning_rate": "constant",
            "learning_rate_init": case.eta,
            "standardize": False,
            "shuffle": shuffle,
            "tol": 0,
            "n_iter_no_change": np.inf,
            "random_state": 0,
        }

    def run(self, rows: int, epochs: int) -> None:
        """Fit the first rows for so many epochs."""
        BackpropRegressor(max_iter=epochs, **self.options).fit(self.X[:rows], self.y[:rows])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_overhead(benchmark, case, quick, results):
    """Epochs of few rows beside as many patterns in epochs of many; the fastest rounds count."""
    few, many = Fit(case, shuffle=True), Fit(case, shuffle=False)
    epochs = EPOCHS // 20 if quick else EPOCHS
    long_epochs = max(2, epochs * ROWS // MANY)
    times = {"few": [], "few, once": [], "many": [], "many, once": []}

    def one_round():
        times["few"].append(timed(few, ROWS, 1 + epochs))
        times["few, once"].append(timed(few, ROWS, 1))
        times["many"].append(timed(many, MANY, 1 + long_epochs))
        times["many, once"].append(timed(many, MANY, 1))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one_round()  # whatever is compiled on first use
    for each in times.values():
        each.clear()
    benchmark.group = "overhead"
    benchmark.pedantic(one_round, rounds=3 if quick else 9)
    fastest = {name: min(each) for name, each in times.items()}
    epoch = (fastest["few"] - fastest["few, once"]) / epochs
    patterns = (fastest["many"] - fastest["many, once"]) / (long_epochs * MANY) * ROWS
    entry = {"case": case.name, "rows": ROWS, "epoch": epoch, "patterns": patterns}
    benchmark.extra_info.update(entry)
    results.setdefault("overhead", []).append(entry)
