"""(d) What a user waits for: import and first fit, without and with machine code on disk."""

from statistics import median

import pytest
from process import answer


@pytest.mark.parametrize("estimator", ["BackpropRegressor", "BackpropClassifier"])
@pytest.mark.parametrize("cache", ["cold", "warm"])
def test_first_call(benchmark, estimator, cache, tmp_path, quick, results):
    """Every process is new; each cold one has an empty cache of its own."""
    folders = [str(tmp_path / str(n)) for n in range(1 if quick else 3)]
    if cache == "warm":
        answer("first_call.py", estimator, cache=folders[0])
        folders = folders[:1] * len(folders)
    answers, remaining = [], iter(folders)

    def first_call():
        answers.append(answer("first_call.py", estimator, cache=next(remaining)))

    benchmark.group = "first call"
    benchmark.pedantic(first_call, rounds=len(folders))
    entry = {"estimator": estimator, "cache": cache, "processes": len(answers)}
    entry |= {what: median(a[what] for a in answers) for what in ("import", "fit")}
    benchmark.extra_info.update(entry)
    results.setdefault("first_call", []).append(entry)
