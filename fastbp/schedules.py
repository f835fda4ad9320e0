"""Schedules of the learning rate: of each a formula, the factor of η by the progress of training.

To add one, write such a function and a row in `SCHEDULES`; ``learning_rate=`` knows it by then, and
the docstrings too.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

RISE, START, END = 0.3, 1 / 25, 1e-4  # of one_cycle


def constant(epoch: int, length: int) -> float:
    """1."""
    return 1.0


def linear(epoch: int, length: int) -> float:
    """1 − epoch / length."""
    return 1 - epoch / length


def cosine(epoch: int, length: int) -> float:
    """½ (1 + cos π epoch / length) (Loshchilov and Hutter, 2017)."""
    return _half_wave(1, 0, epoch / length)


def one_cycle(epoch: int, length: int) -> float:
    """In cosines from 1/25 up to 1 in three tenths of the epochs, and down to 0.0001.

    Smith and Topin (2018); momentum stays as it is.
    """
    progress = epoch / max(length - 1, 1)
    if progress < RISE:
        return _half_wave(START, 1, progress / RISE)
    return _half_wave(1, END, (progress - RISE) / (1 - RISE))


SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "constant": constant,
    "invscaling": constant,  # for what training does to the rate in these two see
    "adaptive": constant,  # `fastbp.training.optimizer`
    "cosine": cosine,
    "linear": linear,
    "one_cycle": one_cycle,
}
"""The schedules that have a name: functions of epoch 0, 1, ..., length − 1 and of the length."""

ENDING = ("cosine", "linear", "one_cycle")  # those that fall to zero


class Schedule(NamedTuple):
    """A schedule: the factor of the learning rate in each epoch e = 0, 1, ..., `length` − 1.

    In the first `warmup` epochs the factor grows in equal steps: 1 / (warmup + 1), 2 / ..., ...;
    the formula is that of the epochs after.

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
        return SCHEDULES[self.name](min(epoch - self.warmup, length - 1), length)


def _half_wave(first: float, last: float, progress: float) -> float:
    """Return the way from first to last along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * progress)) / 2
