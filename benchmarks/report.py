"""The benchmarks' results as Markdown tables of ratios, and as a picture.

``python -m pytest benchmarks`` prints this report after measuring; ``python benchmarks/report.py
DIR/results.json`` prints it again, and ``--out DIR`` writes the files again.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from figures import geometric_mean, smallest, table


def epochs(results: dict) -> Iterator[str]:
    """Yield the tables of online epochs (a)."""
    entries = results["epochs"]
    present = [name for name in results["peers"] if any(name in e["seconds"] for e in entries)]
    yield "## Online epochs: one update per pattern"
    yield (
        "fastbp: nanoseconds per pattern, through `BackpropRegressor.fit`. Peers: their time over "
        "fastbp's, same work, alternating rounds, the fastest round of each."
    )
    for activation, dtype in dict.fromkeys((e["activation"], e["dtype"]) for e in entries):
        rows = []
        for entry in entries:
            if (entry["activation"], entry["dtype"]) == (activation, dtype):
                seconds = entry["seconds"]
                ratios = [seconds[p] / seconds["fastbp"] if p in seconds else None for p in present]
                rows.append([entry["network"], seconds["fastbp"] * 1e9, *ratios])
        columns = zip(*(row[2:] for row in rows), strict=True)
        means = [geometric_mean(column) if None not in column else None for column in columns]
        rows.append(["geometric mean", None, *means])
        head = [f"{activation}, {dtype}", "fastbp, ns", *(f"{name} / fastbp" for name in present)]
        yield table(head, rows)
    if "C" in present:
        ratios = {
            f"{e['network']} {e['activation']} {e['dtype']}": e["seconds"]["fastbp"]
            / e["seconds"]["C"]
            for e in entries
        }
        worst = max(ratios, key=ratios.get)
        yield (
            f"fastbp / C over all {len(ratios)} cases: geometric mean "
            f"{geometric_mean(ratios.values()):.3f}, from {min(ratios.values()):.3f} to "
            f"{ratios[worst]:.3f} ({worst})."
        )
    yield "\n".join(peers(results))


def peers(results: dict) -> Iterator[str]:
    """Who took part, and with what."""
    for name, peer in results["peers"].items():
        if "absence" in peer:
            yield f"- {name}: left out, {peer['absence']}"
            continue
        settings = sorted({e["setting"].get(name, "None") for e in results["epochs"]} - {"None"})
        chosen = f"; fastest settings: {', '.join(settings)}" if settings else ""
        differences = [e["difference"][name] for e in results["epochs"] if name in e["difference"]]
        largest = f"; weights differ by {max(differences):.0e} at most" if differences else ""
        yield f"- {name}: {peer['remark']} ({peer['version']}){chosen}{largest}"


def roofline(results: dict) -> Iterator[str]:
    """(b) The physical limit."""
    limits = results["limits"]
    yield "## The physical limit"
    yield (
        "Nanoseconds per pattern that the arithmetic, and that the traffic of weights and inputs "
        "take at the least, by this machine's measured speeds; what fastbp takes; and the share: "
        "the larger limit over fastbp's time. Activations, and starts and ends of loops, are not "
        "in the limits."
    )
    yield table(
        ["", "float32", "float64"],
        [[name, by["float32"], by["float64"]] for name, by in limits.items()],
    )
    yield table(
        ["case", "kB of parameters", "flops", "bytes", "arithmetic, ns", "traffic, ns"]
        + ["fastbp, ns", "share"],
        [
            [e["case"], e["kilobytes"], e["flops"], e["bytes"]]
            + [e["arithmetic"] * 1e9, e["traffic"] * 1e9, e["seconds"] * 1e9]
            + [f"{max(e['arithmetic'], e['traffic']) / e['seconds']:.0%}"]
            for e in results["roofline"]
        ],
    )


def scaling(results: dict) -> Iterator[str]:
    """(c) Growth."""
    yield "## Growth"
    yield (
        "tanh, float32; one size grows, the others stay. Rows: a fit's epochs, of which each "
        "costs something once."
    )
    for what in dict.fromkeys(e["what"] for e in results["scaling"]):
        rows = [
            [e["label"], e["weights"], e["seconds"] * 1e9, e["seconds"] * 1e9 / e["weights"]]
            for e in results["scaling"]
            if e["what"] == what
        ]
        yield table([what, "weights", "ns per pattern", "ns per pattern and weight"], rows)


def first_call(results: dict) -> Iterator[str]:
    """(d) The first call of a process."""
    yield "## The first call of a process"
    yield (
        "Seconds, medians. Import: of fastbp, where NumPy and scikit-learn are imported already. "
        "fit: from the call to the result. Cold: the cache of machine code is empty."
    )
    yield table(
        ["estimator", "cache", "processes", "import, s", "fit, s"],
        [
            [e["estimator"], e["cache"], e["processes"], e["import"], e["fit"]]
            for e in results["first_call"]
        ],
    )


def memory(results: dict) -> Iterator[str]:
    """(e) Memory."""
    yield "## Memory"
    yield (
        "kB that a fit needs at its peak beyond what its caller holds (resident set; tracemalloc: "
        "what Python and NumPy allocated), and over 64 bytes per row plus twice the parameters."
    )
    yield table(
        ["case", "64 rows + 2 parameters, kB", "resident, kB", "tracemalloc, kB"]
        + ["resident, ratio", "tracemalloc, ratio"],
        [
            [e["case"], e["allowed"] / 1e3, e["resident"] / 1e3, e["traced"] / 1e3]
            + [e["resident"] / e["allowed"], e["traced"] / e["allowed"]]
            for e in results["memory"]
        ],
    )


def batches(results: dict) -> Iterator[str]:
    """(f) Mini-batches."""
    entries = results["batches"]
    present = [name for name in results["peers"] if any(name in e["seconds"] for e in entries)]
    yield "## Mini-batches"
    yield (
        "relu. fastbp: nanoseconds per pattern, through `BackpropRegressor.fit`, one thread. "
        "Peers: their time over fastbp's, in the fastest of their settings, threads among them."
    )
    least = {}
    for solver, size, dtype in dict.fromkeys(
        (e["solver"], e["batch_size"], e["dtype"]) for e in entries
    ):
        rows = []
        for e in entries:
            if (e["solver"], e["batch_size"], e["dtype"]) == (solver, size, dtype):
                ours = e["seconds"]["fastbp"]
                ratios = [e["seconds"][name] / ours for name in present]
                rows.append([e["network"], ours * 1e9, *ratios])
                least[f"{e['network']} {dtype}, {solver}, batches of {size}"] = min(ratios)
        head = [f"{solver}, {size}, {dtype}", "fastbp, ns", *(f"{n} / fastbp" for n in present)]
        yield table(head, rows)
    yield smallest(f"min({', '.join(present)}) / fastbp", least)
    for name in present:
        chosen = sorted({e["setting"][name] for e in entries})
        difference = max(e["difference"][name] for e in entries)
        yield (
            f"- {name}: fastest settings: {', '.join(chosen)}; weights differ by {difference:.0e} "
            "at most"
        )


def predict(results: dict) -> Iterator[str]:
    """(g) Prediction."""
    entries = results["predict"]
    present = [name for name in results["peers"] if any(name in e["seconds"] for e in entries)]
    yield f"## Prediction of {entries[0]['rows']:,} rows"
    yield (
        "relu. fastbp: million rows per second by `predict`, one thread. Peers: their time over "
        "fastbp's, in the fastest of their settings, threads among them."
    )
    least = {}
    for dtype in dict.fromkeys(e["dtype"] for e in entries):
        rows = []
        for e in entries:
            if e["dtype"] == dtype:
                ours = e["seconds"]["fastbp"]
                ratios = [e["seconds"][name] / ours for name in present]
                rows.append([e["network"], 1e-6 / ours, *ratios])
                least[f"{e['network']} {dtype}"] = min(ratios)
        head = [dtype, "fastbp, million rows/s", *(f"{name} / fastbp" for name in present)]
        yield table(head, rows)
    yield smallest(f"min({', '.join(present)}) / fastbp", least)


def predict_memory(results: dict) -> Iterator[str]:
    """(g) Memory of prediction."""
    entries = results["predict_memory"]
    yield "kB that `predict` needs at its peak beyond input and output:"
    names = list(entries[0]["needed"])
    rows = [[e["case"], *(e["needed"][name] / 1e3 for name in names)] for e in entries]
    yield table(["case", *names], rows)


def overhead(results: dict) -> Iterator[str]:
    """(h) What an epoch costs beyond its patterns."""
    yield "## An epoch beyond its patterns"
    yield (
        "Microseconds. An epoch of few rows, shuffling included, beside the time that as many "
        "patterns take in epochs of 10,000 rows."
    )
    yield table(
        ["case", "rows", "epoch, µs", "patterns, µs", "beyond, µs"],
        [
            [e["case"], e["rows"], e["epoch"] * 1e6, e["patterns"] * 1e6]
            + [(e["epoch"] - e["patterns"]) * 1e6]
            for e in results["overhead"]
        ],
    )


def vectors(results: dict) -> Iterator[str]:
    """(i) Narrower vectors."""
    yield "## Vectors of 32 bytes"
    yield (
        "Nanoseconds per pattern, online, and the speed with vectors of 32 bytes over that with 64."
    )
    entries = results["vectors"]
    ratios = {e["case"]: e["64"] / e["32"] for e in entries}
    yield table(
        ["case", "64 bytes, ns", "32 bytes, ns", "speed, ratio"],
        [[e["case"], e["64"] * 1e9, e["32"] * 1e9, ratios[e["case"]]] for e in entries],
    )
    yield smallest("Speed with 32 bytes / with 64", ratios)


def small_calls(results: dict) -> Iterator[str]:
    """(j) Calls with a small table."""
    yield "## Calls with a small table"
    yield "Microseconds, fastest of many: one epoch of 150 × 4, predictions and scores of 30 rows."
    entries = results["small_calls"]
    yield table(
        ["call", "fastbp, µs", "scikit-learn, µs", "scikit-learn / fastbp"],
        [[e["call"], e["fastbp"] * 1e6, e["peer"] * 1e6, e["peer"] / e["fastbp"]] for e in entries],
    )


def searches(results: dict) -> Iterator[str]:
    """(k) Searches."""
    yield "## Searches"
    yield (
        "Seconds of a search, and of scikit-learn's MLPClassifier in the same one, of the same "
        "parameters, with equal scores in every split; one thread of BLAS for each process."
    )
    entries = results["searches"]
    head = ["search", "n_jobs", "dtype", "fastbp, s", "scikit-learn, s", "scikit-learn / fastbp"]
    yield table(
        head,
        [
            [f"{e['kind']}, {e['data']}", str(e["n_jobs"]), e["dtype"]]
            + [e["fastbp"], e["peer"], e["peer"] / e["fastbp"]]
            for e in entries
        ],
    )
    for dtype in dict.fromkeys(e["dtype"] for e in entries):
        grids = [e for e in entries if e["dtype"] == dtype and e["kind"] == "grid"]
        if grids:
            ratios = {f"{e['data']}, n_jobs={e['n_jobs']}": e["peer"] / e["fastbp"] for e in grids}
            yield smallest(f"scikit-learn / fastbp of grids in {dtype}", ratios)


def first_search(results: dict) -> Iterator[str]:
    """(k) The first search of an installation."""
    yield "## The first search of an installation"
    yield "Seconds, import included, medians; cold: the cache of machine code is empty."
    entries = results["first_search"]
    yield table(["who", "seconds"], [[e["who"], e["seconds"]] for e in entries])


PARTS = {
    "epochs": epochs,
    "roofline": roofline,
    "scaling": scaling,
    "first_call": first_call,
    "memory": memory,
    "batches": batches,
    "predict": predict,
    "predict_memory": predict_memory,
    "overhead": overhead,
    "vectors": vectors,
    "small_calls": small_calls,
    "searches": searches,
    "first_search": first_search,
}


def markdown(results: dict) -> str:
    """Return the report."""
    title = "# Benchmarks" + (" (a rehearsal)" if results["quick"] else "")
    intro = f"{results['date']}; {results['machine']}; {results['versions']}, {results['fastbp']}."
    parts = [text for key, part in PARTS.items() if key in results for text in part(results)]
    return "\n\n".join([title, intro, *parts])


def write(results: dict, folder: Path) -> Iterator[Path]:
    """Write the report, the results, and the picture where matplotlib is; yield the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(markdown(results) + "\n")
    yield folder / "report.md"
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    yield folder / "results.json"
    if "epochs" in results:
        try:
            from picture import draw
        except ModuleNotFoundError:
            return
        draw(results, folder / "epochs.png")
        yield folder / "epochs.png"


def main() -> None:
    """Print the report of results that have been measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", type=Path, help="results.json")
    parser.add_argument("--out", type=Path, help="folder to write the files to")
    arguments = parser.parse_args()
    results = json.loads(arguments.results.read_text())
    print(markdown(results))
    for path in write(results, arguments.out) if arguments.out else ():
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
