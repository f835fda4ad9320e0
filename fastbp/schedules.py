"""Schedules of the learning rate over epochs."""

import math
from typing import NamedTuple

ENDING = ("cosine", "linear", "one_cycle")  # those that fall to zero
RISE, START, END = 0.3, 1 / 25, 1e-4  # of one_cycle


class Schedule(NamedTuple):
    """A schedule: the factor of the learning rate in each epoch e = 0, 1, ..., `length` − 1.

    With s the share of the epochs after the warm-up that have passed:

    - constant, invscaling, adaptive: 1; for what training does to the rate see
      `fastbp.training.optimizer`.
    - linear: 1 − s.
    - cosine: ½ (1 + cos π s) (Loshchilov and Hutter, 2017).
    - one_cycle: in cosines from 1/25 up to 1 in three tenths of the epochs, and down to 0.0001
      (Smith and Topin, 2018; momentum stays as it is).

    In the first `warmup` epochs the factor grows in equal steps: 1 / (warmup + 1), 2 / ..., ...

    Examples
    --------
    >>> from fastbp.schedules import Schedule
    >>> schedule = Schedule("linear", length=5, warmup=1)
    >>> [schedule.factor(epoch) for epoch in range(5)]
    [0.5, 1.0, 0.75, 0.5, 0.25]
    """

    name: str = "constant"
    power_t: float = 0.5
    length: int = 1
    warmup: int = 0

    def factor(self, epoch: int) -> float:
        """Return the factor in this epoch; that of the last for all later ones."""
        if epoch < self.warmup:
            return (epoch + 1) / (self.warmup + 1)
        length = max(self.length - self.warmup, 1)
        epoch = min(epoch - self.warmup, length - 1)
        if self.name == "linear":
            return 1 - epoch / length
        if self.name == "cosine":
            return _cosine(1, 0, epoch / length)
        if self.name == "one_cycle":
            share, rise = epoch / max(length - 1, 1), RISE
            if share < rise:
                return _cosine(START, 1, share / rise)
            return _cosine(1, END, (share - rise) / (1 - rise))
        return 1.0


def _cosine(first: float, last: float, share: float) -> float:
    """Return the way from first to last along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2
