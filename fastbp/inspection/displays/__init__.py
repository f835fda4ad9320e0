"""Pictures of networks and of their training, in scikit-learn's convention; with Matplotlib.

A display is made by `from_estimator`, which also draws it, and drawn again by `plot`. Matplotlib is
imported when something is drawn, and not before.
"""

from .error_surface import ErrorSurfaceDisplay
from .hidden_units import HiddenUnitsDisplay
from .loss_curve import LossCurveDisplay
from .network import NetworkDisplay
from .weight_path import WeightPath

__all__ = [
    "ErrorSurfaceDisplay",
    "HiddenUnitsDisplay",
    "LossCurveDisplay",
    "NetworkDisplay",
    "WeightPath",
]
