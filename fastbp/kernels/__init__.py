"""The algorithm, compiled."""

from . import lowering as lowering  # gives the operations of `simd` their compiled meaning
