"""See inside: every number of the algorithm, for one's own network and data."""

from .gradient_check import GradientCheck, LayerCheck, check_gradient
from .records import LayerTrace, Trace
from .tracing import trace

__all__ = ["GradientCheck", "LayerCheck", "LayerTrace", "Trace", "check_gradient", "trace"]
