"""JSON: a format to read, by people and by programs that know nothing of this package."""
