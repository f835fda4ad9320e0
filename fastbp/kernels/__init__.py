"""The algorithm, compiled."""

# These give the operations of `simd` their compiled meaning.
from . import arithmetic as arithmetic
from . import transfer as transfer
