"""Short vectors in registers: a value type, with one meaning in Python and in kernels."""

# These give the operations of `simd`, and NumPy's, their compiled meaning.
from . import arithmetic as arithmetic
from . import atomics as atomics
from . import elementwise as elementwise
from . import transfer as transfer
