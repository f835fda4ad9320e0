"""(e) Peak memory of a fit beyond what its caller holds."""

import json

import pytest
from process import answer

ROWS = {"rows": 200_000, "inputs": 20, "hidden": [50]}
WEIGHTS = {"rows": 1_000, "inputs": 1_000, "hidden": [2_000, 500]}
MOMENTUM = {"momentum": 0.9, "learning_rate_init": 1e-5}
# Name: sizes, estimator, dtype, options.
CASES = {
    "200,000 rows": (ROWS, "BackpropRegressor", "float64", {}),
    "200,000 rows, float32": (ROWS, "BackpropRegressor", "float32", {}),
    "200,000 rows, classifier": (ROWS, "BackpropClassifier", "float64", {}),
    "200,000 rows, early stopping": (
        ROWS,
        "BackpropRegressor",
        "float64",
        {"early_stopping": True},
    ),
    "200,000 rows, batches of 200": (ROWS, "BackpropRegressor", "float64", {"batch_size": 200}),
    "3 million weights": (WEIGHTS, "BackpropRegressor", "float64", {}),
    "3 million weights, momentum": (WEIGHTS, "BackpropRegressor", "float64", MOMENTUM),
    "3 million weights, batches of 200": (
        WEIGHTS,
        "BackpropRegressor",
        "float64",
        {"batch_size": 200},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_memory(benchmark, name, results):
    """Peak of the resident set, and what tracemalloc saw, each in a process of its own."""
    sizes, estimator, dtype, options = CASES[name]
    case = {**sizes, "estimator": estimator, "dtype": dtype, "options": options}
    answers = {}

    def measure():
        for what in ("resident", "traced"):
            answers[what] = answer("peak_memory.py", json.dumps(case | {"measure": what}))

    benchmark.group = "memory"
    benchmark.pedantic(measure, rounds=1)
    parameters = answers["resident"]["parameters"]
    entry = {"case": name, "allowed": 64 * case["rows"] + 2 * parameters}
    entry |= {what: answers[what]["needed"] for what in answers}
    benchmark.extra_info.update(entry)
    results.setdefault("memory", []).append(entry)
