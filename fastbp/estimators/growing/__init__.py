"""Streams whose features and classes are not known in advance."""
