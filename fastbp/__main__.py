"""Run ``python -m fastbp warmup`` to compile the kernels ahead of the first fit."""

import argparse
import sys
import time
import warnings

from .ahead import compile_each
from .compiling import machine_code


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m fastbp")
    command = parser.add_subparsers(required=True).add_parser(
        "warmup",
        help="compile the kernels of both estimators with their defaults, and keep them on disk",
    )
    command.add_argument(
        "--dtype",
        choices=["float64", "float32"],
        nargs="+",
        default=["float64", "float32"],
        help="dtypes of X to expect (default: both)",
    )
    command.add_argument("--sparse", action="store_true", help="expect sparse X")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    warnings.filterwarnings("ignore", "machine code can't be kept")  # it will be said at the end
    for step in compile_each(None, dtypes=options.dtype, sparse=options.sparse):
        print(f"{time.perf_counter() - start:6.1f} s  {step}", flush=True)
    if machine_code.lost():
        sys.exit(f"fastbp: machine code can't be kept: {machine_code.lost()}")


if __name__ == "__main__":
    main()
