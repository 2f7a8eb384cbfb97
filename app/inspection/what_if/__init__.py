"""Scores as they would be: values, channels, weights or the picture changed."""
