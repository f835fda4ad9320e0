"""Where a network's numbers are, and the memory to work with them."""
