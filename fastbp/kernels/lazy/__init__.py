"""Weights that updates have passed by: what they have missed is made up for when it matters."""
