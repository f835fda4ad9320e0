"""One row, as Python holds it: read, standardised, learned, or predicted, in one call.

A call costs 0.2 µs then, where unpacking arrays and records would take 0.5 and Python's own checks
300; see `fastbp.vectors.kept` and `fastbp.objects`. The kernels hold the GIL: no other thread comes
between.
"""
