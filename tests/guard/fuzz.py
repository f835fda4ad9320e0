"""Kernels on guarded memory: ``python tests/guard/fuzz.py --seed 0 --cases 200``. Linux only.

Every array that a kernel gets lies between two pages that nobody may touch, once at the upper and
once at the lower one, and what a kernel only reads lies on pages that cannot be written. What runs
is what `fit` runs: `Trainer`, `outputs`, `Objective`, with the allocators replaced. A violation
ends the process that runs the cases, and the one that started it reports the case. Both runs of a
case must also give the same numbers.

``--case 37`` runs one case alone; ``--fault`` plants a fault that must be found.
"""

import argparse
import faulthandler
import signal
import subprocess
import sys

import cases
import guarded
from pages import SIDES


def child(seed, numbers):
    """Run the cases, each announced before."""
    faulthandler.enable()
    guarded.replace_allocators()
    for number in numbers:
        formulas = cases.formulas(seed, number // cases.PER_FORMULAS)
        sizes = cases.sizes(seed, number, formulas)
        results = set()
        for guarded.guard.side in SIDES:
            print(f"case {number}, {guarded.guard.side} side: {formulas} {sizes}", flush=True)
            results.add(guarded.run(formulas, sizes))
        assert len(results) == 1, "the numbers depend on where arrays are"


def parent(arguments):
    """Run the cases in a process of their own; report the one that ends it."""
    command = [sys.executable, "-W", "ignore", __file__, "--child", *arguments]
    last, count = "no case", 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            last, count = line.strip(), count + 1
    code = process.returncode
    if code:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        print(f"{how} in {last}")
    else:
        print(f"{count // len(SIDES)} cases, no violation")
    return int(code != 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fuzz the kernels on guarded memory.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--case", type=int, help="run this one alone")
    parser.add_argument("--fault", choices=guarded.FAULTS, help="plant one, to be found")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.child:
        sys.exit(parent(sys.argv[1:]))
    guarded.fault = given.fault
    child(given.seed, range(given.cases) if given.case is None else [given.case])
