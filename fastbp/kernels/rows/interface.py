"""The open functions of a record of rows."""

from ...compiling.dispatch import open_function


@open_function
def inputs_of(rows, slots):
    """Return the memory in which `stage` says where a row is."""
    raise NotImplementedError


@open_function
def stage(rows, p, slots, start):
    """Return where the inputs of row p start, after copying them to slots[start:] if need be."""
    raise NotImplementedError
