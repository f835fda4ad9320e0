"""What training tells of its progress."""

from typing import Protocol

CURVES = ("loss_curve_", "validation_scores_", "validation_loss_curve_")


class Observer(Protocol):
    """Whoever wants to know of every epoch."""

    def begin_epoch(self) -> None:
        """Tell that an epoch begins."""

    def end_epoch(self) -> bool:
        """Tell that the epoch has ended; return whether training shall end as well."""
