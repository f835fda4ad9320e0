"""Run ``python -m fastbp warmup`` to compile the kernels ahead of the first fit."""

import argparse
import itertools
import shutil
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import TextIO

from .activations import ACTIVATIONS
from .ahead import Step, compile_step, steps_for
from .compiling import machine_code
from .estimators.base import BaseBackprop
from .estimators.classifier import BackpropClassifier
from .estimators.regressor import BackpropRegressor
from .rules import RULES

WIDEST = 30  # bar, characters


def shown(steps: list[Step], stream: TextIO) -> Iterator[Step]:
    """Yield the steps, and tell how far they are: a bar in a terminal, else a line for each."""
    start, live = time.perf_counter(), stream.isatty()

    def draw(n_done: int, what: str) -> None:
        seconds = f"{time.perf_counter() - start:6.1f} s"
        if not live:
            return print(f"{seconds}  {n_done}/{len(steps)}  {what}", file=stream, flush=True)
        columns = shutil.get_terminal_size().columns - 1
        width = max(1, min(WIDEST, columns // 3))
        full = width * n_done // len(steps)
        line = f"[{'#' * full}{'.' * (width - full)}] {n_done}/{len(steps)} {seconds}  {what}"
        # Back to the beginning of the line, and nothing left of a longer one before.
        print(f"\r{line[:columns]:<{columns}}", end="", file=stream, flush=True)

    try:
        for n, step in enumerate(steps):
            if live:
                draw(n, str(step))
            yield step
            draw(n + 1, str(step))
    finally:
        if live:
            print(file=stream)


def estimators_of(options: argparse.Namespace) -> Iterable[BaseBackprop]:
    """Return both estimators for each pair of an activation and a solver."""
    names = ("activation", "solver", "batch_size")
    given = [getattr(options, name) or [None] for name in names]
    for values in itertools.product(*given):
        parameters = {n: v for n, v in zip(names, values, strict=True) if v is not None}
        for estimator in (BackpropRegressor(), BackpropClassifier()):
            yield estimator.set_params(**parameters)


def batch_size(text: str) -> int | str:
    """Return the number of patterns that an argument says, or 'auto'."""
    if text != "auto" and not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"must be 'auto' or a number from 1 on, got {text!r}")
    return text if text == "auto" else int(text)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m fastbp")
    command = parser.add_subparsers(required=True).add_parser(
        "warmup",
        help="compile the kernels of both estimators, and keep them on disk",
        description="Compile the kernels of both estimators, with their defaults or for each pair "
        "of the given activations and solvers, and keep them on disk.",
    )
    command.add_argument(
        "--dtype",
        choices=["float64", "float32"],
        nargs="+",
        default=["float64", "float32"],
        help="dtypes of X to expect (default: both)",
    )
    command.add_argument("--sparse", action="store_true", help="expect sparse X")
    command.add_argument("--activation", choices=sorted(ACTIVATIONS), nargs="+", metavar="NAME")
    solvers = sorted([*RULES, "lbfgs"])
    command.add_argument("--solver", choices=solvers, nargs="+", metavar="NAME")
    command.add_argument("--batch-size", type=batch_size, nargs="+", metavar="N")
    options = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", "machine code can't be kept")  # it will be said at the end
    for step in shown(steps_for(estimators_of(options), options.dtype), sys.stdout):
        compile_step(step, sparse=options.sparse)
    if machine_code.lost():
        sys.exit(f"fastbp: machine code can't be kept: {machine_code.lost()}")


if __name__ == "__main__":
    main()
