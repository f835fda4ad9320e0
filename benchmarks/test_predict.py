"""(g) Prediction of 100,000 rows, and its memory beyond input and output."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from cases import Case
from peers import Fastbp, PyTorch, ScikitLearn
from process import answer
from test_batches import NETWORKS

ROWS = 100_000
CASES = [
    Case(sizes, "relu", dtype, 200, batch_size=200)
    for dtype in ("float32", "float64")
    for sizes in NETWORKS
]
MEMORY = [case for case in CASES if case.sizes in ((64, 100, 10), (784, 500, 10))]
TOLERANCE = {"float32": 1e-3, "float64": 1e-10}


def estimator(kind):
    """Return the function (case, X) → (prediction of X, how settings are chosen)."""

    def prepare(case: Case, X: np.ndarray):
        peer = kind(case)
        peer.run(case.patterns, 1)
        return lambda: peer.model.predict(X), peer.use

    return prepare


def torch_net(case: Case, X: np.ndarray):
    """Do the same for PyTorch: a forward pass, of all rows or of 1,000 at a time."""
    import torch

    ours, net, chosen = Fastbp(case), PyTorch(case).net, {}
    ours.run(case.patterns, 1)
    with torch.no_grad():
        for linear, w, b in zip(net[::2], *ours.weights(), strict=True):
            linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(w.T)))
            linear.bias.copy_(torch.from_numpy(np.array(b)))

    def use(setting):
        threads, chosen["rows"] = setting
        torch.set_num_threads(threads)

    def predict():
        with torch.inference_mode():
            parts = torch.from_numpy(X).split(chosen["rows"] or len(X))
            return torch.cat([net(x) for x in parts]).numpy()

    return predict, use


# Name: how it is made, its settings.
KINDS = {
    "fastbp": (Fastbp, estimator(Fastbp), Fastbp.settings),
    "PyTorch": (PyTorch, torch_net, ((1, None), (2, None), (1, 1_000), (2, 1_000))),
    "scikit-learn": (ScikitLearn, estimator(ScikitLearn), ScikitLearn.settings),
}


def timed(predict) -> float:
    """Return the seconds of a prediction, begun when the threads of the one before are at rest.

    Threads of OpenMP and BLAS look for more work for some 30 ms, and the processor that they keep
    busy counts as busy for longer: new threads were put beside each other on the other one.
    """
    time.sleep(0.3)
    start = time.perf_counter()
    predict()
    return time.perf_counter() - start


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_predict(benchmark, case, quick, budget, results):
    """Same weights and rows; predictions must agree; the fastest of the rounds counts."""
    X = replace(case, patterns=ROWS // 10 if quick else ROWS, seed=1).data[0]
    peers, settings, times, predictions = {}, {}, {}, {}
    for name, (kind, prepare, choices) in KINDS.items():
        if kind.absence():
            continue
        predict, use = peers[name] = prepare(case, X)
        trials = {}
        for setting in choices:
            use(setting)
            predictions[name] = predict().reshape(len(X), -1)
            trials[setting] = timed(predict)
        settings[name], times[name] = min(trials, key=trials.get), []
        difference = float(np.abs(predictions[name] - predictions["fastbp"]).max())
        assert difference <= TOLERANCE[case.dtype], name

    def one_round():
        for name, (predict, use) in peers.items():
            use(settings[name])
            times[name].append(timed(predict))

    benchmark.group = "prediction"
    benchmark.pedantic(one_round, rounds=budget.rounds)
    entry = {
        "network": case.network_name,
        "dtype": case.dtype,
        "rows": len(X),
        "seconds": {name: min(each) / len(X) for name, each in times.items()},
        "setting": {name: str(setting) for name, setting in settings.items()},
    }
    benchmark.extra_info.update(entry)
    results.setdefault("predict", []).append(entry)


@pytest.mark.parametrize("case", MEMORY, ids=lambda case: case.name)
def test_predict_memory(benchmark, case, results):
    """Peak beyond input and output, of few rows and of many, each in a process of its own."""
    needed, names = {}, {"traced": "tracemalloc", "resident": "resident"}

    def measure():
        for what, rows in (("traced", ROWS // 10), ("traced", ROWS), ("resident", ROWS)):
            sizes = {"rows": rows, "inputs": case.sizes[0], "hidden": case.sizes[1:-1]}
            options = {"activation": case.activation}
            arguments = {"dtype": case.dtype, "outputs": case.sizes[-1], "options": options}
            kind = {"estimator": "BackpropRegressor", "measure": what, "call": "predict"}
            given = answer("peak_memory.py", json.dumps(sizes | arguments | kind))
            needed[f"{names[what]}, {rows:,} rows"] = given["needed"] - given["output"]

    benchmark.group = "prediction, memory"
    benchmark.pedantic(measure, rounds=1)
    entry = {"case": case.name, "needed": needed}
    benchmark.extra_info.update(entry)
    results.setdefault("predict_memory", []).append(entry)
