"""How long Ctrl-C takes: from the signal to the end of the call, for many ways to train.

``python benchmarks/interrupts.py [rows]``, on Unix. Each fit gets its signal after a time drawn at
random, once its kernels are compiled; the largest of some delays is shown, in seconds. The aim is
half a second for any number of rows and any batch size.
"""

import os
import signal
import sys
import threading
import time
import warnings

import numpy as np

from fastbp import BackpropClassifier, BackpropRegressor

WIDE, NARROW = (784, (500,)), (10, (32,))
WAYS = {
    "online": (WIDE, {}),
    "online, momentum": (WIDE, {"momentum": 0.9}),
    "online, adam, float64": (WIDE, {"solver": "adam", "dtype": "float64"}),
    "online, max_norm": (WIDE, {"max_norm": 3.0}),
    "batches of 200": (WIDE, {"batch_size": 200}),
    "batches of 5000": (WIDE, {"batch_size": 5000}),
    "full batches": (WIDE, {"batch_size": 10**9}),
    "rprop": (WIDE, {"solver": "rprop"}),
    "lbfgs": (WIDE, {"solver": "lbfgs"}),
    "clip_norm": (WIDE, {"clip_norm": 1.0}),
    "clip_norm, batches of 5000": (WIDE, {"clip_norm": 1.0, "batch_size": 5000}),
    "small, online": (NARROW, {}),
    "small, nadam, gelu, float64": (
        NARROW,
        {"solver": "nadam", "activation": "gelu", "dtype": "float64"},
    ),
    "small, dropout": (NARROW, {"dropout": 0.5}),
    "watched": (WIDE, {"early_stopping": True}),
}


def delay(model: object, X: np.ndarray, y: np.ndarray, after: float) -> float:
    """Return the seconds from the signal to the end of the fit."""
    sent: list[float] = []

    def send() -> None:
        time.sleep(after)
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        model.fit(X, y)
    except KeyboardInterrupt:
        pass
    ended = time.perf_counter()
    thread.join()
    return ended - sent[0] if sent else 0.0


def main(n_rows: int = 20_000) -> None:
    """Print the largest delay of each way to train."""
    warnings.simplefilter("ignore")
    random = np.random.default_rng(0)
    for name, ((n_inputs, hidden), parameters) in WAYS.items():
        X = random.standard_normal((n_rows, n_inputs), np.float32)
        y = X[:, 0] > 0
        cls = BackpropClassifier if "clip" in name else BackpropRegressor
        batch_size = min(parameters.get("batch_size", 1), n_rows)
        model = cls(hidden, random_state=0, **parameters | {"batch_size": batch_size})
        few = min(n_rows, max(batch_size, 600))
        model.set_params(max_iter=1, learning_rate_init=1e-5).fit(X[:few], y[:few].astype(float))
        model.set_params(max_iter=10**6, tol=0, n_iter_no_change=10**6)
        delays = [
            delay(model, X, y.astype(float), after) for after in random.uniform(0.3, 3, size=6)
        ]
        print(f"{name:30} {max(delays):.3f}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
