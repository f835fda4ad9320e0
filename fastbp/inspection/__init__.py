"""See inside: every number of the algorithm, for one's own network and data."""

from .records import LayerTrace, Trace
from .tracing import trace

__all__ = ["LayerTrace", "Trace", "trace"]
