"""See inside: every number of the algorithm, for one's own network and data."""

from .displays import (
    ErrorSurfaceDisplay,
    HiddenUnitsDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    WeightPath,
)
from .records import LayerTrace, Trace
from .tracing import trace

__all__ = [
    "ErrorSurfaceDisplay",
    "HiddenUnitsDisplay",
    "LayerTrace",
    "LossCurveDisplay",
    "NetworkDisplay",
    "Trace",
    "WeightPath",
    "trace",
]
