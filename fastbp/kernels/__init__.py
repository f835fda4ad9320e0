"""The algorithm, compiled."""
