"""What users bring, and what the kernels get of it."""
