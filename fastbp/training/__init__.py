"""Epoch after epoch, in plain Python; kernels do the numbers."""
