"""Calls of kernels: which kernel, how much of the work, by how many threads."""
