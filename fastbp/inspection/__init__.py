"""See inside: every number of the algorithm, for one's own network and data."""

from .records import LayerTrace, Trace

__all__ = ["LayerTrace", "Trace"]
