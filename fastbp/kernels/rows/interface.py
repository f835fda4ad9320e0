"""The open functions of a record of rows."""

from ...compiling.dispatch import open_function


@open_function
def inputs_of(rows, staged):
    """Return the memory in which `stage` says where a row is."""
    raise NotImplementedError


@open_function
def stage(rows, p, staged, start):
    """Return where the inputs of row p start, after copying them to staged[start:] if need be."""
    raise NotImplementedError
