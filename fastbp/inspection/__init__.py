"""See inside: every number of the algorithm, for one's own network and data."""

from .displays import (
    ErrorSurfaceDisplay,
    HiddenUnitsDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    WeightPath,
)
from .gradient_check import GradientCheck, LayerCheck, check_gradient
from .records import LayerTrace, Trace
from .tracing import trace

__all__ = [
    "ErrorSurfaceDisplay",
    "GradientCheck",
    "HiddenUnitsDisplay",
    "LayerCheck",
    "LayerTrace",
    "LossCurveDisplay",
    "NetworkDisplay",
    "Trace",
    "WeightPath",
    "check_gradient",
    "trace",
]
