"""(j, k) Calls with a small table, and searches, which are made of them, beside scikit-learn's."""

import time
import warnings
from statistics import median

import numpy as np
import pytest
from process import answer
from searches import DATA, search_of, standardized, timed, twins
from threadpoolctl import threadpool_limits

# (kind, data, n_jobs): grids of both kinds of data, the others once.
SEARCHES = [("grid", data, n_jobs) for data in DATA for n_jobs in (None, 2)]
SEARCHES += [("halving", "digits", None), ("random", "digits", None)]


def test_searches_of_small_calls(benchmark, quick, results):
    """Interleaved; the fastest of many calls counts."""
    X, y = standardized("iris")
    some, labels = X[::5].copy(), y[::5].copy()
    pair = twins(1)
    calls = {
        "fit": lambda model: model.fit(X, y),
        "predict": lambda model: model.predict(some),
        "score": lambda model: model.score(some, labels),
    }
    least = {name: dict.fromkeys(pair, np.inf) for name in calls}

    def one_round():
        for name, call in calls.items():
            for who, model in pair.items():
                start = time.perf_counter()
                call(model)
                least[name][who] = min(least[name][who], time.perf_counter() - start)

    benchmark.group = "small calls"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        benchmark.pedantic(one_round, rounds=20 if quick else 500, warmup_rounds=2)
    assert len({model.score(some, labels) for model in pair.values()}) == 1
    entries = [{"call": name, **each} for name, each in least.items()]
    benchmark.extra_info["calls"] = entries
    results.setdefault("small_calls", []).extend(entries)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind, data, n_jobs", SEARCHES)
def test_searches(benchmark, kind, data, n_jobs, dtype, quick, results):
    """Equal parameters, equal scores; the fastest of alternating rounds counts."""
    X, y = standardized(data)
    max_iter = 9 if quick else 45
    pair = twins(max_iter)
    pair["fastbp"].set_params(dtype=dtype)
    seconds, scores = {name: [] for name in pair}, {}

    def one_round():
        with threadpool_limits(1):  # with two, scikit-learn's took up to six times as long
            for name, estimator in pair.items():
                took, scores[name] = timed(search_of(kind, estimator, n_jobs, max_iter), X, y)
                seconds[name].append(took)

    # Whatever is compiled, and the processes of joblib.
    timed(search_of(kind, pair["fastbp"], n_jobs, max_iter), X, y)
    benchmark.group = f"search, {kind}"
    benchmark.pedantic(one_round, rounds=1 if quick else 3)
    # In float32 a row at the border may fall on the other side.
    assert np.abs(scores["fastbp"] - scores["peer"]).max() <= (0 if dtype == "float64" else 0.02)
    entry = {"kind": kind, "data": data, "n_jobs": n_jobs, "dtype": dtype}
    entry |= {name: min(each) for name, each in seconds.items()}
    benchmark.extra_info.update(entry)
    results.setdefault("searches", []).append(entry)


@pytest.mark.parametrize("who", ["fastbp, cold", "fastbp, warm", "scikit-learn"])
def test_searches_first(benchmark, who, tmp_path, quick, results):
    """Every process is new; each cold one has an empty cache of its own."""
    name, _, cache = who.partition(", ")
    folders = [str(tmp_path / str(n)) for n in range(1 if quick else 3)]
    if cache == "warm":
        answer("searches.py", name, cache=folders[0])
        folders = folders[:1] * len(folders)
    taken, remaining = [], iter(folders)

    def first_search():
        taken.append(answer("searches.py", name, cache=next(remaining))["seconds"])

    benchmark.group = "first search"
    benchmark.pedantic(first_search, rounds=len(folders))
    entry = {"who": who, "seconds": median(taken)}
    benchmark.extra_info.update(entry)
    results.setdefault("first_search", []).append(entry)
