"""(i) Online epochs with vectors of 32 bytes, as without AVX-512, beside those of 64."""

import json

import pytest
from cases import CASES
from process import answer

from fastbp.vectors.simd import VECTOR_BYTES

# Intel's Haswell: AVX2 and fused multiply-adds, and nothing newer.
HASWELL = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+64bit,+avx,+avx2,+bmi,+bmi2,+cmov,+cx16,+f16c,+fma,+lzcnt,+movbe,"
    "+popcnt,+sse,+sse2,+sse3,+ssse3,+sse4.1,+sse4.2",
}
NAMES = [case.name for case in CASES if case.activation == "tanh"]


@pytest.mark.skipif(VECTOR_BYTES != 64, reason="needs AVX-512")
def test_vectors(benchmark, quick, monkeypatch, tmp_path, results):
    """A process of each kind in turn, three of each; the fastest counts."""
    budget = json.dumps([0.005, 3] if quick else [0.03, 5])
    seconds = {32: [], 64: []}

    def measure():
        for size in seconds:
            with monkeypatch.context() as patch:
                for name, value in HASWELL.items() if size == 32 else ():
                    patch.setenv(name, value)
                cache = str(tmp_path / str(size))
                given = answer("epochs_here.py", json.dumps(NAMES), budget, cache=cache)
            assert given["bytes"] == size
            seconds[size].append(given["seconds"])

    benchmark.group = "vectors"
    benchmark.pedantic(measure, rounds=1 if quick else 3)
    for name in NAMES:
        entry = {"case": name}
        entry |= {str(size): min(each[name] for each in runs) for size, runs in seconds.items()}
        results.setdefault("vectors", []).append(entry)
