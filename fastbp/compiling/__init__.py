"""What is compiled, how, and which implementation a record gets."""
