"""Python's own objects in kernels: what a row is held in, and what is made of its prediction."""
