"""(b) How near online training is to what this machine can do at all.

Per pattern, for a layer of W weights (biases counted as weights):

- flops: 2 W for the forward pass and 2 W for the update; 2 W more in later layers, to pass δ down.
- first layer: the updates of four patterns and the forward passes of the next four share a sweep;
  weights are read and written once in four patterns.
- later layers: read in the forward pass; read and written in the sweep that passes δ down.
- the row of X is read in the first layer.

The bound is the larger of flops over the peak of fused multiply-adds, and bytes over bandwidth,
both measured here. Bandwidth is that of a working set as large as the network's parameters, so that
it is L1's, L2's or L3's as the case is; updates count with the bandwidth of reading and writing.
"""

from itertools import pairwise

import pytest
from cases import CASES
from limits import bandwidth, peak
from peers import Fastbp
from rounds import Runner

from fastbp.network.memory import TOGETHER

L1, L2 = 16 * 2**10, 384 * 2**10  # working sets that lie in them almost anywhere


def traffic(case) -> tuple[int, int, float]:
    """Return (flops, numbers read only, numbers read and written) of a pattern."""
    flops, read, updated = 0, case.sizes[0], 0.0
    for layer, (fan_in, fan_out) in enumerate(pairwise(case.sizes)):
        weights = (fan_in + 1) * fan_out
        later = layer > 0
        flops += (6 if later else 4) * weights
        read += weights if later else 0
        updated += weights if later else weights / TOGETHER
    return flops, read, updated


@pytest.fixture(scope="module")
def moment(quick, results):
    """Return the seconds of one measured limit; note the limits themselves."""
    seconds = 0.05 if quick else 0.2
    limits = {"multiply-adds, GFLOP/s": {d: peak(d, seconds) / 1e9 for d in ("float32", "float64")}}
    for level, size in (("L1", L1), ("L2", L2)):
        for how, what in (("read", "reading"), ("update", "updating in place")):
            limits[f"{what}, {level}, GB/s"] = {
                dtype: bandwidth(how, size, dtype, seconds) / 1e9
                for dtype in ("float32", "float64")
            }
    results["limits"] = limits
    return seconds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_roofline(benchmark, case, budget, results, moment):
    """Time of fastbp beside the bound."""
    runner = Runner(Fastbp(case), budget)
    benchmark.group = "roofline"
    benchmark.pedantic(runner.round, rounds=budget.rounds)
    item = runner.peer.X.itemsize
    flops, read, updated = traffic(case)
    parameters = sum((a + 1) * b for a, b in pairwise(case.sizes)) * item
    size = max(L1, parameters)
    entry = {
        "case": case.name,
        "kilobytes": parameters / 1e3,
        "flops": flops,
        "bytes": (read + updated) * item,
        "arithmetic": flops / peak(case.dtype, moment),
        "traffic": read * item / bandwidth("read", size, case.dtype, moment)
        + updated * item / bandwidth("update", size, case.dtype, moment),
        "seconds": runner.seconds_per_pattern(),
    }
    benchmark.extra_info.update(entry)
    results.setdefault("roofline", []).append(entry)
