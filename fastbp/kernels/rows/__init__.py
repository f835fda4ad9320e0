"""Rows of input, from whatever the caller holds them in: a way to hold them, a file."""
