"""(c) Cost as a network's sizes and the data grow, one at a time."""

import pytest
from cases import Case
from peers import Fastbp
from rounds import Runner

# What grows: label and case of each step.
GROWTH = {
    "width, 30-w-2": {w: Case((30, w, 2)) for w in (1, 4, 16, 64, 256, 1024)},
    "depth, hidden layers of 64": {n: Case((64, *[64] * n, 10)) for n in (1, 2, 4, 8, 16)},
    "inputs, i-64-10": {i: Case((i, 64, 10)) for i in (1, 4, 16, 64, 256, 1024, 4096)},
    "outputs, 64-64-k": {k: Case((64, 64, k)) for k in (1, 4, 16, 64, 256)},
    "rows, 10-32-1": {
        n: Case((10, 32, 1), patterns=n) for n in (10, 100, 1_000, 10_000, 100_000, 1_000_000)
    },
}
STEPS = [(what, label, case) for what, steps in GROWTH.items() for label, case in steps.items()]


@pytest.mark.parametrize(
    ("what", "label", "case"), STEPS, ids=[f"{what.partition(',')[0]} {n}" for what, n, _ in STEPS]
)
def test_scaling(benchmark, what, label, case, budget, results):
    """Time of fastbp."""
    runner = Runner(Fastbp(case), budget)
    benchmark.group = f"growth of {what}"
    benchmark.pedantic(runner.round, rounds=budget.rounds)
    seconds = runner.seconds_per_pattern()
    entry = {"what": what, "label": f"{label:,}", "weights": case.n_weights, "seconds": seconds}
    benchmark.extra_info.update(entry)
    results.setdefault("scaling", []).append(entry)
