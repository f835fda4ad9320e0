"""Networks that leave: what a fitted estimator is, for where there is no Python."""

from .c.source import c_source
from .c.to_c import to_c
from .c.weights import from_c_weights

__all__ = ["c_source", "from_c_weights", "to_c"]
