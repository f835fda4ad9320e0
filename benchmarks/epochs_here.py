"""Time online epochs of the cases with these vectors; prints {name: seconds per pattern}."""

import json
import sys

from cases import CASES
from peers import Fastbp
from rounds import Budget, Runner

from fastbp.vectors.simd import VECTOR_BYTES

chosen = [case for case in CASES if case.name in json.loads(sys.argv[1])]
runners = {case.name: Runner(Fastbp(case), Budget(*json.loads(sys.argv[2]))) for case in chosen}
for _ in range(5):
    for runner in runners.values():
        runner.round()
times = {name: runner.seconds_per_pattern() for name, runner in runners.items()}
print("\n" + json.dumps({"bytes": VECTOR_BYTES, "seconds": times}))
