"""(a) Online epochs: one update of the weights per pattern, by fastbp and by its peers."""

import pytest
from cases import CASES
from peers import PEERS, Fastbp
from rounds import Runner, disagreement


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_epochs(benchmark, case, budget, results):
    """Same data, order, learning rate and initial weights; rounds alternate over the peers.

    The weights after the first patterns must agree with fastbp's; times are only noted.
    """
    ours = Runner(Fastbp(case), budget)
    ours.round()
    runners, differences = {"fastbp": ours}, {}
    for name, kind in PEERS.items():
        if kind.absence() or kind.refusal(case):
            continue
        differences[name] = disagreement(kind(case), Fastbp(case))
        assert differences[name] <= kind.tolerance[case.dtype], name
        runners[name] = Runner(kind(case), budget, ours.seconds_per_pattern())

    def peers_round():
        for name in differences:
            runners[name].round()

    benchmark.group = "online epochs"
    benchmark.pedantic(ours.round, setup=peers_round, rounds=budget.rounds)
    entry = {
        "network": case.network_name,
        "activation": case.activation,
        "dtype": case.dtype,
        "seconds": {name: runner.seconds_per_pattern() for name, runner in runners.items()},
        "setting": {name: str(runner.setting) for name, runner in runners.items()},
        "rows": {name: runner.rows for name, runner in runners.items()},
        "epochs": {name: runner.epochs for name, runner in runners.items()},
        "difference": differences,
    }
    benchmark.extra_info.update(entry)
    results.setdefault("epochs", []).append(entry)
