"""What a record of rows must have: `inputs_of` and `stage` say where the inputs of a row are.

That suffices. The first layer's loops over the inputs are open functions on the record as well, and
stand where they are read: `..layers.first_net`, `..online.update_first`, `..delayed.sweep` and
`gram`, `..batches.forward.first_product`, `..batches.backward.update_first_layer`. Their bodies
serve rows whose inputs lie in memory one after the other; a record for which there is something
better to do, as where most inputs are zero, registers its own. `stage` may return what these want.
"""

from ...compiling.dispatch import open_function


@open_function
def inputs_of(rows, staged):
    """Return the memory in which `stage` says where a row is."""
    raise NotImplementedError


@open_function
def stage(rows, p, staged, start):
    """Return where the inputs of row p start, after copying them to staged[start:] if need be."""
    raise NotImplementedError


@open_function(default=True)
def counted_from(rows, layers):
    """Return the number of the first weight whose penalty kernels count; rows count those before.

    See `..lazy.interface`.
    """
    return 0
