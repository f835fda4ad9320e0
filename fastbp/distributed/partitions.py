"""Dask's arrays and data frames as partitions: runs of whole rows, with targets and weights."""

from typing import Any, NamedTuple

import dask
import dask.array
import numpy as np
from dask.delayed import Delayed


class Partition(NamedTuple):
    """A run of rows, to be had when it is computed."""

    X: Delayed
    y: Delayed
    sample_weight: Delayed | None


class Collection:
    """A Dask array or data frame, looked at without computing anything.

    Parameters
    ----------
    name : str
        What errors call it.
    given : dask.array.Array, or DataFrame or Series of dask.dataframe
        Its chunks are runs of rows; their lengths may be unknown.

    Raises
    ------
    TypeError
        If it is not Dask's.
    ValueError
        If it is divided along its columns.
    """

    def __init__(self, name: str, given: Any) -> None:
        self.name, self.given = name, given
        self.is_frame = hasattr(given, "divisions") and hasattr(given, "npartitions")
        if not (self.is_frame or isinstance(given, dask.array.Array)):
            raise TypeError(
                f"{name} must be an array or a data frame of Dask, got {type(given).__name__}: "
                "fit takes what is in memory; dask.array.from_array(..., chunks=...) divides it"
            )
        self.lengths: tuple[int, ...] | None = None
        if self.is_frame:
            self.number = int(given.npartitions)
            return
        if not given.ndim or any(number != 1 for number in given.numblocks[1:]):
            raise ValueError(
                f"{name}: a partition is a run of whole rows; the array has chunks "
                f"{given.chunks}: {name}.rechunk({{1: -1}}) puts their parts together"
            )
        self.number = given.numblocks[0]
        if not np.isnan(given.chunks[0]).any():
            self.lengths = given.chunks[0]

    def parts(self) -> list[Delayed]:
        """Return the partitions in their order."""
        return (
            [*np.ravel(self.given.to_delayed())] if not self.is_frame else self.given.to_delayed()
        )

    def text(self) -> str:
        """Return how it is partitioned, in words."""
        rows = "" if self.lengths is None else f", of {shortened(self.lengths)} rows"
        return f"{self.name} has {self.number} partitions{rows}"

    def check_like(self, X: "Collection") -> None:
        """Refuse one that is partitioned otherwise than X, as far as that is known."""
        known = self.lengths is not None and X.lengths is not None
        apart = known and self.lengths != X.lengths
        if self.is_frame and X.is_frame:
            both = (self.given.divisions, X.given.divisions)
            apart = None not in (*both[0], *both[1]) and both[0] != both[1]
        if self.number == X.number and not apart:
            return
        right = f"{self.name}.rechunk({{0: X.chunks[0]}})"
        if X.lengths is None or self.is_frame:
            right = f"take X and {self.name} from one data frame, or repartition that first"
        raise ValueError(f"{X.text()}; {self.text()}. They must be partitioned alike: {right}")


def shortened(lengths: tuple[int, ...]) -> str:
    """Return the lengths in words, the first ones of many."""
    first = ", ".join(str(length) for length in lengths[:8])
    return first if len(lengths) <= 8 else f"{first}, ..."


def partitions_of(X: Any, y: Any, sample_weight: Any) -> list[Partition]:
    """Return the partitions of X with those of y and of the weights, which may be None.

    Raises
    ------
    TypeError, ValueError
        If they are not Dask's, or partitioned differently.
    """
    of_X = Collection("X", X)
    others = [Collection("y", y)]
    if sample_weight is not None:
        others.append(Collection("sample_weight", sample_weight))
    for other in others:
        other.check_like(of_X)
    parts: list[list] = [one.parts() for one in (of_X, *others)]
    if sample_weight is None:
        parts.append([None] * of_X.number)
    return [Partition(*one) for one in zip(*parts, strict=True)]
