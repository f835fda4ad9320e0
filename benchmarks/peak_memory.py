"""Measure the memory that a call needs at its peak, in a new process; arguments: a case as JSON.

The call is a fit, or with ``"call": "predict"`` the prediction of all rows, the result included.

Linux resets the peak of the resident set on request; elsewhere the peak since the start serves, and
is right if nothing before the call needed more.
"""

import json
import resource
import sys
import tracemalloc
from pathlib import Path

import numpy as np

import fastbp

STATUS = Path("/proc/self/status")


def resident(what: str) -> int:
    """Return VmRSS or VmHWM in bytes."""
    if STATUS.exists():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith(what))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def reset_peak() -> None:
    """Let VmHWM start again from what is resident now."""
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")


def data(case: dict, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y; made in place, so that little freed memory is left to be used again."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, case["inputs"]), dtype=case["dtype"])
    if case["estimator"] == "BackpropClassifier":
        return X, (X[:, 0] > 0).astype(np.int64)
    if "outputs" in case:
        return X, rng.standard_normal((rows, case["outputs"]), dtype=case["dtype"])
    return X, X[:, 0].copy()


def fit(case: dict, rows: int, hidden: list[int], epochs: int):
    """Return the fitted estimator."""
    kind = getattr(fastbp, case["estimator"])
    options = {"tol": 0, "max_iter": epochs, "random_state": 0, "standardize": False, "alpha": 0}
    options |= {"learning_rate": "constant", "learning_rate_init": 1e-3} | case["options"]
    return kind(hidden_layer_sizes=hidden, **options).fit(*DATA[rows])


case = json.loads(sys.argv[1])
DATA = {rows: data(case, rows) for rows in (400, case["rows"])}
warm = fit(case, 400, [4] * len(case["hidden"]), 1)  # kernels are loaded, imports made
for rows in (400, 4_000):  # few rows and many: other kernels
    warm.predict(np.resize(DATA[400][0], (rows, case["inputs"])))
if case.get("call") == "predict":
    model = fit(case, 400, case["hidden"], 1)

    def call():
        """Return the predictions."""
        return model.predict(DATA[case["rows"]][0])
else:

    def call():
        """Return the fitted estimator."""
        return fit(case, case["rows"], case["hidden"], 2)


if case["measure"] == "resident":
    before = resident("VmRSS")
    reset_peak()
    result = call()
    needed = resident("VmHWM") - before
else:
    tracemalloc.start()
    result = call()
    needed = tracemalloc.get_traced_memory()[1]
if case.get("call") == "predict":
    sizes = {"output": result.nbytes}
else:
    sizes = {"parameters": sum(p.nbytes for p in result.coefs_ + result.intercepts_)}
print("\n" + json.dumps({"needed": needed} | sizes))
