"""Print what sparse rows cost: beside dense ones, wider ones, and others that take sparse rows.

One update per pattern, 64 tanh units, L2 penalty; µs per pattern, without what a fit costs once.
``python benchmarks/sparse.py``; Vowpal Wabbit takes part where it is installed.
"""

import argparse
import time
import warnings

import numpy as np
import scipy.sparse
from sklearn.neural_network import MLPRegressor

from fastbp import BackpropRegressor

SETTINGS = {"hidden_layer_sizes": (64,), "activation": "tanh", "solver": "sgd", "batch_size": 1}
SETTINGS |= {"alpha": 1e-4, "learning_rate": "constant", "learning_rate_init": 1e-3, "tol": 0}
SETTINGS |= {"momentum": 0, "random_state": 0}
EPOCHS = 5


def rows(n: int, n_inputs: int, density: float, dtype: str) -> tuple:
    """Return random rows of normal numbers, and targets."""
    rng = np.random.default_rng(0)
    X = scipy.sparse.random(n, n_inputs, density, "csr", dtype, rng, rng.standard_normal)
    return X, rng.standard_normal(n).astype(dtype)


def timed(model, X, y, epochs: int) -> float:
    """Return the seconds of a fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        model.set_params(max_iter=epochs).fit(X, y)
        return time.perf_counter() - start


def per_pattern(cases: list, rounds: int) -> list[float]:
    """Return µs per pattern of models and their rows, in alternating rounds; the least of each."""
    for model, X, y in cases:
        timed(model, X[:50], y[:50], 2)  # compiled
    short, long = np.full((2, len(cases)), np.inf)
    for _ in range(rounds):
        for n, (model, X, y) in enumerate(cases):
            short[n] = min(short[n], timed(model, X, y, 1))
            long[n] = min(long[n], timed(model, X, y, 1 + EPOCHS))
    counts = np.array([len(y) for _, _, y in cases])
    return list(1e6 * (long - short) / (EPOCHS * counts))


def ours(dtype: str, **more) -> BackpropRegressor:
    """Return our estimator on rows as they are."""
    return BackpropRegressor(**SETTINGS | more, standardize=False, dtype=dtype)


def vowpal_wabbit(X, y, rounds: int) -> float | None:
    """Return µs per pattern of Vowpal Wabbit's --nn 64 on parsed examples, None without it."""
    try:
        from vowpalwabbit import Workspace
    except ImportError:
        return None
    learner = Workspace("--nn 64 --quiet --sgd -l 0.001 --loss_function squared -b 18")
    examples = []
    for n in range(X.shape[0]):
        part = slice(X.indptr[n], X.indptr[n + 1])
        pairs = zip(X.indices[part], X.data[part], strict=True)
        text = " ".join(f"{i}:{x:.6g}" for i, x in pairs)
        examples.append(learner.parse(f"{y[n]} | {text}"))
    best = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        for example in examples:
            learner.learn(example)
        best = min(best, time.perf_counter() - start)
    learner.finish()
    return 1e6 * best / len(examples)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for dtype in ("float32", "float64"):
        n, rounds = options.rows, options.rounds
        (few, y), (many, _) = (rows(n, 4000, density, dtype) for density in (0.01, 0.1))
        cases = [(ours(dtype), X, y) for X in (few, many, many.toarray())]
        one, ten, dense = per_pattern(cases, rounds)
        print(f"{dtype}, {n} rows of 4000: dense {dense:.3g} µs")
        print(f"  1 % {one:.3g} µs, {one / dense:.3f} of it; 10 % {ten:.3g}, {ten / dense:.3f}")
        narrow, wide = (rows(n, width, 100 / width, dtype) for width in (10_000, 100_000))
        times = per_pattern([(ours(dtype), *narrow), (ours(dtype), *wide)], rounds)
        print(f"  100 of 10 000 {times[0]:.3g} µs; of 100 000 {times[1]:.3g}", end=", ")
        print(f"{times[1] / times[0]:.2f} times")
        part, y_part = few[:200], y[:200]
        slow = per_pattern([(MLPRegressor(**SETTINGS), part, y_part)], 1)[0]
        print(f"  scikit-learn, 1 % {slow:.3g} µs, {slow / one:.0f} times ours")
        vw = vowpal_wabbit(few, y, rounds)
        if vw is not None:
            print(f"  Vowpal Wabbit --nn 64, 1 % {vw:.3g} µs, {vw / one:.1f} times ours")


if __name__ == "__main__":
    main()
