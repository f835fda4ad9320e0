"""(f) Mini-batches: one thread of fastbp beside scikit-learn and PyTorch with all they have."""

from itertools import product

import pytest
from cases import Case
from peers import BATCH_PEERS, Fastbp
from rounds import Runner, disagreement

# Layer sizes, and patterns of an epoch: whole batches of 32 and of 200.
NETWORKS = {
    (10, 32, 1): 6_400,
    (30, 64, 2): 6_400,
    (64, 100, 10): 3_200,
    (784, 100, 10): 1_600,
    (784, 500, 10): 1_600,
}
# PyTorch adds ε elsewhere: so small that it matters nowhere.
SOLVERS = {"sgd": {"momentum": 0.9}, "adam": {"epsilon": 1e-15}}
CASES = [
    Case(sizes, "relu", dtype, patterns, batch_size=size, solver=solver, **SOLVERS[solver])
    for solver, size, dtype in product(SOLVERS, (32, 200), ("float32", "float64"))
    for sizes, patterns in NETWORKS.items()
]
# Adam divides by sizes of gradients: where these are rounding errors, so is the step, of size η.
TOLERANCE = {"sgd": {"float32": 1e-4, "float64": 1e-9}, "adam": {"float32": 2e-3, "float64": 1e-6}}


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.name} {case.solver} {case.batch_size}"
)
def test_batches(benchmark, case, budget, results):
    """Same batches, learning rate and initial weights; rounds alternate over the peers.

    The weights after the first batches must agree with fastbp's; times are only noted.
    """
    ours = Runner(Fastbp(case), budget)
    ours.round()
    runners, differences = {"fastbp": ours}, {}
    for name, kind in BATCH_PEERS.items():
        if kind.absence():
            continue
        differences[name] = disagreement(kind(case), Fastbp(case))
        assert differences[name] <= TOLERANCE[case.solver][case.dtype], name
        runners[name] = Runner(kind(case), budget, ours.seconds_per_pattern())

    def peers_round():
        for name in differences:
            runners[name].round()

    benchmark.group = "mini-batches"
    benchmark.pedantic(ours.round, setup=peers_round, rounds=budget.rounds)
    entry = {
        "network": case.network_name,
        "solver": case.solver,
        "batch_size": case.batch_size,
        "dtype": case.dtype,
        "seconds": {name: runner.seconds_per_pattern() for name, runner in runners.items()},
        "setting": {name: str(runner.setting) for name, runner in runners.items()},
        "difference": differences,
    }
    benchmark.extra_info.update(entry)
    results.setdefault("batches", []).append(entry)
