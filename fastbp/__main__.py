"""Run ``python -m fastbp warmup`` to compile the kernels ahead of the first fit."""

import argparse
import time

from .ahead import compile_each


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
    for step in compile_each(None, dtypes=options.dtype, sparse=options.sparse):
        print(f"{time.perf_counter() - start:6.1f} s  {step}", flush=True)


if __name__ == "__main__":
    main()
