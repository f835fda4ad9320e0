"""Ways to hold rows of input: a record, and how it is read, in a file each."""
